#!/usr/bin/env python3
"""A TCP proxy whose links can be cut, stalled, delayed and pointed elsewhere while they are in use.

Usage: proxy.py NAME:LISTEN_PORT:TARGET_PORT...   (all on 127.0.0.1)

Standard input has one JSON command a line, each answered by "ok" once it holds:
  {"link": NAME, "cut": true|false}      closes all connections, and every new one at once
  {"link": NAME, "stall": true|false}    nothing passes; what was read before is kept
  {"link": NAME, "delay_ms": N}          each byte arrives N ms later, in both directions
  {"link": NAME, "target": PORT}         for new connections; those that there are are closed
It ends with its standard input.
"""

import errno
import heapq
import json
import os
import select
import socket
import sys
import time
from collections import deque

HOST = "127.0.0.1"
_READ_BYTES = 256 << 10
_QUEUE_BYTES_MAX = 4 << 20


class Link:
    """What listens on one port, and how it treats its connections."""

    def __init__(self, name: str, listen: int, target: int):
        self.name = name
        self.target = target
        self.cut = False
        self.stall = False
        self.delay_s = 0.0
        self.connections: set[Connection] = set()
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind((HOST, listen))
        self.socket.listen(512)
        self.socket.setblocking(False)


class Flow:
    """One direction of a connection. An empty chunk is its end."""

    def __init__(self, connection: "Connection", source: socket.socket, sink: socket.socket):
        self.connection = connection
        self.source, self.sink = source, sink
        self.queue: deque[tuple[float, bytes]] = deque()
        self.queued_bytes = 0
        self.ended = False

    def reads(self) -> bool:
        return not self.ended and self.queued_bytes < _QUEUE_BYTES_MAX

    def has_due(self, now: float) -> bool:
        return bool(self.queue) and self.queue[0][0] <= now


class Connection:
    def __init__(self, link: Link, client: socket.socket, server: socket.socket):
        self.link = link
        self.flows = (Flow(self, client, server), Flow(self, server, client))
        self.masks: dict[int, int] = {}


class Proxy:
    def __init__(self, links: list[Link]):
        self._links = {link.name: link for link in links}
        self._poll = select.epoll()
        self._listening = {link.socket.fileno(): link for link in links}
        self._flow_of: dict[int, Flow] = {}
        self._later: list[tuple[float, int, Flow]] = []
        self._count = 0
        self._commands = b""
        for fd in (0, *self._listening):
            self._poll.register(fd, select.EPOLLIN)

    def run(self) -> None:
        while True:
            timeout = self._later[0][0] - time.monotonic() if self._later else -1
            for fd, event in self._poll.poll(max(timeout, 0) if self._later else -1):
                if fd == 0:
                    if not self._obey():
                        return
                elif fd in self._listening:
                    self._accept(self._listening[fd])
                elif fd in self._flow_of:
                    self._move(self._flow_of[fd], event)
            now = time.monotonic()
            while self._later and self._later[0][0] <= now:
                self._write(heapq.heappop(self._later)[2])

    def _obey(self) -> bool:
        got = os.read(0, 65536)
        if not got:
            return False
        *lines, self._commands = (self._commands + got).split(b"\n")
        for line in lines:
            command = json.loads(line)
            link = self._links[command["link"]]
            link.cut = command.get("cut", link.cut)
            link.stall = command.get("stall", link.stall)
            link.delay_s = command.get("delay_ms", link.delay_s * 1000) / 1000
            link.target = command.get("target", link.target)
            for connection in list(link.connections):
                if link.cut or "target" in command:
                    self._close(connection)
                else:
                    for flow in connection.flows:
                        self._write(flow)
            print("ok", flush=True)
        return True

    def _accept(self, link: Link) -> None:
        try:
            client, _ = link.socket.accept()
        except OSError:
            return
        if link.cut:
            client.close()
            return
        # Never waits: a target with a full backlog must not hold up the other links.
        server = socket.socket()
        server.setblocking(False)
        if server.connect_ex((HOST, link.target)) not in (0, errno.EINPROGRESS):
            client.close()
            server.close()
            return
        connection = Connection(link, client, server)
        link.connections.add(connection)
        for flow in connection.flows:
            flow.source.setblocking(False)
            flow.source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._flow_of[flow.source.fileno()] = flow
            self._poll.register(flow.source.fileno(), 0)
            connection.masks[flow.source.fileno()] = 0
        self._arm(connection)

    def _move(self, flow: Flow, event: int) -> None:
        """`flow` is the one that reads from the socket; the other one writes to it."""
        if event & select.EPOLLOUT:
            self._write(self._other(flow))
        connection = flow.connection
        if connection not in connection.link.connections:
            return
        if event & (select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR) and flow.reads():
            if not connection.link.stall:
                self._read(flow)
                return
        if event & (select.EPOLLHUP | select.EPOLLERR):
            self._close(connection)

    @staticmethod
    def _other(flow: Flow) -> Flow:
        first, second = flow.connection.flows
        return second if flow is first else first

    def _read(self, flow: Flow) -> None:
        try:
            data = flow.source.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            self._close(flow.connection)
            return
        flow.ended = not data
        delay_s = flow.connection.link.delay_s
        due = time.monotonic() + delay_s
        if flow.queue:
            due = max(due, flow.queue[-1][0])
        flow.queue.append((due, data))
        flow.queued_bytes += len(data)
        if due > time.monotonic():
            self._count += 1
            heapq.heappush(self._later, (due, self._count, flow))
            self._arm(flow.connection)
        else:
            self._write(flow)

    def _write(self, flow: Flow) -> None:
        connection = flow.connection
        if connection not in connection.link.connections:
            return
        while not connection.link.stall and flow.has_due(time.monotonic()):
            due, data = flow.queue[0]
            if not data:
                self._close(connection)
                return
            try:
                sent = flow.sink.send(data)
            except BlockingIOError:
                break
            except OSError:
                self._close(connection)
                return
            flow.queued_bytes -= sent
            if sent == len(data):
                flow.queue.popleft()
            else:
                flow.queue[0] = (due, data[sent:])
        self._arm(connection)

    def _arm(self, connection: Connection) -> None:
        now = time.monotonic()
        stalled = connection.link.stall
        for flow in connection.flows:
            mask = 0
            if not stalled and flow.reads():
                mask |= select.EPOLLIN
            if not stalled and self._other(flow).has_due(now):
                mask |= select.EPOLLOUT
            fd = flow.source.fileno()
            if connection.masks[fd] != mask:
                connection.masks[fd] = mask
                self._poll.modify(fd, mask)

    def _close(self, connection: Connection) -> None:
        if connection not in connection.link.connections:
            return
        connection.link.connections.discard(connection)
        for flow in connection.flows:
            fd = flow.source.fileno()
            self._poll.unregister(fd)
            del self._flow_of[fd]
        for flow in connection.flows:
            flow.source.close()


def main() -> None:
    links = []
    for text in sys.argv[1:]:
        name, listen, target = text.split(":")
        links.append(Link(name, int(listen), int(target)))
    print("ok", flush=True)
    Proxy(links).run()


if __name__ == "__main__":
    main()
