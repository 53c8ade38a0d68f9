"""Where a run's secrets must not be: logs, metrics, records of Kafka, and Redis. As they are, and in Base64."""

import base64
import os
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from local_stack import files, paths
from redis_wire import Redis

_HERE = Path(__file__).parent
_CHARACTERS_MIN = 6  # shorter ones are in any text by chance
_READ_S = 120
# What platforms and OAuth call them.
NAMES = {"access_token", "refresh_token", "client_secret", "code_verifier", "accessJwt", "refreshJwt", "password"}
_ASKED = {b"string": "GET", b"hash": "HGETALL", b"set": "SMEMBERS", b"list": "LRANGE", b"zset": "ZRANGE"}


def secrets_in(value) -> Iterator[str]:
    """Of what was read from JSON or a form: the texts under such names, however deep."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in NAMES and isinstance(inner, str):
                yield inner
            else:
                yield from secrets_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from secrets_in(inner)


def stack_secrets(layout) -> Iterator[str]:
    """The operator's own: keys of the vault and of media URLs, and the tokens of the services' APIs."""
    for key in (layout.vault_key, layout.media_url_key):
        yield from (line.split()[-1] for line in key.read_text(encoding="utf-8").splitlines() if line.strip())
    yield from files.read_json(layout.tokens).values()


def _logs(folder: Path) -> Iterator[tuple[str, bytes]]:
    for log in sorted(folder.glob("*.log")):
        yield f"log {log.name}", log.read_bytes()


def _metrics(endpoints: dict) -> Iterator[tuple[str, bytes]]:
    for name, address in endpoints["metrics"].items():
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=20) as answer:
            yield f"metrics of {name}", answer.read()


def _topics(endpoints: dict) -> Iterator[tuple[str, bytes]]:
    python = os.environ.get("CARILLON_TEST_PYTHON") or str(paths.TOOLS / "venv" / "bin" / "python")
    read = subprocess.run([python, str(_HERE / "topic_bytes.py"), endpoints["kafka"], endpoints["release"]],
                          capture_output=True, timeout=_READ_S, check=True)
    yield "Kafka's records", read.stdout


def _flat(answer) -> Iterator[bytes]:
    if isinstance(answer, list):
        for inner in answer:
            yield from _flat(inner)
    elif isinstance(answer, bytes):
        yield answer


def _redis(endpoints: dict) -> Iterator[tuple[str, bytes]]:
    redis = Redis(int(endpoints["redis"].rsplit(":", 1)[1]), _READ_S)
    keys = redis("KEYS", "*")
    kinds = redis.all([("TYPE", key.decode()) for key in keys])
    asked = [(_ASKED[kind], key.decode(), *(("0", "-1") if kind in (b"list", b"zset") else ()))
             for key, kind in zip(keys, kinds) if kind in _ASKED]
    yield "Redis", b"\n".join([*keys, *_flat(redis.all(asked))])


def scan(layout, endpoints: dict, secrets: set[str], shown: str) -> list[str]:
    """What is wrong, without the secrets themselves. `shown` is no secret: it must be found in Kafka and Redis, or the scan reads nothing."""
    wanted = {form: number for number, secret in enumerate(sorted(secrets)) if len(secret) >= _CHARACTERS_MIN
              for form in (secret.encode(), base64.b64encode(secret.encode()).rstrip(b"="))}
    wrong = [] if wanted else ["no secret is known"]
    for place, text in (*_logs(layout.logs), *_metrics(endpoints), *_topics(endpoints), *_redis(endpoints)):
        wrong += sorted({f"{place} has secret {number}" for form, number in wanted.items() if form in text})
        if place in ("Kafka's records", "Redis") and shown.encode() not in text:
            wrong.append(f"{place}: '{shown}' is not in it")
    return wrong
