#!/usr/bin/env python3
"""Kafka is put back from an older copy, and nothing is published again.

Usage: restore_test.py [--redis kept|wiped] [--keep-folder]
"""

import argparse
import os
import sys
import time
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "deploy"), str(ROOT / "tests" / "chaos"), str(Path(__file__).parent)]
sys.dont_write_bytecode = True

from calendar_posts import Post, write_calendar  # noqa: E402
from cli import PatientCli  # noqa: E402
from demo_week.cli import Refused  # noqa: E402
from demo_week.sandbox_admin import SandboxAdmin  # noqa: E402
from local_stack.process import wait_until  # noqa: E402
from parts import Parts, play  # noqa: E402
from truth import Record  # noqa: E402

BRAND = "Restored"
ACCOUNTS = [f"restored_{n}" for n in range(4)]
# Shorter than usual, so that a look-up is settled within the run.
OPTIONS = {"publisher": "--send-budget-ms 8000 --settle-ms 10000 --spacing-ms 100",
           "listener": "--poll-interval-ms 3000 --sample-interval-ms 3000"}
SETTLE_S = 150
PATIENCE_S = 60
NOTICED = "the log was put back from an older copy"
DECLARED = "the operator says that the log was put back"


class Run:
    def __init__(self, folder: Path, wiped: bool):
        os.environ["CARILLON_SANDBOX_OPTIONS"] = "--rate-limit 0 --threads 2 --engagement-scale 0.1"
        self.folder = folder
        self.wiped = wiped
        self.parts = Parts(folder, ACCOUNTS, OPTIONS)
        # Services that find their way back refuse for a moment.
        self.patient = PatientCli([self.parts.carillon], self.say, PATIENCE_S)
        self.failures: list[str] = []
        self.planned: dict[str, Post] = {}
        self.began = time.monotonic()

    def say(self, text: str) -> None:
        print(f"{time.monotonic() - self.began:6.1f} {text}", flush=True)

    def expect(self, good: bool, what: str) -> None:
        self.say(("ok    " if good else "WRONG ") + what)
        if not good:
            self.failures.append(what)

    def plan(self, name: str, count: int, in_s: int, every_s: int = 1) -> Path:
        """A calendar of `count` posts, the first one due in `in_s`."""
        posts = [Post(f"{name}{n}", BRAND, ACCOUNTS[n % len(ACCOUNTS)],
                      f"Post {n} of {name}, one bell of many", n * every_s) for n in range(count)]
        self.planned |= {post.name: post for post in posts}
        calendar = self.folder / f"{name}.csv"
        write_calendar(calendar, posts, datetime.now(timezone.utc) + timedelta(seconds=in_s))
        return calendar

    def bring(self, calendar: Path) -> None:
        imported = self.patient("calendar", "import", str(calendar))
        self.patient("post", "approve", "--import", imported["id"])

    def states(self, name: str = "") -> Counter:
        """Of the posts whose external id begins with `name`."""
        posts = self.parts.carillon.items("post", "list", "--brand", self.brand)
        return Counter(post["targets"][0]["state"] for post in posts
                       if post["draft"]["external_id"].startswith(name))

    def await_states(self, name: str, count: int, timeout_s: float = SETTLE_S) -> bool:
        """True when `count` of these are PUBLISHED, and as many at least."""
        found: Counter = Counter()

        def there() -> bool:
            nonlocal found
            try:
                found = self.states(name)
            except Refused:
                return False  # A service is finding its way back.
            return found["PUBLISHED"] >= count

        good = wait_until(there, timeout_s, 0.5)
        self.say(f"posts {name or 'in all'}: {dict(found)}")
        return good

    def record(self) -> Record:
        return Record.read(self.parts.endpoints["sandbox_admin"])

    def start(self) -> None:
        self.parts.start()
        admin = SandboxAdmin(self.parts.endpoints["sandbox_admin"])
        admin.fault("ignore_idempotency_key", -1)
        admin.fault("slow", -1, delay_ms=300)
        self.brand = self.parts.carillon("brand", "create", BRAND, "--timezone", "Etc/UTC")["id"]
        for name in ACCOUNTS:
            self.parts.carillon("account", "connect", "--brand", BRAND, "--platform", "mastodon",
                                "--base-url", self.parts.endpoints["sandbox"], "--token-file",
                                str(self.parts.layout.account_token(name)))
        self.say("the stack is up")

    def copy_in_the_midst(self) -> None:
        """The copy is of a moment when some are out, some under way, and some still to come."""
        self.bring(self.plan("early", 24, 10))
        self.bring(self.plan("middle", 12, 60))
        self.bring(self.plan("later", 8, 200))
        self.expect(self.await_states("early", 4), "the first ones are out")
        self.parts.stop_kafka()
        self.parts.copy_log(self.folder / "copy")
        self.parts.kafka.start_and_wait()
        self.say(f"copied, with {sum(self.record().accepted.values())} posts on the platform")

    def go_on(self) -> None:
        self.plan("lost", 6, 0)
        self.lost_at = datetime.now(timezone.utc) + timedelta(seconds=15)
        self.create_lost()
        for name, count in (("early", 24), ("middle", 12), ("lost", 6)):
            self.expect(self.await_states(name, count), f"all {name} ones are out before the loss")

    def create_lost(self) -> None:
        """Posts by one's own id, approved at once: the same however often this is done."""
        for name, post in self.planned.items():
            if name.startswith("lost"):
                self.patient("post", "create", "--brand", BRAND, "--account", post.account, "--text",
                             post.text, "--external-id", name, "--approve", "--at",
                             f"{self.lost_at:%Y-%m-%dT%H:%M:%SZ}")

    def put_back(self) -> None:
        if self.wiped:
            self.parts.stop_services()
        self.parts.stop_kafka()
        self.parts.put_log_back(self.folder / "copy")
        if self.wiped:
            self.parts.redis.process.stop(5)
            self.parts.redis.start_and_wait()
        self.parts.kafka.start_and_wait()
        self.say("the older copy is back")
        if self.wiped:
            self.parts.start_services(
                restored_until=f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%SZ}")
        else:
            self.parts.await_well()

    def reconcile(self) -> None:
        self.expect(self.await_states("early", 24), "what was under way is found")
        self.expect(self.await_states("middle", 12), "what was sent in the lost time is found")
        # Whoever misses them creates them again.
        self.create_lost()
        self.expect(self.await_states("lost", 6), "what was planned and sent in the lost time is found")
        self.bring(self.plan("fresh", 8, 10))
        self.expect(self.await_states("fresh", 8), "what is new goes out")
        self.expect(self.await_states("later", 8), "what was due later goes out")

    def judge(self) -> None:
        record = self.record()
        texts = Counter((post.account, post.text) for post in self.planned.values())
        self.expect(record.texts == texts, f"the platform has each of {len(texts)} posts once: "
                    f"missing {texts - record.texts}, doubled {record.texts - texts}")
        self.expect(all(n == 1 for n in record.accepted.values()), "each delivery has one effect")
        states = self.states()
        self.expect(states == Counter(PUBLISHED=len(self.planned)), f"all are PUBLISHED: {states}")
        said = self.parts.log_of("publisher")
        self.expect(NOTICED in said or DECLARED in said, "the publisher says what has happened")
        if not self.wiped:
            self.expect(NOTICED in said and DECLARED not in said, "its owners found it out themselves")
        self.match_numbers()

    def totals(self) -> dict[str, int]:
        page = self.folder / "report.html"
        days = [datetime.now(timezone.utc) + timedelta(days=n) for n in (-2, 2)]
        self.parts.carillon("report", "--from", f"{days[0]:%Y-%m-%d}", "--to", f"{days[1]:%Y-%m-%d}",
                            "--out", str(page), "--bucket", "day")
        lines = [line.split(",") for line in page.with_suffix(".csv").read_text().splitlines()]
        return {line[2]: int(line[4]) for line in lines if line[:2] == ["total", "all"]}

    def match_numbers(self) -> None:
        """Nothing is counted twice, nothing left out."""
        pair: list[dict] = []

        def same() -> bool:
            reactions = self.record().engagement
            wanted = {"planned": len(self.planned), "published": len(self.planned),
                      "replies": reactions["replies"], "boosts": reactions["reblogs"],
                      "favourites": reactions["favourites"]}
            totals = self.totals()
            pair[:] = [wanted, {what: totals.get(what, 0) for what in wanted}]
            return pair[0] == pair[1]

        matches = wait_until(same, SETTLE_S, 2)
        self.expect(matches, f"the report is the platform's own record: {pair}")

    def run(self) -> None:
        self.start()
        self.copy_in_the_midst()
        self.go_on()
        self.put_back()
        self.reconcile()
        self.judge()


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--redis", choices=("kept", "wiped"), default="kept")
    parser.add_argument("--keep-folder", action="store_true")
    options = parser.parse_args()
    return play("restore", lambda folder: Run(folder, options.redis == "wiped"), options.keep_folder)


if __name__ == "__main__":
    sys.exit(main())
