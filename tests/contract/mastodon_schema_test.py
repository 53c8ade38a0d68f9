"""The sandbox's JSON against the OpenAPI description of Mastodon in $CARILLON_CONFORMANCE_DATA/specs/mastodon."""

import os
import sys
from pathlib import Path

import requests

from openapi import OpenApi
from sandbox_process import PNG, SandboxProcess, wait_for
from traffic_judges import MastodonJudge

SPEC = MastodonJudge.by


def load_spec() -> OpenApi:
    folder = os.environ.get("CARILLON_CONFORMANCE_DATA")
    if not folder:
        print("skipped: CARILLON_CONFORMANCE_DATA is not set")
        sys.exit(0)
    return OpenApi(Path(folder, SPEC))


class Checker:
    def __init__(self, spec: OpenApi, api: str):
        self.spec, self.api, self.count = spec, api, 0

    def check(self, method, path, status=200, token="token-one", **arguments):
        """Sends it, expects the status, and validates the body by the operation's own response schema."""
        ids = arguments.pop("ids", {})
        url = self.api + path.format(**ids)
        headers = {"Authorization": "Bearer " + token} if token else {}
        answer = requests.request(method, url, headers=headers, timeout=20, **arguments)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code}, not {status}: {answer.text[:300]}"
        errors = self.spec.answer_errors(method, path, status, answer.headers["Content-Type"], answer.content)
        assert not errors, f"{method} {path}: " + "; ".join(errors[:5])
        self.count += 1
        return answer.json()


def check_all(spec, sandbox):
    c = Checker(spec, sandbox.api)
    c.check("get", "/api/v2/instance", token=None)
    c.check("get", "/api/v1/instance", token=None)
    c.check("post", "/api/v1/apps", token=None, data={"client_name": "a", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob"})
    me = c.check("get", "/api/v1/accounts/verify_credentials")
    c.check("get", "/api/v1/apps/verify_credentials")
    fields = {"0": {"name": "Shop", "value": "https://example.com"}}
    c.check("patch", "/api/v1/accounts/update_credentials", json={"display_name": "One", "note": "We ring", "fields_attributes": fields})
    c.check("patch", "/api/v1/accounts/update_credentials", files={"avatar": ("a.png", PNG, "image/png")})
    c.check("patch", "/api/v1/accounts/update_credentials", 422, json={"display_name": "x" * 31})
    other = c.check("get", "/api/v1/accounts/lookup", params={"acct": "brand_two"})
    c.check("get", "/api/v1/accounts/{id}", ids={"id": other["id"]})
    c.check("post", "/api/v1/accounts/{id}/follow", ids={"id": other["id"]})
    media = c.check("post", "/api/v2/media", 202, files={"file": ("a.png", PNG, "image/png")}, data={"description": "a pixel"})
    wait_for("the upload is processed", lambda: requests.get(
        f"{sandbox.api}/api/v1/media/{media['id']}", timeout=20,
        headers={"Authorization": "Bearer token-one"}).status_code == 200)
    c.check("get", "/api/v1/media/{id}", ids={"id": media["id"]})
    c.check("put", "/api/v1/media/{id}", ids={"id": media["id"]}, data={"description": "one pixel"})
    post = c.check("post", "/api/v1/statuses", json={"status": "Hello #tag @brand_two https://example.com", "media_ids": [media["id"]]})
    one = {"id": post["id"]}
    c.check("put", "/api/v1/statuses/{id}", ids=one, json={"status": "Hello again"})
    poll = {"options": ["small", "large"], "expires_in": 600, "multiple": True, "hide_totals": True}
    asked = c.check("post", "/api/v1/statuses", json={"status": "Which?", "poll": poll, "spoiler_text": "Bells", "visibility": "unlisted"})
    assert [option["title"] for option in asked["poll"]["options"]] == poll["options"] and asked["spoiler_text"] == "Bells", asked
    quote = c.check("post", "/api/v1/statuses", json={"status": "So true", "quoted_status_id": post["id"]})
    assert quote["quote"]["quoted_status"]["id"] == post["id"], quote
    c.check("post", "/api/v1/statuses", 422, json={"status": "Which?", "poll": poll | {"options": ["only"]}})
    c.check("post", "/api/v1/statuses", 404, json={"status": "Gone", "quoted_status_id": "1"})
    for verb in ("favourite", "unfavourite", "reblog", "unreblog", "favourite", "reblog"):
        c.check("post", "/api/v1/statuses/{id}/" + verb, ids=one, token="token-two")
    requests.post(sandbox.admin + "/admin/engage", timeout=20,
                  json={"post": post["id"], "favourites": 3, "reblogs": 2, "replies": 2, "follows": 1, "mentions": 1})
    c.check("get", "/api/v1/statuses/{id}", ids=one)
    c.check("get", "/api/v1/statuses/{id}/context", ids=one)
    c.check("get", "/api/v1/statuses/{id}/favourited_by", ids=one)
    c.check("get", "/api/v1/accounts/{id}/statuses", ids={"id": me["id"]}, params={"limit": 40})
    c.check("get", "/api/v1/timelines/home")
    types = {n["type"] for n in c.check("get", "/api/v1/notifications")}
    assert types == {"favourite", "reblog", "mention", "follow"}, types
    c.check("delete", "/api/v1/statuses/{id}", ids=one)
    c.check("get", "/api/v1/statuses/{id}", 404, ids=one)
    c.check("get", "/api/v1/accounts/verify_credentials", 401, token="wrong")
    c.check("post", "/api/v1/statuses", 422, data={"status": ""})
    return c.count


def main():
    spec = load_spec()
    with SandboxProcess("--engagement-scale", "0") as sandbox:
        print(f"{check_all(spec, sandbox)} answers are valid by {SPEC}")


if __name__ == "__main__":
    main()
