#!/usr/bin/env python3
"""A thread on Mastodon, and what is done to posts that are out, through the real services; loop_test.py has the rest of it.

Usage: mastodon_test.py [--keep-folder]
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "deploy"), str(ROOT / "tests" / "chaos"), str(ROOT / "tests" / "recorder"), str(Path(__file__).parent)]
sys.dont_write_bytecode = True

from local_stack.process import wait_until  # noqa: E402
from platform_run import PlatformRun, main  # noqa: E402

ACCOUNT = "bellfounder"


class Run(PlatformRun):
    platform = "mastodon"
    brand = "Bellfounder"

    def __init__(self, folder: Path):
        super().__init__(folder, {ACCOUNT: "token-of-bellfounder"}, "")

    def run(self) -> None:
        self.start()
        self.connect(ACCOUNT, self.tokens[ACCOUNT])
        self.thread()
        self.delete()
        self.react("like")
        self.edit()
        self.judge_traffic()

    def edit(self) -> None:
        """What is published says something else once that is approved, in spite of a lost answer."""
        post = self.find("liked")["id"]
        self.carillon("post", "edit", post, "--text", "A bell that was answered")
        self.expect("A bell to be answered" in [one["text"] for one in self.posts()], "an edit waits for its approval")
        self.admin.fault("drop_after_accept", 1, platform=self.platform, step="act")
        self.carillon("post", "approve", post)

        def edit() -> dict:
            return self.find("liked")["targets"][0].get("edit", {})

        self.expect(wait_until(lambda: edit().get("state") == "DONE", 60, 0.5), f"the edit is done: {edit()}")
        said = [one["text"] for one in self.posts() if one["edited"]]
        self.expect(said == ["A bell that was answered"], f"the platform says so: {said}")


if __name__ == "__main__":
    main(Run)
