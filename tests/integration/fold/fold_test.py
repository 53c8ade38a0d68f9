#!/usr/bin/env python3
"""A fold in another language gets the report's CSV to the unit: random samples go through analytics' own code and, over a real
broker, through fold.py.

Usage: fold_test.py FOLD_CASE_PROGRAM. Needs CARILLON_TEST_KAFKA."""

import base64
import difflib
import json
import os
import random
import subprocess
import sys
import uuid
from pathlib import Path

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

_FOLD = Path(__file__).resolve().parent / "fold.py"
_CASES = 2
_TIMEOUT_S = 60


def fill(kafka: str, release: str, case: dict) -> None:
    """The case's records, committed; and, in between, records of a transaction that was aborted."""
    admin = AdminClient({"bootstrap.servers": kafka})
    counted, strategy = release + "analytics.counted.v1", release + "strategy.ledger.v1"
    created = admin.create_topics(
        [NewTopic(counted, case["partitions"], 1), NewTopic(strategy, 1, 1)]
    )
    for future in created.values():
        future.result(_TIMEOUT_S)
    producer = Producer({"bootstrap.servers": kafka, "transactional.id": release + "test"})
    producer.init_transactions(_TIMEOUT_S)
    half = len(case["counted"]) // 2
    for rows, commit in ((case["counted"][:half], True), (case["counted"][half:], False)) + (
        (case["counted"][half:], True),
    ):
        producer.begin_transaction()
        for row in rows:
            producer.produce(counted, base64.b64decode(row["value"]), partition=row["partition"])
        if commit:
            for value in case["strategy"]:
                producer.produce(strategy, base64.b64decode(value), partition=0)
            producer.commit_transaction(_TIMEOUT_S)
        else:
            producer.flush(_TIMEOUT_S)
            producer.abort_transaction(_TIMEOUT_S)


def fold(kafka: str, release: str, report: dict) -> str:
    command = [sys.executable, str(_FOLD), "--kafka", kafka, "--release", release]
    for name in ("brand", "begin", "end", "bucket"):
        command += [f"--{name}", report[name]]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S)
    if done.returncode:
        sys.exit(f"fold.py ended with {done.returncode}: {done.stderr}")
    return done.stdout


def main() -> int:
    kafka = os.environ["CARILLON_TEST_KAFKA"]
    lines = len(_FOLD.read_text().splitlines())
    if lines > 100:
        print(f"fold.py has {lines} lines; it must show that 100 are enough")
        return 1
    wrong = 0
    for _ in range(_CASES):
        seed = str(random.randrange(1, 1_000_000))
        made = subprocess.run([sys.argv[1], seed], capture_output=True, text=True, check=True)
        case = json.loads(made.stdout)
        release = f"fold-{uuid.uuid4().hex[:12]}."
        fill(kafka, release, case)
        for report in case["reports"]:
            found = fold(kafka, release, report)
            if found == report["csv"] and len(found.splitlines()) > 100:
                continue
            wrong += 1
            print(f"seed {seed}, {report['brand']} by {report['bucket']}: analytics' CSV and the fold's differ")
            difference = difflib.unified_diff(
                report["csv"].splitlines(), found.splitlines(), "analytics", "fold.py", n=0, lineterm=""
            )
            print("\n".join(list(difference)[:40]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
