#!/usr/bin/env python3
"""Runs a command beside a Kafka broker of its own, and ends both on every way out.

Usage: with_kafka.py [--keep-log FILE] [--kafka-version VERSION] -- COMMAND [ARGUMENT...]

The command finds: CARILLON_TEST_KAFKA (host:port), CARILLON_TEST_REDIS_SERVER (the program; tests
start their own), CARILLON_TEST_PYTHON (with tests/requirements.txt installed), and a TMPDIR that
is removed afterwards. The exit code is the command's.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "deploy"))
sys.dont_write_bytecode = True

from local_stack import files, paths, ports  # noqa: E402
from local_stack.errors import StackError  # noqa: E402
from local_stack.kafka import Kafka  # noqa: E402
from local_stack.process import die_with_parent  # noqa: E402

_MAX_TRIES = 3
_END_TIMEOUT_S = 10
_SWEEP_AFTER_S = 3600
_PREFIX = "carillon-tests."


def sweep() -> None:
    """Removes what runs that were killed left behind. A run that lives holds its folder's lock."""
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            old = time.time() - left.stat().st_mtime > _SWEEP_AFTER_S
            if old and files.Lock(left / "lock").try_take():
                shutil.rmtree(left, ignore_errors=True)
        except OSError:
            pass  # Somebody else's, or gone meanwhile.


class Interrupted(BaseException):
    """A signal asked for the end."""

    def __init__(self, number: int):
        super().__init__(number)
        self.number = number


def _interrupt(number, frame):
    raise Interrupted(number)


def start_kafka(folder: Path) -> Kafka:
    """Another program may take a port between its choice and its use: then again, with others."""
    for attempt in range(1, _MAX_TRIES + 1):
        first, second = ports.free_ports(2)
        kafka = Kafka(folder / f"kafka-{attempt}", folder / "kafka.log", (first, second))
        try:
            kafka.start_and_wait()
            return kafka
        except StackError:
            if attempt == _MAX_TRIES:
                raise
        except BaseException:
            kafka.process.stop(0)
            raise
    raise AssertionError("unreachable")


def environment(kafka: Kafka, folder: Path) -> dict[str, str]:
    temporary = folder / "tmp"
    temporary.mkdir()
    settings = {
        "CARILLON_TEST_KAFKA": kafka.address,
        "CARILLON_TEST_REDIS_SERVER": shutil.which("redis-server") or "",
        "CARILLON_TEST_PYTHON": str(paths.TOOLS / "venv" / "bin" / "python"),
        "TMPDIR": str(temporary),
    }
    return os.environ | settings


def run(command: list[str], settings: dict[str, str]) -> int:
    """Its exit code. It leads a process group, which ends with it."""
    parent = os.getpid()
    child = subprocess.Popen(
        command,
        env=settings,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=lambda: die_with_parent(parent),
    )
    try:
        return child.wait()
    finally:
        if child.returncode is None:
            os.killpg(child.pid, signal.SIGTERM)
            try:
                child.wait(_END_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        child.wait()


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--keep-log", type=Path, help="where the broker's log goes on a failure")
    parser.add_argument("--kafka-version", help="one that deploy/setup --kafka has got")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    if options.kafka_version:
        os.environ["CARILLON_KAFKA_VERSION"] = options.kafka_version
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    sweep()
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    lock = files.Lock(folder / "lock")
    lock.take()
    kafka = None
    code = 1
    try:
        kafka = start_kafka(folder)
        code = run(options.command, environment(kafka, folder))
    except StackError as error:
        print(f"with_kafka: {error}", file=sys.stderr)
    except FileNotFoundError as error:
        print(f"with_kafka: {error}", file=sys.stderr)
        code = 127
    except Interrupted as interrupted:
        code = 128 + interrupted.number
    finally:
        # From here a second signal must not leave anything behind.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        if kafka:
            kafka.process.stop(2)
        if code and options.keep_log and (folder / "kafka.log").exists():
            shutil.copyfile(folder / "kafka.log", options.keep_log)
        shutil.rmtree(folder, ignore_errors=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
