"""One redis-server on the loopback address. What is in it can be made again from the log."""

import shutil
import socket
from pathlib import Path

from . import ports
from .errors import StackError
from .process import Process, clean_environment, wait_until

_START_TIMEOUT_S = 20


class RedisServer:
    """Keeps nothing over a restart, unless `keep` is set: then a snapshot in `data`."""

    def __init__(self, data: Path, log: Path, port: int, keep: bool = False):
        self.port = port
        self._data = data
        program = shutil.which("redis-server")
        if program is None:
            raise StackError("no redis-server on the PATH: run ./deploy/setup")
        settings = {
            "bind": ports.HOST,
            "port": str(port),
            "dir": str(data),
            "save": "60 1" if keep else "",
            "appendonly": "no",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
            "databases": "1",
        }
        command = [program]
        for name, value in settings.items():
            command += [f"--{name}", value]
        self.process = Process("redis", command, log, clean_environment())

    @property
    def address(self) -> str:
        return f"{ports.HOST}:{self.port}"

    def prepare(self) -> None:
        self._data.mkdir(parents=True, exist_ok=True)

    def start(self) -> None:
        self.process.start()

    def is_ready(self) -> bool:
        try:
            with socket.create_connection((ports.HOST, self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def start_and_wait(self) -> None:
        self.prepare()
        self.start()
        started = wait_until(
            lambda: self.is_ready() or not self.process.running(), _START_TIMEOUT_S
        )
        if not started or not self.process.running():
            self.process.stop(0)
            log = self.process.log
            raise StackError(f"Redis did not start; see {log}:\n{self.process.log_tail()}")
