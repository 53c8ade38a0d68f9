"""The sandbox's own record, and what it says about how the posts ended."""

import json
import urllib.request
from collections import Counter
from dataclasses import dataclass, field

from calendar_posts import REFUSED_TEXT

_TIMEOUT_S = 60
ENDS = ("PUBLISHED", "FAILED", "UNCONFIRMED")


def get(url: str):
    with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as answer:
        return json.load(answer)


def pages(url: str) -> list[dict]:
    found, after = [], 0
    while after is not None:
        page = get(f"{url}?after={after}")
        found += page["posts"]
        after = page["next"]
    return found


@dataclass
class Record:
    """What the sandbox accepted, refused and hid, by idempotency key (our delivery id)."""

    accepted: Counter
    texts: Counter
    refused: set[str]
    hidden: set[str]
    engagement: Counter

    @classmethod
    def read(cls, admin: str) -> "Record":
        posts = pages(f"{admin}/admin/posts")
        hits = get(f"{admin}/admin/stats")["faults"]
        keys = {kind: set(hits.get(kind, {}).get("keys", [])) for kind in ("refuse", "withhold")}
        engagement: Counter = Counter()
        for post in pages(f"{admin}/admin/engagement"):
            engagement.update({what: post[what] for what in ("favourites", "reblogs", "replies")})
        return cls(Counter(post["idempotency_key"] for post in posts),
                   Counter((post["account"], post["text"]) for post in posts), keys["refuse"],
                   keys["withhold"], engagement)

    @property
    def published(self) -> int:
        """What a look at the platform, and at nothing else, calls published."""
        return len(self.accepted.keys() - self.hidden)


@dataclass
class Verdict:
    states: Counter = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)


def judge(planned: list, posts: list[dict], record: Record) -> Verdict:
    """`posts` as `carillon post list` shows them."""
    verdict = Verdict()
    found = {post["draft"]["external_id"]: post for post in posts}
    for plan in planned:
        post = found.get(plan.name)
        target = post["targets"][0] if post else {"state": "MISSING", "id": ""}
        state, key = target["state"], target["id"]
        reason = target.get("error_reason", "")
        verdict.states[state] += 1
        line = f"{plan.name} {plan.account} {state} {reason} {key}"
        if state not in ENDS or (state == "PUBLISHED" and not record.accepted[key]):
            verdict.lost.append(line)
        if (state == "FAILED") != (key in record.refused) or (state == "FAILED" and not reason):
            verdict.strange.append(f"{line}: refused by the platform: {key in record.refused}")
        if (state == "UNCONFIRMED") != (key in record.hidden):
            verdict.strange.append(f"{line}: hidden by the platform: {key in record.hidden}")
        if state == "FAILED" and record.accepted[key]:
            verdict.strange.append(f"{line}: but it was accepted")
        if REFUSED_TEXT in plan.text and state != "FAILED":
            verdict.strange.append(f"{line}: its text is refused by the platform")
    verdict.doubled = [f"{key} is {n} times on the platform"
                       for key, n in record.accepted.items() if n > 1]
    allowed = Counter((plan.account, plan.text) for plan in planned)
    verdict.doubled += [f"{account}: '{text}' is {n} times on the platform, not {allowed[account, text]}"
                        for (account, text), n in record.texts.items() if n > allowed[account, text]]
    return verdict
