"""What is to be published: accounts, posts with their due times, and which of them have a fate of their own."""

import csv
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

REFUSED_TEXT = "#refused"
ACCOUNTS_A_BRAND = 100
_HIDDEN_EVERY = 20  # One account in so many has a single post, which nobody can settle.
_REFUSED_EVERY = 50
_TWIN_EVERY = 40  # One post in so many has the text of the account's post before it.
_COLUMNS = ["external_id", "brand", "account", "local_time", "zone", "text", "link", "media", "alt",
            "campaign"]


@dataclass(frozen=True)
class Post:
    name: str
    brand: str
    account: str
    text: str
    due_s: float  # after the first


def account_names(count: int) -> list[str]:
    return [f"chaos_{n:04d}" for n in range(count)]


def brand_of(account: str) -> str:
    return f"Chaos {int(account.rsplit('_', 1)[1]) // ACCOUNTS_A_BRAND}"


def is_hidden(account: str) -> bool:
    return int(account.rsplit("_", 1)[1]) % _HIDDEN_EVERY == _HIDDEN_EVERY - 1


def make_posts(count: int, accounts: list[str], seconds: float, seed: int) -> list[Post]:
    """In the order of their due times. The hidden ones come in the first fifth."""
    rng = random.Random(seed)
    hidden = [name for name in accounts if is_hidden(name)]
    others = [name for name in accounts if not is_hidden(name)]
    plan = [(rng.uniform(0, seconds / 5), name) for name in hidden]
    rest = count - len(hidden)
    plan += [(seconds * n / rest, others[n % len(others)]) for n in range(rest)]
    posts, last_text = [], {}
    for n, (due_s, account) in enumerate(sorted(plan)):
        text = f"Post {n} of run {seed}, one bell of many #chaos"
        if n % _TWIN_EVERY == 0 and account in last_text:
            text = last_text[account]
        elif n % _REFUSED_EVERY == 1 and not is_hidden(account):
            text += f" {REFUSED_TEXT}"
        else:
            last_text[account] = text
        posts.append(Post(f"c{n}", brand_of(account), account, text, due_s))
    return posts


def write_calendar(target: Path, posts: list[Post], first: datetime) -> None:
    with open(target, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, _COLUMNS, restval="")
        writer.writeheader()
        for post in posts:
            due = first + timedelta(seconds=int(post.due_s))
            writer.writerow({"external_id": post.name, "brand": post.brand, "account": post.account,
                             "local_time": due.strftime("%Y-%m-%d %H:%M:%S"), "zone": "Etc/UTC",
                             "text": post.text})
