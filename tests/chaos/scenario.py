"""One run from an empty stack to the report."""

import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path

from calendar_posts import account_names, brand_of, is_hidden, make_posts, write_calendar
from calendar_posts import REFUSED_TEXT
from cli import PatientCli
from demo_week.cli import Carillon, Refused
from demo_week.sandbox_admin import SandboxAdmin
from driver import SENDING_LEAST, Driver
from faults import all_kinds, kills
from local_stack import files
from local_stack.process import wait_until
from servers import Servers, program
from truth import Record, judge

CONNECTING_AT_ONCE = 4
CHUNK_ROWS = 2000
# A post that is due before its approval expires: so long a chunk has for import and approval, faults included.
LEAD_S = 40
LEAD_UNDER_FAULTS_S = 90
IMPORTED_A_SECOND = 400
IMPORTED_CALMLY = 0.8
EXTRA_MAX_S = 120
SETTLE_MAX_S = 900
ANALYTICS_MAX_S = 300
RECONNECT_EVERY_S = 3
LOOK_EVERY_S = 0.05
SENDING_AIM = 60
# PUBLISHED, FAILED, UNCONFIRMED, EXPIRED, HELD, CANCELLED, BLOCKED of scheduler/v1/post.proto.
ENDED = (5, 7, 8, 9, 10, 11, 12)
# Shorter than usual, so that a lost answer is settled within the run: the sandbox accepts at most 3 s late.
PUBLISHER = ("--send-budget-ms 8000 --settle-ms 10000 --lookup-window-s {lookup_window_s}"
             " --senders 64 --spacing-ms 200")
# Accounts are asked as on a real platform, not every 2 s as in the demo.
LISTENER = "--poll-interval-ms {poll_ms} --account-interval-ms 60000 --sample-interval-ms {sample_ms}"
ENGAGED_POSTS_MAX = 5_000


class Scenario:
    """What is posted, what happens meanwhile, and what is wrong with the platform may be another's choice."""

    def __init__(self, folder: Path, options):
        self._folder = folder
        self._options = options
        self._servers = Servers(folder, options.preset)
        self._began = time.monotonic()
        self._accounts = account_names(options.accounts)
        seconds = options.posts / options.rate
        self._posts = self._make_posts(seconds)
        self._brands: dict[str, str] = {}
        self._report: dict = {}
        self._wrong: list[str] = []
        self._over = threading.Event()

    def _make_posts(self, seconds: float) -> list:
        return make_posts(self._options.posts, self._accounts, seconds, self._options.seed)

    def _sandbox_accounts(self) -> list[str]:
        return self._accounts

    def _say(self, text: str) -> None:
        print(f"{time.monotonic() - self._began:7.1f} {text}", file=sys.stderr, flush=True)

    # -- before the first post

    def _start(self) -> None:
        # Reactions need samples of every post: with very many posts that would be a test of its own.
        engaged = self._options.posts <= ENGAGED_POSTS_MAX
        os.environ["CARILLON_SANDBOX_OPTIONS"] = (
            f"--rate-limit 0 --threads 2 --engagement-scale {0.05 if engaged else 0}")
        # More than the platforms' published limits allow. Not a flag, which an older program would refuse.
        os.environ["CARILLON_RATE_LIMITS"] = "answers"
        os.environ["CARILLON_PUBLISHER_OPTIONS"] = PUBLISHER.format(
            lookup_window_s=120 if engaged else 240)
        os.environ["CARILLON_LISTENER_OPTIONS"] = LISTENER.format(
            poll_ms=5_000 if engaged else 60_000, sample_ms=10_000 if engaged else 3_600_000)
        layout = self._servers.control.layout
        files.make_sandbox_accounts(layout, [(name, name) for name in self._sandbox_accounts()])
        accounts = files.read_json(layout.sandbox_accounts)
        files.write_json(layout.sandbox_accounts,
                         [account | {"history_weeks": 0} for account in accounts], mode=0o600)
        self._servers.start()
        self._carillons = [
            Carillon(program(self._options.preset, "carillon"), self._servers.endpoints_file(n + 1),
                     self._folder) for n in range(len(self._servers.endpoints))]
        self._cli = PatientCli(self._carillons, self._say)
        self._say("the stack is up")

    def _connect(self) -> None:
        for brand in sorted({brand_of(name) for name in self._accounts}):
            self._brands[brand] = self._cli("brand", "create", brand, "--timezone", "Etc/UTC")["id"]
        with ThreadPoolExecutor(CONNECTING_AT_ONCE) as pool:
            list(pool.map(self._connect_one, self._accounts))
        self._say(f"{len(self._accounts)} accounts are connected")

    def _connect_one(self, name: str) -> None:
        token = self._servers.control.layout.account_token(name)
        self._cli("account", "connect", "--brand", brand_of(name), "--platform", "mastodon",
                  "--base-url", self._servers.endpoints[0]["sandbox"], "--token-file", str(token))

    def _set_platform_faults(self) -> None:
        admin = SandboxAdmin(self._servers.endpoints[0]["sandbox_admin"])
        slow_ms = int(min(max(SENDING_AIM / self._options.rate * 1000, 300), 3000))
        admin.fault("ignore_idempotency_key", -1)
        admin.fault("close_reused", -1)
        admin.fault("slow", -1, delay_ms=slow_ms)
        admin.fault("drop_after_accept", -1, every=41)
        admin.fault("error_before", -1, every=67)
        admin.fault("error_after", -1, every=61)
        admin.fault("accept_late", -1, every=71, delay_ms=3000, close=True)
        admin.fault("rate_limit", -1, every=53, reset_s=4)
        admin.fault("lookup_down", -1, every=29)
        admin.fault("refuse", -1, text=REFUSED_TEXT)
        self._unauthorized = [name for name in self._accounts if not is_hidden(name)][:3]
        for name in self._unauthorized:
            admin.fault("unauthorized", 1, account=name, every=3)
        for name in filter(is_hidden, self._accounts):
            admin.fault("withhold", -1, account=name)

    # -- beside the driver, on threads of their own

    def _import(self, first: datetime) -> None:
        """Chunk by chunk. Where that is slower than the posts are due, all that come later move on."""
        try:
            for n in range(0, len(self._posts), CHUNK_ROWS):
                calendar = self._folder / f"calendar-{n}.csv"
                begin_s = self._posts[n].due_s
                least = timedelta(seconds=LEAD_UNDER_FAULTS_S if n > 0 else LEAD_S)
                first = max(first, datetime.now(timezone.utc) + least - timedelta(seconds=begin_s))
                self._last_due = first + timedelta(seconds=self._posts[-1].due_s)
                write_calendar(calendar, self._posts[n:n + CHUNK_ROWS], first)
                imported = self._cli("calendar", "import", str(calendar))
                self._cli("post", "approve", "--import", imported["id"])
                self._say(f"posts {n} to {min(n + CHUNK_ROWS, len(self._posts)) - 1} are imported")
        except Refused as error:
            self._wrong.append(f"the import failed: {error}")
        finally:
            self._imported.set()

    def _reconnect(self) -> None:
        """A token that was refused once is given again, as a person would."""
        cli = PatientCli(self._carillons, self._say)
        while not self._over.wait(RECONNECT_EVERY_S):
            for name in self._unauthorized:
                try:
                    found = [account for account in cli.items("account", "list", "--brand",
                                                              brand_of(name))
                             if account["username"].startswith(f"{name}@")
                             and account["state"] == "NEEDS_RECONNECT"]
                    if found:
                        self._connect_one(name)
                        self._say(f"{name} is connected again")
                except Refused as error:
                    self._say(f"{name} could not be connected again: {error}")

    # -- the run

    def run(self) -> dict:
        self._start()
        self._connect()
        self._set_platform_faults()
        self._publish()
        self._judge()
        self._report["seconds"] = round(time.monotonic() - self._began, 1)
        return self._report | {"wrong": self._wrong}

    def stop(self) -> None:
        self._over.set()
        self._servers.stop()

    def _make_driver(self):
        """Its step() is called often while posts are due, end() once then, settle() until all ended, report() at last."""
        kinds = all_kinds() if self._options.kinds == "all" else kills()
        return Driver(self._servers, kinds, self._options.seed, self._options.pause, self._say)

    def _publish(self) -> None:
        driver = self._make_driver()
        self._imported = threading.Event()
        # Most chunks come before the first fault: under all faults one takes a minute or two.
        calm_rows = max(min(len(self._posts), 5 * CHUNK_ROWS), IMPORTED_CALMLY * len(self._posts))
        lead = LEAD_S + calm_rows / IMPORTED_A_SECOND
        first = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(seconds=lead)
        self._last_due = first + timedelta(seconds=self._posts[-1].due_s)
        for work in (lambda: self._import(first), self._reconnect):
            threading.Thread(target=work, daemon=True).start()

        def over() -> bool:
            if self._is_over(driver):
                return True
            if datetime.now(timezone.utc) >= first:
                driver.step()
            return False

        wait_until(over, float("inf"), LOOK_EVERY_S)
        driver.end()
        faults_end = time.monotonic()
        self._say("the last post was due and the last fault was lifted")

        def settled_now() -> bool:
            driver.settle()
            return self._all_ended()

        settled = wait_until(settled_now, SETTLE_MAX_S, 1)
        self._report["settle_seconds"] = round(time.monotonic() - faults_end, 1)
        self._over.set()
        if not settled:
            self._wrong.append(f"not every post came to an end in {SETTLE_MAX_S} s")
        report, wrong = driver.report()
        self._report |= report
        self._wrong += wrong

    def _is_over(self, driver) -> bool:
        """Faults that have not hit yet get what is still waiting to be sent."""
        late_s = (datetime.now(timezone.utc) - self._last_due).total_seconds()
        if late_s < 0 or not self._imported.is_set():
            return False
        waiting = self._servers.deliveries("QUEUED", "SENDING")
        return driver.had_all() or late_s > EXTRA_MAX_S or (
            waiting is not None and sum(waiting) < SENDING_LEAST)

    def _all_ended(self) -> bool:
        ended = 0
        for brand in self._brands.values():
            counts = self._servers.posts(brand, *ENDED)
            if counts is None:
                return False
            ended += sum(counts)
        return ended == len(self._posts)

    def _judge(self) -> None:
        listed = [post for brand in self._brands.values()
                  for post in self._cli.items("post", "list", "--brand", brand)]
        record = Record.read(self._servers.endpoints[0]["sandbox_admin"])
        verdict = judge(self._posts, listed, record)
        states = verdict.states
        numbers = {"posts": len(self._posts), "published": states["PUBLISHED"],
                   "failed": states["FAILED"], "unconfirmed": states["UNCONFIRMED"],
                   "hidden": len(record.hidden), "refused": len(record.refused),
                   "lost": len(verdict.lost), "doubled": len(verdict.doubled)}
        self._report = numbers | self._report
        self._report["states"] = dict(states)
        self._wrong += verdict.lost[:20] + verdict.doubled[:20] + verdict.strange[:20]
        if numbers["unconfirmed"] != numbers["hidden"]:
            self._wrong.append("unconfirmed is not what the platform hid")
        if numbers["failed"] != numbers["refused"]:
            self._wrong.append("failed is not what the platform refused")
        self._match_analytics(record, numbers)

    def _match_analytics(self, record: Record, numbers: dict) -> None:
        """Reactions go on for a while after the last post, so they are read again each time."""
        wanted = {"planned": numbers["posts"], "published": record.published,
                  "failed": len(record.refused), "unconfirmed": len(record.hidden),
                  "replies": 0, "boosts": 0, "favourites": 0}
        totals: dict = {}

        def same() -> bool:
            if numbers["posts"] <= ENGAGED_POSTS_MAX:
                reactions = Record.read(self._servers.endpoints[0]["sandbox_admin"]).engagement
                wanted.update(replies=reactions["replies"], boosts=reactions["reblogs"],
                              favourites=reactions["favourites"])
            totals.update(self._totals())
            return all(totals.get(what, 0) == n for what, n in wanted.items())

        matches = wait_until(same, ANALYTICS_MAX_S, 2)
        self._report["analytics_match"] = matches
        self._report["analytics"] = {what: totals.get(what, 0) for what in wanted}
        if not matches:
            self._wrong.append(f"analytics has {self._report['analytics']}, the record {wanted}")

    def _totals(self) -> dict[str, int]:
        page = self._folder / "report.html"
        days = [datetime.now(timezone.utc) + timedelta(days=n) for n in (-2, 2)]
        self._cli("report", "--from", f"{days[0]:%Y-%m-%d}", "--to", f"{days[1]:%Y-%m-%d}", "--out",
                  str(page), "--bucket", "day")
        lines = (line.split(",") for line in page.with_suffix(".csv").read_text().splitlines())
        return {line[2]: int(line[4]) for line in lines if line[:2] == ["total", "all"]}
