"""One judge a platform: which operation an exchange is, and what is wrong with it."""

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import xrpc
from lexicon import Lexicons
from openapi import OpenApi, media_type

NOT_DESCRIBED = "no description has this operation"


@dataclass
class Seen:
    """A request and its answer, if there was one. `cut`: the request's end never came; `answer_cut`: that of an answer in chunks."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    cut: bool
    status: int | None
    answer_headers: dict[str, str]
    answer_body: bytes
    answer_cut: bool = False


class Judge(ABC):
    by = ""

    @abstractmethod
    def operation(self, seen: Seen) -> str | None:
        """Its name in the description, if it is there."""

    @abstractmethod
    def request_errors(self, operation: str, seen: Seen) -> list[str]:
        """Of a request that is whole."""

    @abstractmethod
    def answer_errors(self, operation: str, seen: Seen) -> list[str]:
        """Of an answer that is whole."""

    def is_stream(self, operation: str) -> bool:
        """Its answers have no end."""
        return False

    def judge(self, seen: Seen) -> tuple[str, list[str]]:
        operation = self.operation(seen)
        if operation is None:
            return f"{seen.method} {urlsplit(seen.target).path}", [NOT_DESCRIBED]
        found: list[str] = []
        try:
            if not seen.cut:
                found += [f"request: {error}" for error in self.request_errors(operation, seen)]
            if seen.status is not None and (not seen.answer_cut or self.is_stream(operation)):
                found += [f"answer {seen.status}: {error}" for error in self.answer_errors(operation, seen)]
        except (ValueError, UnicodeError) as error:
            found.append(f"cannot be read: {error}")
        return operation, found


class Listing(Judge):
    """Where there are no descriptions."""

    by = "nothing: CARILLON_CONFORMANCE_DATA is not set"

    def operation(self, seen: Seen) -> str:
        parts = urlsplit(seen.target).path.split("/")
        return f"{seen.method} {'/'.join('{}' if part.isdigit() and len(part) > 1 else part for part in parts)}"

    def request_errors(self, operation: str, seen: Seen) -> list[str]:
        return []

    def answer_errors(self, operation: str, seen: Seen) -> list[str]:
        return []


class ByOpenApi(Judge):
    def __init__(self, data: Path):
        self.api = OpenApi(data / self.by)

    def operation(self, seen: Seen) -> str | None:
        template = self.api.find(seen.method, urlsplit(seen.target).path)
        return f"{seen.method} {template}" if template else None

    def request_errors(self, operation: str, seen: Seen) -> list[str]:
        method, template = operation.split(" ")
        return self.api.request_errors(method, template, seen.target, seen.headers.get("content-type", ""), seen.body)

    def answer_errors(self, operation: str, seen: Seen) -> list[str]:
        method, template = operation.split(" ")
        return self.api.answer_errors(method, template, seen.status, seen.answer_headers.get("content-type", ""), seen.answer_body)


class MastodonJudge(ByOpenApi):
    by = "specs/mastodon/openapi-4.7.json"


def problem_errors(api: OpenApi, status: int, content_type: str, body: dict) -> list[str]:
    """X's refusals: with a type of X's own by their schema; others are RFC 7807's "about:blank" with the status."""
    if media_type(content_type) != "application/problem+json":
        return [f"a refusal in {content_type!r}"]
    if body.get("type") == "about:blank":
        whole = body.get("status") == status and body.get("title") and body.get("detail")
        return [] if whole else [f"no problem's form: {body!r:.200}"]
    return api.errors({"$ref": "#/components/schemas/Problem"}, body)


class XJudge(ByOpenApi):
    by = "specs/x/openapi-2.167.json"

    def is_stream(self, operation: str) -> bool:
        return operation.endswith("/stream")

    def answer_errors(self, operation: str, seen: Seen) -> list[str]:
        if seen.status < 400 and self.is_stream(operation):
            lines = seen.answer_body.split(b"\r\n")[:-1]  # behind the last end there is nothing, or half a line
            found = [super(XJudge, self).answer_errors(operation, replace(seen, answer_body=line)) for line in lines if line]
            return sorted({error for errors in found for error in errors})
        if seen.status < 400:
            return super().answer_errors(operation, seen)
        return problem_errors(self.api, seen.status, seen.answer_headers.get("content-type", ""), json.loads(seen.answer_body))


class BlueskyJudge(Judge):
    by = "the lexicons"

    def __init__(self, data: Path):
        self.lexicons = Lexicons(data / "lexicons")

    def operation(self, seen: Seen) -> str | None:
        path = urlsplit(seen.target).path
        nsid = path.removeprefix("/xrpc/")
        return nsid if nsid != path and self.lexicons.method(nsid) else None

    def request_errors(self, operation: str, seen: Seen) -> list[str]:
        return xrpc.request_errors(self.lexicons, operation, seen.method, urlsplit(seen.target).query,
                                   media_type(seen.headers.get("content-type", "")), seen.body)

    def answer_errors(self, operation: str, seen: Seen) -> list[str]:
        return xrpc.answer_errors(self.lexicons, operation, seen.status,
                                  media_type(seen.answer_headers.get("content-type", "")), seen.answer_body)


JUDGES: dict[str, type[Judge]] = {"mastodon": MastodonJudge, "bluesky": BlueskyJudge, "x": XJudge, "pds": BlueskyJudge}
