"""The sandbox's answers as X against X's OpenAPI description in $CARILLON_CONFORMANCE_DATA/specs/x."""

import base64
import hashlib
import hmac
import json
import os
import sys
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import requests

from openapi import OpenApi
from sandbox_process import PNG, SandboxProcess, wait_for
from traffic_judges import XJudge, problem_errors

SPEC = XJudge.by
MP4 = bytes.fromhex("00000018") + b"ftypmp42" + bytes(12)
# The words of the description; without post.fields the sandbox answers in the older ones.
POSTS = {
    "post.fields": "attachments,conversation_id,created_at,edit_controls,entities,lang,non_public_metrics,"
                   "possibly_sensitive,public_metrics,reply_settings,source",
    "expansions": "author_id,in_reply_to_user_id,referenced_posts,entities.mentions.username,"
                  "attachments.media_keys,attachments.poll_ids",
    "user.fields": "created_at,description,profile_image_url,protected,public_metrics,verified,verified_type",
    "media.fields": "alt_text,url,preview_image_url",
    "poll.fields": "duration_minutes,end_datetime,voting_status",
}
USERS = {"post.fields": "created_at", "user.fields": POSTS["user.fields"]}


def load_spec() -> OpenApi:
    folder = os.environ.get("CARILLON_CONFORMANCE_DATA")
    if not folder:
        print("skipped: CARILLON_CONFORMANCE_DATA is not set")
        sys.exit(0)
    return OpenApi(Path(folder, SPEC))


class Checker:
    def __init__(self, spec: OpenApi, url: str):
        self.spec, self.url, self.count = spec, url, 0

    def hold(self, what: str, errors: list[str]) -> None:
        assert not errors, f"{what}: " + "; ".join(errors[:5])
        self.count += 1

    def check(self, method: str, path: str, status=200, token="token-x-one", ids=None, **arguments) -> dict:
        """Sends it, expects the status, and validates what is sent and answered by the operation's own schemas."""
        what = f"{method} {path}"
        answer = requests.request(method, self.url + path.format(**(ids or {})), timeout=20,
                                  headers={"Authorization": "Bearer " + token}, **arguments)
        assert answer.status_code == status, f"{what}: {answer.status_code}, not {status}: {answer.text[:300]}"
        kind = answer.headers["Content-Type"]
        if status < 400:
            sent = answer.request
            self.hold(what + " sends", self.spec.request_errors(method, path, sent.path_url, sent.headers.get("Content-Type", ""),
                                                                sent.body or b""))
            self.hold(what, self.spec.answer_errors(method, path, status, kind, answer.content))
        else:
            self.hold(what, problem_errors(self.spec, status, kind, answer.json()))
        return answer.json()


def upload(c: Checker, content: bytes, kind: str, category: str) -> str:
    made = c.check("post", "/2/media/upload/initialize",
                   json={"media_type": kind, "media_category": category, "total_bytes": len(content)})
    ids = {"id": made["data"]["id"]}
    c.check("post", "/2/media/upload/{id}/append", ids=ids,
            files={"media": ("a", content, kind), "segment_index": (None, "0")})
    c.check("post", "/2/media/upload/{id}/finalize", ids=ids)

    def is_processed() -> bool:
        status = c.check("get", "/2/media/upload", params={"command": "STATUS", "media_id": ids["id"]})
        return status["data"].get("processing_info", {}).get("state", "succeeded") == "succeeded"

    wait_for("the upload is processed", is_processed)
    return ids["id"]


def check_media(c: Checker) -> str:
    picture = upload(c, PNG, "image/png", "tweet_image")
    c.check("post", "/2/media/metadata", json={"id": picture, "metadata": {"alt_text": {"text": "a pixel"}}})
    video = upload(c, MP4, "video/mp4", "tweet_video")
    c.check("post", "/2/tweets", 201, json={"text": "moving", "media": {"media_ids": [video]}})
    c.check("post", "/2/media/upload", json={"media": base64.b64encode(PNG).decode(), "media_category": "tweet_image"})
    return picture


SECRET = "the consumer secret"


class Receiver(BaseHTTPRequestHandler):
    """An address that answers challenges, and keeps what is pushed to it with a good signature."""

    pushed: list[dict] = []

    def sign(self, text: bytes) -> str:
        return "sha256=" + base64.b64encode(hmac.new(SECRET.encode(), text, hashlib.sha256).digest()).decode()

    def answer(self, status: int, body: dict) -> None:
        raw = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def do_GET(self) -> None:
        token = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)["crc_token"][0]
        self.answer(200, {"response_token": self.sign(token.encode())})

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers["x-twitter-webhooks-signature"] == self.sign(raw):
            self.pushed.append(json.loads(raw))
        self.answer(200, {})

    def log_message(self, *_) -> None:
        pass


def check_webhooks(c: Checker, sandbox: SandboxProcess, me: str) -> None:
    keys = {"auth": ("the key", urllib.parse.quote(SECRET)), "data": {"grant_type": "client_credentials"}, "timeout": 20}
    app = requests.post(f"{c.url}/oauth2/token", **keys).json()["access_token"]
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        url = f"http://127.0.0.1:{server.server_port}/hook"
        hook = {"webhook_id": c.check("post", "/2/webhooks", token=app, json={"url": url})["data"]["id"]}
        c.check("post", "/2/webhooks", 400, token=app, json={"url": url})
        c.check("get", "/2/webhooks", token=app, params={"webhook_config.fields": "id,url,valid"})
        c.check("put", "/2/webhooks/{webhook_id}", token=app, ids=hook)
        of_hook = "/2/account_activity/webhooks/{webhook_id}/subscriptions"
        c.check("post", of_hook + "/all", ids=hook, json={})
        c.check("get", of_hook + "/all", ids=hook)
        c.check("get", of_hook + "/all/list", token=app, ids=hook)
        sandbox.engage(account="x_one", platform="x", mentions=1)
        wait_for("a signed push", lambda: any(body["for_user_id"] == me and "tweet_create_events" in body for body in Receiver.pushed))
        c.check("delete", of_hook + "/{user_id}/all", token=app, ids=hook | {"user_id": me})
        c.check("delete", "/2/webhooks/{webhook_id}", token=app, ids=hook)
    finally:
        server.shutdown()


def check_all(c: Checker, sandbox: SandboxProcess) -> None:
    me = c.check("get", "/2/users/me", params=USERS)["data"]
    two = c.check("get", "/2/users/by/username/{username}", ids={"username": "x_two"}, params=USERS)["data"]
    c.check("get", "/2/users/{id}", ids={"id": two["id"]}, params=USERS)
    c.check("get", "/2/users", params={"ids": f"{me['id']},1", **USERS})
    c.check("get", "/2/users/by", params={"usernames": "x_one,nobody", **USERS})
    picture = check_media(c)
    post = c.check("post", "/2/tweets", 201, json={
        "text": "Hello #tag $TICK @x_two https://example.com/a & more", "media": {"media_ids": [picture]},
        "reply_settings": "mentionedUsers"})["data"]
    one = {"id": post["id"]}
    c.check("post", "/2/tweets", 201, json={"text": "on", "reply": {"in_reply_to_tweet_id": post["id"]}})
    c.check("post", "/2/tweets", 201, json={"text": "I said", "quote_tweet_id": post["id"]})
    c.check("post", "/2/tweets", 201, json={"text": "which?", "poll": {"options": ["a", "b"], "duration_minutes": 60}})
    c.check("post", "/2/tweets", 403, json={"text": "I said", "quote_tweet_id": post["id"]})
    answered = sandbox.engage(post=post["id"], favourites=3, reblogs=2, replies=2, quotes=1)
    sandbox.engage(account="x_one", platform="x", mentions=2, follows=2)
    sandbox.engage(account="x_one", platform="x", messages=2)
    c.check("get", "/2/tweets/{id}", ids=one, params=POSTS)
    c.check("get", "/2/tweets", params={"ids": f"{post['id']},1", **POSTS})
    for path in ("/2/users/{id}/tweets", "/2/users/{id}/mentions", "/2/users/{id}/timelines/reverse_chronological"):
        c.check("get", path, ids={"id": me["id"]}, params={"max_results": 100, **POSTS})
    c.check("get", "/2/tweets/{id}/quote_tweets", ids=one, params=POSTS)
    c.check("get", "/2/tweets/search/recent", params={"query": f"conversation_id:{post['id']}", **POSTS})
    for path in ("/2/tweets/{id}/liking_users", "/2/tweets/{id}/retweeted_by"):
        c.check("get", path, ids=one, params=USERS)
    c.check("get", "/2/users/{id}/followers", ids={"id": me["id"]}, params=USERS)
    c.check("put", "/2/tweets/{tweet_id}/hidden", ids={"tweet_id": answered["replies"][0]}, json={"hidden": True})
    self_id, target = {"id": me["id"]}, {"tweet_id": post["id"]}
    c.check("post", "/2/users/{id}/likes", ids=self_id, json=target)
    c.check("delete", "/2/users/{id}/likes/{tweet_id}", ids={**self_id, **target})
    c.check("post", "/2/users/{id}/retweets", ids=self_id, json=target)
    c.check("delete", "/2/users/{id}/retweets/{source_tweet_id}", ids={**self_id, "source_tweet_id": post["id"]})
    event = c.check("get", "/2/dm_events", params={"max_results": 1, "expansions": "sender_id"})["data"][0]
    c.check("post", "/2/dm_conversations/{dm_conversation_id}/messages", 201,
            ids={"dm_conversation_id": event["dm_conversation_id"]}, json={"text": "Ten."})
    c.check("get", "/2/dm_conversations/{id}/dm_events", ids={"id": event["dm_conversation_id"]})
    c.check("delete", "/2/tweets/{id}", ids=one)
    c.check("get", "/2/tweets/{id}", ids=one, params=POSTS)
    check_webhooks(c, sandbox, me["id"])
    c.check("get", "/2/users/me", 401, token="wrong")
    c.check("post", "/2/tweets", 400, json={"text": ""})
    c.check("post", "/2/tweets", 403, json={"text": "a" * 281})
    c.check("get", "/2/users/{id}/tweets", 400, ids=self_id, params={"max_results": 1})


def main() -> None:
    spec = load_spec()
    with SandboxProcess("--engagement-scale", "0", "--x-enterprise") as sandbox:
        checker = Checker(spec, sandbox.x)
        check_all(checker, sandbox)
        print(f"{checker.count} requests and answers are valid by {SPEC}")


if __name__ == "__main__":
    main()
