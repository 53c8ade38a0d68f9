#!/usr/bin/env python3
"""The launch week on real processes, with every service killed again and again, then Redis wiped.

Usage: loop_test.py [--seed N] [--seconds N] [--keep-folder]
"""

import argparse
import shutil
import socket
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "deploy"), str(Path(__file__).parent)]
sys.dont_write_bytecode = True

from demo_week.cli import Carillon, Refused  # noqa: E402
from demo_week.steps import Loop  # noqa: E402
from demo_week.week import Week  # noqa: E402
from killer import KILLS_EACH, Killer  # noqa: E402
from local_stack import files, paths  # noqa: E402
from local_stack.control import Control  # noqa: E402
from local_stack.process import wait_until  # noqa: E402
import snapshot  # noqa: E402

FINAL = {"PUBLISHED", "EXPIRED", "HELD", "FAILED", "UNCONFIRMED", "CANCELLED", "BLOCKED",
         "PARTIALLY_PUBLISHED"}
SETTLE_S = 150


def redis_command(address: str, command: str) -> None:
    host, port = address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall((command + "\r\n").encode())
        answer = connection.recv(100)
        assert answer.startswith(b"+OK"), answer


class Run:
    def __init__(self, folder: Path, options):
        self.options = options
        self.control = Control(folder, folder / "endpoints.json")
        self.folder = folder
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
        self.loop = Loop(self.carillon, self.endpoints, self.control.layout.account_token,
                         self.folder)
        self.brands = sorted({a.brand for a in Week().accounts})

    def posts(self) -> list[dict]:
        return [post for brand in self.brands
                for post in self.carillon.items("post", "list", "--brand", brand)]

    def week_with_kills(self) -> None:
        self.loop.plan()
        self.loop.connect()
        self.loop.set_faults()
        self.loop.import_week(self.options.seconds)
        killer = Killer(self.control.layout, self.options.seed, 5, self.options.seconds + 10)
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
        for line in self.loop.verdict()[:20]:
            self.expect(False, line)
        self.loop.await_reply()

    def numbers_settle(self) -> None:
        """The sandbox's people stop reacting after a while; then two snapshots are the same."""
        last = None

        def same_twice() -> bool:
            nonlocal last
            before, last = last, snapshot.take(self.carillon, self.brands)
            return before == last

        self.expect(wait_until(same_twice, 120, 5), "nothing moves any more")

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

    def run(self) -> None:
        self.start()
        self.week_with_kills()
        self.numbers_settle()
        self.redis_wiped()
        report = self.loop.report()
        self.expect(report.stat().st_size > 10_000, "there is a report")


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
