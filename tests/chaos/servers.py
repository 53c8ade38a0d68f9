"""The stack under test: two processes of each service, their Kafka, Redis and sandbox behind a proxy, and
a second Redis that can follow the first."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

from local_stack import files, paths, ports
from local_stack.control import Control
from local_stack.process import wait_until
from local_stack.programs import RELEASE, endpoints, instance_name
from local_stack.redis_server import RedisServer
from redis_wire import Redis, RedisError, count, ids

INSTANCES = 2
SHARDS = 8
_HERE = Path(__file__).parent
_SYNC_TIMEOUT_S = 20


class Proxy:
    """The proxy process. A call returns when its command holds."""

    def __init__(self, links: dict[str, tuple[int, int]]):
        arguments = [f"{name}:{listen}:{target}" for name, (listen, target) in links.items()]
        self._child = subprocess.Popen(
            [sys.executable, str(_HERE / "proxy.py"), *arguments], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        self._lock = threading.Lock()
        self._await_ok()

    def __call__(self, link: str, **what) -> None:
        with self._lock:
            self._child.stdin.write(json.dumps({"link": link} | what) + "\n")
            self._child.stdin.flush()
            self._await_ok()

    def _await_ok(self) -> None:
        if self._child.stdout.readline() != "ok\n":
            raise RuntimeError("the proxy ended")

    def stop(self) -> None:
        self._child.stdin.close()
        self._child.wait(10)
        self._child.stdout.close()


class Servers:
    """Main thread only, but for the reads."""

    def __init__(self, folder: Path, preset: str):
        self.control = Control(folder, folder / "endpoints.json")
        self._preset = preset
        self._folder = folder
        names = ("kafka_proxied", "redis", "sandbox", "replica", "to_kafka", "to_redis",
                 "to_sandbox", "to_master")
        self.port = dict(zip(names, ports.free_ports(len(names))))
        self.proxy: Proxy | None = None
        self.replica = RedisServer(folder / "data" / "replica", folder / "logs" / "replica.log",
                                   self.port["replica"])
        self.on_replica = False

    def start(self) -> None:
        port = self.port
        self.control.layout.folder.mkdir(parents=True, exist_ok=True)
        files.write_json(self.control.layout.ports,
                         {name: port[name] for name in ("kafka_proxied", "redis", "sandbox")})
        self.proxy = Proxy({"kafka": (port["to_kafka"], port["kafka_proxied"]),
                            "redis": (port["to_redis"], port["redis"]),
                            "sandbox": (port["to_sandbox"], port["sandbox"]),
                            "replication": (port["to_master"], port["redis"])})
        # Before the stack takes ports: one that nobody listens on yet could become a service's.
        self.replica.start_and_wait()
        os.environ["CARILLON_STACK_INSTANCES"] = str(INSTANCES)
        os.environ["CARILLON_STACK_KAFKA"] = f"{ports.HOST}:{port['to_kafka']}"
        os.environ["CARILLON_STACK_REDIS"] = f"{ports.HOST}:{port['to_redis']}"
        self.control.start(self._preset, tethered=True)
        port_of = files.read_json(self.control.layout.ports)
        self.endpoints = []
        for instance in range(1, INSTANCES + 1):
            found = endpoints(port_of, self.control.layout, instance)
            # The accounts are connected where the proxy listens.
            found["sandbox"] = f"http://{ports.HOST}:{port['to_sandbox']}"
            files.write_json(self.endpoints_file(instance), found)
            self.endpoints.append(found)
        self.follow()

    def endpoints_file(self, instance: int) -> Path:
        return self._folder / f"endpoints-{instance}.json"

    def stop(self) -> None:
        self.control.stop()
        self.replica.process.stop(5)
        if self.proxy:
            self.proxy.stop()

    # -- processes

    def pid(self, name: str) -> int | None:
        """The process of that name; None while it is being started again."""
        for member in (files.read_json(self.control.layout.state) or {"members": []})["members"]:
            if member["name"] == name and member["running"] and _is_alive(member["pid"]):
                return member["pid"]
        return None

    @staticmethod
    def processes_of(service: str) -> list[str]:
        return [instance_name(service, instance) for instance in range(1, INSTANCES + 1)]

    # -- Redis: one serves, the other follows it or is what it was

    @property
    def redis(self) -> Redis:
        return Redis(self.port["replica" if self.on_replica else "redis"])

    def follow(self) -> None:
        """The replica becomes a copy of the master, now and from now on."""
        self.proxy("replication", stall=False)
        Redis(self.port["replica"])("REPLICAOF", ports.HOST, self.port["to_master"])

    def is_following(self) -> bool:
        try:
            return Redis(self.port["replica"]).info().get("master_link_status") == "up"
        except RedisError:
            return False

    def await_following(self) -> bool:
        return wait_until(self.is_following, _SYNC_TIMEOUT_S)

    def lag_bytes(self) -> int:
        offsets = [int(Redis(self.port[name]).info()["master_repl_offset"])
                   for name in ("redis", "replica")]
        return offsets[0] - offsets[1]

    def serve_from_replica(self) -> None:
        Redis(self.port["replica"])("REPLICAOF", "NO", "ONE")
        self.proxy("redis", target=self.port["replica"])
        self.on_replica = True

    def serve_from_master(self) -> None:
        self.proxy("redis", target=self.port["redis"])
        self.on_replica = False

    def kill_redis(self) -> None:
        """What serves ends without a word and comes back empty."""
        if self.on_replica:
            os.kill(self.replica.process.pid, 9)
            wait_until(lambda: not self.replica.process.running(), 5)
            self.replica.start_and_wait()
        else:
            os.kill(self.pid("redis"), 9)

    # -- what the log says, by its copy

    def deliveries(self, *states: str) -> list[int] | None:
        """Deliveries in each state; None while there is no whole copy to read it from."""
        return self._count("publisher", "delivery_states", list(states))

    def delivery_ids(self, *states: str) -> set[str] | None:
        """Whose deliveries are in one of these states; None as above."""
        try:
            return ids(self.redis, RELEASE, "publisher", SHARDS, "delivery_states", list(states))
        except RedisError:
            return None

    def posts(self, brand: str, *states: int) -> list[int] | None:
        return self._count("scheduler", "brand_state_due", [f"{brand}|{n:02}" for n in states])

    def _count(self, service: str, index: str, prefixes: list[str]) -> list[int] | None:
        try:
            return count(self.redis, RELEASE, service, SHARDS, index, prefixes)
        except RedisError:
            return None


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return True
    except OSError:
        return False


def program(preset: str, name: str) -> Path:
    return paths.bin_dir(preset) / name
