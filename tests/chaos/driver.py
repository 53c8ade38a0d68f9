"""Brings the faults, in a seeded order, each at a moment when enough targets are SENDING."""

import random
import time
from collections import Counter, defaultdict

from redis_wire import RedisError
from settling import Settling

SENDING_LEAST = 20
_PROGRESS_LEAST = 10
_HASTE_ONE_IN = 5
_PAUSE_LEAST = 0.2  # of the usual pause; the most is the rest to twice of it


class Driver:
    """`step()` is called often, from the main thread. Rounds of all kinds, each round shuffled.

    A fault waits until the posts go out again after the one before it, for a count of SENDING that was
    read while nothing moved would prove little. One in a few comes in haste: it hits a stack that still
    recovers, and its count is not among `sending`.
    """

    def __init__(self, servers, kinds: list, seed: int, pause_s: float, say):
        self._servers = servers
        self._kinds = kinds
        self._rng = random.Random(seed)
        self._pause_s = pause_s
        self._say = say
        self._left: list = []
        self._ready_at = 0.0
        self._prepared = None
        self._lasting: list[tuple[float, object]] = []
        self._published = 0  # The most that was ever read.
        self._hasty = False
        self.hits: Counter = Counter()
        self.sending: dict[str, list[int]] = defaultdict(list)  # kind -> SENDING at each
        self.settling = Settling(servers)

    def step(self) -> None:
        now = time.monotonic()
        self._lift(now)
        self.settling.look()
        if now < self._ready_at:
            return
        fault = self._prepared or self._next()
        if fault is None:
            return
        if self._prepared is None:
            self._prepared = fault
            self._hasty = self.had_all() and self._rng.randrange(_HASTE_ONE_IN) == 0
            self._ready_at = now + fault.prepare(self._servers, self._rng)
            if self._ready_at > now:
                return
        found = self._servers.deliveries("SENDING", "PUBLISHED")
        if found is None:
            return
        sending, published = found
        moves = published >= self._published + _PROGRESS_LEAST
        if not self._hasty and (sending < SENDING_LEAST or not moves):
            return
        self._published = max(self._published, published)
        self._prepared = None
        self._left.remove(fault)
        self._hit(fault, None if self._hasty else sending)

    def _hit(self, fault, sending: int | None) -> None:
        under_way = self._servers.delivery_ids("SENDING")
        try:
            lasts_s = fault.begin(self._servers, self._rng)
        except (RedisError, ProcessLookupError) as error:
            self._say(f"{fault.kind} did not come about: {error}")
            return
        now = time.monotonic()
        when = "in haste" if sending is None else f"with {sending} SENDING"
        self._say(f"{fault.kind} {when}" + (f" for {lasts_s:.1f} s" if lasts_s else ""))
        self.hits[fault.kind] += 1
        if sending is not None:
            self.sending[fault.kind].append(sending)
            if under_way:
                self.settling.watch(fault.kind, under_way)
        if lasts_s:
            self._lasting.append((now + lasts_s, fault))
        self._ready_at = now + self._pause_s * self._rng.uniform(
            _PAUSE_LEAST, 2 - _PAUSE_LEAST)

    def _next(self):
        if not self._left:
            self._left = self._rng.sample(self._kinds, len(self._kinds))
        busy = {fault.resource for _, fault in self._lasting}
        for fault in self._left:
            if fault.resource not in busy and fault.may_begin(self._servers):
                return fault
        return None

    def _lift(self, now: float) -> None:
        for lasting in [entry for entry in self._lasting if entry[0] <= now]:
            self._lasting.remove(lasting)
            lasting[1].end(self._servers)

    def had_all(self) -> bool:
        return all(self.sending[fault.kind] for fault in self._kinds)

    def end(self) -> None:
        """Lifts what lasts."""
        self._lift(float("inf"))
        if self._prepared is not None:
            self._prepared.end(self._servers)
            if self._prepared.resource == "redis":
                self._servers.proxy("replication", stall=False)
