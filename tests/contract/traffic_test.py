"""The judge of recorded traffic takes what is right and sees what is not: planted exchanges, each with what must be said of it."""

import base64
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from traffic import Verdict, seen_of
from traffic_exceptions import EXCEPTIONS
from traffic_judges import JUDGES

PROGRAM = Path(__file__).with_name("traffic.py")
JSON = {"content-type": "application/json"}
PROBLEM = {"content-type": "application/problem+json"}
TIME = "2026-01-02T03:04:05.678Z"
DID = "did:plc:iwf5hwabnxtvqce3jjqmq7bk"
RECORD = {"$type": "app.bsky.feed.post", "text": "hello", "createdAt": TIME}
PUT = {"repo": DID, "collection": "app.bsky.feed.post", "rkey": "3n2x77viwbisc", "record": RECORD, "swapRecord": None}


def exchange(method: str, target: str, body=None, status: int | None = 200, answer=None, kind=None, cut=False) -> dict:
    def packed(value) -> str:
        return base64.b64encode(b"" if value is None else json.dumps(value).encode()).decode()

    line = {"port": 1, "method": method, "target": target, "headers": JSON if body is not None else {}, "body": packed(body),
            "cut": cut, "status": status}
    return line | ({"answer_headers": kind or JSON, "answer_body": packed(answer)} if status else {})


def judged(platform: str, lines: list[dict], data: bool = True) -> tuple[int, str]:
    environment = {name: value for name, value in os.environ.items() if data or name != "CARILLON_CONFORMANCE_DATA"}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "seen.jsonl")
        file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="ascii")
        ended = subprocess.run([sys.executable, str(PROGRAM), "--judge", platform, str(file)], env=environment,
                               capture_output=True, text=True, timeout=60, check=False)
    assert not ended.stderr, ended.stderr
    return ended.returncode, ended.stdout


X_POST = exchange("POST", "/2/tweets", {"text": "a"}, 201, {"data": {"id": "1", "text": "a"}})
TOKEN = exchange("POST", "/2/oauth2/token", None, 200, {})
RESOLVED = exchange("GET", "/xrpc/com.atproto.identity.resolveHandle?handle=a.test", None, 200, {"did": DID})

# Platform, what is seen, what is said: "" is that all is well.
CASES = [
    ("x", X_POST, ""),
    ("x", TOKEN, ""),
    ("x", exchange("POST", "/2/tweets", {"text": "a"}, None), ""),
    ("x", exchange("POST", "/2/tweets", {"text": 1}, None), "request: text: 1 is not of type"),
    ("x", exchange("POST", "/2/tweets", {"text": "a", "replyy": {}}, None), "replyy is not described"),
    ("x", exchange("POST", "/2/tweets", {"text": "a"}, 201, {"data": {"id": "1"}}), "answer 201: data: 'text' is a required"),
    ("x", exchange("POST", "/2/tweets", {"text": "a"}, 403, {"type": "about:blank", "title": "t", "detail": "d", "status": 403}, PROBLEM), ""),
    ("x", exchange("POST", "/2/tweets", {"text": "a"}, 403, {"error": "no"}, PROBLEM), "answer 403: "),
    ("x", exchange("GET", "/2/tweets", None, None), "parameter ids is missing"),
    ("x", exchange("GET", "/2/tweets?ids=1,x", None, None), "parameter ids 1: 'x' does not match"),
    ("x", exchange("GET", "/2/tweets?ids=1&id=2", None, None), "parameter id is not described"),
    ("x", exchange("GET", "/2/nothing", None, 404, {}), "no description has this operation"),
    ("mastodon", exchange("POST", "/api/v1/statuses", {"status": "a"}, 422, {"error": "no"}), ""),
    ("mastodon", exchange("POST", "/api/v1/statuses", {"status": "a", "visibilty": "public"}, None), "visibilty is not described"),
    ("mastodon", exchange("POST", "/api/v1/statuses", {"status": "a"}, 200, {"id": "1"}), "answer 200: "),
    ("mastodon", exchange("GET", "/api/v1/notifications?limit=many", None, None), "parameter limit : 'many' is not of type"),
    ("mastodon", exchange("GET", "/api/v1/notifications?types[]=mention", None, None), ""),
    ("mastodon", exchange("GET", "/api/v1/notifications?types[]=mentions", None, None), "parameter types"),
    ("bluesky", RESOLVED, ""),
    ("bluesky", exchange("POST", "/xrpc/com.atproto.identity.resolveHandle?handle=a.test", None, None), "POST, not GET"),
    ("bluesky", exchange("GET", "/xrpc/com.atproto.identity.resolveHandle", None, None), "handle is missing"),
    ("bluesky", exchange("GET", "/xrpc/app.bsky.feed.getTimeline?limit=101", None, None), "101 is out of range"),
    ("bluesky", exchange("POST", "/xrpc/com.atproto.repo.putRecord", PUT, 400, {"error": "InvalidSwap", "message": "m"}), ""),
    ("bluesky", exchange("POST", "/xrpc/com.atproto.repo.putRecord", PUT, 400, {"error": "NoSwap", "message": "m"}), "NoSwap is not known"),
    ("bluesky", exchange("POST", "/xrpc/com.atproto.repo.putRecord", PUT | {"record": RECORD | {"txt": ""}}, None), "no lexicon names txt"),
    ("bluesky", exchange("POST", "/xrpc/com.atproto.repo.putRecord", PUT | {"record": RECORD | {"txt": ""}}, None, cut=True), ""),
    ("bluesky", exchange("GET", "/xrpc/com.atproto.nothing", None, 200, {}), "no description has this operation"),
]


def main() -> None:
    code, said = judged("x", [X_POST], data=False)
    assert code == 0 and "POST /2/tweets 1 (201: 1)" in said, said
    assert judged("x", [], data=False)[0] == 1, "nothing was recorded"
    if not os.environ.get("CARILLON_CONFORMANCE_DATA"):
        print("skipped: CARILLON_CONFORMANCE_DATA is not set")
        return
    judges = {name: JUDGES[name](Path(os.environ["CARILLON_CONFORMANCE_DATA"])) for name in ("mastodon", "bluesky", "x")}
    for platform, line, wanted in CASES:
        verdict = Verdict(judges[platform], EXCEPTIONS[platform])
        verdict.add(seen_of(line))
        said = "; ".join(verdict.wrong)
        assert wanted in said and bool(wanted) == bool(said), f"{line}: not {wanted!r}: {said}"
    code, said = judged("x", [X_POST, {"unreadable": "NotHttp: x"}])
    assert code == 1 and "UNREADABLE NotHttp: x" in said, said
    code, said = judged("bluesky", [exchange("GET", "/xrpc/com.atproto.nothing", None, 200, {})])
    assert code == 1 and "WRONG GET /xrpc/com.atproto.nothing 200: no description has this operation (1 times)" in said, said
    assert "exception used 2 times: POST /2/oauth2/token" in judged("x", [TOKEN, TOKEN])[1]
    assert "exception never used: POST /2/oauth2/token" in judged("x", [X_POST])[1]
    print(f"{len(CASES)} planted exchanges are judged as they should be")


if __name__ == "__main__":
    main()
