#!/usr/bin/env python3
"""Bluesky through the real services: connected by an app password, published to in spite of faults, refreshed, read, reported.

Usage: bluesky_test.py [--keep-folder]
"""

import argparse
import json
import os
import struct
import sys
import time
import urllib.parse
import urllib.request
import zlib
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "deploy"), str(ROOT / "tests" / "chaos"), str(Path(__file__).parent)]
sys.dont_write_bytecode = True

from demo_week.cli import Refused  # noqa: E402
from demo_week.sandbox_admin import SandboxAdmin  # noqa: E402
from local_stack import files  # noqa: E402
from local_stack.process import wait_until  # noqa: E402
from parts import Parts, play  # noqa: E402
from truth import get  # noqa: E402

BRAND = "Skyward"
HANDLES = ("skyward.test", "skyward-de.test")
# A token that is refused within a minute of its refresh is not refused for its age, so the fault that says so comes before the first.
TOKEN_LIFE_S = 150
# Shorter than usual, so that a look-up is settled within the run.
OPTIONS = {"publisher": "--send-budget-ms 8000 --settle-ms 10000 --spacing-ms 100",
           "listener": "--poll-interval-ms 2000 --sample-interval-ms 2000"}
SETTLE_S = 150


def png(size: int) -> bytes:
    """A picture of one colour."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    rows = (b"\0" + b"\xc0\x90\x20" * size) * size
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


PNG = png(64)
TEXT = "Grüße von @skyward.test 👩‍👩‍👧 #Glocken https://example.com/spring?a=1"
ALT = "eine Glocke im Frühling"


class Run:
    def __init__(self, folder: Path):
        os.environ["CARILLON_SANDBOX_OPTIONS"] = (
            f"--rate-limit 0 --threads 2 --engagement-scale 0 --bluesky-access-ttl-s {TOKEN_LIFE_S}")
        self.folder = folder
        self.parts = Parts(folder, [], OPTIONS)
        self.carillon = self.parts.carillon
        self.passwords = {handle: f"pass-{n}-word" for n, handle in enumerate(HANDLES)}
        files.write_json(self.parts.layout.sandbox_accounts,
                         [{"username": handle, "token": password, "platform": "bluesky",
                           "history_weeks": 0} for handle, password in self.passwords.items()],
                         mode=0o600)
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
        self.admin = SandboxAdmin(self.parts.endpoints["sandbox_admin"])
        self.carillon("brand", "create", BRAND, "--timezone", "Europe/Berlin")
        for handle, password in self.passwords.items():
            given = self.folder / f"{handle}.json"
            given.write_text(json.dumps({"identifier": handle, "app_password": password}, indent=2))
            given.chmod(0o600)
            account = self.carillon("account", "connect", "--brand", BRAND, "--platform", "bluesky",
                                    "--base-url", self.parts.endpoints["sandbox_bluesky"],
                                    "--token-file", str(given))
            given.unlink()
            self.expect(account["username"] == handle and account["platform"] == "bluesky",
                        f"{handle} is connected")
        self.connected = time.monotonic()

    def create(self, name: str, handle: str, text: str, *more: str) -> None:
        self.texts[(handle, text)] += 1
        due = datetime.now(timezone.utc) + timedelta(seconds=3)
        self.carillon("post", "create", "--brand", BRAND, "--account", handle, "--external-id", name,
                      "--text", text, "--at", f"{due:%Y-%m-%dT%H:%M:%SZ}", "--approve", *more)

    def await_published(self, what: str) -> None:
        wanted, found = sum(self.texts.values()), Counter()

        def there() -> bool:
            nonlocal found
            posts = self.carillon.items("post", "list", "--brand", BRAND)
            found = Counter(post["targets"][0]["state"] for post in posts)
            return found["PUBLISHED"] == wanted

        self.expect(wait_until(there, SETTLE_S, 0.5), f"{what}: {dict(found)}")

    def publish(self) -> None:
        picture = self.folder / "bell.png"
        picture.write_bytes(PNG)
        self.create("whole", HANDLES[0], TEXT, "--language", "de", "--media", str(picture), "--alt", ALT)
        self.await_published("a text with facets and a picture is out")
        record = self.record_of(TEXT)
        shown = [TEXT.encode()[f["index"]["byteStart"]:f["index"]["byteEnd"]].decode()
                 for f in record["facets"]]
        self.expect(shown == ["@skyward.test", "#Glocken", "https://example.com/spring?a=1"],
                    f"its facets are where they are shown: {shown}")
        images = record["embed"]["images"]
        self.expect(len(images) == 1 and images[0]["alt"] == ALT and images[0]["image"]["size"] == len(PNG),
                    "its picture has its alt text")
        self.expect(record["langs"] == ["de"], "its language is told")

    def lose_answers(self) -> None:
        """Each fault hits one post of its own."""
        faults = {"ends": {"kind": "unauthorized", "error": "ExpiredToken"},
                  "dropped": {"kind": "drop_after_accept"},
                  "late": {"kind": "accept_late", "delay_ms": 3000, "close": True},
                  "errors": {"kind": "error_after"},
                  "limits": {"kind": "rate_limit", "reset_s": 3},
                  "unseen": {"kind": "drop_after_accept"}}
        for n, (name, fault) in enumerate(faults.items()):
            text = f"One bell of many: {name}"
            self.admin.fault(fault.pop("kind"), 1, platform="bluesky", text=text, **fault)
            self.create(name, HANDLES[n % 2], text)
        self.admin.fault("lookup_down", 2, platform="bluesky")
        self.await_published("what was lost, late, limited or refused for its token is out")

    def outlive_the_token(self) -> None:
        """The first token is over by then, and was changed while nobody published."""
        def versions() -> list[int]:
            return [int(self.carillon("account", "get", handle)["credential_version"]) for handle in HANDLES]

        self.expect(wait_until(lambda: min(versions()) >= 3, 3 * TOKEN_LIFE_S, 1), "tokens are refreshed")
        wait_until(lambda: time.monotonic() - self.connected > TOKEN_LIFE_S + 5, TOKEN_LIFE_S, 0.5)
        for n, handle in enumerate(HANDLES):
            self.create(f"after-{n}", handle, f"After the first token's end, {handle}")
        self.await_published("it goes on with new tokens")
        states = [self.carillon("account", "get", handle)["state"] for handle in HANDLES]
        self.expect(states == ["CONNECTED"] * 2, f"both accounts are connected: {states}")

    def posts(self) -> list[dict]:
        return get(f"{self.parts.endpoints['sandbox_admin']}/admin/posts?platform=bluesky")["posts"]

    def record_of(self, text: str) -> dict:
        uri = next(post["id"] for post in self.posts() if post["text"] == text)
        did, collection, key = uri.removeprefix("at://").split("/")
        query = urllib.parse.urlencode({"repo": did, "collection": collection, "rkey": key})
        return get(f"{self.parts.endpoints['sandbox_bluesky']}/xrpc/com.atproto.repo.getRecord?{query}")["value"]

    def judge(self) -> None:
        posts = self.posts()
        texts = Counter((post["account"], post["text"]) for post in posts)
        self.expect(texts == self.texts, f"the platform has each of {len(self.texts)} posts once: "
                    f"missing {self.texts - texts}, doubled {texts - self.texts}")
        keys = Counter(post["idempotency_key"] for post in posts)
        self.expect(all(n == 1 for n in keys.values()), "each has a key of its own")
        for name in ("publisher", "listener", "scheduler"):
            said = self.parts.log_of(name)
            leaked = [password for password in self.passwords.values() if password in said]
            self.expect(not leaked, f"the log of {name} holds no app password")

    def engage(self) -> None:
        """Everybody reacts; the inbox and the report say so."""
        wanted: Counter = Counter(published=sum(self.texts.values()), favourites=0, boosts=0, replies=0)
        for n, post in enumerate(self.posts()):
            body = {"post": post["id"], "platform": "bluesky", "favourites": 3 + n, "reblogs": n % 3,
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
                            for item in self.carillon.items("inbox", "list", "--brand", BRAND))
            totals.update(self.totals())
            return len(inbox) == wanted["replies"] and all(totals.get(what) == n for what, n in wanted.items())

        good = wait_until(settled, SETTLE_S, 2)
        found = {what: totals.get(what) for what in wanted}
        self.expect(good, f"the report is the platform's record: {dict(wanted)} and {found}, inbox {len(inbox)}")
        self.expect(all(n == 1 for n in inbox.values()), "each reply is in the inbox once")
        fresh = self.carillon.items("collection", "list")
        self.expect(len(fresh) == len(HANDLES) and all(row["connected"] for row in fresh),
                    "both accounts are read")

    def totals(self) -> dict[str, int]:
        page = self.folder / "report.html"
        days = [datetime.now(timezone.utc) + timedelta(days=n) for n in (-2, 2)]
        self.carillon("report", "--from", f"{days[0]:%Y-%m-%d}", "--to", f"{days[1]:%Y-%m-%d}",
                      "--out", str(page), "--bucket", "day")
        lines = [line.split(",") for line in page.with_suffix(".csv").read_text().splitlines()]
        return {line[2]: int(line[4]) for line in lines if line[:2] == ["total", "all"]}

    def answer(self) -> None:
        """A reply of ours stands in the thread."""
        item = self.carillon.items("inbox", "list", "--brand", BRAND)[0]
        text = "Thank you! We ring on 💛"
        self.carillon("inbox", "reply", item["id"], "--text", text)

        def there() -> bool:
            return any(text in post["text"] for post in self.posts())

        self.expect(wait_until(there, 60, 0.5), "a reply is answered")
        if not self.failures:
            said = next(post["text"] for post in self.posts() if text in post["text"])
            parent = self.record_of(said)["reply"]["parent"]["uri"]
            self.expect(parent == item["status_remote_id"], "the answer stands below the reply")

    def thread(self) -> None:
        """A lost answer in its midst: each part stands once, below the one before; the comment below the first."""
        parts = [f"A thread of bells, {n} of 3" for n in (1, 2, 3)]
        comment = "Which bell is yours?"
        self.admin.fault("drop_after_accept", 1, platform="bluesky", text=parts[1])
        self.create("thread", HANDLES[0], parts[0], "--then", parts[1], "--then", parts[2], "--first-comment", comment)

        def target() -> dict:
            posts = self.carillon.items("post", "list", "--brand", BRAND)
            return next(post["targets"][0] for post in posts if post["draft"].get("external_id") == "thread")

        def states() -> list[str]:
            now = target()
            return [now["state"]] + [part["state"] for part in now.get("parts", [])]

        self.expect(wait_until(lambda: states() == ["PUBLISHED"] * 4, SETTLE_S, 0.5), f"a thread is out: {states()}")
        said = Counter(post["text"] for post in self.posts())
        self.expect([said[text] for text in (*parts, comment)] == [1] * 4, "each of its parts once")
        if self.failures:
            return
        uri = {post["text"]: post["id"] for post in self.posts()}
        above = [self.record_of(text)["reply"] for text in (parts[1], parts[2], comment)]
        self.expect([reply["parent"]["uri"] for reply in above] == [uri[parts[0]], uri[parts[1]], uri[parts[0]]],
                    "each stands where it belongs")
        self.expect({reply["root"]["uri"] for reply in above} == {uri[parts[0]]}, "it is one thread")

    def run(self) -> None:
        self.start()
        self.publish()
        self.lose_answers()
        self.outlive_the_token()
        self.judge()
        self.engage()
        self.answer()
        self.thread()


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--keep-folder", action="store_true")
    options = parser.parse_args()
    try:
        return play("bluesky", Run, options.keep_folder)
    except Refused as error:
        print(error)
        return 1


if __name__ == "__main__":
    sys.exit(main())
