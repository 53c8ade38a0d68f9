#!/usr/bin/env python3
"""Tells a delivery's life from the log in a kept folder. Needs tests/requirements.txt installed.

Usage: history.py FOLDER DELIVERY_ID
"""

import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy"))
sys.dont_write_bytecode = True

from confluent_kafka import Consumer, TopicPartition  # noqa: E402
from local_stack import ports  # noqa: E402
from local_stack.kafka import Kafka  # noqa: E402
from local_stack.programs import RELEASE  # noqa: E402


def record_type():
    proto = ROOT / "proto"
    made = tempfile.mkdtemp(prefix="carillon-history.")
    files = [str(path) for path in proto.rglob("*.proto")]
    subprocess.run(["protoc", f"-I{proto}", f"--python_out={made}", *files], check=True)
    sys.path.insert(0, made)
    return import_module("carillon.publisher.v1.publisher_pb2").PublisherRecord


def records(address: str, topic: str):
    consumer = Consumer({"bootstrap.servers": address, "group.id": "history",
                         "enable.auto.commit": False, "enable.partition.eof": True})
    parts = consumer.list_topics(topic, timeout=10).topics[topic].partitions
    consumer.assign([TopicPartition(topic, part, 0) for part in parts])
    ended = set()
    while len(ended) < len(parts):
        found = consumer.poll(20)
        if found is None:
            sys.exit("no answer from Kafka")
        if found.error():
            ended.add(found.partition())
        elif found.value():
            yield found


def show(time) -> str:
    return time.ToDatetime().strftime("%H:%M:%S.%f")[:-3]


def main() -> None:
    folder, wanted = Path(sys.argv[1]), sys.argv[2].encode()
    kafka = Kafka(folder / "data" / "kafka", folder / "logs" / "history-kafka.log",
                  tuple(ports.free_ports(2)))
    kafka.start_and_wait()
    try:
        kind = record_type()
        for found in records(kafka.address, f"{RELEASE}.publisher.ledger.v1"):
            if found.key() != wanted:
                continue
            record = kind.FromString(found.value())
            delivery = record.delivery
            print(f"{found.partition()}/{found.offset()} at {found.timestamp()[1] / 1000:.3f}"
                  f" v{record.header.version} {record.header.change} lookups {delivery.lookups}"
                  f" next {show(delivery.next_at)} waiting for '{delivery.waiting_for}'"
                  f" {delivery.error_reason}: {delivery.error[:80]}")
            for attempt in delivery.attempts:
                print(f"      {attempt.number} {attempt.outcome} from {show(attempt.started_at)} before"
                      f" {show(attempt.send_before)} ended {show(attempt.ended_at)}"
                      f" {attempt.error_reason} {attempt.error[:80]}")
    finally:
        kafka.process.stop(5)


if __name__ == "__main__":
    main()
