#!/usr/bin/env python3
"""Accounts of Mastodon, X and Bluesky connected by OAuth through the real gateway, all that must not connect one, and their end.

Usage: oauth_test.py [--keep-folder]
"""

import base64
import hashlib
import http.client
import json
import sys
import urllib.parse
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "deploy"), str(ROOT / "tests" / "chaos"), str(ROOT / "tests" / "recorder"), str(Path(__file__).parent)]
sys.dont_write_bytecode = True

from local_stack import files  # noqa: E402
from local_stack.process import wait_until  # noqa: E402
from platform_run import OPTIONS, PlatformRun, main  # noqa: E402
from truth import get  # noqa: E402

CLIENT_SECRET = "the-client-secret-of-x"
SKY = ("bellsky.test", "bellsky-two.test")
ENDED_S = 60


def fetch(url: str) -> tuple[int, str, str]:
    """Status, Location, body; no redirect is followed."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
    connection.request("GET", f"{parts.path}?{parts.query}")
    answer = connection.getresponse()
    return answer.status, answer.getheader("Location") or "", answer.read().decode()


def with_query(url: str, **changed: str) -> str:
    parts = urllib.parse.urlsplit(url)
    query = dict(urllib.parse.parse_qsl(parts.query)) | changed
    return urllib.parse.urlunsplit(parts._replace(query=urllib.parse.urlencode(query)))


class Run(PlatformRun):
    platform = "mastodon"
    brand = "Bellworks"

    def __init__(self, folder: Path):
        super().__init__(folder, {"bell_one": "token-of-bell-one", "bell_two": "token-of-bell-two"}, "")
        accounts = files.read_json(self.parts.layout.sandbox_accounts)
        accounts += [{"username": "bellworks", "token": "token-of-bellworks", "platform": "x", "history_weeks": 0}]
        accounts += [{"username": name, "token": f"password-{n}-of-bellsky", "platform": "bluesky", "history_weeks": 0}
                     for n, name in enumerate(SKY)]
        files.write_json(self.parts.layout.sandbox_accounts, accounts, mode=0o600)
        # Who is who on Bluesky, the sandbox says; and the client is the product's, though the gateway is on a loopback address.
        sky = self.parts.endpoints["sandbox_bluesky"]
        facts = {"token.handle_resolver_url": sky, "token.did_directory_url": f"{sky}/plc", "token.localhost_client": False}
        (folder / "facts").mkdir()
        files.write_json(folder / "facts" / "bluesky.json", {"facts": {key: {"value": value} for key, value in facts.items()}})
        self.parts.set_options("publisher", f"{OPTIONS['publisher']} --platform-facts-dir {folder / 'facts'}")
        self.secrets: list[str] = [CLIENT_SECRET]

    def agree(self, platform: str = "mastodon", account: str = "", deny: bool = False) -> None:
        self.admin.consent(platform, account, deny)

    def posts(self) -> list[dict]:
        return get(f"{self.parts.endpoints['sandbox_admin']}/admin/posts")["posts"]

    def begin(self, *more: str, platform: str = "mastodon") -> dict:
        where = self.parts.endpoints["sandbox" if platform == "mastodon" else "sandbox_x"]
        what = more or ("--brand", self.brand, "--platform", platform, "--base-url", where)
        return self.carillon("account", "authorize", *what)

    def consent(self, url: str) -> str:
        """What a person's browser would be sent to."""
        status, back, said = fetch(url)
        self.expect(status == 302 and back.startswith(self.parts.endpoints["gateway"] + "/oauth/callback/"),
                    f"the page leads back to the gateway: {status} {said[:100]}")
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(back).query))
        self.secrets += [query["state"].split(".", 1)[1], query.get("code", "")]
        return back

    def callback(self, url: str, status: int, what: str, says: str = "") -> None:
        """A 503 says that the same address may be loaded again."""
        answers: list[tuple[int, str, str]] = []

        def answered() -> bool:
            answers.append(fetch(url))
            return answers[-1][0] != 503

        wait_until(answered, ENDED_S, 0.3)
        got, _, body = answers[-1]
        self.expect(got == status and says in body, f"{what}: {got} {body if got != status or says not in body else ''}")

    def ended(self, flow: dict, state: str, reason: str = "") -> None:
        found: dict = {}

        def there() -> bool:
            found.update(self.carillon("account", "authorization", flow["id"]))
            return found["state"] == state

        good = wait_until(there, ENDED_S, 0.2)
        self.expect(good and found.get("error_reason", "") == reason, f"it ended {state} {reason}: {found}")

    def version(self, account: str) -> int:
        return int(self.carillon("account", "get", account)["credential_version"])

    def connects(self) -> None:
        self.agree(account="bell_one")
        flow = self.begin()
        back = self.consent(flow["authorization_url"])
        self.callback(with_query(back, state=flow["id"] + "." + "A" * 43), 400, "a state that nobody gave out")
        self.callback(with_query(back, state="nonsense"), 400, "a state that is none")
        other = back.replace("/oauth/callback/mastodon/", "/oauth/callback/mastodon/0")
        self.callback(other, 400, "another server's callback")
        self.callback(back, 200, "the callback", "is connected")
        self.ended(flow, "CONNECTED")
        self.first = self.carillon("account", "get", "bell_one")
        self.expect(self.first["state"] == "CONNECTED", "the account is connected")
        self.callback(back, 409, "the same state again")
        self.create("first", "bell_one", "The first bell, by OAuth")
        self.await_published("its token publishes")

    def refuses(self) -> None:
        self.agree(account="bell_two", deny=True)
        flow = self.begin()
        self.callback(self.consent(flow["authorization_url"]), 403, "who says no", "nobody agreed")
        self.ended(flow, "FAILED", "CONSENT_DENIED")

        # A code that somebody else asked for: the same app, another verifier.
        self.agree(account="bell_two")
        flow = self.begin()
        stolen = base64.urlsafe_b64encode(hashlib.sha256(b"somebody else's").digest()).rstrip(b"=").decode()
        back = self.consent(with_query(flow["authorization_url"], code_challenge=stolen))
        self.callback(back, 502, "a code for another verifier")
        self.ended(flow, "FAILED", "CODE_REFUSED")
        known = {account["username"].split("@")[0] for account in self.carillon.items("account", "list")}
        self.expect(known == {"bell_one"}, f"none of that has connected an account: {known}")

    def reconnects(self) -> None:
        """The token is refused for good; the queue waits, and goes out through the same account."""
        text = "This one waits for a person"
        self.admin.fault("unauthorized", 1, platform="mastodon", text=text)
        self.create("waits", "bell_one", text)

        def needs() -> bool:
            return self.carillon("account", "get", "bell_one")["state"] == "NEEDS_RECONNECT"

        self.expect(wait_until(needs, ENDED_S, 0.3), "the account needs a person")
        before = self.version("bell_one")
        self.agree(account="bell_two")
        flow = self.begin("--account", "bell_one")
        self.callback(self.consent(flow["authorization_url"]), 409, "another account", "another account")
        self.ended(flow, "FAILED", "ANOTHER_ACCOUNT")
        self.expect(self.version("bell_one") == before and needs(), "it is as it was")
        self.agree(account="bell_one")
        flow = self.begin("--account", "bell_one")
        self.callback(self.consent(flow["authorization_url"]), 200, "the right one")
        again = self.carillon("account", "get", "bell_one")
        self.expect(again["id"] == self.first["id"] and again["state"] == "CONNECTED", "the same account, connected again")
        self.await_published("what waited is out")

    def restarts(self) -> None:
        """A flow outlives every process; another one's time is over."""
        self.agree(account="bell_two")
        flow = self.begin()
        back = self.consent(flow["authorization_url"])
        self.parts.stop_services()
        self.parts.gateway.process.stop(10)
        self.parts.set_options("publisher", "--authorization-window-s 2")
        self.parts.gateway.start()
        self.parts.start_services()
        self.callback(back, 200, "a flow that was begun before all was started again")
        flow = self.begin()
        back = self.consent(flow["authorization_url"])
        self.ended(flow, "EXPIRED")
        self.callback(back, 410, "a state whose time is over")

    def x(self) -> None:
        secret = self.folder / "secret"
        secret.write_text(CLIENT_SECRET + "\n")
        secret.chmod(0o600)
        made = self.carillon("app", "create", "--platform", "x", "--base-url", self.parts.endpoints["sandbox_x"],
                             "--name", "main", "--client-id", "bellworks-app", "--client-secret-file", str(secret))
        secret.unlink()
        self.expect(made["redirect_uri"] == self.parts.endpoints["gateway"] + "/oauth/callback/x", "the app's redirect")
        self.agree("x", "bellworks")
        flow = self.begin(platform="x")
        back = self.consent(flow["authorization_url"])
        self.callback(back, 200, "X's callback", "bellworks is connected")
        account = self.carillon("account", "get", "bellworks")
        self.expect(account["token_refreshable"] and "token_expires_at" in account, "its token will be renewed")
        health = self.carillon("account", "health", "bellworks")
        self.expect(health["scopes_granted"] and not health["scopes_missing"] and not health["problems"],
                    f"the token may do all that is needed: {health['scopes_granted']}")
        self.expect(account["app_id"] == made["id"], "the account knows its app")
        self.callback(back, 409, "X's state again")
        self.create("x", "bellworks", "The bells of X, by OAuth")
        self.await_published("its token publishes")

    def bluesky(self) -> None:
        """Found by the handle, begun by a pushed request, with tokens that are good with proofs alone."""
        self.agree("bluesky", SKY[0])
        flow = self.begin("--brand", self.brand, "--platform", "bluesky", "--handle", SKY[0])
        client_id = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(flow["authorization_url"]).query))["client_id"]
        status, _, body = fetch(client_id)
        document = json.loads(body) if status == 200 else {}
        self.expect(document.get("client_id") == client_id and "d" not in document["jwks"]["keys"][0],
                    f"the client is a document of the gateway's: {status}")
        back = self.consent(flow["authorization_url"])
        self.callback(with_query(back, iss="https://evil.example"), 400, "another issuer's answer")
        self.callback(with_query(back, iss=""), 400, "an answer without its issuer")
        self.callback(back, 200, "Bluesky's callback", f"{SKY[0]} is connected")
        self.ended(flow, "CONNECTED")
        account = self.carillon("account", "get", SKY[0])
        self.expect(account["token_refreshable"] and "token_expires_at" in account, "its token will be renewed")
        self.callback(back, 409, "Bluesky's state again")
        self.create("sky", SKY[0], "The bells of the sky, by OAuth")
        self.await_published("its token publishes")

        def read() -> bool:
            rows = [row for row in self.carillon.items("collection", "list") if row["account_id"] == account["id"]]
            return bool(rows) and "account_read_at" in rows[0] and not rows[0].get("last_error")

        self.expect(wait_until(read, ENDED_S, 0.5), "the listener reads with what it is lent")
        self.bluesky_reconnects(account)

    def bluesky_reconnects(self, account: dict) -> None:
        """Refused once, the token is renewed; refused again at once, the account needs a person, and its queue waits."""
        text = "This one waits below the clouds"
        self.admin.fault("unauthorized", 2, platform="bluesky", text=text)
        self.create("sky-waits", SKY[0], text)

        def needs() -> bool:
            return self.carillon("account", "get", SKY[0])["state"] == "NEEDS_RECONNECT"

        self.expect(wait_until(needs, ENDED_S, 0.3), "Bluesky's account needs a person")
        self.expect(self.version(SKY[0]) == 2, f"after its token was renewed: version {self.version(SKY[0])}")
        self.agree("bluesky", SKY[1])
        flow = self.begin("--account", account["id"])
        self.callback(self.consent(flow["authorization_url"]), 409, "another of Bluesky's accounts", "another account")
        self.ended(flow, "FAILED", "ANOTHER_ACCOUNT")
        self.agree("bluesky", SKY[0])
        flow = self.begin("--account", account["id"])
        self.callback(self.consent(flow["authorization_url"]), 200, "the right one of Bluesky's")
        again = self.carillon("account", "get", SKY[0])
        self.expect(again["id"] == account["id"] and again["state"] == "CONNECTED", "the same account of Bluesky's")
        self.await_published("what waited below the clouds is out")

    def disconnects(self) -> None:
        """Each platform ends the token that it gave; what it did not get to hear of, somebody is told of."""
        def disconnect(name: str, revocation: str) -> None:
            gone = self.carillon("account", "disconnect", name)
            self.expect(gone["state"] == "DISCONNECTED" and gone["revocation"] == revocation,
                        f"{name} is {gone['state']}, its token {gone['revocation']} {gone['revocation_error']}")

        for name in ("bell_two", "bellworks", SKY[0]):
            disconnect(name, "REVOKED")
        self.parts.sandbox.process.stop(10)
        disconnect("bell_one", "UNCONFIRMED")

    def keeps_quiet(self) -> None:
        self.judge_secrets(*filter(None, self.secrets))
        self.expect('"route":"oauth_callback"' in self.parts.log_of("gateway").replace(" ", ""), "the gateway logs its requests")

    def run(self) -> None:
        self.start()
        self.connects()
        self.refuses()
        self.reconnects()
        self.x()
        self.bluesky()
        self.restarts()
        self.judge()
        self.disconnects()
        self.keeps_quiet()


if __name__ == "__main__":
    main(Run)
