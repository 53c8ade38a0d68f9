"""What differs between the platforms' descriptions and what passes between our connectors and the sandbox, with a reason each."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Exception_:
    """`operation` is one as traffic.py prints it; `error` a pattern that the whole of an error fits."""

    operation: str
    error: str
    reason: str

    def fits(self, operation: str, error: str) -> bool:
        return operation == self.operation and re.fullmatch(self.error, error, re.DOTALL) is not None

    def __str__(self) -> str:
        return f"{self.operation}: {self.error}: {self.reason}"


EXCEPTIONS: dict[str, list[Exception_]] = {
    "mastodon": [
        Exception_("GET /api/v1/streaming", "no description has this operation",
                   "the WebSocket's address is in the documentation of streaming; the description has its HTTP forms"),
        Exception_("PATCH /api/v1/accounts/update_credentials", "request: the body is 'multipart/form-data.*', which is not described",
                   "the description says in words that pictures come as multipart/form-data, and has JSON alone"),
    ],
    "bluesky": [],
    "pds": [],
    "x": [
        Exception_("GET /2/users/{id}", "answer 200: data/public_metrics: 'post_count' is a required property",
                   "asked without post.fields, the answer is in X's older words: tweet_count"),
        Exception_("POST /oauth2/token", "no description has this operation",
                   "as below: it gives an app's own token"),
        Exception_("GET /2/users/me", "answer 200: data/public_metrics: 'post_count' is a required property",
                   "asked without post.fields, the answer is in X's older words: tweet_count"),
        Exception_("POST /2/oauth2/token", "no description has this operation",
                   "OAuth 2.0 is described in X's guides, not in its OpenAPI description"),
    ],
}
