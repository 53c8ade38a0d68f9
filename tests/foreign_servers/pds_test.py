#!/usr/bin/env python3
"""Bluesky's own PDS judges the publisher: what was published, in spite of lost answers, is read back through its API.

Usage: pds_test.py [--keep-folder]
"""

import json
import subprocess
import sys
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "deploy"), *(str(ROOT / "tests" / name) for name in ("chaos", "recorder", "e2e"))]
sys.dont_write_bytecode = True

from demo_week.cli import Refused  # noqa: E402
from local_stack.ports import free_ports  # noqa: E402
from local_stack.process import clean_environment, wait_until  # noqa: E402
from modules import modules_folder, node  # noqa: E402
from platform_run import COMMENT, PARTS, SETTLE_S, PlatformRun, main, png  # noqa: E402
from recording import Recording  # noqa: E402

HANDLES = ("ana.test", "ben.test")
PICTURE = png(64)
TEXT = "Grüße an @ben.test 👩‍👩‍👧 #Glocken https://example.com/spring?a=1"
ALT = "eine Glocke im Frühling"
LOST = "A bell that nobody answers"
GATED = "Quiet, please"


class Pds:
    """pds.mjs as a child of this test."""

    def __init__(self, folder: Path):
        folder.mkdir()
        ports = [str(port) for port in free_ports(2)]
        with open(folder.with_suffix(".log"), "wb") as log:
            self._process = subprocess.Popen(
                [str(node()), str(Path(__file__).with_name("pds.mjs")), str(modules_folder()), str(folder), *ports, *HANDLES],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, env=clean_environment(LOG_ENABLED="false"))
        line = self._process.stdout.readline()
        if not line:
            raise Refused(f"the PDS did not start: {folder.with_suffix('.log').read_text()[-2000:]}")
        told = json.loads(line)
        self.url, self.accounts = told["url"], told["accounts"]

    def read(self, nsid: str, **query: str) -> bytes:
        with urllib.request.urlopen(f"{self.url}/xrpc/{nsid}?{urllib.parse.urlencode(query)}", timeout=20) as answer:
            return answer.read()

    def stop(self) -> None:
        self._process.stdin.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


class Run(PlatformRun):
    platform = "bluesky"
    brand = "Skyward"

    def __init__(self, folder: Path):
        super().__init__(folder, {}, "")
        self.accounts = [HANDLES[0]]
        self.recording = Recording(folder, "pds")
        self.pds: Pds | None = None

    def start(self) -> None:
        self.pds = Pds(self.folder / "pds")
        self.say("Bluesky's PDS serves")
        self.address = self.recording.start(self.pds.url, lose=(LOST, PARTS[1]))
        self.parts.start()
        self.carillon("brand", "create", self.brand, "--timezone", "Europe/Berlin")

    def records(self, collection: str = "app.bsky.feed.post") -> list[dict]:
        """Those of the account's repository."""
        did = self.pds.accounts[HANDLES[0]]["did"]
        body = self.pds.read("com.atproto.repo.listRecords", repo=did, collection=collection, limit="100")
        return json.loads(body)["records"]

    def posts(self) -> list[dict]:
        return [{"account": HANDLES[0], "text": record["value"]["text"], "id": record["uri"],
                 "in_reply_to": record["value"].get("reply", {}).get("parent", {}).get("uri")} for record in self.records()]

    def value_of(self, text: str) -> dict:
        return next(record["value"] for record in self.records() if record["value"]["text"] == text)

    def publish(self) -> None:
        picture = self.folder / "bell.png"
        picture.write_bytes(PICTURE)
        self.create("whole", HANDLES[0], TEXT, "--language", "de", "--media", str(picture), "--alt", ALT)
        self.create("lost", HANDLES[0], LOST)
        self.await_published("a text with facets and a picture, and one whose answer is lost")
        value = self.value_of(TEXT)
        shown = [TEXT.encode()[facet["index"]["byteStart"]:facet["index"]["byteEnd"]].decode() for facet in value["facets"]]
        self.expect(shown == ["@ben.test", "#Glocken", "https://example.com/spring?a=1"], f"its facets: {shown}")
        mentioned = value["facets"][0]["features"][0]["did"]
        self.expect(mentioned == self.pds.accounts[HANDLES[1]]["did"], "the mention is of who has that handle")
        image = value["embed"]["images"][0]
        blob = self.pds.read("com.atproto.sync.getBlob", did=self.pds.accounts[HANDLES[0]]["did"], cid=image["image"]["ref"]["$link"])
        self.expect(image["alt"] == ALT and blob == PICTURE, "its picture, byte for byte, with its alt text")

    def lose_within_thread(self) -> None:
        """The recorder loses it."""

    def expect_faults_met(self) -> None:
        """The traffic tells: judge_traffic."""

    def thread(self) -> None:
        super().thread()
        if not self.failures:
            refs = {record["value"]["text"]: {"uri": record["uri"], "cid": record["cid"]} for record in self.records()}
            wanted = {PARTS[1]: PARTS[0], PARTS[2]: PARTS[1], COMMENT: PARTS[0]}
            self.expect(all(self.value_of(text)["reply"] == {"root": refs[PARTS[0]], "parent": refs[parent]}
                            for text, parent in wanted.items()), "each refers to its thread as it is, by content too")

    def gate(self) -> None:
        """A post and who may reply to it come in one commit, and go in one; it quotes another of the account's, which no AppView knows."""
        def gates() -> list[str]:
            return [record["value"]["post"] for record in self.records("app.bsky.feed.threadgate")]

        quoted = next(record for record in self.records() if record["value"]["text"] == TEXT)
        self.create("gated", HANDLES[0], GATED, "--who-may-reply", "nobody", "--quote", quoted["uri"])
        self.await_published_one("gated")
        uri = self.find("gated")["targets"][0]["remote_id"]
        self.expect(self.value_of(GATED)["embed"]["record"] == {"uri": quoted["uri"], "cid": quoted["cid"]}, "it quotes the post as it is")
        self.expect(gates() == [uri], f"it says who may reply: {gates()}")
        self.carillon("post", "delete", self.find("gated")["id"])
        self.expect(wait_until(lambda: self.find("gated")["state"] == "DELETED", SETTLE_S, 0.5), "it is deleted")
        self.expect(uri not in [record["uri"] for record in self.records()] and not gates(), "nothing is left of it")

    def profile(self) -> None:
        """A profile is made, and then changed in one thing."""
        def kept() -> dict:
            return self.records("app.bsky.actor.profile")[0]["value"]

        picture = self.folder / "bell.png"
        self.carillon("profile", "set", HANDLES[0], "--display-name", "Ana's bells", "--bio", "We ring", "--avatar", str(picture), "--wait", "45")
        first = kept()
        self.expect((first["displayName"], first["description"], first["avatar"]["mimeType"]) == ("Ana's bells", "We ring", "image/png"),
                    f"a profile is made: {first}")
        self.carillon("profile", "set", HANDLES[0], "--bio", "We ring on", "--wait", "45")
        self.expect(kept() == first | {"description": "We ring on"}, f"only what is named has changed: {kept()}")

    def judge_traffic(self) -> None:
        super().judge_traffic()
        lost = sum(seen["status"] is None and seen["target"].endswith("putRecord") for seen in self.recording.read())
        self.expect(lost == 2, f"{lost} answers were lost")

    def run(self) -> None:
        try:
            self.start()
            self.tokens[HANDLES[0]] = self.pds.accounts[HANDLES[0]]["app_password"]
            self.connect(HANDLES[0], {"identifier": HANDLES[0], "app_password": self.tokens[HANDLES[0]]})
            self.publish()
            self.judge()
            self.thread()
            self.gate()
            self.profile()
            self.judge_traffic()
        finally:
            if self.pds:
                self.pds.stop()


if __name__ == "__main__":
    node()
    main(Run)
