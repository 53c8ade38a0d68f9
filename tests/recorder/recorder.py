#!/usr/bin/env python3
"""Stands between clients and HTTP servers, passes every byte and every end on as it came, and writes what it saw.

Usage: recorder.py --out FILE [--lose TEXT]... LISTEN_PORT:TARGET_PORT...   (all on 127.0.0.1)

Passing on comes first: bytes go on before they are read as HTTP, an end of one direction ends that direction alone, a reset is a
reset, and a server that takes no connection is one to the client (who sees it reset, not refused). FILE has one JSON object a line
for each exchange (see `as_json`), written once it is over, without the secrets of `Authorization`. Prints "ok" once it listens.
--lose: the first request whose body has TEXT in it is answered by nobody: once the server answers, both connections are closed.
"""

import argparse
import base64
import errno
import json
import os
import select
import signal
import socket
import struct
from typing import TextIO

from http_tap import Conversation, Exchange, Message

HOST = "127.0.0.1"
_READ_BYTES = 256 << 10
_QUEUE_BYTES_MAX = 1 << 20
_RESET = struct.pack("ii", 1, 0)


def _headers(message: Message) -> dict[str, str]:
    shown = dict(message.headers)
    if "authorization" in shown:
        shown["authorization"] = shown["authorization"].split(" ")[0]
    return shown


def as_json(exchange: Exchange, port: int) -> dict:
    method, target, _ = exchange.request.start
    line = {"port": port, "method": method, "target": target, "headers": _headers(exchange.request),
            "body": base64.b64encode(exchange.request.body).decode(), "cut": exchange.cut, "status": None}
    if exchange.answer:
        line |= {"status": int(exchange.answer.start[1]), "answer_headers": _headers(exchange.answer),
                 "answer_body": base64.b64encode(exchange.answer.body).decode()}
    if exchange.answer_cut:
        line["answer_cut"] = True
    return line


class Side:
    """One of a connection's two sockets, with what is still to be written to it."""

    def __init__(self, of: socket.socket):
        of.setblocking(False)
        of.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = of
        self.fd = of.fileno()
        self.out = bytearray()
        self.ended = False  # it sends no more
        self.told = False  # and we told it that the other one sends no more
        self.mask = -1


class Connection:
    def __init__(self, client: socket.socket, server: socket.socket, talk: Conversation):
        self.client, self.server, self.talk = Side(client), Side(server), talk
        self.is_open = True

    def other(self, side: Side) -> Side:
        return self.server if side is self.client else self.client


class Recorder:
    def __init__(self, routes: dict[int, int], out: TextIO, lose: list[bytes]):
        self._out = out
        self._lose = lose
        self._poll = select.epoll()
        self._sides: dict[int, tuple[Connection, Side]] = {}
        self._listening: dict[int, tuple[socket.socket, int, int]] = {}
        for listen, target in routes.items():
            at = socket.socket()
            at.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            at.bind((HOST, listen))
            at.listen(512)
            at.setblocking(False)
            self._listening[at.fileno()] = (at, at.getsockname()[1], target)
            self._poll.register(at.fileno(), select.EPOLLIN)
        self.ports = [port for _, port, _ in self._listening.values()]

    def run(self, until: int) -> None:
        """Ends once the descriptor `until` can be read. What is under way then is written as without an answer."""
        self._poll.register(until, select.EPOLLIN)
        while True:
            for fd, event in self._poll.poll():
                if fd == until:
                    for connection in {connection for connection, _ in self._sides.values()}:
                        self._listen_in(connection.talk.end)
                    return
                if fd in self._listening:
                    self._accept(*self._listening[fd])
                elif fd in self._sides:
                    self._move(*self._sides[fd], event)

    def _listen_in(self, what, *arguments) -> None:
        """What cannot be read is written down; it never holds up what passes."""
        try:
            what(*arguments)
        except Exception as error:  # pylint: disable=broad-except
            self._write_line({"unreadable": f"{type(error).__name__}: {error}"})

    def _write_line(self, line: dict) -> None:
        self._out.write(json.dumps(line) + "\n")
        self._out.flush()

    def _accept(self, at: socket.socket, port: int, target: int) -> None:
        try:
            client, _ = at.accept()
        except OSError:
            return
        server = socket.socket()
        server.setblocking(False)
        refused = server.connect_ex((HOST, target)) not in (0, errno.EINPROGRESS)
        talk = Conversation(lambda exchange: self._write_line(as_json(exchange, port)))
        connection = Connection(client, server, talk)
        for side in (connection.client, connection.server):
            self._sides[side.fd] = (connection, side)
            self._poll.register(side.fd, 0)
        if refused:
            self._close(connection, reset=True)
        self._arm(connection)

    def _move(self, connection: Connection, side: Side, event: int) -> None:
        try:
            if event & select.EPOLLOUT or (side.out and event & (select.EPOLLHUP | select.EPOLLERR)):
                self._send(connection, side)
            if event & (select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR):
                if not side.ended:
                    self._read(connection, side)
                elif event & select.EPOLLERR:
                    raise ConnectionResetError
            if connection.is_open and all(one.ended and one.told for one in (connection.client, connection.server)):
                self._close(connection, reset=False)
        except BlockingIOError:
            pass
        except OSError:
            self._close(connection, reset=True)
        self._arm(connection)

    def _read(self, connection: Connection, side: Side) -> None:
        other = connection.other(side)
        data = side.socket.recv(_READ_BYTES)
        if side is connection.server and data and self._loses(connection.talk.asked()):
            self._close(connection, reset=False)
            return
        other.out += data
        side.ended = not data
        try:
            self._send(connection, other)
        finally:
            is_client = side is connection.client
            if data:
                self._listen_in(connection.talk.from_client if is_client else connection.talk.from_server, data)
            elif not is_client:
                self._listen_in(connection.talk.server_ended)

    def _loses(self, body: bytes) -> bool:
        text = next((text for text in self._lose if text in body), None)
        if text is not None:
            self._lose.remove(text)
        return text is not None

    def _send(self, connection: Connection, side: Side) -> None:
        try:
            while side.out:
                del side.out[:side.socket.send(side.out)]
        except BlockingIOError:
            return
        if connection.other(side).ended and not side.told:
            side.told = True
            side.socket.shutdown(socket.SHUT_WR)

    def _arm(self, connection: Connection) -> None:
        if not connection.is_open:
            return
        for side in (connection.client, connection.server):
            mask = 0
            if not side.ended and len(connection.other(side).out) < _QUEUE_BYTES_MAX:
                mask |= select.EPOLLIN
            if side.out or (connection.other(side).ended and not side.told):
                mask |= select.EPOLLOUT
            if side.mask != mask:
                side.mask = mask
                self._poll.modify(side.fd, mask)

    def _close(self, connection: Connection, reset: bool) -> None:
        if not connection.is_open:
            return
        connection.is_open = False
        for side in (connection.client, connection.server):
            self._poll.unregister(side.fd)
            del self._sides[side.fd]
            if reset:
                side.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            side.socket.close()
        self._listen_in(connection.talk.end)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--lose", action="append", default=[], metavar="TEXT")
    parser.add_argument("routes", nargs="+", metavar="LISTEN_PORT:TARGET_PORT")
    options = parser.parse_args()
    routes = dict(tuple(map(int, route.split(":"))) for route in options.routes)
    told, tell = os.pipe()
    os.set_blocking(tell, False)
    signal.set_wakeup_fd(tell)
    signal.signal(signal.SIGTERM, lambda *_: None)
    with open(options.out, "a", encoding="ascii") as out:
        recorder = Recorder(routes, out, [text.encode() for text in options.lose])
        print("ok", *recorder.ports, flush=True)
        recorder.run(told)


if __name__ == "__main__":
    main()
