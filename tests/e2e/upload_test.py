#!/usr/bin/env python3
"""Media ahead of their post, on X: a video of 256 MB whose publisher is killed with -9 in its midst is gone on with, and the post is out once
and in time; others go out meanwhile; what is cancelled ends; what is due at once waits for its media.

Usage: upload_test.py [--keep-folder]
"""

import os
import signal
import sys
import urllib.request
from datetime import datetime, timedelta, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "deploy"), str(ROOT / "tests" / "chaos"), str(ROOT / "tests" / "recorder"), str(Path(__file__).parent)]
sys.dont_write_bytecode = True

import big_file  # noqa: E402
from demo_week.sandbox_admin import SandboxAdmin  # noqa: E402
from local_stack.process import wait_until  # noqa: E402
from platform_run import PlatformRun, main, png  # noqa: E402
from truth import get  # noqa: E402

ACCOUNTS = ("bellworks", "bellworks_de")
VIDEO_BYTES = 256 << 20
SEGMENTS = VIDEO_BYTES >> 21  # as the connector cuts them
SLOW_MS = 200
DUE_IN_S = 130
# What may come twice: the segments since the last word in the log, which is told every 3 s.
REPEATED_MAX = 30


class Run(PlatformRun):
    platform = "x"
    brand = "Bellworks"

    def __init__(self, folder: Path):
        super().__init__(folder, {name: f"token-{n}-{name}" for n, name in enumerate(ACCOUNTS)}, "--x-rate-percent 0")

    def start(self) -> None:
        """Without the recorder: it keeps what it sees."""
        self.parts.start()
        self.address = self.address_of_platform()
        self.admin = SandboxAdmin(self.parts.endpoints["sandbox_admin"])
        self.carillon("brand", "create", self.brand, "--timezone", "Etc/UTC")
        for name, token in self.tokens.items():
            self.connect(name, token)

    def bring(self, name: str, account: str, text: str, media: str, due: datetime) -> str:
        """The post's id."""
        calendar = self.folder / f"{name}.csv"
        big_file.write_calendar(calendar, name, self.brand, account, text, media, due)
        imported = self.carillon("calendar", "import", str(calendar))
        self.carillon("post", "approve", "--import", imported["id"])
        self.expect(wait_until(lambda: any(post["draft"].get("external_id") == name
                                           for post in self.carillon.items("post", "list", "--brand", self.brand)), 60, 0.3),
                    f"{name} is planned")
        return self.find(name)["id"]

    def upload(self, post: str) -> dict:
        """Its only file, as people see it; {} before there is one."""
        rows = self.carillon.items("post", "uploads", post)
        return rows[0] if rows else {}

    def await_percent(self, post: str, percent: int) -> bool:
        return wait_until(lambda: int(self.upload(post).get("percent", 0)) >= percent, 120, 0.3)

    def big_video(self) -> None:
        file = big_file.lay(self.parts.layout.media, VIDEO_BYTES)
        self.admin.fault("slow", -1, platform="x", step="upload", delay_ms=SLOW_MS)
        due = datetime.now(timezone.utc) + timedelta(seconds=DUE_IN_S)
        post = self.bring("video", ACCOUNTS[0], "A bell that rings for long", file, due)
        self.texts[(ACCOUNTS[0], "A bell that rings for long")] += 1
        self.expect(self.await_percent(post, 20), f"it is uploaded ahead of its time: {self.upload(post)}")
        self.create("meanwhile", ACCOUNTS[0], "A short bell meanwhile")
        self.expect(wait_until(lambda: self.find("meanwhile")["targets"][0]["state"] == "PUBLISHED", 30, 0.3),
                    "another post of the account goes out meanwhile")
        publisher = self.parts.services["publisher"]
        before = int(self.upload(post)["percent"])
        os.kill(publisher.process.pid, signal.SIGKILL)
        wait_until(lambda: not publisher.process.running(), 10)
        publisher.start()
        self.parts.await_well()
        self.say(f"killed at {before} %, and up again at {self.upload(post).get('percent')} %")
        self.expect(before < 100, "in its midst")
        ready = wait_until(lambda: self.upload(post).get("state") == "READY", 120, 0.5)
        self.expect(ready, f"it is there: {self.upload(post)}")
        self.expect(datetime.now(timezone.utc) < due, "before its time")
        self.await_published("the video is out")
        target = self.find("video")["targets"][0]
        late = (datetime.fromisoformat(target["finished_at"].replace("Z", "+00:00")) - due).total_seconds()
        self.expect(late < 20, f"in time: {late:.1f} s after it was due")
        media = next(one for one in self.posts() if one["text"] == "A bell that rings for long")["media"]
        kept = media[0] if len(media) == 1 else {}
        self.say(f"what X says of it: {kept}")
        self.expect(kept.get("bytes") == VIDEO_BYTES and kept.get("number") == 1, "it was begun once, and is whole")
        taken, repeated = int(kept.get("segments_taken", 0)), int(kept.get("segments_repeated", SEGMENTS))
        self.expect(taken - repeated == SEGMENTS and repeated <= REPEATED_MAX,
                    f"{repeated} of {SEGMENTS} segments came again")
        self.expect(self.upload(post).get("upload_state") == "ENDED", "nobody uploads it any more")

    def cancelled(self) -> None:
        file = big_file.lay(self.parts.layout.media, VIDEO_BYTES - (8 << 20))
        post = self.bring("cancelled", ACCOUNTS[1], "A bell that nobody hears", file,
                          datetime.now(timezone.utc) + timedelta(seconds=DUE_IN_S))
        self.expect(self.await_percent(post, 2), "one is under way")
        self.carillon("post", "cancel", post)
        ended = wait_until(lambda: self.upload(post).get("upload_state") == "ENDED", 20, 0.3)
        self.expect(ended, f"its upload ends with it: {self.upload(post)}")
        self.admin_clear()

    def at_once(self) -> None:
        picture = self.folder / "bell.png"
        picture.write_bytes(png(64))
        self.create("now", ACCOUNTS[1], "A bell at once", "--media", str(picture))
        self.await_published("a picture for now waits for its upload, and is out")

    def admin_clear(self) -> None:
        request = urllib.request.Request(f"{self.parts.endpoints['sandbox_admin']}/admin/faults", method="DELETE")
        urllib.request.urlopen(request, timeout=20).close()

    def await_published(self, what: str) -> None:
        wanted = set(self.texts)

        def there() -> bool:
            found = get(f"{self.parts.endpoints['sandbox_admin']}/admin/posts?platform=x")["posts"]
            states = [post["targets"][0]["state"] for post in self.carillon.items("post", "list", "--brand", self.brand)]
            return ({(post["account"], post["text"]) for post in found} == wanted
                    and states.count("PUBLISHED") == len(wanted))

        self.expect(wait_until(there, 180, 0.5), what)

    def run(self) -> None:
        self.start()
        self.big_video()
        self.cancelled()
        self.at_once()
        self.judge()
        self.expect(self.find("cancelled")["state"] == "CANCELLED", "what was cancelled is not out")


if __name__ == "__main__":
    main(Run)
