"""The sandbox's side door: faults on demand, and its own record of what it accepted."""

import json
import urllib.request

_TIMEOUT_S = 10


class SandboxAdmin:
    def __init__(self, base_url: str):
        self._base_url = base_url

    def fault(self, kind: str, count: int, **more) -> None:
        body = json.dumps({"kind": kind, "count": count} | more).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self._base_url}/admin/faults", body, headers)
        urllib.request.urlopen(request, timeout=_TIMEOUT_S).close()

    def posts(self) -> list[dict]:
        """Every accepted post, in the order of acceptance."""
        with urllib.request.urlopen(f"{self._base_url}/admin/posts", timeout=_TIMEOUT_S) as answer:
            found = json.load(answer)
        return found["posts"] if isinstance(found, dict) else found
