#!/usr/bin/env python3
"""The launch week on real processes, with every service killed again and again, then Redis wiped.

Usage: loop_test.py [--seed N] [--seconds N] [--keep-folder]
"""

import argparse
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "deploy"), str(ROOT / "tests" / "recorder"), str(Path(__file__).parent)]
sys.dont_write_bytecode = True

from demo_week.cli import Carillon, Refused  # noqa: E402
from demo_week.sandbox_admin import SandboxAdmin  # noqa: E402
from demo_week.steps import Loop  # noqa: E402
from demo_week.week import Week  # noqa: E402
from killer import KILLS_EACH, Killer  # noqa: E402
from local_stack import files, paths  # noqa: E402
from local_stack.control import Control  # noqa: E402
from local_stack.process import wait_until  # noqa: E402
from recording import Recording  # noqa: E402
import snapshot  # noqa: E402

FINAL = {"PUBLISHED", "EXPIRED", "HELD", "FAILED", "UNCONFIRMED", "CANCELLED", "BLOCKED",
         "PARTIALLY_PUBLISHED"}
SETTLE_S = 150
REACTIONS_S = 25  # all reactions to a post come within (services/sandbox/README.md)


def redis_command(address: str, command: str) -> None:
    host, port = address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall((command + "\r\n").encode())
        answer = connection.recv(100)
        assert answer.startswith(b"+OK"), answer


def first_difference(ours: bytes, theirs: bytes) -> str:
    for a, b in zip(ours.splitlines(), theirs.splitlines()):
        if a != b:
            return f"first: {a!r} against {b!r}"
    return ""


class Run:
    def __init__(self, folder: Path, options):
        self.options = options
        self.control = Control(folder, folder / "endpoints.json")
        self.folder = folder
        self.recording = Recording(folder, "mastodon")
        self.failures: list[str] = []

    def expect(self, good: bool, what: str) -> None:
        print(("ok    " if good else "WRONG ") + what, flush=True)
        if not good:
            self.failures.append(what)

    def start(self) -> None:
        accounts = [(a.username, a.display_name) for a in Week().accounts]
        files.make_sandbox_accounts(self.control.layout, accounts)
        self.control.start("dev", tethered=True)
        self.endpoints = files.read_json(self.control.layout.endpoints)
        program = paths.bin_dir("dev") / "carillon"
        self.carillon = Carillon(program, self.control.layout.endpoints, self.folder)
        recorded = {"sandbox": self.recording.start(self.endpoints["sandbox"])}
        self.loop = Loop(self.carillon, self.endpoints | recorded, self.control.layout.account_token,
                         self.folder)
        self.brands = sorted({a.brand for a in Week().accounts})

    def posts(self) -> list[dict]:
        return [post for brand in self.brands
                for post in self.carillon.items("post", "list", "--brand", brand)]

    def week_with_kills(self) -> None:
        self.loop.plan()
        self.loop.connect()
        self.loop.set_faults()
        # Answers take their time, so that kills find posts between SENDING in the log and the answer.
        SandboxAdmin(self.endpoints["sandbox_admin"]).fault("slow", -1, every=3, delay_ms=700)
        self.loop.import_week(self.options.seconds)
        killer = Killer(self.control.layout, self.endpoints["metrics"], self.options.seed, 5,
                        self.options.seconds + 5)
        began = time.monotonic()
        total = len(Week().rows)
        counts: Counter = Counter()

        def settled() -> bool:
            killer.step(time.monotonic() - began)
            if not killer.done():
                return False
            nonlocal counts
            try:
                counts = Counter(post["state"] for post in self.posts())
            except Refused:
                return False  # A service is being started again.
            return sum(n for state, n in counts.items() if state in FINAL) == total

        ended = wait_until(settled, self.options.seconds + 10 + SETTLE_S, 0.2)
        print(f"posts: {dict(counts)}; kills: {killer.kills}", flush=True)
        self.expect(ended, "every post came to an end")
        self.expect(all(n >= KILLS_EACH for n in killer.kills.values()),
                    f"each service was killed {KILLS_EACH} times")
        supervisor = (self.folder / "logs" / "supervisor.log").read_text()
        ends = re.findall(r"(\w+) ended with (\S+)", supervisor)
        self.expect(len(ends) == sum(killer.kills.values()) and all(how == "-9" for _, how in ends),
                    f"no service ended by itself: {Counter(ends)}")
        print(f"deliveries that were SENDING when the publisher was killed: {killer.sending}",
              flush=True)
        self.expect(any(n > 0 for n in killer.sending),
                    "some kills hit between SENDING in the log and the answer")
        for line in self.loop.verdict()[:20]:
            self.expect(False, line)
        self.loop.await_reply()

    def numbers_settle(self) -> None:
        """The sandbox's people stop reacting after a while; then every account is read once more, also
        one whose poll died with a killed listener, and two snapshots are the same."""
        quiet_at = datetime.now(timezone.utc) + timedelta(seconds=REACTIONS_S)
        last = None

        def read_since() -> bool:
            read = [row for row in self.carillon.items("collection", "list") if row["connected"]]
            return len(read) == len(Week().accounts) and all(
                datetime.fromisoformat(row["last_success_at"]) > quiet_at for row in read)

        def same_twice() -> bool:
            nonlocal last
            before, last = last, snapshot.take(self.carillon, self.brands)
            return before == last and not snapshot.replying(last)

        self.expect(wait_until(read_since, 180, 2), "every account was read after the last reaction")
        # A reply whose answer was lost is looked up for most of a minute.
        self.expect(wait_until(same_twice, 180, 5), "nothing moves any more")

    def redis_wiped(self) -> None:
        name, zone = "Wipe Test", "Europe/Paris"
        create = ("brand", "create", name, "--timezone", zone, "--request-id", "wipe-test-1")
        created = self.carillon(*create)
        before = snapshot.take(self.carillon, self.brands)
        redis_command(self.endpoints["redis"], "FLUSHALL")
        again = self.carillon(*create)
        self.expect(again["id"] == created["id"], "a repeated request_id answers the same id")
        last: list[str] = []

        def same() -> bool:
            nonlocal last
            try:
                last = snapshot.differences(before, snapshot.take(self.carillon, self.brands))
            except Refused:
                return False
            return not last

        wait_until(same, 60, 1)
        self.expect(not last, f"everything reads the same after FLUSHALL: {last[:3]}")

    def report_is_the_fold(self) -> None:
        """The report's CSV of one brand, and the same made from the topics by another language."""
        python = os.environ.get("CARILLON_TEST_PYTHON")
        if not python:
            print("skip  the fold: $CARILLON_TEST_PYTHON is not set; tests/run sets it", flush=True)
            return
        brand = self.carillon.items("brand", "list")[0]["id"]
        begin, end = (f"{datetime.now(timezone.utc) + timedelta(days=days):%Y-%m-%dT00:00:00Z}"
                      for days in (-2, 2))
        page = self.folder / "fold.html"
        self.carillon("report", "--brand", brand, "--from", begin, "--to", end, "--out", str(page),
                      "--bucket", "hour")
        folded = subprocess.run(
            [python, str(ROOT / "tests" / "integration" / "fold" / "fold.py"), "--kafka",
             self.endpoints["kafka"], "--release", self.endpoints["release"] + ".", "--brand",
             brand, "--begin", begin, "--end", end, "--bucket", "hour"],
            capture_output=True, timeout=120)
        ours, theirs = page.with_suffix(".csv").read_bytes(), folded.stdout
        self.expect(len(ours.splitlines()) > 100, "the report's CSV has its rows")
        self.expect(ours == theirs, f"the fold of the topics is the report's CSV, byte for byte"
                                    f" ({len(ours.splitlines())} lines) {first_difference(ours, theirs)}"
                                    f" {folded.stderr.decode()[-300:]}")

    def run(self) -> None:
        self.start()
        self.week_with_kills()
        self.numbers_settle()
        self.redis_wiped()
        self.report_is_the_fold()
        report = self.loop.report()
        self.expect(report.stat().st_size > 10_000, "there is a report")
        self.expect(self.recording.judge(), "requests and answers are as Mastodon's description has them")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--keep-folder", action="store_true")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="carillon-e2e."))
    run = Run(folder, options)
    try:
        run.run()
    except Refused as error:
        run.expect(False, f"refused: {error}")
    finally:
        run.control.stop()
        if run.failures or options.keep_folder:
            print(f"kept: {folder}")
            for log in sorted((folder / "logs").glob("*.log")):
                print(f"--- the end of {log.name}")
                print("\n".join(log.read_text(errors="replace").splitlines()[-8:]))
        else:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{len(run.failures)} failures")
    return 1 if run.failures else 0


if __name__ == "__main__":
    sys.exit(main())
