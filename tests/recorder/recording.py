"""A recorder before one address of a test's own, and the judgement over what it wrote."""

import base64
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from local_stack import paths, ports
from local_stack.process import Process, clean_environment, wait_until

_HERE = Path(__file__).parent
_JUDGE = _HERE.parent / "contract" / "traffic.py"


class Recording:
    """`judge` is one of traffic.py's. Main thread only, as all processes of a test."""

    def __init__(self, folder: Path, judge: str):
        self._file = folder / f"{judge}.jsonl"
        self._judge = judge
        self._log = folder / "logs" / "recorder.log"
        self._process: Process | None = None

    def start(self, url: str, lose: Sequence[str] = ()) -> str:
        """The address that stands for `url` from now on. One answer to a request with each of `lose` in it is lost."""
        port = ports.free_ports(1)[0]
        command = [sys.executable, str(_HERE / "recorder.py"), "--out", str(self._file), *(f"--lose={text}" for text in lose),
                   f"{port}:{urlsplit(url).port}"]
        self._process = Process("recorder", command, self._log, clean_environment(PYTHONDONTWRITEBYTECODE="1"))
        self._process.start()
        if not wait_until(lambda: ports.accepts(port), 20):
            raise OSError(f"the recorder does not listen: {self._process.log_tail()}")
        return f"http://{ports.HOST}:{port}"

    def stop(self) -> bool:
        return self._process.stop(20)

    def judge(self) -> bool:
        """Stops recording. False: something is not as published; what it is stands on standard output."""
        stopped = self.stop()
        python = os.environ.get("CARILLON_TEST_PYTHON") or str(paths.TOOLS / "venv" / "bin" / "python")
        judged = subprocess.run([python, str(_JUDGE), "--judge", self._judge, str(self._file)],
                                env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}, timeout=300, check=False)
        return stopped and judged.returncode == 0

    def bodies(self) -> Iterator[dict | list]:
        """Of requests and answers so far, those in JSON and forms."""
        if not self._file.exists():
            return
        for line in self._file.read_text(encoding="ascii").splitlines():
            one = json.loads(line)
            for body in (one["body"], one.get("answer_body", "")):
                text = base64.b64decode(body).decode("utf-8", "replace")
                if text[:1] in ("{", "["):
                    with contextlib.suppress(ValueError):
                        yield json.loads(text)
                else:
                    yield dict(parse_qsl(text))

    def read(self) -> list[dict]:
        """What was recorded: method, target, status, and the answer's text."""
        seen = [json.loads(line) for line in self._file.read_text(encoding="ascii").splitlines()]
        return [{name: one[name] for name in ("method", "target", "status")}
                | {"answer": base64.b64decode(one.get("answer_body", "")).decode("utf-8", "replace")} for one in seen]
