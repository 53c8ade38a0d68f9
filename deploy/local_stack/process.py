"""One child process: its own process group, its log file, its orderly end."""

import ctypes
import os
import signal
import subprocess
import time
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)
_MAX_LOG_BYTES = 16 << 20


def die_with_parent(parent_pid: int) -> None:
    """For the child, before exec: it is killed when the thread that started it ends."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        os._exit(1)


def clean_environment(**extra: str) -> dict[str, str]:
    """This process's environment without CARILLON_ settings meant for others, and with `extra`."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("CARILLON_")}
    return kept | extra


class Process:
    """Started from the main thread only: a child ends with the thread that started it."""

    def __init__(self, name: str, command: list[str], log: Path, environment: dict[str, str]):
        self.name = name
        self.log = log
        self._command = command
        self.environment = environment
        self._child: subprocess.Popen | None = None

    def start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > _MAX_LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        parent = os.getpid()
        with open(self.log, "ab") as log:
            self._child = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=self.environment,
                start_new_session=True,
                preexec_fn=lambda: die_with_parent(parent),
            )

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    def exit_code(self) -> int | None:
        """None while it runs; minus the signal's number when a signal ended it."""
        return self._child.poll() if self._child else None

    def running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def terminate(self) -> None:
        """Asks it to end; stop() waits for that."""
        if self.running():
            self._child.terminate()

    def stop(self, timeout_s: float) -> bool:
        """Ends it with what it started: asked first, killed after `timeout_s`. True: it obeyed."""
        if self._child is None:
            return True
        self.terminate()
        obeyed = True
        try:
            self._child.wait(timeout=max(timeout_s, 0.01))
        except subprocess.TimeoutExpired:
            obeyed = False
        try:
            os.killpg(self._child.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass  # The whole group is gone.
        self._child.wait()
        return obeyed

    def log_tail(self, lines: int = 15) -> str:
        try:
            with open(self.log, "rb") as file:
                file.seek(0, os.SEEK_END)
                file.seek(max(0, file.tell() - 16384))
                return "\n".join(file.read().decode("utf-8", "replace").splitlines()[-lines:])
        except OSError:
            return ""


def wait_until(condition, timeout_s: float, interval_s: float = 0.05) -> bool:
    """True as soon as `condition()` is true, False when the time is over."""
    end = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() >= end:
            return False
        time.sleep(interval_s)
    return True
