"""Commands to every service, one after the other, as people give them while processes are replaced."""

import json
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from local_stack.process import clean_environment, wait_until

_CALL_TIMEOUT_S = 5
_PROCESS_TIMEOUT_S = 30
_AGAIN_S = 0.1
_GONE_S = 60
_EVERY_S = 0.5


@dataclass
class Refusal:
    seconds: float
    at_s: float  # of the run
    why: str


class Prober(threading.Thread):
    """One kind of command. Each is asked at either process in turn, with the same request id, until it is
    done; how long that took from its first refusal on is what counts."""

    def __init__(self, name: str, program: Path, endpoints: list[Path], folder: Path,
                 arguments: Callable[[int], list[str]], began: float):
        super().__init__(daemon=True)
        self.name = name
        self._program = program
        self._environments = [clean_environment(CARILLON_ENDPOINTS=str(path)) for path in endpoints]
        self._folder = folder
        self._arguments = arguments
        self._began = began
        self._over = threading.Event()
        self.done = 0
        self.tries_refused = 0
        self.slowest_s = 0.0
        self.refusals: list[Refusal] = []

    def run(self) -> None:
        while not self._over.is_set():
            self._one(self.done + 1)
            self._over.wait(_EVERY_S)

    def finish(self) -> None:
        """The command under way is still brought to its end."""
        self._over.set()
        self.join()

    def _one(self, number: int) -> None:
        begin = time.monotonic()
        refused_at, why, turn = None, "", number

        def ended() -> bool:
            nonlocal refused_at, why, turn
            code, said = self._ask(number, turn)
            if code == 0:
                return True
            self.tries_refused += 1
            refused_at, why = (refused_at or time.monotonic()), said
            turn += 1
            # Else the stack is gone; the refusal's length says so.
            return self._over.is_set() and time.monotonic() - refused_at > _GONE_S

        wait_until(ended, float("inf"), _AGAIN_S)
        end = time.monotonic()
        self.slowest_s = max(self.slowest_s, end - begin)
        if refused_at is not None:
            self.refusals.append(Refusal(end - refused_at, refused_at - self._began, why))
        self.done = number

    def _ask(self, number: int, turn: int) -> tuple[int, str]:
        command = [str(self._program), *self._arguments(number), "--json", "--timeout",
                   str(_CALL_TIMEOUT_S), "--request-id", f"probe-{self.name}-{number}"]
        try:
            done = subprocess.run(command, env=self._environments[turn % len(self._environments)],
                                  cwd=self._folder, stdin=subprocess.DEVNULL, capture_output=True,
                                  text=True, timeout=_PROCESS_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            return -1, f"no end in {_PROCESS_TIMEOUT_S} s"
        return done.returncode, done.stderr.strip()

    def report(self) -> dict:
        longest = max(self.refusals, key=lambda refusal: refusal.seconds, default=None)
        return {"done": self.done, "refused_once_or_more": len(self.refusals),
                "tries_refused": self.tries_refused, "slowest_s": round(self.slowest_s, 2),
                "refused_longest_s": round(longest.seconds, 2) if longest else 0,
                "refused_at_s": round(longest.at_s, 1) if longest else None,
                "refused_why": longest.why if longest else ""}


def status(program: Path, endpoints: Path, folder: Path) -> dict[str, tuple[str, str]]:
    """(serving, flowing) of each service, as `carillon status` says; empty if that says nothing."""
    try:
        asked = subprocess.run([str(program), "status", "--json"], cwd=folder, text=True,
                               env=clean_environment(CARILLON_ENDPOINTS=str(endpoints)),
                               stdin=subprocess.DEVNULL, capture_output=True, timeout=_PROCESS_TIMEOUT_S)
        rows = json.loads(asked.stdout)["services"]
    except (subprocess.TimeoutExpired, ValueError, KeyError):
        return {}
    return {row["name"]: (row["serving"], row["flowing"]) for row in rows}
