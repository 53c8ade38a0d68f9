"""One platform through the real services, from its connection to the report; what the platforms' tests share."""

import argparse
import json
import os
import struct
import sys
import time
import urllib.request
import zlib
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path

from demo_week.cli import Refused
from demo_week.sandbox_admin import SandboxAdmin
from local_stack import files
from local_stack.process import wait_until
from recording import Recording
from parts import Parts, play
from truth import get
import secret_scan

# Shorter than usual, so that a look-up is settled within the run.
OPTIONS = {"publisher": "--send-budget-ms 8000 --settle-ms 10000 --spacing-ms 100",
           "listener": "--poll-interval-ms 2000 --sample-interval-ms 2000"}
SETTLE_S = 150
PARTS = [f"A thread of bells, {n} of 3" for n in (1, 2, 3)]
COMMENT = "Which bell is yours?"


def png(size: int) -> bytes:
    """A picture of one colour."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    rows = (b"\0" + b"\xc0\x90\x20" * size) * size
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


class PlatformRun:
    """`tokens` are the sandbox's by account; `brand` has them all. Main thread only."""

    platform = ""
    brand = ""

    def __init__(self, folder: Path, tokens: dict[str, str], sandbox_options: str):
        os.environ["CARILLON_SANDBOX_OPTIONS"] = f"--rate-limit 0 --threads 2 --engagement-scale 0 {sandbox_options}"
        self.folder = folder
        self.tokens = tokens
        self.accounts = list(tokens)
        self.parts = Parts(folder, [], OPTIONS)
        self.carillon = self.parts.carillon
        files.write_json(self.parts.layout.sandbox_accounts,
                         [{"username": name, "token": token, "platform": self.platform, "history_weeks": 0}
                          for name, token in tokens.items()], mode=0o600)
        self.given: list[dict] = []
        self.recording = Recording(folder, self.platform)
        self.failures: list[str] = []
        self.texts: Counter = Counter()
        self.began = time.monotonic()

    def say(self, text: str) -> None:
        print(f"{time.monotonic() - self.began:6.1f} {text}", flush=True)

    def expect(self, good: bool, what: str) -> None:
        self.say(("ok    " if good else "WRONG ") + what)
        if not good:
            self.failures.append(what)

    def start(self) -> None:
        self.parts.start()
        self.address = self.recording.start(self.address_of_platform())
        self.admin = SandboxAdmin(self.parts.endpoints["sandbox_admin"])
        self.carillon("brand", "create", self.brand, "--timezone", "Europe/Berlin")

    def address_of_platform(self) -> str:
        return self.parts.endpoints["sandbox" if self.platform == "mastodon" else f"sandbox_{self.platform}"]

    def judge_secrets(self, *more: str) -> None:
        """What opens an account, or the stack, stands in no log, metric, record or copy of one."""
        known = {secret for body in (*self.given, *self.recording.bodies()) for secret in secret_scan.secrets_in(body)}
        known |= {*more, *self.tokens.values(), *secret_scan.stack_secrets(self.parts.layout)}
        wrong = secret_scan.scan(self.parts.layout, self.parts.endpoints, known, self.accounts[0])
        self.expect(not wrong, f"none of {len(known)} secrets shows: {wrong[:5]}")

    def judge_traffic(self) -> None:
        """Once nobody calls the platform any more: what our connectors sent and were answered is as published."""
        self.judge_secrets()
        self.parts.stop_services()
        self.expect(self.recording.judge(), "requests and answers are as the platform's description has them")

    def connect(self, account: str, given: dict | str) -> None:
        """`given` is what the token file holds, which is not there any more afterwards."""
        self.given.append(given if isinstance(given, dict) else {"access_token": given})
        file = self.folder / f"{account}.json"
        file.write_text(given if isinstance(given, str) else json.dumps(given, indent=2))
        file.chmod(0o600)
        found = self.carillon("account", "connect", "--brand", self.brand, "--platform", self.platform, "--base-url",
                              self.address, "--token-file", str(file))
        file.unlink()
        self.expect(found["username"].split("@")[0] == account and found["platform"] == self.platform, f"{account} is connected")

    def create(self, name: str, account: str, text: str, *more: str) -> None:
        self.texts[(account, text)] += 1
        due = datetime.now(timezone.utc) + timedelta(seconds=3)
        self.carillon("post", "create", "--brand", self.brand, "--account", account, "--external-id", name,
                      "--text", text, "--at", f"{due:%Y-%m-%dT%H:%M:%SZ}", "--approve", *more)

    def await_published(self, what: str) -> None:
        wanted, found = sum(self.texts.values()), Counter()

        def there() -> bool:
            nonlocal found
            posts = self.carillon.items("post", "list", "--brand", self.brand)
            found = Counter(post["targets"][0]["state"] for post in posts)
            return found["PUBLISHED"] == wanted

        self.expect(wait_until(there, SETTLE_S, 0.5), f"{what}: {dict(found)}")

    def lose_answers(self, refused_token: dict) -> None:
        """Each fault hits one post of its own; `refused_token` is the platform's word for an access token that ended."""
        faults = {"ends": {"kind": "unauthorized"} | refused_token,
                  "dropped": {"kind": "drop_after_accept"},
                  "late": {"kind": "accept_late", "delay_ms": 3000, "close": True},
                  "errors": {"kind": "error_after"},
                  "limits": {"kind": "rate_limit", "reset_s": 3},
                  "unseen": {"kind": "drop_after_accept"}}
        for n, (name, fault) in enumerate(faults.items()):
            text = f"One bell of many: {name}"
            self.admin.fault(fault.pop("kind"), 1, platform=self.platform, text=text, **fault)
            self.create(name, self.accounts[n % len(self.accounts)], text)
        self.admin.fault("lookup_down", 2, platform=self.platform)
        self.await_published("what was lost, late, limited or refused for its token is out")
        self.expect_faults_met()

    def expect_faults_met(self) -> None:
        waiting = get(f"{self.parts.endpoints['sandbox_admin']}/admin/faults")["active"]
        self.expect(not waiting, f"each fault hit what it was for: {[fault['kind'] for fault in waiting]} did not")

    def outlive_the_tokens(self, until: float, versions_min: int) -> None:
        """The first tokens end at `until` (time.monotonic()), and were changed while nobody published."""
        def versions() -> list[int]:
            return [int(self.carillon("account", "get", name)["credential_version"]) for name in self.accounts]

        self.expect(wait_until(lambda: min(versions()) >= versions_min, 2 * SETTLE_S, 1), "tokens are refreshed")
        wait_until(lambda: time.monotonic() > until, SETTLE_S, 0.5)
        for n, name in enumerate(self.accounts):
            self.create(f"after-{n}", name, f"After the first token's end, {name}")
        self.await_published("it goes on with new tokens")
        states = [self.carillon("account", "get", name)["state"] for name in self.accounts]
        self.expect(set(states) == {"CONNECTED"}, f"the accounts are connected: {states}")

    def posts(self) -> list[dict]:
        return get(f"{self.parts.endpoints['sandbox_admin']}/admin/posts?platform={self.platform}")["posts"]

    def judge(self) -> None:
        texts = Counter((post["account"], post["text"]) for post in self.posts())
        self.expect(texts == self.texts, f"the platform has each of {len(self.texts)} posts once: "
                    f"missing {self.texts - texts}, doubled {texts - self.texts}")
        for name in ("publisher", "listener", "scheduler"):
            said = self.parts.log_of(name)
            self.expect(not [token for token in self.tokens.values() if token in said],
                        f"the log of {name} holds no token")

    def engage(self) -> None:
        """Everybody reacts; the inbox and the report say so."""
        wanted: Counter = Counter(published=sum(self.texts.values()), favourites=0, boosts=0, replies=0)
        for n, post in enumerate(self.posts()):
            body = {"post": post["id"], "platform": self.platform, "favourites": 3 + n, "reblogs": n % 3,
                    "texts": [f"Reply {n} of many"]}
            request = urllib.request.Request(f"{self.parts.endpoints['sandbox_admin']}/admin/engage",
                                             json.dumps(body).encode(), {"Content-Type": "application/json"})
            urllib.request.urlopen(request, timeout=20).close()
            wanted.update(favourites=3 + n, boosts=n % 3, replies=1)
        totals: dict[str, int] = {}
        inbox: Counter = Counter()

        def settled() -> bool:
            nonlocal inbox
            inbox = Counter(item["text"].split(" ", 1)[-1] if item["text"].startswith("@") else item["text"]
                            for item in self.carillon.items("inbox", "list", "--brand", self.brand))
            totals.update(self.totals())
            return len(inbox) == wanted["replies"] and all(totals.get(what) == n for what, n in wanted.items())

        good = wait_until(settled, SETTLE_S, 2)
        found = {what: totals.get(what) for what in wanted}
        self.expect(good, f"the report is the platform's record: {dict(wanted)} and {found}, inbox {len(inbox)}")
        seen = {what: totals.get(what) for what in ("impressions", "link_clicks", "profile_clicks")}
        self.expect(self.saw(seen, wanted), f"and what only some platforms tell: {seen}")
        self.expect(all(n == 1 for n in inbox.values()), "each reply is in the inbox once")
        spend = self.spend()
        self.expect(set(spend) == ({"spend_USD"} if self.platform == "x" else set()), f"only X charges for posts: {spend}")
        fresh = self.carillon.items("collection", "list")
        self.expect(len(fresh) == len(self.accounts) and all(row["connected"] for row in fresh),
                    "all accounts are read")

    def saw(self, seen: dict[str, int], wanted: Counter) -> bool:
        """Impressions and clicks, where the platform tells them."""
        return not any(seen.values())

    def totals(self) -> dict[str, int]:
        return {line[2]: int(line[4]) for line in self.report_lines()
                if line[:2] == ["total", "all"] and not line[2].startswith("spend_")}

    def spend(self) -> dict[str, str]:
        """What platforms charge, by currency."""
        return {line[2]: line[4] for line in self.report_lines()
                if line[:2] == ["total", "all"] and line[2].startswith("spend_")}

    def report_lines(self) -> list[list[str]]:
        page = self.folder / "report.html"
        days = [datetime.now(timezone.utc) + timedelta(days=n) for n in (-2, 2)]
        self.carillon("report", "--from", f"{days[0]:%Y-%m-%d}", "--to", f"{days[1]:%Y-%m-%d}",
                      "--out", str(page), "--bucket", "day")
        return [line.split(",") for line in page.with_suffix(".csv").read_text().splitlines()]

    def answer(self) -> None:
        """A reply of ours stands in the thread."""
        item = self.carillon.items("inbox", "list", "--brand", self.brand)[0]
        text = "Thank you! We ring on 💛"
        self.carillon("inbox", "reply", item["id"], "--text", text)

        def said() -> list[dict]:
            return [post for post in self.posts() if text in post["text"]]

        self.expect(wait_until(lambda: len(said()) == 1, 60, 0.5), "a reply is answered")
        self.expect([post["in_reply_to"] for post in said()] == [item["status_remote_id"]],
                    "the answer stands below the reply")

    def lose_within_thread(self) -> None:
        self.admin.fault("drop_after_accept", 1, platform=self.platform, text=PARTS[1])

    def thread(self) -> None:
        """A lost answer in its midst: each part stands once, below the one before; the comment below the first."""
        self.lose_within_thread()
        self.create("thread", self.accounts[0], PARTS[0], "--then", PARTS[1], "--then", PARTS[2],
                    "--first-comment", COMMENT)

        def states() -> list[str]:
            posts = self.carillon.items("post", "list", "--brand", self.brand)
            now = next(post["targets"][0] for post in posts if post["draft"].get("external_id") == "thread")
            return [now["state"]] + [part["state"] for part in now.get("parts", [])]

        wait_until(lambda: states() == ["PUBLISHED"] * 4 or "FAILED" in states(), SETTLE_S, 0.5)
        self.expect(states() == ["PUBLISHED"] * 4, f"a thread is out: {states()}")
        self.expect_faults_met()
        posts = [post for post in self.posts() if post["text"] in (*PARTS, COMMENT)]
        self.expect(sorted(post["text"] for post in posts) == sorted([*PARTS, COMMENT]), "each of its parts once")
        id_of = {post["text"]: post["id"] for post in posts}
        above = {post["text"]: post["in_reply_to"] for post in posts}
        wanted = {PARTS[0]: None, PARTS[1]: id_of.get(PARTS[0]), PARTS[2]: id_of.get(PARTS[1]), COMMENT: id_of.get(PARTS[0])}
        self.expect(above == wanted, f"each stands where it belongs: {above}")

    def forms(self, name: str, account: str, text: str, *more: str) -> dict:
        """A post with the platform's own forms whose answer is lost: what the platform kept of it."""
        self.admin.fault("drop_after_accept", 1, platform=self.platform, text=text)
        self.create(name, account, text, *more)

        def state() -> str:
            posts = self.carillon.items("post", "list", "--brand", self.brand)
            return next(post["targets"][0]["state"] for post in posts if post["draft"].get("external_id") == name)

        self.expect(wait_until(lambda: state() == "PUBLISHED", SETTLE_S, 0.5), f"{name} is out: {state()}")
        kept = [post for post in self.posts() if post["text"] == text]
        self.expect(len(kept) == 1, f"{name} is out once")
        return kept[0] if kept else {}

    def refused(self, account: str, word: str, *more: str) -> None:
        """The door says no, and why."""
        try:
            self.carillon("post", "create", "--brand", self.brand, "--account", account, "--text", "Not this one", *more)
            self.expect(False, f"{more} is taken")
        except Refused as error:
            self.expect(word in str(error), f"{more[0]} is refused: {str(error).strip().splitlines()[-1]}")

    def find(self, name: str) -> dict:
        posts = self.carillon.items("post", "list", "--brand", self.brand)
        return next(post for post in posts if post["draft"].get("external_id") == name)

    def acted(self) -> list[tuple[str, str]]:
        """What was done to posts, by the platform's record."""
        actions = get(f"{self.parts.endpoints['sandbox_admin']}/admin/actions")["actions"]
        return [(one["action"], one["post"]) for one in actions if one["platform"] == self.platform]

    def delete(self) -> None:
        """The thread goes from its end; the first answer is lost, and nothing else of the platform is touched."""
        target = self.find("thread")["targets"][0]
        wanted = [part["remote_id"] for part in reversed(target["parts"])] + [target["remote_id"]]
        before = len(self.acted())
        gone_before = {post["id"] for post in self.posts() if post["deleted"]}
        self.admin.fault("drop_after_accept", 1, platform=self.platform, step="act")
        self.carillon("post", "delete", self.find("thread")["id"])
        good = wait_until(lambda: self.find("thread")["state"] == "DELETED", SETTLE_S, 0.5)
        self.expect(good, f"a thread is deleted: {self.find('thread')['state']}")
        self.expect_faults_met()
        done = self.acted()[before:]
        # Where a post that is gone is "not found", the repeat changes nothing and is not in the record.
        first, rest = [("delete", wanted[0])], [("delete", post) for post in wanted[1:]]
        self.expect(done in (first + rest, first + first + rest), f"from its end, and what was not answered again: {done}")
        gone = {post["id"] for post in self.posts() if post["deleted"]}
        self.expect(gone - gone_before == set(wanted), "the platform has deleted just these")
        told: dict[str, str] = {}

        def reported() -> bool:
            lines = {tuple(line[:3]): line[4] for line in self.report_lines() if len(line) > 4}
            told.update(state=lines.get(("post", target["id"], "state"), ""),
                        published=lines.get(("total", "all", "published"), ""))
            return told == {"state": "DELETED", "published": str(sum(self.texts.values()))}

        self.expect(wait_until(reported, SETTLE_S, 2), f"the report says so, and counts it as published: {told}")

    def react(self, verb: str) -> None:
        """What somebody wrote is liked (or reposted), in spite of a lost answer, and that is taken back."""
        self.create("liked", self.accounts[0], "A bell to be answered")
        self.await_published_one("liked")
        body = {"post": self.find("liked")["targets"][0]["remote_id"], "platform": self.platform, "replies": 1}
        request = urllib.request.Request(f"{self.parts.endpoints['sandbox_admin']}/admin/engage",
                                         json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            reply = json.load(answer)["replies"][0]

        def item() -> dict | None:
            found = self.carillon.items("inbox", "list", "--brand", self.brand)
            return next((one for one in found if one["status_remote_id"] == reply), None)

        def state(action: str) -> str:
            return next((one.get("state", "") for one in item().get("actions", []) if one["action"] == action), "")

        self.expect(wait_until(lambda: item() is not None, SETTLE_S, 0.5), "the reply is in the inbox")
        before = len(self.acted())
        self.admin.fault("drop_after_accept", 1, platform=self.platform, step="act")
        self.carillon("inbox", verb, item()["id"])
        good = wait_until(lambda: state(verb.upper()) == "DONE", SETTLE_S, 0.5)
        self.expect(good and self.acted()[before:] == [(verb, reply)] * 2, f"the {verb} is done: {self.acted()[before:]}")
        self.carillon("inbox", verb, item()["id"], "--undo")
        good = wait_until(lambda: state(f"UN{verb.upper()}") == "DONE", SETTLE_S, 0.5)
        self.expect(good and self.acted()[-1] == (f"un{verb}", reply), f"and taken back: {self.acted()[-1]}")

    def await_published_one(self, name: str) -> None:
        good = wait_until(lambda: self.find(name)["targets"][0]["state"] == "PUBLISHED", SETTLE_S, 0.5)
        self.expect(good, f"{name} is published")

    def whole(self, first_tokens_end: float, refused_token: dict) -> None:
        """From the first post to the thread, once the accounts are connected."""
        self.publish()
        self.lose_answers(refused_token)
        self.outlive_the_tokens(first_tokens_end, 3)
        self.judge()
        self.engage()
        self.answer()
        self.thread()
        self.publish_forms()
        self.delete()
        self.react("repost" if self.platform == "x" else "like")
        self.judge_traffic()

    def publish(self) -> None:
        """The platform's own form of a whole post."""
        raise NotImplementedError

    def publish_forms(self) -> None:
        """What posts have on this platform beside text and media, and what its door refuses."""
        raise NotImplementedError


def main(run: type[PlatformRun]) -> None:
    """The program: plays the run and exits."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--keep-folder", action="store_true")
    options = parser.parse_args()
    try:
        sys.exit(play(run.platform, run, options.keep_folder))
    except Refused as error:
        sys.exit(str(error))
