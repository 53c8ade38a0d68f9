"""The steps of the demo, one function each."""

import shutil
import time
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path

from .cli import Carillon, Refused
from .progress import Progress, step
from .sandbox_admin import SandboxAdmin
from .week import DATA, UNAPPROVED, Week

_ENGAGEMENTS, _LINK_CLICKS = 5000, 300
_BUDGET = ("1200.00", "EUR")
# Work between the import and the first post that is due.
_LEAD_S = 8
_SETTLE_S = 120
_INBOX_S = 60
_FINAL = {"PUBLISHED", "EXPIRED", "HELD", "FAILED", "UNCONFIRMED", "CANCELLED", "BLOCKED"}
_FINAL.add("PARTIALLY_PUBLISHED")


class Loop:
    """One run around the loop. `folder` holds what it writes."""

    def __init__(self, carillon: Carillon, endpoints: dict, tokens, folder: Path):
        self._carillon = carillon
        self._sandbox = endpoints["sandbox"]
        self._admin = SandboxAdmin(endpoints["sandbox_admin"])
        self._token_of = tokens
        self._folder = folder
        self._week = Week()
        self._brand_zones: dict[str, str] = {}
        for account in self._week.accounts:
            self._brand_zones.setdefault(account.brand, account.zone)
        self._started = datetime.now(timezone.utc)
        self._reply = ""

    def plan(self) -> None:
        today = self._started.date()
        start, end = str(today - timedelta(days=1)), str(today + timedelta(days=7))
        amount, currency = _BUDGET
        for brand, zone in self._brand_zones.items():
            self._carillon("brand", "create", brand, "--timezone", zone)
            campaign = self._week.campaigns[brand]
            dates = ("--start", start, "--end", end)
            money = ("--budget", amount, "--currency", currency)
            self._carillon("campaign", "create", campaign, "--brand", brand, *dates, *money)
            for metric, target in (("engagements", _ENGAGEMENTS), ("link_clicks", _LINK_CLICKS)):
                goal = ("--campaign", campaign, "--metric", metric, "--target", str(target))
                self._carillon("goal", "set", "--brand", brand, *goal, "--by", end)
            self._carillon("audience", "create", f"Friends of {brand}", "--brand", brand)
        step(
            f"strategy: {len(self._brand_zones)} brands, each with an audience, a campaign of"
            f" {amount} {currency}, and goals of {_ENGAGEMENTS} engagements and"
            f" {_LINK_CLICKS} link clicks"
        )

    def connect(self) -> None:
        accounts = self._week.accounts
        for account in accounts:
            where = ("--platform", "mastodon", "--base-url", self._sandbox)
            token = ("--token-file", str(self._token_of(account.username)))
            self._carillon("account", "connect", "--brand", account.brand, *where, *token)
        step(f"publisher: {len(accounts)} accounts connected to {self._sandbox}")

    def set_faults(self) -> None:
        limited = self._week.accounts[0].username
        self._admin.fault("drop_after_accept", 3)
        self._admin.fault("rate_limit", 2, account=limited, reset_s=4)
        step(
            "sandbox: will lose 3 answers after accepting the post, and answer"
            f" {limited} twice with 429"
        )

    def import_week(self, seconds: int) -> None:
        """Imports with a try run first, which also tells how much time the real one needs."""
        calendar = self._folder / "calendar.csv"
        shutil.copytree(DATA / "media", self._folder / "media", dirs_exist_ok=True)
        length = timedelta(seconds=seconds)
        self._week.write(calendar, datetime.now(timezone.utc) + timedelta(hours=1), length)
        began = time.monotonic()
        self._carillon("calendar", "import", str(calendar), "--dry-run")
        lead = _LEAD_S + 4 * (time.monotonic() - began)
        first = datetime.now(timezone.utc) + timedelta(seconds=lead)
        self._week.write(calendar, first, length)
        imported = self._carillon("calendar", "import", str(calendar))
        excepted = [part for post in UNAPPROVED for part in ("--except", post)]
        self._carillon("post", "approve", "--import", imported["id"], *excepted)
        step(
            f"scheduler: {len(self._week.rows)} posts imported, all but {len(UNAPPROVED)} approved;"
            f" the first is due at {first:%H:%M:%S} UTC, the last {seconds} s later"
        )

    def watch(self, seconds: int) -> None:
        """Returns when every post has ended, or much too late."""
        total = len(self._week.rows)
        progress = Progress(total)
        end = time.monotonic() + seconds + _SETTLE_S
        while time.monotonic() < end:
            counts = Counter(post["state"] for post in self._posts())
            done = sum(n for state, n in counts.items() if state in _FINAL)
            progress.show(counts, done)
            self._answer_someone()
            if done == total:
                break
            time.sleep(0.5)
        progress.end()

    def await_reply(self) -> None:
        end = time.monotonic() + _INBOX_S
        while not self._reply and time.monotonic() < end:
            self._answer_someone()
            time.sleep(0.5)
        if not self._reply:
            raise Refused(f"the inbox stayed empty for {_INBOX_S} s")
        step(f"listener: answered {self._reply} from the inbox")

    def _answer_someone(self) -> None:
        if self._reply:
            return
        for brand in self._brand_zones:
            for item in self._carillon.items("inbox", "list", "--brand", brand):
                text = "Thank you! We are glad you like it 💛"
                self._carillon("inbox", "reply", item["id"], "--text", text)
                self._reply = item["id"]
                return

    def report(self) -> Path:
        target = self._folder / "report.html"
        start = self._started - timedelta(days=2)
        end = datetime.now(timezone.utc) + timedelta(hours=1)
        period = ("--from", f"{start:%Y-%m-%dT%H:%M:%SZ}", "--to", f"{end:%Y-%m-%dT%H:%M:%SZ}")
        self._carillon("report", *period, "--out", str(target), "--bucket", "hour")
        return target

    def verdict(self) -> list[str]:
        """What did not end where it should: by the posts' states, and by the sandbox's record."""
        wrong = []
        states = {_external_id(post): post["state"] for post in self._posts()}
        for row in self._week.rows:
            name = row["external_id"]
            wanted, found = self._week.expected_state(name), states.get(name, "missing")
            if found != wanted:
                wrong.append(f"{name} is {found}, should be {wanted}")
        accepted = Counter(_shown_text(post) for post in self._admin.posts())
        for row in self._week.rows:
            wanted = int(self._week.expected_state(row["external_id"]) == "PUBLISHED")
            # The connector puts a post's link after its text.
            found = sum(n for text, n in accepted.items() if text.startswith(row["text"].strip()))
            if found != wanted:
                wrong.append(f"{row['external_id']} is {found} times on the platform, not {wanted}")
        return wrong

    def _posts(self) -> list[dict]:
        return [
            post
            for brand in self._brand_zones
            for post in self._carillon.items("post", "list", "--brand", brand)
        ]


def _external_id(post: dict) -> str:
    return post.get("external_id") or post.get("draft", {}).get("external_id", "")


def _shown_text(post: dict) -> str:
    return (post.get("status") or post.get("text") or "").strip()
