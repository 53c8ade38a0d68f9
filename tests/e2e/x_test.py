#!/usr/bin/env python3
"""X through the real services: connected by an OAuth 2.0 token, published to in spite of faults, refreshed, read, reported.

Usage: x_test.py [--keep-folder]
"""

import base64
import hashlib
import http.client
import json
import secrets
import sys
import time
import urllib.parse
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "deploy"), str(ROOT / "tests" / "chaos"), str(ROOT / "tests" / "recorder"), str(Path(__file__).parent)]
sys.dont_write_bytecode = True

import profile_steps  # noqa: E402
from local_stack.process import wait_until  # noqa: E402
from platform_run import SETTLE_S, PlatformRun, main, png  # noqa: E402

ACCOUNTS = ("bellworks", "bellworks_de")
TOKEN_LIFE_S = 150
CLIENT = "bellworks-app"
BACK = "https://app.test/back"
SCOPES = "tweet.read tweet.write users.read media.write offline.access"
# Weighs 280 at most as X counts: a link 23, an emoji 2.
TEXT = "Grüße an alle 👩‍👩‍👧 #Glocken " + "läuten " * 28


class Run(PlatformRun):
    platform = "x"
    brand = "Bellworks"

    def __init__(self, folder: Path):
        super().__init__(folder, {name: f"token-{n}-{name}" for n, name in enumerate(ACCOUNTS)},
                         f"--x-access-ttl-s {TOKEN_LIFE_S}")

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[http.client.HTTPResponse, bytes]:
        address = urllib.parse.urlsplit(self.parts.endpoints["sandbox_x"])
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=20)
        body = urllib.parse.urlencode(form) if form else None
        connection.request(method, path, body, {"Content-Type": "application/x-www-form-urlencoded"})
        answer = connection.getresponse()
        return answer, answer.read()

    def authorize(self, account: str) -> dict:
        """What a person's round through a browser would bring."""
        verifier = secrets.token_urlsafe(48)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = urllib.parse.urlencode({"response_type": "code", "client_id": CLIENT, "redirect_uri": BACK, "state": "s",
                                        "scope": SCOPES, "code_challenge": challenge, "code_challenge_method": "S256",
                                        "account": account})
        agreed, _ = self.ask("GET", f"/2/oauth2/authorize?{query}")
        back = urllib.parse.urlsplit(agreed.getheader("Location"))
        code = urllib.parse.parse_qs(back.query)["code"][0]
        _, body = self.ask("POST", "/2/oauth2/token", {"grant_type": "authorization_code", "code": code, "client_id": CLIENT,
                                                       "redirect_uri": BACK, "code_verifier": verifier})
        pair = json.loads(body)
        return {name: pair[name] for name in ("access_token", "refresh_token", "expires_in")} | {"client_id": CLIENT}

    def saw(self, seen: dict[str, int], wanted: Counter) -> bool:
        """The sandbox makes them up from what people did."""
        return seen["link_clicks"] == 2 * wanted["favourites"] and seen["profile_clicks"] == wanted["replies"] \
            and seen["impressions"] >= 40 * wanted["favourites"]

    def publish(self) -> None:
        picture = self.folder / "bell.png"
        picture.write_bytes(png(64))
        self.create("whole", ACCOUNTS[0], TEXT.strip(), "--media", str(picture), "--alt", "eine Glocke im Frühling")
        self.await_published("a text with a picture is out")
        found = [post for post in self.posts() if len(post["media"]) == 1]
        self.expect(len(found) == 1, "its picture is there")

    def publish_forms(self) -> None:
        self.edit()
        poll = self.forms("poll", ACCOUNTS[0], "Which bell shall ring?", "--poll-option", "small", "--poll-option", "large",
                          "--poll-duration", "6h", "--who-may-reply", "mentioned")
        self.expect(poll.get("poll") == {"options": ["small", "large"], "minutes": 360}, f"its poll is kept: {poll.get('poll')}")
        self.expect(poll.get("reply_settings") == "mentionedUsers", "it says who may reply")
        quote = self.forms("quote", ACCOUNTS[0], "So many answers", "--quote", f"https://x.com/{ACCOUNTS[0]}/status/{poll.get('id')}")
        self.expect(quote.get("quoted") == poll.get("id"), "it quotes the poll, by its address")
        self.refused(ACCOUNTS[0], "NOT_OFFERED", "--visibility", "private")
        warned = self.forms("warned", ACCOUNTS[0], "Do not look", "--media", str(self.folder / "bell.png"), "--alt", "a broken bell",
                            "--content-label", "graphic-media")
        self.expect([(medium["warnings"], medium["description"]) for medium in warned["media"]] == [(["graphic_violence"], "a broken bell")],
                    "X puts its warning in front of the picture, and keeps the alt text")
        self.refused(ACCOUNTS[0], "CONTENT_LABEL_MISSING", "--content-warning", "Loud bells")
        self.refused(ACCOUNTS[0], "NOT_OFFERED", "--content-label", "nudity")
        self.refused(ACCOUNTS[0], "BAD_POLL", "--poll-option", "a", "--poll-option", "b" * 26)

    def judge_traffic(self) -> None:
        profile = profile_steps.shown(self, ACCOUNTS[0])
        self.expect(profile["username"] == ACCOUNTS[0] and "followers" in profile, f"a profile is read: {profile}")
        profile_steps.refuse(self, ACCOUNTS[0], "NOT_OFFERED", "--bio", "We ring")
        super().judge_traffic()

    def edit(self) -> None:
        """Another version with another id, in spite of a lost answer; deleting it takes all of them."""
        self.create("edited", ACCOUNTS[1], "A bell with a mistage")
        self.await_published_one("edited")
        target = self.find("edited")["targets"][0]
        self.carillon("post", "edit", self.find("edited")["id"], "--text", "A bell without a mistake")
        self.admin.fault("drop_after_accept", 1, platform="x", text="without a mistake")
        self.carillon("post", "approve", self.find("edited")["id"])

        def now() -> dict:
            return self.find("edited")["targets"][0]

        good = wait_until(lambda: now().get("edit", {}).get("state") == "DONE", SETTLE_S, 0.5)
        self.expect(good, f"the edit is done: {now().get('edit')}")
        self.expect_faults_met()
        kept = next(post for post in self.posts() if post["id"] == target["remote_id"])
        self.expect(kept["text"] == "A bell without a mistake" and kept["edited"], f"the platform says so: {kept['text']}")
        self.expect(now()["remote_id"] == kept["version"] != target["remote_id"], "once, and its new id is known")
        self.carillon("post", "delete", self.find("edited")["id"])
        self.expect(wait_until(lambda: self.find("edited")["state"] == "DELETED", SETTLE_S, 0.5), "it is deleted by its new id")
        self.expect(next(post for post in self.posts() if post["id"] == target["remote_id"])["deleted"], "with all its versions")

    def run(self) -> None:
        self.start()
        for name in ACCOUNTS:
            given = self.authorize(name)
            self.tokens[name] = given["access_token"]
            self.tokens[f"{name}, refresh"] = given["refresh_token"]
            self.connect(name, given)
        first_tokens_end = time.monotonic() + TOKEN_LIFE_S + 5
        self.whole(first_tokens_end, {})


if __name__ == "__main__":
    main(Run)
