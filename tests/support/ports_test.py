#!/usr/bin/env python3
"""Two programs that choose ports at the same time never get the same."""

import subprocess
import sys
import unittest
from pathlib import Path

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
sys.path.insert(0, str(DEPLOY))
sys.dont_write_bytecode = True

from local_stack import ports  # noqa: E402


def hold_elsewhere(port: int) -> bool:
    """Whether another process could hold it."""
    code = f"import sys; sys.path.insert(0, {str(DEPLOY)!r}); from local_stack import ports; print(ports.hold({port}))"
    return subprocess.run([sys.executable, "-B", "-c", code], check=True, capture_output=True, text=True).stdout == "True\n"


class PortsTest(unittest.TestCase):
    def test_chosen_ports_are_nobody_elses_before_anything_listens(self):
        chosen = ports.free_ports(3)
        self.assertEqual(len(set(chosen)), 3)
        for port in chosen:
            self.assertTrue(ports.is_free(port))
            self.assertTrue(ports.hold(port), "its own")
            self.assertFalse(hold_elsewhere(port))

    def test_a_process_that_ends_gives_its_ports_back(self):
        port = ports.free_ports(1)[0]
        free = next(other for other in range(port + 1, 32000) if hold_elsewhere(other))
        self.assertTrue(ports.hold(free))

    def test_none_is_chosen_twice(self):
        first = ports.free_ports(5)
        self.assertFalse(set(first) & set(ports.free_ports(5)))


if __name__ == "__main__":
    unittest.main()
