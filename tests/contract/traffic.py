#!/usr/bin/env python3
"""Judges what tests/recorder wrote: every request and answer by the platform's published description, or by a written exception.

Usage: traffic.py --judge mastodon|bluesky|x|pds FILE

Prints the operations with their counts, and the exceptions with how often each was used. "pds" is Bluesky's own server. Exit code 1:
something is neither as described nor excepted, or nothing was recorded. Without $CARILLON_CONFORMANCE_DATA it prints operations alone.
"""

import argparse
import base64
import json
import os
import sys
from collections import Counter
from pathlib import Path

from traffic_exceptions import EXCEPTIONS, Exception_
from traffic_judges import JUDGES, Judge, Listing, Seen

_SHOWN = 20


class Verdict:
    """`judge` says what is wrong; this says which of it is excepted, and counts."""

    def __init__(self, judge: Judge, exceptions: list[Exception_]):
        self._judge = judge
        self._used = {exception: 0 for exception in exceptions}
        self.operations: dict[str, Counter] = {}
        self.wrong: Counter = Counter()

    def add(self, seen: Seen) -> None:
        operation, found = self._judge.judge(seen)
        how = "cut" if seen.cut else "no answer" if seen.status is None else str(seen.status)
        self.operations.setdefault(operation, Counter())[how] += 1
        for error in found:
            exception = next((one for one in self._used if one.fits(operation, error)), None)
            if exception:
                self._used[exception] += 1
            else:
                self.wrong[f"{operation} {how}: {error}"] += 1

    def report(self) -> None:
        print(f"{sum(map(Counter.total, self.operations.values()))} requests, {len(self.operations)} operations, by {self._judge.by}:")
        for operation, answers in sorted(self.operations.items()):
            print(f"  {operation} {answers.total()} ({', '.join(f'{how}: {n}' for how, n in sorted(answers.items()))})")
        for exception, count in self._used.items():
            print(f"  exception {'used ' + str(count) + ' times' if count else 'never used'}: {exception}")
        for what, count in self.wrong.most_common(_SHOWN):
            print(f"  WRONG {what} ({count} times)")
        if len(self.wrong) > _SHOWN:
            print(f"  and {len(self.wrong) - _SHOWN} more")


def seen_of(line: dict) -> Seen:
    """An exchange as the recorder writes it."""
    return Seen(line["method"], line["target"], line["headers"], base64.b64decode(line["body"]), line["cut"], line["status"],
                line.get("answer_headers", {}), base64.b64decode(line.get("answer_body", "")), line.get("answer_cut", False))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--judge", required=True, choices=sorted(JUDGES))
    parser.add_argument("file", type=Path)
    options = parser.parse_args()
    data = os.environ.get("CARILLON_CONFORMANCE_DATA")
    judge = JUDGES[options.judge](Path(data)) if data else Listing()
    exceptions = EXCEPTIONS[options.judge] if data else []
    verdict = Verdict(judge, exceptions)
    lines = [json.loads(line) for line in options.file.read_text(encoding="ascii").splitlines()]
    unreadable = [line["unreadable"] for line in lines if "unreadable" in line]
    for line in lines:
        if "unreadable" not in line:
            verdict.add(seen_of(line))
    verdict.report()
    for text in unreadable:
        print(f"  UNREADABLE {text}")
    return 1 if verdict.wrong or unreadable or not lines else 0


if __name__ == "__main__":
    sys.exit(main())
