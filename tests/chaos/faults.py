"""The kinds of faults: how each begins, how long it lasts, how it is lifted."""

import os
import random
import signal

from local_stack import paths
from redis_wire import Redis

_LAG_S = (1.0, 2.5)


class Fault:
    """`begin` returns how many seconds it lasts (0: it is over); `end` lifts it."""

    def __init__(self, kind: str, resource: str):
        self.kind = kind
        self.resource = resource  # No two faults of one resource at a time.

    def may_begin(self, servers) -> bool:
        return True

    def prepare(self, servers, rng: random.Random) -> float:
        """Seconds until it may hit; what it needs is in place then."""
        return 0.0

    def begin(self, servers, rng: random.Random) -> float:
        raise NotImplementedError

    def end(self, servers) -> None:
        pass


class Kill(Fault):
    """-9 to one of a service's processes; the supervisor starts it again."""

    def __init__(self, service: str):
        super().__init__(f"kill_{service}", service)
        self._service = service

    def may_begin(self, servers) -> bool:
        return all(servers.pid(name) for name in servers.processes_of(self._service))

    def begin(self, servers, rng: random.Random) -> float:
        os.kill(servers.pid(rng.choice(servers.processes_of(self._service))), signal.SIGKILL)
        return 0.0


class Pause(Fault):
    """Longer than a group's session or shorter; a publisher may end by its own timer meanwhile."""

    def __init__(self, service: str):
        super().__init__(f"pause_{service}", service)
        self._service = service
        self._pid = 0

    def may_begin(self, servers) -> bool:
        return all(servers.pid(name) for name in servers.processes_of(self._service))

    def begin(self, servers, rng: random.Random) -> float:
        self._pid = servers.pid(rng.choice(servers.processes_of(self._service)))
        os.kill(self._pid, signal.SIGSTOP)
        return rng.choice((rng.uniform(0.5, 3), rng.uniform(6, 12)))

    def end(self, servers) -> None:
        try:
            os.kill(self._pid, signal.SIGCONT)
        except ProcessLookupError:
            pass


class KafkaRestart(Fault):
    """In order, or killed."""

    def __init__(self):
        super().__init__("kafka_restart", "kafka")

    def may_begin(self, servers) -> bool:
        return servers.pid("kafka") is not None

    def begin(self, servers, rng: random.Random) -> float:
        os.kill(servers.pid("kafka"), rng.choice((signal.SIGTERM, signal.SIGKILL)))
        return 0.0


class RedisKill(Fault):
    def __init__(self):
        super().__init__("redis_kill", "redis")

    def may_begin(self, servers) -> bool:
        return servers.on_replica or servers.pid("redis") is not None

    def begin(self, servers, rng: random.Random) -> float:
        servers.kill_redis()
        return 0.0


class RedisWipe(Fault):
    def __init__(self):
        super().__init__("redis_wipe", "redis")

    def begin(self, servers, rng: random.Random) -> float:
        servers.redis("FLUSHALL")
        return 0.0


class RedisFailover(Fault):
    """To a replica that has not seen the last seconds."""

    def __init__(self):
        super().__init__("redis_failover", "redis")
        self.lags: list[int] = []

    def may_begin(self, servers) -> bool:
        return not servers.on_replica and servers.is_following()

    def prepare(self, servers, rng: random.Random) -> float:
        servers.proxy("replication", stall=True)
        return rng.uniform(*_LAG_S)

    def begin(self, servers, rng: random.Random) -> float:
        self.lags.append(servers.lag_bytes())
        servers.serve_from_replica()
        return 0.0


class RedisFlip(Fault):
    """Back to the old master, who knows nothing of what happened since."""

    def __init__(self):
        super().__init__("redis_flip", "redis")

    def may_begin(self, servers) -> bool:
        return servers.on_replica and servers.pid("redis") is not None

    def begin(self, servers, rng: random.Random) -> float:
        servers.serve_from_master()
        servers.follow()
        return 0.0


class Cut(Fault):
    def __init__(self, link: str):
        super().__init__(f"cut_{link}", link)

    def begin(self, servers, rng: random.Random) -> float:
        servers.proxy(self.resource, cut=True)
        return rng.uniform(0.2, 4)

    def end(self, servers) -> None:
        servers.proxy(self.resource, cut=False)


class Delay(Fault):
    def __init__(self, link: str):
        super().__init__(f"delay_{link}", link)

    def begin(self, servers, rng: random.Random) -> float:
        servers.proxy(self.resource, delay_ms=rng.randint(50, 400))
        return rng.uniform(2, 5)

    def end(self, servers) -> None:
        servers.proxy(self.resource, delay_ms=0)


class Stall(Fault):
    """Nothing passes and nothing is closed; then all of it arrives."""

    def __init__(self, link: str):
        super().__init__(f"stall_{link}", link)

    def begin(self, servers, rng: random.Random) -> float:
        servers.proxy(self.resource, stall=True)
        return rng.uniform(1, 3)

    def end(self, servers) -> None:
        servers.proxy(self.resource, stall=False)


LINKS = ("kafka", "redis", "sandbox")


def kills() -> list[Fault]:
    return [Kill(service) for service in paths.SERVICES]


def all_kinds() -> list[Fault]:
    return [*kills(), *(Pause(service) for service in paths.SERVICES), KafkaRestart(), RedisKill(),
            RedisWipe(), RedisFailover(), RedisFlip(), *(Cut(link) for link in LINKS),
            *(Delay(link) for link in LINKS), *(Stall(link) for link in LINKS)]
