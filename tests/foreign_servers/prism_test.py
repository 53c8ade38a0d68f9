#!/usr/bin/env python3
"""Stoplight's Prism judges the X connector: it stands before the sandbox and refuses what X's OpenAPI description does not have.

Usage: prism_test.py [--keep-folder]. Skipped where $CARILLON_CONFORMANCE_DATA is not set.
"""

import os
import re
import sys
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "deploy"), *(str(ROOT / "tests" / name) for name in ("chaos", "recorder", "e2e"))]
sys.dont_write_bytecode = True

from demo_week.cli import Refused  # noqa: E402
from local_stack import ports  # noqa: E402
from local_stack.process import Process, clean_environment, wait_until  # noqa: E402
from modules import SKIPPED, modules_folder, node  # noqa: E402
from platform_run import PlatformRun, main  # noqa: E402

ACCOUNT = "bellworks"
SPEC = "specs/x/openapi-2.167.json"
TEXT = "Grüße an alle 👩‍👩‍👧 #Glocken https://example.com/spring?a=1"
# What Prism says of an exchange that it did not let pass.
WORD = "stoplight.io/prism/errors#"
# Where it may say so, and why.
EXCEPTIONS = {r"/2/users/\d+\?user\.fields=public_metrics": "asked without post.fields, the answer is in X's older words: tweet_count"}


class Prism:
    """A validating proxy before `url`."""

    def __init__(self, folder: Path, url: str):
        port = ports.free_ports(1)[0]
        self.url = f"http://{ports.HOST}:{port}"
        program = modules_folder() / "@stoplight" / "prism-cli" / "dist" / "index.js"
        spec = Path(os.environ["CARILLON_CONFORMANCE_DATA"], SPEC)
        command = [str(node()), str(program), "proxy", str(spec), url, "--errors", "--host", ports.HOST, "--port", str(port)]
        self.process = Process("prism", command, folder / "logs" / "prism.log", clean_environment())
        self.process.start()
        if not wait_until(lambda: ports.accepts(port) or not self.process.running(), 120) or not self.process.running():
            raise Refused(f"Prism did not start: {self.process.log_tail()}")

    def refuses(self, path: str) -> bool:
        """It judges at all: a planted request does not pass."""
        request = urllib.request.Request(self.url + path, headers={"Authorization": "Bearer x"})
        try:
            urllib.request.urlopen(request, timeout=20).close()
            return False
        except urllib.error.HTTPError as error:
            return error.code == 422 and WORD.encode() in error.read()


class Run(PlatformRun):
    platform = "x"
    brand = "Bellworks"

    def __init__(self, folder: Path):
        super().__init__(folder, {ACCOUNT: "token-of-bellworks"}, "")
        self.prism: Prism | None = None

    def address_of_platform(self) -> str:
        self.prism = Prism(self.folder, super().address_of_platform())
        self.say("Prism serves")
        return self.prism.url

    def publish(self) -> None:
        """Without a picture: Prism passes a file's bytes on as text, which they are not."""
        self.create("whole", ACCOUNT, TEXT)
        self.await_published("a text is out")

    def judge_traffic(self) -> None:
        """By what Prism said of it."""
        self.parts.stop_services()
        self.expect(self.recording.stop(), "what passed is recorded")
        self.expect(self.prism.refuses("/2/tweets?ids=1,x"), "Prism refuses what is wrong")
        seen = self.recording.read()
        passed = [one for one in seen if one["target"] == "/2/tweets" and one["status"] == 201]
        self.expect(len(passed) == 4, f"{len(seen)} requests, {len(passed)} posts with their answers")
        told = Counter(one["target"] for one in seen if WORD in one["answer"])
        wrong = {target: n for target, n in told.items() if not any(re.fullmatch(path, target) for path in EXCEPTIONS)}
        self.expect(not wrong, f"Prism refuses nothing of ours: {wrong}")
        for path, reason in EXCEPTIONS.items():
            self.say(f"exception used {sum(n for target, n in told.items() if re.fullmatch(path, target))} times: {path}: {reason}")

    def run(self) -> None:
        try:
            self.start()
            self.connect(ACCOUNT, self.tokens[ACCOUNT])
            self.publish()
            self.judge()
            self.thread()
            self.judge_traffic()
        finally:
            if self.prism:
                self.prism.process.stop(10)


if __name__ == "__main__":
    if not os.environ.get("CARILLON_CONFORMANCE_DATA"):
        print("skipped: CARILLON_CONFORMANCE_DATA is not set")
        sys.exit(SKIPPED)
    node()
    main(Run)
