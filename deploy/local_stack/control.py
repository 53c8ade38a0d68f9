"""Starting, asking and stopping a supervisor from another process."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from . import files, paths
from .errors import StackError
from .process import wait_until
from .programs import Layout

_START_TIMEOUT_S = 300
_STOP_TIMEOUT_S = 60


class Control:
    """One stack's state folder, seen from outside."""

    def __init__(self, folder: Path, endpoints: Path):
        self.layout = Layout(folder, endpoints)
        self._child: subprocess.Popen | None = None

    def is_up(self) -> bool:
        """True while a supervisor lives, starting and stopping included."""
        lock = files.Lock(self.layout.folder / "supervisor.lock")
        free = lock.try_take()
        lock.release()
        return not free

    def state(self) -> dict | None:
        """What the supervisor last wrote; None when there is none alive."""
        return files.read_json(self.layout.state) if self.is_up() else None

    def start(self, preset: str, tethered: bool = False, progress=lambda text: None) -> None:
        """Returns when everything serves; on an error nothing is left running."""
        paths.bin_dir(preset)
        paths.kafka_home()
        self.layout.logs.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "local_stack.supervisor", "--preset", preset]
        command += ["--folder", str(self.layout.folder)]
        command += ["--endpoints", str(self.layout.endpoints)]
        if tethered:
            command.append("--tethered")
        with open(self.layout.log("supervisor"), "ab") as log:
            self._child = subprocess.Popen(
                command,
                stdin=subprocess.PIPE if tethered else subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=os.environ | {"PYTHONPATH": str(paths.ROOT / "deploy")},
                start_new_session=True,
            )
        try:
            self._await_up(progress)
        except BaseException:
            self._end_child()
            raise

    def _await_up(self, progress) -> None:
        end = time.monotonic() + _START_TIMEOUT_S
        while time.monotonic() < end:
            state = files.read_json(self.layout.state) or {}
            if state.get("supervisor") == self._child.pid:
                if state["phase"] == "up":
                    return
                if state["phase"] == "failed":
                    raise StackError(state["note"])
                if state["note"]:
                    progress(state["note"])
            if self._child.poll() is not None:
                raise StackError(f"the supervisor ended; see {self.layout.log('supervisor')}")
            time.sleep(0.1)
        raise StackError(f"not up after {_START_TIMEOUT_S} s; see {self.layout.logs}")

    def _end_child(self) -> None:
        if self._child.poll() is None:
            self._child.terminate()
            try:
                self._child.wait(_STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self._child.kill()

    def keep(self) -> None:
        """The tethered stack stays when this process ends."""
        self._child.stdin.write(b"keep\n")
        self._child.stdin.close()

    def stop(self) -> bool:
        """Ends the stack. False: it was not up."""
        state = self.state()
        if state is None:
            return False
        # Its lock is held, so this process id is the supervisor's.
        os.kill(state["supervisor"], signal.SIGTERM)
        if self._child is not None:
            self._end_child()
        if not wait_until(lambda: not self.is_up(), _STOP_TIMEOUT_S):
            os.kill(state["supervisor"], signal.SIGKILL)  # All it started ends with it.
            wait_until(lambda: not self.is_up(), 5)
        return True

    def wipe(self) -> None:
        """Forgets everything but the logs. What it did not make in the folder stays there."""
        layout = self.layout
        if self.is_up():
            raise StackError("the stack is up: stop it before its data is wiped")
        for account in files.read_json(layout.sandbox_accounts) or []:
            layout.account_token(account["username"]).unlink(missing_ok=True)
        for folder in layout.stored:
            shutil.rmtree(folder, ignore_errors=True)
        for file in layout.small_files:
            file.unlink(missing_ok=True)
