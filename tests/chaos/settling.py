"""How long the targets that a fault met under way take until they have come to an end."""

import time
from collections import defaultdict

LOOK_EVERY_S = 0.5
OPEN = ("QUEUED", "SENDING", "CHECKING")


class Settling:
    """`seconds[kind]`: one number for each fault, from when it hit; its own duration is in it."""

    def __init__(self, servers):
        self._servers = servers
        self._open: list[tuple[str, float, set[str]]] = []
        self._looked_at = 0.0
        self.seconds: dict[str, list[float]] = defaultdict(list)

    def watch(self, kind: str, sending: set[str]) -> None:
        self._open.append((kind, time.monotonic(), sending))

    def look(self) -> None:
        now = time.monotonic()
        if not self._open or now - self._looked_at < LOOK_EVERY_S:
            return
        self._looked_at = now
        unsettled = self._servers.delivery_ids(*OPEN)
        if unsettled is None:
            return
        for entry in list(self._open):
            kind, began, sending = entry
            sending &= unsettled
            if not sending:
                self.seconds[kind].append(round(now - began, 1))
                self._open.remove(entry)
