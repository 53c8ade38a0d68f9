#!/usr/bin/env python3
"""A thread, the forms of a post, and what is done to posts that are out, on Mastodon through the real services; loop_test.py has the rest of it.

Usage: mastodon_test.py [--keep-folder]
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "deploy"), str(ROOT / "tests" / "chaos"), str(ROOT / "tests" / "recorder"), str(Path(__file__).parent)]
sys.dont_write_bytecode = True

import profile_steps  # noqa: E402
from local_stack.process import wait_until  # noqa: E402
from platform_run import SETTLE_S, PlatformRun, main  # noqa: E402

ACCOUNT = "bellfounder"


class Run(PlatformRun):
    platform = "mastodon"
    brand = "Bellfounder"

    def __init__(self, folder: Path):
        super().__init__(folder, {ACCOUNT: "token-of-bellfounder"}, "")

    def publish_forms(self) -> None:
        poll = self.forms("poll", ACCOUNT, "Which bell shall ring?", "--poll-option", "small", "--poll-option", "large",
                          "--poll-duration", "6h", "--poll-multiple", "--poll-hide-totals", "--visibility", "unlisted",
                          "--content-warning", "Loud bells")
        self.expect(poll.get("poll") == {"options": ["small", "large"], "expires_in": 21600, "multiple": True, "hide_totals": True},
                    f"its poll is kept: {poll.get('poll')}")
        self.expect((poll.get("visibility"), poll.get("spoiler_text")) == ("unlisted", "Loud bells"),
                    "its visibility and content warning are kept")
        address = f"{self.address}/@{ACCOUNT}/{poll.get('id')}"
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
        self.delete()
        self.react("like")
        self.edit("liked", "A bell to be answered", "A bell that was answered")
        self.edit_poll()
        profile_steps.change(self, ACCOUNT, fields=True)
        profile_steps.report(self, ACCOUNT)
        self.judge_traffic()

    def edit(self, name: str, before: str, after: str) -> None:
        """What is published says something else once that is approved, in spite of a lost answer."""
        post = self.find(name)["id"]
        self.carillon("post", "edit", post, "--text", after)
        self.expect(before in [one["text"] for one in self.posts()], "an edit waits for its approval")
        self.admin.fault("drop_after_accept", 1, platform=self.platform, step="act")
        self.carillon("post", "approve", post)

        def edit() -> dict:
            return self.find(name)["targets"][0].get("edit", {})

        self.expect(wait_until(lambda: edit().get("state") == "DONE", 60, 0.5), f"the edit is done: {edit()}")
        said = [one["text"] for one in self.posts() if one["edited"]]
        self.expect(after in said and before not in [one["text"] for one in self.posts()], f"the platform says so: {said}")

    def edit_poll(self) -> None:
        """An edit of the text leaves all else as it is."""
        def shown() -> dict:
            return next(post for post in self.posts() if post["id"] == kept["id"])

        kept = next(post for post in self.posts() if post.get("poll"))
        self.edit("poll", kept["text"], "Which of the bells is yours?")
        poll, before = dict(shown()["poll"]), dict(kept["poll"])
        left, whole = poll.pop("expires_in"), before.pop("expires_in")
        self.expect(poll == before and 0 < left <= whole, f"its poll is what it was, and ends as it would have: {poll}, {left} s")
        for what in ("visibility", "spoiler_text"):
            self.expect(shown()[what] == kept[what], f"its {what} is what it was: {shown()[what]}")


if __name__ == "__main__":
    main(Run)
