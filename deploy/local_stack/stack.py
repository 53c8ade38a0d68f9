"""The whole stack as one thing: started in order, watched, stopped in the opposite order."""

import os
import subprocess
import time
from pathlib import Path

from . import files, paths, ports
from .errors import StackError
from .gateway import Gateway
from .kafka import Kafka
from .process import clean_environment
from .programs import (
    Layout,
    Sandbox,
    Service,
    endpoints,
    instance_name,
    instances,
    kafka_proxy,
)
from .redis_server import RedisServer

_START_TIMEOUT_S = 90
_STOP_TIMEOUT_S = 10
_MAX_DEATHS_AT_START = 3
_FIRST_DELAY_S = 0.2
_MAX_DELAY_S = 10.0
_HEALTHY_AFTER_S = 30.0


def _port_names() -> list[str]:
    services = [
        instance_name(name, instance)
        for instance in range(1, instances() + 1)
        for name in paths.SERVICES
    ]
    ground = ["kafka", "kafka_controller", "kafka_proxied", "redis"]
    sandbox = ["sandbox", "sandbox_bluesky", "sandbox_x", "sandbox_admin"]
    services.append("gateway")
    return ground + sandbox + services + [f"{name}_metrics" for name in services]


def choose_ports(layout: Layout) -> dict[str, int]:
    """The ports of the last time, where they are still free."""
    chosen = files.read_json(layout.ports) or {}
    taken = chosen.get("sandbox")
    if taken and not ports.is_free(taken):
        raise StackError(
            f"port {taken} is in use by another program (see: ss -ltnp 'sport = :{taken}'); the"
            " connected accounts know the sandbox by it. End that program, or start anew after"
            " ./deploy/local down --wipe"
        )
    known = set(chosen.values())
    for name in _port_names():
        port = chosen.get(name)
        if port is None or not ports.is_free(port):
            chosen[name] = ports.free_ports(1, but=known)[0]
        else:
            ports.hold(port)  # Where that fails, who wrote it down for this stack holds it.
    files.write_json(layout.ports, chosen)
    return chosen


class Member:
    """One process of the stack with its history of ends."""

    def __init__(self, part):
        self.part = part
        self.restarts = 0
        self.started_at = 0.0
        self._delay_s = _FIRST_DELAY_S
        self._due = 0.0

    @property
    def name(self) -> str:
        return self.part.process.name

    def start(self) -> None:
        self.part.start()
        self.started_at = time.time()

    def revive(self) -> str | None:
        """Starts it again if it ended, a little later each time. Says what it noticed."""
        now = time.monotonic()
        if self.part.process.running():
            if time.time() - self.started_at > _HEALTHY_AFTER_S:
                self._delay_s = _FIRST_DELAY_S
            return None
        if not self._due:
            self._due = now + self._delay_s
            self._delay_s = min(2 * self._delay_s, _MAX_DELAY_S)
            return f"{self.name} ended with {self.part.process.exit_code()}"
        if now < self._due:
            return None
        self._due = 0.0
        self.restarts += 1
        self.start()
        return f"{self.name} started again, pid {self.part.process.pid}"


class Stack:
    """Used by one supervisor, from its main thread."""

    def __init__(self, layout: Layout, binaries: Path):
        self._layout = layout
        self._binaries = binaries
        port_of = choose_ports(layout)
        self.endpoints = endpoints(port_of, layout)
        broker_ports = (port_of["kafka"], port_of["kafka_controller"])
        proxied = (port_of["kafka_proxied"], kafka_proxy()) if kafka_proxy() else None
        ground = [
            Kafka(layout.kafka_data, layout.log("kafka"), broker_ports, proxied=proxied),
            RedisServer(layout.redis_data, layout.log("redis"), port_of["redis"]),
        ]
        programs = [
            Service(name, instance, binaries, port_of, layout)
            for instance in range(1, instances() + 1)
            for name in paths.SERVICES
        ]
        programs.append(Gateway(binaries, port_of, layout))
        programs.append(Sandbox(binaries, port_of, layout))
        self._ground = [Member(part) for part in ground]
        self._programs = [Member(part) for part in programs]

    @property
    def members(self) -> list[Member]:
        return self._ground + self._programs

    def start(self, note) -> None:
        """Returns when everything serves. `note(text)` hears what is being waited for, and is
        where a stop may be raised."""
        files.make_tokens(self._layout.tokens)
        files.make_key(self._layout.vault_key)
        files.make_key(self._layout.media_url_key)
        self._start_all(self._ground, note)
        self._start_all(self._programs, note)
        files.write_json(self._layout.endpoints, self.endpoints)
        self._wait_for_status(note)
        files.write_atomically(self._layout.not_first_start, "")

    def _start_all(self, members: list[Member], note) -> None:
        for member in members:
            member.part.prepare()
            member.start()
        end = time.monotonic() + _START_TIMEOUT_S
        waiting = list(members)
        while waiting:
            note("waiting for " + ", ".join(member.name for member in waiting))
            for member in waiting:
                member.revive()
                late = time.monotonic() > end
                if late or member.restarts >= _MAX_DEATHS_AT_START:
                    how = f"was not ready in {_START_TIMEOUT_S} s" if late else "ended at its start"
                    process = member.part.process
                    raise StackError(
                        f"{member.name} {how}; its log {process.log} ends with:\n"
                        f"{process.log_tail()}"
                    )
            waiting = [member for member in waiting if not self._is_up(member)]
            time.sleep(0.05)

    @staticmethod
    def _is_up(member: Member) -> bool:
        return member.part.process.running() and member.part.is_ready()

    def _wait_for_status(self, note) -> None:
        """Listening is not serving: `carillon status` asks each service."""
        environment = clean_environment(CARILLON_ENDPOINTS=str(self._layout.endpoints))
        command = [str(self._binaries / "carillon"), "status", "--json"]
        end = time.monotonic() + _START_TIMEOUT_S
        while True:
            note("waiting until every service can serve")
            try:
                asked = subprocess.run(
                    command, env=environment, capture_output=True, text=True, timeout=15
                )
                if asked.returncode == 0:
                    return
                said = (asked.stderr or asked.stdout).strip()
            except subprocess.TimeoutExpired:
                said = "no answer in 15 s"
            if time.monotonic() > end:
                raise StackError(f"not well in {_START_TIMEOUT_S} s: `carillon status` says {said}")
            for member in self.members:
                member.revive()
            time.sleep(0.2)

    def stop(self) -> list[str]:
        """Ends everything, the services before what they stand on. Names those that had to be
        killed."""
        try:
            os.unlink(self._layout.endpoints)
        except FileNotFoundError:
            pass
        killed = []
        for group in (self._programs, self._ground):
            for member in group:
                member.part.process.terminate()
            end = time.monotonic() + _STOP_TIMEOUT_S
            for member in group:
                if not member.part.process.stop(end - time.monotonic()):
                    killed.append(member.name)
        return killed
