#!/usr/bin/env python3
"""Bluesky through the real services: connected by an app password, published to in spite of faults, refreshed, read, reported.

Usage: bluesky_test.py [--keep-folder]
"""

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
from platform_run import COMMENT, PARTS, SETTLE_S, PlatformRun, main, png  # noqa: E402
from truth import get  # noqa: E402

HANDLES = ("skyward.test", "skyward-de.test")
# A token that is refused within a minute of its refresh is not refused for its age, so the fault that says so comes before the first.
TOKEN_LIFE_S = 150
PNG = png(64)
TEXT = "Grüße von @skyward.test 👩‍👩‍👧 #Glocken https://example.com/spring?a=1"
ALT = "eine Glocke im Frühling"


class Run(PlatformRun):
    platform = "bluesky"
    brand = "Skyward"

    def __init__(self, folder: Path):
        super().__init__(folder, {handle: f"pass-{n}-word" for n, handle in enumerate(HANDLES)},
                         f"--bluesky-access-ttl-s {TOKEN_LIFE_S}")

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

    def record_of(self, text: str) -> dict:
        uri = next(post["id"] for post in self.posts() if post["text"] == text)
        did, collection, key = uri.removeprefix("at://").split("/")
        query = urllib.parse.urlencode({"repo": did, "collection": collection, "rkey": key})
        return get(f"{self.parts.endpoints['sandbox_bluesky']}/xrpc/com.atproto.repo.getRecord?{query}")["value"]

    def judge(self) -> None:
        super().judge()
        keys = Counter(post["idempotency_key"] for post in self.posts())
        self.expect(all(n == 1 for n in keys.values()), "each has a key of its own")

    def thread(self) -> None:
        super().thread()
        if not self.failures:
            roots = {self.record_of(text)["reply"]["root"]["uri"] for text in (PARTS[1], PARTS[2], COMMENT)}
            self.expect(len(roots) == 1, "it is one thread")

    def publish_forms(self) -> None:
        first = self.forms("gated", HANDLES[0], "Quiet, please", "--who-may-reply", "mentioned", "--who-may-reply", "followers",
                           "--content-label", "graphic-media", "--content-warning", "Loud bells")
        allowed = [rule["$type"].split("#")[1] for rule in first.get("threadgate", {}).get("allow", [])]
        self.expect(allowed == ["mentionRule", "followerRule"], f"it says who may reply: {allowed}")
        self.expect(first["record"].get("labels", {}).get("values") == [{"val": "graphic-media"}], "it has its label")
        did, _, key = first["id"].removeprefix("at://").split("/")
        quote = self.forms("quote", HANDLES[1], "So quiet", "--quote", f"https://bsky.app/profile/{HANDLES[0]}/post/{key}",
                           "--link", "https://example.com/bells", "--then", "And quieter", "--who-may-reply", "nobody")
        embed = quote["record"].get("embed", {})
        self.expect(embed.get("record", {}).get("record", {}).get("uri") == first["id"] and "external" in embed.get("media", {}),
                    "it quotes the other, beside the card of its link")
        self.expect(quote["threadgate"]["allow"] == [], "nobody may reply")

        def parts() -> list[dict]:
            return [post for post in self.posts() if post["text"] == "And quieter"]

        wait_until(lambda: len(parts()) == 1, SETTLE_S, 0.5)
        self.expect([("embed" in part["record"], "threadgate" in part, part["in_reply_to"]) for part in parts()]
                    == [(False, False, quote["id"])], "but for the account itself, whose next part has no quote")
        self.refused(HANDLES[0], "NOT_OFFERED", "--poll-option", "a", "--poll-option", "b")
        self.refused(HANDLES[0], "NOT_OFFERED", "--visibility", "private")

    def delete(self) -> None:
        super().delete()
        gated = next(post for post in self.posts() if post["text"] == "Quiet, please")
        self.expect("threadgate" in gated and not gated["deleted"], "a post says who may reply")
        self.carillon("post", "delete", self.find("gated")["id"])
        self.expect(wait_until(lambda: self.find("gated")["state"] == "DELETED", SETTLE_S, 0.5), "it is deleted")
        gone = next(post for post in self.posts() if post["id"] == gated["id"])
        self.expect(gone["deleted"] and "threadgate" not in gone, "and so is who may reply to it")

    def judge_traffic(self) -> None:
        profile_steps.change(self, HANDLES[1], fields=False)
        profile_steps.report(self, HANDLES[1])
        super().judge_traffic()

    def run(self) -> None:
        self.start()
        for handle in HANDLES:
            self.connect(handle, {"identifier": handle, "app_password": self.tokens[handle]})
        first_tokens_end = time.monotonic() + TOKEN_LIFE_S + 5
        self.whole(first_tokens_end, {"error": "ExpiredToken"})


if __name__ == "__main__":
    main(Run)
