"""What a person sees while the week runs: one line that changes, or plain lines in a file."""

import sys
import time

_PLAIN_EVERY_S = 5
_WIDTH = 24


class Progress:
    def __init__(self, total: int):
        self._total = total
        self._tty = sys.stdout.isatty()
        self._started = time.monotonic()
        self._shown_at = -_PLAIN_EVERY_S
        self._shown = ""

    def show(self, counts: dict[str, int], done: int) -> None:
        elapsed = time.monotonic() - self._started
        states = " · ".join(f"{state.lower()} {n}" for state, n in sorted(counts.items()))
        if self._tty:
            full = _WIDTH * done // max(self._total, 1)
            bar = "█" * full + "░" * (_WIDTH - full)
            line = f"  {elapsed:4.0f} s {bar} {done}/{self._total}  {states}"
            print(f"\r\x1b[K{line}", end="", flush=True)
        elif elapsed - self._shown_at >= _PLAIN_EVERY_S and states != self._shown:
            self._shown_at, self._shown = elapsed, states
            print(f"  {elapsed:4.0f} s  {done}/{self._total} done: {states}", flush=True)

    def end(self) -> None:
        if self._tty:
            print(flush=True)


def step(text: str) -> None:
    print(text, flush=True)
