#!/usr/bin/env python3
"""What Kafka forgets by itself: consumer groups' offsets, and the messages that retention takes.

Usage: retention_test.py [--keep-folder]
"""

import argparse
import importlib.util
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "deploy"), str(ROOT / "tests" / "chaos"), str(Path(__file__).parent)]
sys.dont_write_bytecode = True

from local_stack import paths  # noqa: E402
from local_stack.process import wait_until  # noqa: E402
from parts import play  # noqa: E402
from redis_wire import Redis  # noqa: E402
from restore_test import Run as Posting  # noqa: E402

LOST = "the inbox's retention has passed messages that were not read"
_TIMEOUT_S = 30
# An owner that is quiet says for so long at most nothing of where its inbox ends.
_NOTED_S = 90


class Run(Posting):
    def __init__(self, folder: Path):
        super().__init__(folder, wiped=False)
        from confluent_kafka.admin import AdminClient
        self.admin = AdminClient({"bootstrap.servers": self.parts.endpoints["kafka"]})

    def topics(self, *ends: str) -> list[str]:
        return [name for name in self.admin.list_topics(timeout=_TIMEOUT_S).topics
                if name.startswith("carillon.") and name.endswith(ends)]

    def ends(self, topics: list[str]) -> dict:
        """The end of each partition of these."""
        from confluent_kafka import TopicPartition
        from confluent_kafka.admin import OffsetSpec
        known = self.admin.list_topics(timeout=_TIMEOUT_S).topics
        asked = {TopicPartition(topic, n): OffsetSpec.latest()
                 for topic in topics for n in known[topic].partitions}
        found = self.admin.list_offsets(asked, request_timeout=_TIMEOUT_S)
        return {(part.topic, part.partition): future.result().offset
                for part, future in found.items()}

    def empty(self, *ends: str) -> int:
        """As retention does when everything is old: partitions begin where they end. How many had something."""
        from confluent_kafka import TopicPartition
        upto = {part: end for part, end in self.ends(self.topics(*ends)).items() if end > 0}
        parts = [TopicPartition(topic, n, end) for (topic, n), end in upto.items()]
        for future in self.admin.delete_records(parts, request_timeout=_TIMEOUT_S).values():
            future.result()
        return len(parts)

    def delete_groups(self) -> list[str]:
        groups = self.admin.list_consumer_groups(request_timeout=_TIMEOUT_S).result().valid
        names = [group.group_id for group in groups if group.group_id.startswith("carillon")]
        for future in self.admin.delete_consumer_groups(names, request_timeout=_TIMEOUT_S).values():
            future.result()
        return names

    def count_lost(self, service: str) -> int:
        return self.parts.log_of(service).count(LOST)

    def say_all_lost(self) -> dict[str, int]:
        return {name: self.count_lost(name) for name in paths.SERVICES if self.count_lost(name)}

    def once(self, what: str) -> None:
        doubled = {key: n for key, n in self.record().accepted.items() if n > 1}
        self.expect(not doubled and sum(self.record().accepted.values()) == len(self.planned),
                    f"{what}: the platform has {len(self.planned)} posts, each once: {doubled}")

    def is_noted(self, service: str) -> bool:
        """The log says, and so does Redis, that all there is in its inbox was read."""
        redis = Redis(self.parts.redis.port)
        return all(int(redis("HGET", f"carillon:{service}:{shard}:s", "@inbox") or 0) >= end
                   for (_, shard), end in self.ends([f"carillon.{service}.inbox.v1"]).items())

    def offsets_expired(self) -> None:
        """The groups are gone with all that they knew; where owners go on stands in the log."""
        self.bring(self.plan("first", 16, 15))
        self.expect(self.await_states("first", 16), "posts are out")
        self.parts.stop_services()
        groups = self.delete_groups()
        self.expect(len(groups) == len(paths.SERVICES), f"groups were deleted: {groups}")
        self.parts.start_services()
        self.bring(self.plan("second", 8, 15))
        self.expect(self.await_states("second", 8), "new posts go out")
        self.once("OffsetsExpiredPublishesNothingOld")
        letters = self.topics(".deadletter.v1")
        self.expect(not any(self.ends(letters).values()), "nothing is in the dead letters")

    def emptied_while_running(self) -> None:
        """Retention takes what was read long ago: nothing is lost, and nobody says so."""
        emptied = self.empty(".inbox.v1", ".signals.v1", ".counted.v1")
        self.expect(emptied > 10, f"{emptied} partitions were emptied")
        self.bring(self.plan("third", 8, 15))
        self.expect(self.await_states("third", 8), "posts go out from emptied inboxes")
        self.match_numbers()
        self.expect(not self.say_all_lost(), f"no alarm: {self.say_all_lost()}")

    def emptied_and_started_again(self) -> None:
        """The end of an inbox stands in the log once its owner was quiet for a while."""
        quiet = ("scheduler", "publisher", "strategy")
        noted = wait_until(lambda: all(self.is_noted(name) for name in quiet), _NOTED_S, 1)
        self.expect(noted, "quiet inboxes' ends are noted")
        self.parts.stop_services()
        self.empty(*(f".{name}.inbox.v1" for name in quiet))
        self.parts.start_services()
        self.bring(self.plan("fourth", 8, 15))
        self.expect(self.await_states("fourth", 8), "posts go out after a start with emptied inboxes")
        self.expect(not self.say_all_lost(), f"no alarm: {self.say_all_lost()}")

    def lost_unread(self) -> None:
        """Analytics was away for longer than its topic keeps: it says what it missed, and goes on."""
        service = self.parts.services["analytics"]
        service.process.stop(20)
        self.bring(self.plan("fifth", 8, 15))
        self.expect(self.await_states("fifth", 8), "posts go out without analytics")
        self.empty(".counted.v1")
        service.start()
        self.parts.await_well()
        self.expect(wait_until(lambda: self.count_lost("analytics") > 0, _TIMEOUT_S),
                    "analytics says that it missed something")
        self.bring(self.plan("sixth", 8, 15))
        self.expect(self.await_states("sixth", 8), "posts go out")
        self.expect(wait_until(lambda: self.published_in_report() >= len(self.planned) - 8, 60, 1),
                    "analytics counts what comes now")
        self.expect(self.published_in_report() <= len(self.planned), "and nothing twice")

    def published_in_report(self) -> int:
        return self.totals().get("published", 0)

    def run(self) -> None:
        self.start()
        self.offsets_expired()
        self.emptied_while_running()
        self.emptied_and_started_again()
        self.lost_unread()
        self.once("at the end")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--keep-folder", action="store_true")
    options = parser.parse_args()
    return play("retention", Run, options.keep_folder)


if __name__ == "__main__":
    if not importlib.util.find_spec("confluent_kafka"):
        python = str(paths.TOOLS / "venv" / "bin" / "python")
        os.execv(python, [python, *sys.argv])
    sys.exit(main())
