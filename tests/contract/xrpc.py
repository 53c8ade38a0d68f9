"""Judges XRPC requests and answers by their methods' lexicons. Each check gives what is wrong, a line each."""

import json
from typing import Any
from urllib.parse import parse_qsl

from lexicon import Lexicons

# Names of errors that any method may answer, beside those that its lexicon lists.
COMMON_ERRORS = {
    "InvalidRequest", "AuthMissing", "AuthenticationRequired", "InvalidToken", "ExpiredToken", "InternalServerError",
    "MethodNotImplemented", "RateLimitExceeded", "NotEnoughResources", "PayloadTooLarge",
    # a PDS' own, of records with blobs
    "BlobNotFound", "BlobTooLarge", "InvalidMimeType", "InvalidSize",
}
# Members that an answer has beside its lexicon's, and why.
BESIDE = {
    "app.bsky.video.uploadVideo": ({"jobId", "did", "state", "progress", "blob"},
                                   "the service answers with the job itself (bluesky-social/atproto issue 3097)"),
}


def part_errors(lexicons: Lexicons, nsid: str, what: str, part: dict | None, value: Any,
                encoding: str = "application/json") -> list[str]:
    """Of a method's "params", "input" or "output"; `part` is what its lexicon says of it."""
    if what == "params":
        return lexicons.errors(part or {"type": "params"}, value or {}, nsid)
    if part is None or "schema" not in part:
        fits = value in (None, "", b"") if part is None else encoding == part["encoding"] or part["encoding"] == "*/*"
        return [] if fits else [f"{encoding}: {value!r:.80}"]
    beside = BESIDE.get(nsid, (set(), ""))[0] if what == "output" else set()
    if beside and isinstance(value, dict):
        value = {name: item for name, item in value.items() if name not in beside}
    return lexicons.errors(part["schema"], value, nsid)


def refusal_errors(method: dict, answer: Any) -> list[str]:
    """Of an answer that is no success."""
    if not isinstance(answer, dict) or answer.keys() != {"error", "message"} or not all(
            isinstance(one, str) for one in answer.values()):
        return [f"no error's form: {answer!r:.200}"]
    named = {error["name"] for error in method.get("errors", [])}
    return [] if answer["error"] in named | COMMON_ERRORS else [f"error {answer['error']} is not known"]


def params_of(method: dict, query: str) -> dict:
    """A query's texts as the lexicon types them. What cannot be meant stays text, which the lexicon then refuses."""
    members = method.get("parameters", {}).get("properties", {})
    found: dict[str, Any] = {}

    def typed(kind: str, text: str) -> Any:
        if kind == "integer" and text.removeprefix("-").isdigit():
            return int(text)
        return text == "true" if kind == "boolean" and text in ("true", "false") else text

    for name, text in parse_qsl(query, keep_blank_values=True):
        schema = members.get(name, {})
        if schema.get("type") == "array":
            found.setdefault(name, []).append(typed(schema["items"]["type"], text))
        else:
            found[name] = typed(schema.get("type", "string"), text)
    return found


def request_errors(lexicons: Lexicons, nsid: str, verb: str, query: str, encoding: str, body: bytes) -> list[str]:
    method = lexicons.method(nsid)
    wanted = "GET" if method["type"] == "query" else "POST"
    found = [] if verb == wanted else [f"{verb}, not {wanted}"]
    found += part_errors(lexicons, nsid, "params", method.get("parameters"), params_of(method, query))
    value: Any = body
    if encoding == "application/json" and method.get("input", {}).get("encoding") == "application/json":
        value = json.loads(body)
    return found + part_errors(lexicons, nsid, "input", method.get("input"), value, encoding)


def answer_errors(lexicons: Lexicons, nsid: str, status: int, encoding: str, body: bytes) -> list[str]:
    method = lexicons.method(nsid)
    if status != 200:
        return refusal_errors(method, json.loads(body)) if encoding == "application/json" else [f"a refusal in {encoding!r}"]
    output = method.get("output")
    value: Any = json.loads(body) if output and output["encoding"] == "application/json" else body
    return part_errors(lexicons, nsid, "output", output, value, encoding)
