#!/usr/bin/env python3
"""A thread and the forms of a post on Mastodon through the real services; loop_test.py has the rest of it.

Usage: mastodon_test.py [--keep-folder]
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "deploy"), str(ROOT / "tests" / "chaos"), str(Path(__file__).parent)]
sys.dont_write_bytecode = True

from local_stack.process import wait_until  # noqa: E402
from platform_run import SETTLE_S, PlatformRun, main  # noqa: E402

ACCOUNT = "bellfounder"


class Run(PlatformRun):
    platform = "mastodon"
    brand = "Bellfounder"

    def __init__(self, folder: Path):
        super().__init__(folder, {ACCOUNT: "token-of-bellfounder"}, "")

    def publish_forms(self) -> None:
        poll = self.forms("poll", ACCOUNT, "Which bell is yours?", "--poll-option", "small", "--poll-option", "large",
                          "--poll-duration", "6h", "--poll-multiple", "--poll-hide-totals", "--visibility", "unlisted",
                          "--content-warning", "Loud bells")
        self.expect(poll.get("poll") == {"options": ["small", "large"], "expires_in": 21600, "multiple": True, "hide_totals": True},
                    f"its poll is kept: {poll.get('poll')}")
        self.expect((poll.get("visibility"), poll.get("spoiler_text")) == ("unlisted", "Loud bells"),
                    "its visibility and content warning are kept")
        address = f"{self.parts.endpoints['sandbox']}/@{ACCOUNT}/{poll.get('id')}"
        quote = self.forms("quote", ACCOUNT, "So many answers", "--quote", address, "--visibility", "private",
                           "--content-warning", "Bells", "--then", "And more of them")
        self.expect(quote.get("quoted") == poll.get("id"), "it quotes the poll, by its address")

        def parts() -> list[dict]:
            return [post for post in self.posts() if post["text"] == "And more of them"]

        wait_until(lambda: len(parts()) == 1, SETTLE_S, 0.5)
        self.expect([(part["visibility"], part["spoiler_text"], part["quoted"]) for part in parts()] == [("private", "Bells", "")],
                    "what follows it has its visibility and its warning, and no quote")
        self.refused(ACCOUNT, "NOT_OFFERED", "--who-may-reply", "nobody")
        self.refused(ACCOUNT, "BAD_POLL", "--poll-option", "a", "--poll-option", "b", "--poll-duration", "1m")
        self.refused(ACCOUNT, "BAD_QUOTE", "--quote", "https://elsewhere.example/@ann/1")

    def run(self) -> None:
        self.start()
        self.connect(ACCOUNT, self.tokens[ACCOUNT])
        self.thread()
        self.publish_forms()


if __name__ == "__main__":
    main(Run)
