"""The process that holds a stack: starts it, starts again what ends, stops it when told to.

It is told by SIGTERM, or, when tethered, by the end of its standard input: so the stack of a demo
ends with the demo, however that ends. "keep" on that input cuts the tether.
"""

import argparse
import os
import select
import signal
import sys
import time
from pathlib import Path

from . import files, paths
from .errors import StackError
from .process import wait_until
from .programs import Layout
from .stack import Stack

_LOOK_EVERY_S = 0.1
_LOCK_TIMEOUT_S = 2


class Stop(Exception):
    """Somebody wants the stack to end."""


class Supervisor:
    def __init__(self, layout: Layout, preset: str, tethered: bool):
        self._layout = layout
        self._preset = preset
        self._tethered = tethered
        self._stop = False
        self._stack: Stack | None = None
        self._phase = "starting"
        self._note = ""
        self._written: dict = {}

    def run(self) -> int:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        code = 0
        try:
            self._write_state()
            self._stack = Stack(self._layout, paths.bin_dir(self._preset))
            self._stack.start(self._on_note)
            self._phase, self._note = "up", ""
            self._write_state()
            self._log("everything is up")
            while True:
                self._look()
                self._revive()
                self._write_state()
        except Stop:
            self._log("stopping")
        except (StackError, OSError) as error:
            self._log(f"failed: {error}")
            self._note, code = str(error), 1
        self._end("failed" if code else "down")
        return code

    def _end(self, phase: str) -> None:
        self._stop = False
        self._phase = "stopping"
        self._write_state()
        if self._stack:
            for name in self._stack.stop():
                self._log(f"{name} did not end when asked and was killed")
        self._phase = phase
        self._write_state()

    def _on_signal(self, number, frame) -> None:
        self._stop = True

    def _on_note(self, text: str) -> None:
        self._note = text
        self._write_state()
        self._look()

    def _look(self) -> None:
        """Waits a moment; raises Stop when it is time."""
        if self._tethered:
            ready, _, _ = select.select([0], [], [], _LOOK_EVERY_S)
            if ready:
                if os.read(0, 64).strip() != b"keep":
                    raise Stop
                self._tethered = False
        else:
            time.sleep(_LOOK_EVERY_S)
        if self._stop:
            raise Stop

    def _revive(self) -> None:
        for member in self._stack.members:
            noticed = member.revive()
            if noticed:
                self._log(noticed)

    def _write_state(self) -> None:
        members = self._stack.members if self._stack else []
        state = {
            "supervisor": os.getpid(),
            "phase": self._phase,
            "note": self._note,
            "members": [
                {
                    "name": member.name,
                    "pid": member.part.process.pid,
                    "running": member.part.process.running(),
                    "restarts": member.restarts,
                    "since": member.started_at,
                    "address": member.part.address,
                }
                for member in members
            ],
        }
        if state != self._written:
            files.write_json(self._layout.state, state)
            self._written = state

    @staticmethod
    def _log(text: str) -> None:
        print(time.strftime("%Y-%m-%dT%H:%M:%S%z"), text, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--endpoints", type=Path, required=True)
    parser.add_argument("--preset", required=True)
    parser.add_argument("--tethered", action="store_true")
    options = parser.parse_args()
    lock = files.Lock(options.folder / "supervisor.lock")
    # Whoever asks whether the stack is up holds this lock for a moment.
    if not wait_until(lock.try_take, _LOCK_TIMEOUT_S):
        print("another supervisor holds this folder", flush=True)
        return 1
    os.umask(0o077)
    layout = Layout(options.folder, options.endpoints)
    return Supervisor(layout, options.preset, options.tethered).run()


if __name__ == "__main__":
    sys.exit(main())
