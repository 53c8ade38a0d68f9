#!/usr/bin/env python3
"""Limits of platforms through the real services: paced by the published ones, corrected by what the headers say, foretold, and met where only
answers count.

Usage: limits_test.py [--keep-folder]
"""

import json
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "deploy"), str(ROOT / "tests" / "chaos"), str(ROOT / "tests" / "recorder"), str(Path(__file__).parent)]
sys.dont_write_bytecode = True

from local_stack import files  # noqa: E402
from local_stack.process import wait_until  # noqa: E402
from platform_run import SETTLE_S, PlatformRun, main  # noqa: E402
from truth import get  # noqa: E402

PUBLISHER = "--send-budget-ms 8000 --settle-ms 10000 --spacing-ms 100"
# X's limits in the sandbox are 6 % of the published ones: 6 posts in a quarter of an hour, where the facts say 100.
X_PERCENT = 6
X_POSTS = 9
# Mastodon's sandbox limits nothing here and says nothing: the facts are what this installation's operator says.
WINDOW_S = 20
IN_WINDOW = 3
POSTS = 7
QUARTER_S = 900


def seconds(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class Run(PlatformRun):
    platform = "x"
    brand = "Bellworks"

    def __init__(self, folder: Path):
        super().__init__(folder, {"bellworks": "token-of-bellworks"}, f"--x-rate-percent {X_PERCENT}")
        accounts = files.read_json(self.parts.layout.sandbox_accounts)
        accounts += [{"username": "bell_one", "token": "token-of-bell-one", "platform": "mastodon", "history_weeks": 0}]
        files.write_json(self.parts.layout.sandbox_accounts, accounts, mode=0o600)
        self.facts = folder / "facts"
        self.facts.mkdir()
        limit = {"limit": IN_WINDOW, "window_s": WINDOW_S, "scope": "account"}
        (self.facts / "mastodon.json").write_text(json.dumps({"platform": "mastodon", "facts": {"rate.post": {"value": limit}}}))
        self.parts.set_options("publisher", f"{PUBLISHER} --platform-facts-dir {self.facts}")
        # What the listener asks counts, too.
        self.parts.set_options("listener", "--poll-interval-ms 600000 --sample-interval-ms 600000 --account-interval-ms 600000")

    def connect_mastodon(self) -> None:
        file = self.folder / "token"
        file.write_text("token-of-bell-one")
        file.chmod(0o600)
        self.tokens["bell_one"] = "token-of-bell-one"
        self.carillon("account", "connect", "--brand", self.brand, "--platform", "mastodon", "--base-url",
                      self.parts.endpoints["sandbox"], "--token-file", str(file))
        file.unlink()

    def health(self, account: str) -> dict:
        return self.carillon("account", "health", account)

    def waits(self, account: str) -> dict[str, int]:
        return {one["what"]: one["count"] for one in self.health(account)["waiting_for"]}

    def accepted(self, platform: str) -> list[float]:
        found = get(f"{self.parts.endpoints['sandbox_admin']}/admin/posts?platform={platform}")["posts"]
        return [seconds(post["accepted_at"]) for post in found]

    def headers_correct(self) -> None:
        """The published limit has room for all; the platform's headers say that it has not, and no request is refused."""
        left = QUARTER_S - time.time() % QUARTER_S
        if left < 120:
            self.say(f"waits {left:.0f} s for the platform's window to end")
            wait_until(lambda: QUARTER_S - time.time() % QUARTER_S >= 120, left + 5, 1)
        for n in range(X_POSTS):
            self.create(f"x{n}", "bellworks", f"Bell {n} of {X_POSTS}")
        in_window = 100 * X_PERCENT // 100
        waiting = X_POSTS - in_window
        good = wait_until(lambda: self.waits("bellworks") == {"RATE_LIMIT": waiting}, SETTLE_S, 0.5)
        self.expect(good, f"{waiting} wait for the limit: {self.waits('bellworks')}")
        self.expect(len(self.accepted("x")) == in_window, f"{in_window} are out")
        health = self.health("bellworks")
        self.expect(health["waiting"] == waiting and not health["problems"] and health["last_error"] == "",
                    f"nothing was refused: {health}")
        forecast = self.carillon("account", "forecast", "bellworks")
        post = next(one for one in forecast["limits"] if one["name"] == "post")
        self.expect(post["limit"] == in_window and post["used"] == in_window and post["window_s"] == QUARTER_S,
                    f"the limit is the one that the headers tell: {post}")
        ends_at = seconds(forecast["ends_at"])
        window_end = (seconds(forecast["as_of"]) // QUARTER_S + 1) * QUARTER_S
        self.expect(forecast["held_by"] == "RATE_LIMIT" and forecast["held_by_limit"] == "post" and abs(ends_at - window_end) < 5,
                    f"the rest is foretold for the platform's next window: {forecast['ends_at']}")

    def facts_pace(self) -> None:
        """Where no headers come the published limit is kept, and the forecast comes true."""
        forecast = self.carillon("account", "forecast", "bell_one", "--posts", str(POSTS))
        self.expect(forecast["waiting"] == 0 and forecast["held_by_limit"] == "post", f"a forecast before: {forecast['ends_at']}")
        foretold_s = seconds(forecast["ends_at"]) - seconds(forecast["as_of"])
        for n in range(POSTS):
            self.carillon("post", "create", "--brand", self.brand, "--account", "bell_one", "--external-id", f"m{n}",
                          "--text", f"Paced bell {n}", "--at", f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%SZ}", "--approve")
        self.expect(wait_until(lambda: len(self.accepted("mastodon")) == POSTS, SETTLE_S, 0.5), "all are out")
        at = sorted(self.accepted("mastodon"))
        apart = [later - earlier for earlier, later in zip(at, at[IN_WINDOW:])]
        # Windows are counted from when a request begins, and this is when it arrived.
        self.expect(min(apart) > WINDOW_S - 3, f"never more than {IN_WINDOW} in {WINDOW_S} s: {[f'{one:.1f}' for one in apart]}")
        took = at[-1] - at[0]
        self.expect(abs(took - foretold_s) < WINDOW_S / 2, f"as foretold: {took:.1f} s, {foretold_s:.1f} s were")

    def scopes(self) -> None:
        health = self.health("bell_one")
        self.expect(health["scopes_granted"] == ["read", "write"] and health["scopes_missing"] == [], "its token's scopes are known")
        self.expect("last_success_at" in health and "limits_read_at" in health, "when it worked last, too")
        everybody = self.carillon.items("account", "health")
        self.expect({one["username"].split("@")[0] for one in everybody} == {"bellworks", "bell_one"}, "all accounts are told")

    def restarted(self) -> None:
        """What is used is in the log."""
        self.parts.stop_services()
        self.parts.start_services()
        forecast = self.carillon("account", "forecast", "bellworks")
        post = next(one for one in forecast["limits"] if one["name"] == "post")
        again = seconds(forecast["as_of"]) // QUARTER_S != self.accepted("x")[0] // QUARTER_S
        self.expect(again or post["used"] == post["limit"], f"the window outlives a restart: {post}")

    def answers_alone(self) -> None:
        """The operator's choice: the facts hold nothing, the platform's refusal does."""
        self.parts.stop_services()
        self.parts.set_options("publisher", f"{PUBLISHER} --platform-facts-dir {self.facts} --rate-limits answers")
        self.parts.start_services()
        before = len(self.accepted("mastodon"))
        began = time.monotonic()
        for n in range(POSTS):
            self.carillon("post", "create", "--brand", self.brand, "--account", "bell_one", "--external-id", f"a{n}",
                          "--text", f"Unpaced bell {n}", "--at", f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%SZ}", "--approve")
        good = wait_until(lambda: len(self.accepted("mastodon")) == before + POSTS, SETTLE_S, 0.2)
        self.expect(good and time.monotonic() - began < WINDOW_S, f"no published limit holds: {time.monotonic() - began:.1f} s")
        self.create("met", "bellworks", "A bell that meets the limit")
        crossed = time.time() // QUARTER_S != self.accepted("x")[0] // QUARTER_S
        good = crossed or wait_until(lambda: "RATE_LIMITED" in self.waits("bellworks"), SETTLE_S, 0.5)
        self.expect(good, f"the platform's refusal holds: {self.waits('bellworks')}")
        self.expect(crossed or self.health("bellworks")["last_error"] != "", "and is said")

    def run(self) -> None:
        self.start()
        self.connect("bellworks", "token-of-bellworks")
        self.connect_mastodon()
        self.headers_correct()
        self.facts_pace()
        self.scopes()
        self.restarted()
        self.answers_alone()
        self.judge_traffic()


if __name__ == "__main__":
    main(Run)
