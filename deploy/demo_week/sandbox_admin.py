"""The sandbox's side door: faults on demand, and its own record of what it accepted."""

import json
import urllib.request

_TIMEOUT_S = 10


class SandboxAdmin:
    def __init__(self, base_url: str):
        self._base_url = base_url

    def fault(self, kind: str, count: int, **more) -> None:
        self._post("faults", {"kind": kind, "count": count} | more)

    def consent(self, platform: str, account: str, deny: bool = False) -> None:
        """Who agrees, or refuses, when an app asks."""
        self._post("consents", {"platform": platform, "account": account, "deny": deny})

    def engage(self, body: dict) -> None:
        """What synthetic people do, at once."""
        self._post("engage", body)

    def _post(self, what: str, body: dict) -> None:
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(
            f"{self._base_url}/admin/{what}", json.dumps(body).encode(), headers
        )
        urllib.request.urlopen(request, timeout=_TIMEOUT_S).close()

    def posts(self) -> list[dict]:
        """Every accepted post, in the order of acceptance."""
        with urllib.request.urlopen(f"{self._base_url}/admin/posts", timeout=_TIMEOUT_S) as answer:
            found = json.load(answer)
        return found["posts"] if isinstance(found, dict) else found
