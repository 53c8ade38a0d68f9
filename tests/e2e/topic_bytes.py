#!/usr/bin/env python3
"""Every byte that a release has in Kafka, to standard output: keys, values and headers of all records, aborted ones too.

Usage: topic_bytes.py BROKER RELEASE
"""

import sys

from confluent_kafka import Consumer, TopicPartition

_WAIT_S = 20


def main() -> int:
    broker, release = sys.argv[1:]
    consumer = Consumer({"bootstrap.servers": broker, "group.id": "topic-bytes", "enable.auto.commit": False,
                         "enable.partition.eof": True, "isolation.level": "read_uncommitted"})
    topics = {name: topic for name, topic in consumer.list_topics(timeout=_WAIT_S).topics.items()
              if name.startswith(f"{release}.")}
    left = {(name, number) for name, topic in topics.items() for number in topic.partitions}
    consumer.assign([TopicPartition(name, number, 0) for name, number in left])
    out = sys.stdout.buffer
    while left:
        record = consumer.poll(_WAIT_S)
        if record is None:
            return 1
        if record.error():
            left.discard((record.topic(), record.partition()))
            continue
        headers = [part for name, value in record.headers() or [] for part in (name.encode(), value or b"")]
        for part in (record.key() or b"", record.value() or b"", *headers):
            out.write(part + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
