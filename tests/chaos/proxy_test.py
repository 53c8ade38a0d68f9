#!/usr/bin/env python3
"""The proxy passes everything on, and cuts, stalls, delays and switches when it is told to."""

import socket
import sys
import threading
import time
import unittest
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "deploy"), str(Path(__file__).parent)]
sys.dont_write_bytecode = True

from local_stack import ports  # noqa: E402
from servers import Proxy  # noqa: E402

_TIMEOUT_S = 10


class Echo:
    """Sends back what it gets, after its name."""

    def __init__(self, name: bytes):
        self._name = name
        self._socket = socket.create_server((ports.HOST, 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            connection.sendall(self._name)
            threading.Thread(target=self._echo, args=(connection,), daemon=True).start()

    @staticmethod
    def _echo(connection: socket.socket) -> None:
        try:
            while data := connection.recv(65536):
                connection.sendall(data)
        except OSError:
            pass


class ProxyTest(unittest.TestCase):
    def setUp(self):
        self.first, self.second = Echo(b"1"), Echo(b"2")
        self.port = ports.free_ports(1)[0]
        self.proxy = Proxy({"link": (self.port, self.first.port)})
        self.addCleanup(self.proxy.stop)

    def connect(self) -> socket.socket:
        connection = socket.create_connection((ports.HOST, self.port), _TIMEOUT_S)
        self.addCleanup(connection.close)
        return connection

    def read(self, connection: socket.socket, size: int) -> bytes:
        data = b""
        while len(data) < size:
            got = connection.recv(size - len(data))
            if not got:
                break
            data += got
        return data

    def is_closed(self, connection: socket.socket) -> bool:
        try:
            return connection.recv(1) == b""
        except ConnectionError:
            return True

    def test_much_data_comes_back_unchanged(self):
        connection = self.connect()
        self.assertEqual(self.read(connection, 1), b"1")
        data = bytes(range(256)) * 40_000
        threading.Thread(target=connection.sendall, args=(data,), daemon=True).start()
        self.assertEqual(self.read(connection, len(data)), data)

    def test_cut_closes_and_refuses_until_it_is_lifted(self):
        connection = self.connect()
        self.read(connection, 1)
        self.proxy("link", cut=True)
        self.assertTrue(self.is_closed(connection))
        self.assertTrue(self.is_closed(self.connect()))
        self.proxy("link", cut=False)
        self.assertEqual(self.read(self.connect(), 1), b"1")

    def test_stall_keeps_what_is_under_way(self):
        connection = self.connect()
        self.read(connection, 1)
        self.proxy("link", stall=True)
        connection.sendall(b"later")
        connection.settimeout(0.2)
        self.assertRaises(TimeoutError, connection.recv, 1)
        connection.settimeout(_TIMEOUT_S)
        self.proxy("link", stall=False)
        self.assertEqual(self.read(connection, 5), b"later")

    def test_delay_goes_both_ways_and_keeps_the_order(self):
        connection = self.connect()
        self.read(connection, 1)
        self.proxy("link", delay_ms=100)
        began = time.monotonic()
        connection.sendall(b"a")
        connection.sendall(b"b")
        self.assertEqual(self.read(connection, 2), b"ab")
        self.assertGreaterEqual(time.monotonic() - began, 0.19)
        self.proxy("link", delay_ms=0)
        connection.sendall(b"c")
        self.assertEqual(self.read(connection, 1), b"c")

    def test_another_target_closes_the_connections_to_the_first(self):
        connection = self.connect()
        self.read(connection, 1)
        self.proxy("link", target=self.second.port)
        self.assertTrue(self.is_closed(connection))
        self.assertEqual(self.read(self.connect(), 1), b"2")


if __name__ == "__main__":
    unittest.main()
