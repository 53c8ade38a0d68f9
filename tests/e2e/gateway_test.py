#!/usr/bin/env python3
"""What platforms do to the gateway besides OAuth: webhooks of X, pushed and polled, and media by signed URLs.

Usage: gateway_test.py [--keep-folder]
"""

import base64
import hashlib
import hmac
import http.client
import json
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "deploy"), str(ROOT / "tests" / "chaos"), str(ROOT / "tests" / "recorder"), str(Path(__file__).parent)]
sys.dont_write_bytecode = True

from local_stack.process import wait_until  # noqa: E402
from platform_run import PlatformRun, main, png  # noqa: E402

SECRET = "the-consumer-secret-of-x"
CONSUMER_KEY = "the-consumer-key"
INBOX_S = 60


class Run(PlatformRun):
    platform = "x"
    brand = "Bellworks"

    def __init__(self, folder: Path):
        super().__init__(folder, {"bellworks": "token-of-bellworks"}, "")
        # Nothing is polled within the run unless somebody says so.
        self.parts.set_options("listener", "--poll-interval-ms 600000 --sample-interval-ms 600000 --account-interval-ms 600000 "
                               "--webhook-scan-interval-ms 500")

    def ask(self, method: str, target: str, body: bytes = b"", headers: dict | None = None) -> tuple[int, dict, bytes]:
        address = urllib.parse.urlsplit(self.parts.endpoints["gateway"])
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=30)
        connection.request(method, target, body or None, headers or {})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()

    def push(self, body: dict, secret: str = SECRET) -> int:
        raw = json.dumps(body).encode()
        signature = base64.b64encode(hmac.new(secret.encode(), raw, hashlib.sha256).digest()).decode()
        return self.ask("POST", self.webhook, raw, {"X-Twitter-Webhooks-Signature": f"sha256={signature}",
                                                    "Content-Type": "application/json"})[0]

    def mention(self, text: str) -> dict:
        """Somebody names the account; what X would push of it."""
        self.admin.engage({"account": "bellworks", "platform": "x", "mentions": 1, "texts": [text]})
        return {"for_user_id": self.account["remote_account_id"],
                "tweet_create_events": [{"id_str": "1", "user": {"id_str": "2"}, "text": text}]}

    def inbox(self) -> list[str]:
        return [item["text"] for item in self.carillon.items("inbox", "list", "--brand", self.brand)]

    def has(self, text: str) -> bool:
        return sum(text in one for one in self.inbox()) == 1

    def connects(self) -> None:
        self.connect("bellworks", self.tokens["bellworks"])
        self.account = self.carillon("account", "get", "bellworks")
        self.webhook_url = self.app()["webhook_url"]
        self.webhook = urllib.parse.urlsplit(self.webhook_url).path

        def polled() -> bool:
            return "last_success_at" in self.carillon.items("collection", "list")[0]

        self.expect(wait_until(polled, INBOX_S, 0.3), "the account is polled once, when it is connected")

    def app(self, *more: str) -> dict:
        """Makes it, or adds to it."""
        secret = self.folder / "secret"
        secret.write_text(SECRET)
        secret.chmod(0o600)
        made = self.carillon("app", "create", "--platform", "x", "--base-url", self.address,
                             "--client-id", "bellworks-app", "--webhook-secret-file", str(secret), *more)
        secret.unlink()
        return made

    def challenges(self) -> None:
        status, _, body = self.ask("GET", f"{self.webhook}?crc_token=abc123&nonce=n")
        wanted = "sha256=" + base64.b64encode(hmac.new(SECRET.encode(), b"abc123", hashlib.sha256).digest()).decode()
        self.expect(status == 200 and json.loads(body) == {"response_token": wanted}, "the challenge is answered")
        event = urllib.parse.quote('{"for_user_id":"1"}')
        self.expect(self.ask("GET", f"{self.webhook}?crc_token={event}")[0] == 400, "no event is signed as a challenge")
        self.expect(self.ask("GET", "/webhooks/x/app_aaaaaaaaaaaaaaaaaaaaaaaaaa?crc_token=a")[0] == 404, "nor for an unknown app")

    def pushes(self) -> None:
        event = self.mention("Which bell is the loudest?")
        self.expect(self.push(event, "another secret") == 401, "an event with another signature is refused")
        self.expect(self.push(event) == 200, "a signed one is taken")
        self.expect(wait_until(lambda: self.has("the loudest?"), INBOX_S, 0.3), "and is in the inbox")
        self.expect(self.push(event) == 200, "delivered again it is taken")
        second = self.mention("And the quietest?")
        self.parts.services["listener"].process.stop(20)
        self.expect(self.push(second) == 503, "with nobody to take it it is not acknowledged")
        self.parts.services["listener"].start()
        self.parts.await_well()
        taken = wait_until(lambda: self.push(second) == 200, INBOX_S, 0.5)
        self.expect(taken and wait_until(lambda: self.has("the quietest?"), INBOX_S, 0.3), "delivered again it arrives")
        self.expect(self.has("the loudest?") and len(self.inbox()) == 2, f"each is there once: {self.inbox()}")

    def of_app(self, path: str) -> dict:
        """What X says to the app."""
        address = self.parts.endpoints["sandbox_x"]
        keys = base64.b64encode(f"{CONSUMER_KEY}:{SECRET}".encode()).decode()
        request = urllib.request.Request(f"{address}/oauth2/token", b"grant_type=client_credentials", {"Authorization": f"Basic {keys}"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            self.app_token = json.load(answer)["access_token"]
        request = urllib.request.Request(address + path, headers={"Authorization": f"Bearer {self.app_token}"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)["data"]

    def subscribed(self) -> list[str]:
        found = [hook for hook in self.of_app("/2/webhooks") if hook["url"] == self.webhook_url and hook["valid"]]
        if len(found) != 1:
            return []
        subscriptions = self.of_app(f"/2/account_activity/webhooks/{found[0]['id']}/subscriptions/all/list")["subscriptions"]
        return [one["user_id"] for one in subscriptions]

    def registers(self) -> None:
        """With the app's own token the listener registers the address by itself, and X pushes to it."""
        self.expect(self.of_app("/2/webhooks") == [], "without the app's token nothing is registered")
        self.app("--consumer-key", CONSUMER_KEY)
        wanted = [self.account["remote_account_id"]]
        self.expect(wait_until(lambda: self.subscribed() == wanted, INBOX_S, 0.3), "with it the account is subscribed to the webhook")
        self.mention("How heavy is the largest?")
        self.expect(wait_until(lambda: self.has("the largest?"), INBOX_S, 0.3), "what X pushes by itself is in the inbox")

    def media(self) -> None:
        picture = png(200)
        file = self.folder / "bell.png"
        file.write_bytes(picture)
        self.create("picture", "bellworks", "A bell to look at", "--media", str(file), "--alt", "a bell")
        self.await_published("a post with a picture is out")
        stored = next(one for one in self.parts.layout.media.iterdir() if one.name[0] != ".")
        key = base64.b64decode(self.parts.layout.media_url_key.read_text())
        expires = str(int(time.time()) + 60)

        def target(until: str) -> str:
            signed = hmac.new(key, f"media\n{stored.name}\n{until}".encode(), hashlib.sha256).digest()
            signature = base64.urlsafe_b64encode(signed).rstrip(b"=").decode()
            return f"/media/{stored.name}?expires={until}&signature={signature}"

        status, headers, body = self.ask("GET", target(expires))
        self.expect(status == 200 and body == stored.read_bytes() and headers["Content-Type"] == "image/png", "a signed URL gives it")
        status, headers, body = self.ask("GET", target(expires), headers={"Range": "bytes=1-3"})
        self.expect(status == 206 and body == b"PNG" and headers["X-Content-Type-Options"] == "nosniff", "or a range of it")
        self.expect(self.ask("GET", target("1000"))[0] == 403, "not when its time is over")
        self.expect(self.ask("GET", target(expires)[:-1])[0] == 403, "nor with another signature")
        self.expect(self.ask("GET", "/media/")[0] == 404, "and there is no listing")

    def run(self) -> None:
        self.start()
        self.connects()
        self.challenges()
        self.pushes()
        self.registers()
        self.media()
        said = self.parts.log_of("gateway") + self.parts.log_of("publisher") + self.parts.log_of("listener")
        self.expect(SECRET not in said and self.app_token not in said and "signature=" not in said, "no log holds a secret or a query")


if __name__ == "__main__":
    main(Run)
