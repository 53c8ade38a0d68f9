#!/usr/bin/env python3
"""The judgement sees what is lost, doubled, or ended otherwise than the platform's record says."""

import sys
import unittest
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.dont_write_bytecode = True

from calendar_posts import REFUSED_TEXT, Post, account_names, is_hidden, make_posts  # noqa: E402
from truth import Record, judge  # noqa: E402


def planned(text: str = "a") -> list[Post]:
    return [Post("c0", "Chaos 0", "one", text, 0)]


def listed(state: str, reason: str = "") -> list[dict]:
    return [{"draft": {"external_id": "c0"},
             "targets": [{"id": "k0", "state": state, "error_reason": reason}]}]


def record(accepted: int = 0, refused: bool = False, hidden: bool = False, text: str = "a") -> Record:
    keys = Counter({"k0": accepted} if accepted else {})
    texts = Counter({("one", text): accepted} if accepted else {})
    return Record(keys, texts, {"k0"} if refused else set(), {"k0"} if hidden else set(), Counter())


def faults(posts: list[dict], truth: Record, text: str = "a") -> tuple[int, int, int]:
    verdict = judge(planned(text), posts, truth)
    return len(verdict.lost), len(verdict.doubled), len(verdict.strange)


class JudgeTest(unittest.TestCase):
    def test_good_ends(self):
        self.assertEqual(faults(listed("PUBLISHED"), record(1)), (0, 0, 0))
        self.assertEqual(faults(listed("UNCONFIRMED", "X"), record(1, hidden=True)), (0, 0, 0))
        self.assertEqual(faults(listed("UNCONFIRMED", "X"), record(hidden=True)), (0, 0, 0))
        refused = f"a {REFUSED_TEXT}"
        self.assertEqual(
            faults(listed("FAILED", "INVALID"), record(refused=True), refused), (0, 0, 0))

    def test_lost(self):
        self.assertEqual(faults(listed("PUBLISHED"), record())[0], 1)
        self.assertEqual(faults([], record(1))[0], 1)
        for state in ("DISPATCHED", "PENDING", "EXPIRED", "HELD", "BLOCKED", "CANCELLED"):
            self.assertEqual(faults(listed(state), record())[0], 1, state)

    def test_doubled(self):
        self.assertEqual(faults(listed("PUBLISHED"), record(2))[1], 2)
        other = record(1)
        other.accepted["k1"] = 1
        other.texts["one", "a"] = 2
        self.assertEqual(faults(listed("PUBLISHED"), other)[1], 1, "under another key")

    def test_strange(self):
        self.assertEqual(faults(listed("UNCONFIRMED", "X"), record(1))[2], 1)
        self.assertEqual(faults(listed("FAILED", "X"), record())[2], 1)
        self.assertEqual(faults(listed("FAILED"), record(refused=True))[2], 1, "no reason")
        self.assertGreaterEqual(faults(listed("FAILED", "X"), record(1, refused=True))[2], 1)
        self.assertEqual(faults(listed("PUBLISHED"), record(1), f"a {REFUSED_TEXT}")[2], 1)

    def test_posts_follow_from_the_seed(self):
        accounts = account_names(100)
        posts = make_posts(2000, accounts, 60, 3)
        self.assertEqual(posts, make_posts(2000, accounts, 60, 3))
        self.assertEqual((len(posts), len({post.name for post in posts})), (2000, 2000))
        self.assertEqual(sum(is_hidden(post.account) for post in posts), 5)
        self.assertGreater(sum(REFUSED_TEXT in post.text for post in posts), 20)
        texts = Counter((post.account, post.text) for post in posts)
        self.assertGreater(sum(n == 2 for n in texts.values()), 20, "equal texts on one account")


if __name__ == "__main__":
    unittest.main()
