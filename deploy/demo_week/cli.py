"""The `carillon` program, as a person would use it, with --json."""

import json
import subprocess
from pathlib import Path

from local_stack.process import clean_environment

_TIMEOUT_S = 60
_OUTCOME_UNKNOWN = 3
_MAX_TRIES = 5


class Refused(Exception):
    """A command of the demo did not do what it should. The message is the program's own."""


class Carillon:
    def __init__(self, program: Path, endpoints: Path, folder: Path):
        self._program = program
        self._environment = clean_environment(CARILLON_ENDPOINTS=str(endpoints))
        self._folder = folder

    def __call__(self, *arguments: str):
        """Its answer. Only for commands that may be repeated: an unknown outcome is tried again."""
        command = [str(self._program), *arguments, "--json"]
        for attempt in range(1, _MAX_TRIES + 1):
            try:
                done = subprocess.run(
                    command,
                    env=self._environment,
                    cwd=self._folder,
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    text=True,
                    timeout=_TIMEOUT_S,
                )
            except subprocess.TimeoutExpired:
                raise Refused(f"`{' '.join(command)}` did not end in {_TIMEOUT_S} s") from None
            if done.returncode == 0:
                return json.loads(done.stdout) if done.stdout.strip() else None
            if done.returncode != _OUTCOME_UNKNOWN or attempt == _MAX_TRIES:
                break
        shown = " ".join(arguments)
        raise Refused(f"`carillon {shown}` ended with {done.returncode}: {done.stderr.strip()}")

    def items(self, *arguments: str) -> list[dict]:
        """What a `list` prints: an array, or an object that holds one."""
        answer = self(*arguments) or []
        if isinstance(answer, dict):
            answer = next((value for value in answer.values() if isinstance(value, list)), [])
        return answer
