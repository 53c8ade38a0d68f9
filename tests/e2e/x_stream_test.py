#!/usr/bin/env python3
"""X's filtered stream through the real services: posts of others by keyword come by the app's one connection, once, in spite of faults.

Usage: x_stream_test.py [--keep-folder]
"""

import json
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "deploy"), str(ROOT / "tests" / "chaos"), str(ROOT / "tests" / "recorder"), str(Path(__file__).parent)]
sys.dont_write_bytecode = True

from local_stack.process import wait_until  # noqa: E402
from platform_run import OPTIONS, PlatformRun, main  # noqa: E402
from demo_week.cli import Refused  # noqa: E402

ACCOUNTS = ("bellworks", "bellworks_de", "crier")
CONSUMER_KEY = "the-consumer-key"
CONSUMER_SECRET = "the-consumer-secret-of-x"
SOON_S = 20
# Searches are so rare that what comes soon came by the stream.
LISTENER = "--stream-scan-interval-ms 500 --search-interval-ms 3600000"


class Run(PlatformRun):
    platform = "x"
    brand = "Bellworks"

    def __init__(self, folder: Path):
        OPTIONS["listener"] = f"{OPTIONS['listener']} {LISTENER}"
        super().__init__(folder, {name: f"token-{n}-{name}" for n, name in enumerate(ACCOUNTS)}, "")

    def cry(self, text: str) -> str:
        """Somebody else's post; `crier` is an account of the platform that is not connected."""
        address = self.parts.endpoints["sandbox_x"]
        request = urllib.request.Request(f"{address}/2/tweets", json.dumps({"text": text}).encode(),
                                         {"Content-Type": "application/json", "Authorization": f"Bearer {self.tokens['crier']}"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)["data"]["id"]

    def found(self) -> dict[str, list[dict]]:
        """What was found, by the platform's id: an item for each account that listens."""
        out: dict[str, list[dict]] = {}
        for item in self.carillon.items("listen", "found", "--brand", self.brand):
            out.setdefault(item["status_remote_id"], []).append(item)
        return out

    def comes(self, post: str, times: int, what: str, within_s: float = SOON_S) -> None:
        began = time.monotonic()
        good = wait_until(lambda: len(self.found().get(post, [])) >= times, within_s, 0.3)
        self.expect(good and len(self.found().get(post, [])) == times, f"{what}, after {time.monotonic() - began:.1f} s")

    def rules(self) -> set[str]:
        """Of our tags, as the last answers that the recorder saw have them."""
        token = self.app_token()
        request = urllib.request.Request(f"{self.parts.endpoints['sandbox_x']}/2/tweets/search/stream/rules",
                                         headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return {rule["tag"] for rule in json.load(answer).get("data", [])}

    def app_token(self) -> str:
        return next(body["access_token"] for body in self.recording.bodies()
                    if isinstance(body, dict) and body.get("access_token", "").startswith("AAAA"))

    def app(self) -> None:
        secret = self.folder / "secret"
        secret.write_text(CONSUMER_SECRET)
        secret.chmod(0o600)
        made = self.carillon("app", "create", "--platform", "x", "--base-url", self.address, "--client-id", "bellworks-app",
                             "--consumer-key", CONSUMER_KEY, "--webhook-secret-file", str(secret))
        secret.unlink()
        self.expect(made.get("has_app_token") is True, "the app has a token of its own")
        wrong = self.folder / "wrong"
        wrong.write_text("another secret")
        wrong.chmod(0o600)
        try:
            self.carillon("app", "create", "--platform", "x", "--base-url", self.address, "--client-id", "another",
                          "--consumer-key", CONSUMER_KEY, "--webhook-secret-file", str(wrong))
            self.expect(False, "another secret is taken")
        except Refused as error:
            self.expect("KEYS_REFUSED" in str(error), f"another secret is refused: {str(error).strip().splitlines()[-1]}")

    def listen(self) -> None:
        for name in ACCOUNTS[:2]:
            self.carillon("listen", "create", "--brand", self.brand, "--account", name, "--term", "trail shoes")
        self.carillon("listen", "create", "--brand", self.brand, "--account", ACCOUNTS[0], "--term", "#glocken")
        wanted = {"carillon:trail shoes", "carillon:#glocken"}
        self.expect(wait_until(lambda: self.rules() == wanted, SOON_S, 0.3), f"the rules are the terms: {self.rules()}")
        self.expect(wait_until(self.stands, SOON_S, 0.3), "the stream stands")

    def stands(self) -> bool:
        """One post that nobody searches for any more comes."""
        post = self.cry(f"A probe of trail shoes, {time.monotonic()}")
        return wait_until(lambda: post in self.found(), 3, 0.3)

    def pushed(self) -> None:
        self.comes(self.cry("I lost my trail shoes on the way"), 2, "a post is found for both accounts")
        self.comes(self.cry("Wie schön die #Glocken läuten"), 1, "and a hashtag for the one")
        self.cry("Nothing of it")
        self.carillon("listen", "create", "--brand", self.brand, "--account", ACCOUNTS[1], "--term", "carillon music")
        self.expect(wait_until(lambda: "carillon:carillon music" in self.rules(), SOON_S, 0.3), "a new term is a rule without a new connection")
        self.comes(self.cry("So much carillon music"), 1, "which brings its posts")
        self.carillon("listen", "delete", "--brand", self.brand, "--account", ACCOUNTS[1], "--term", "carillon music")
        self.expect(wait_until(lambda: "carillon:carillon music" not in self.rules(), SOON_S, 0.3), "and goes with its term")

    def faults(self) -> None:
        self.admin.fault("stream_duplicate", 1, platform="x", text="twice")
        self.comes(self.cry("trail shoes, twice"), 2, "what comes twice is found once")
        self.admin.fault("stream_drop", 1, platform="x", text="broken")
        self.comes(self.cry("broken trail shoes"), 2, "what broke off is searched for", 60)
        self.expect(wait_until(self.stands, 60, 0.3), "the stream stands again")
        self.expect_faults_met()
        self.expect(all(len(items) <= 2 for items in self.found().values()), "nothing is found more often than it is listened for")

    def removed(self) -> None:
        """Without the app's token there is no stream, and searches go on."""
        app = self.carillon.items("app", "list")[0]
        self.carillon("app", "remove", app["id"])
        self.expect(not any(one.get("has_app_token") for one in self.carillon.items("app", "list")), "the app's token is gone")

    def run(self) -> None:
        self.start()
        for name in ACCOUNTS[:2]:
            self.connect(name, self.tokens[name])
        self.app()
        self.listen()
        self.pushed()
        self.faults()
        self.judge_secrets(CONSUMER_SECRET, self.app_token())
        self.removed()
        self.judge_traffic()


if __name__ == "__main__":
    main(Run)
