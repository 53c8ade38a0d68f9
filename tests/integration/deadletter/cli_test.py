#!/usr/bin/env python3
"""A person finds bytes that nobody can decode, with `carillon deadletter`, and puts them back: one process of strategy, whose inbox
nobody writes to otherwise, on a real broker and redis-server.

Usage: cli_test.py FOLDER_OF_THE_PROGRAMS. Needs CARILLON_TEST_KAFKA and CARILLON_TEST_REDIS_SERVER."""

import json
import os
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

from confluent_kafka import Producer

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "deploy"))
sys.dont_write_bytecode = True

from local_stack import files, ports  # noqa: E402
from local_stack.process import Process, clean_environment, wait_until  # noqa: E402

_START_MAX_S = 60
_TIMEOUT_S = 60
_SHARDS = 2


class Stack:
    def __init__(self, programs: Path, folder: Path, kafka: str):
        self._programs = programs
        self._folder = folder
        self.release = f"t{uuid.uuid4().hex[:12]}"
        redis_port, port = ports.free_ports(2)
        tokens = folder / "tokens.json"
        files.make_tokens(tokens)
        address = f"{ports.HOST}:{port}"
        self._endpoints = folder / "endpoints.json"
        files.write_json(self._endpoints, {"strategy": address, "tokens_file": str(tokens)})
        redis = os.environ.get("CARILLON_TEST_REDIS_SERVER", "redis-server")
        self.processes = [
            Process("redis", [redis, "--port", str(redis_port), "--bind", ports.HOST, "--save", "", "--maxmemory-policy",
                              "noeviction", "--dir", str(folder)], folder / "redis.log", clean_environment()),
            Process("strategy", [str(programs / "strategy"), "--release", self.release, "--kafka", kafka, "--redis",
                                 f"{ports.HOST}:{redis_port}", "--listen", address, "--tokens-file", str(tokens),
                                 "--shards", str(_SHARDS), "--first-start"], folder / "strategy.log", clean_environment())]

    def carillon(self, *arguments: str) -> tuple[int, object, str]:
        done = subprocess.run([str(self._programs / "carillon"), "deadletter", *arguments, "--service", "strategy", "--json"],
                              env=clean_environment(CARILLON_ENDPOINTS=str(self._endpoints)), cwd=self._folder,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_TIMEOUT_S)
        return done.returncode, json.loads(done.stdout) if done.stdout.strip() else None, done.stderr

    def letters(self) -> list[dict]:
        code, listed, said = self.carillon("list")
        check(code == 0, f"list ended with {code}: {said}")
        return listed


def check(holds: bool, what: str) -> None:
    if not holds:
        raise AssertionError(what)


def same(got, wanted, what: str) -> None:
    check(got == wanted, f"{what}: {got!r}, not {wanted!r}")


def send(kafka: str, topic: str, value: bytes) -> None:
    producer = Producer({"bootstrap.servers": kafka, "acks": "all"})
    producer.produce(topic, value, key=b"k\xff", partition=1)
    same(producer.flush(_TIMEOUT_S), 0, "records left")


def run(stack: Stack, kafka: str) -> None:
    inbox = f"{stack.release}.strategy.inbox.v1"
    check(wait_until(lambda: stack.carillon("list")[0] == 0, _START_MAX_S, 0.3), "strategy did not answer")
    same(stack.letters(), [], "letters of a new stack")
    send(kafka, inbox, b"\xff\xff nobody can decode this")
    check(wait_until(lambda: len(stack.letters()) == 1, _TIMEOUT_S, 0.3), "the bytes are not in the dead letters")
    letter = stack.letters()[0]
    same((letter["service"], letter["origin_topic"], letter["origin_partition"], letter["origin_offset"]),
         ("strategy", inbox, 1, 0), "where it came from")
    same((letter["message_type"], letter["to"], letter["replay_state"]), ("", "", "NEVER"), "what is known of it")
    check("StrategyMessage" in letter["reason"], f"the reason is {letter['reason']!r}")

    code, replayed, said = stack.carillon("replay", "--partition", "0", "--offset", str(letter["offset"]))
    same(code, 0, f"replay ({said})")
    same((replayed[0]["inbox_topic"], replayed[0]["inbox_partition"]), (inbox, 1), "where it went")
    check(wait_until(lambda: len(stack.letters()) == 2, _TIMEOUT_S, 0.3), "what can't be decoded again is no new letter")
    newer, older = stack.letters()
    same((newer["replay_state"], older["replay_state"]), ("NEVER", "REPLAYED"), "which was put back")
    same(newer["origin_offset"], replayed[0]["inbox_offset"], "the new letter's origin")

    code, replayed, said = stack.carillon("replay", "--all")
    same((code, [one["offset"] for one in replayed]), (0, [newer["offset"]]), f"--all ({said})")
    check("1 were put back before" in said, said)
    code, _, said = stack.carillon("replay", "--offset", "999")
    same(code, 1, "a letter that is not there")
    check("NO_SUCH_LETTER" in said, said)


def main() -> int:
    kafka = os.environ.get("CARILLON_TEST_KAFKA")
    if not kafka:
        print("CARILLON_TEST_KAFKA is not set: run the tests with tests/run")
        return 1
    with tempfile.TemporaryDirectory(prefix="carillon-deadletter-") as name:
        stack = Stack(Path(sys.argv[1]).resolve(), Path(name), kafka)
        try:
            for process in stack.processes:
                process.start()
            run(stack, kafka)
        except AssertionError as error:
            print(f"wrong: {error}\n{stack.processes[-1].log_tail()}")
            return 1
        finally:
            for process in reversed(stack.processes):
                process.stop(10)
    return 0


if __name__ == "__main__":
    sys.exit(main())
