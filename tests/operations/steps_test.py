#!/usr/bin/env python3
"""The order of replacements, the gap between publishes, and the links to programs."""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(Path(__file__).parent), str(ROOT / "deploy")]
sys.dont_write_bytecode = True

from local_stack import paths  # noqa: E402
from programs import Programs  # noqa: E402
from steps import longest_gap_s, once, upgrade  # noqa: E402

OLD, NEW = Path("/old"), Path("/new")


class StepsTest(unittest.TestCase):
    def test_each_process_once(self):
        steps = once(("strategy", "scheduler"), NEW)
        self.assertEqual([step.process for step in steps],
                         ["strategy", "strategy-2", "scheduler", "scheduler-2"])

    def test_an_upgrade_goes_back_half_way_and_ends_new(self):
        steps = upgrade(("strategy", "scheduler"), OLD, NEW)
        self.assertEqual(len(steps), 8)
        last = {step.process: step.programs for step in steps}
        self.assertEqual(set(last.values()), {NEW})
        back = [step.process for step in steps if step.programs == OLD]
        self.assertEqual(back, ["strategy-2", "scheduler-2"])

    def test_the_longest_gap(self):
        times = [1.0, 2.0, 5.0, 5.5, 11.0]
        self.assertEqual(longest_gap_s(times, 1.5, 5.2), 3.0)
        self.assertEqual(longest_gap_s(times, 3.0, 4.0), 3.0, "it began before and ended after")
        self.assertEqual(longest_gap_s(times, 6.0, 7.0), 5.5)
        self.assertEqual(longest_gap_s(times, 11.5, 13.0), 2.0, "up to the end of what is looked at")
        self.assertEqual(longest_gap_s([], 1.0, 4.0), 3.0)

    def test_a_start_takes_what_the_link_says(self):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for revision in ("old", "new"):
                (folder / revision).mkdir()
                for program in paths.PROGRAMS:
                    (folder / revision / program).write_bytes(Path("/bin/sleep").read_bytes())
                    (folder / revision / program).chmod(0o755)
            programs = Programs(folder / "bin", folder / "old")
            child = subprocess.Popen([str(folder / "bin" / "publisher"), "60"])
            try:
                self.assertTrue(programs.runs("publisher", child.pid))
                programs.set("publisher", folder / "new")
                self.assertFalse(programs.runs("publisher", child.pid))
                self.assertEqual(os.readlink(folder / "bin" / "strategy"), str((folder / "old" / "strategy").resolve()))
            finally:
                child.kill()
                child.wait()


if __name__ == "__main__":
    unittest.main()
