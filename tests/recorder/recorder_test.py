#!/usr/bin/env python3
"""The recorder passes on what it is given as it was given, whatever it makes of it."""

import base64
import json
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

PROGRAM = Path(__file__).with_name("recorder.py")
POST = b"POST /a?b=c HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer secret\r\nContent-Length: 5\r\n\r\nhello"
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi"


def read(sock: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        got = sock.recv(count - len(data))
        if not got:
            raise EOFError(data)
        data += got
    return data


def reset(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


class RecorderTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = Path(folder.name, "seen.jsonl")
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.listening.settimeout(20)
        self.addCleanup(self.listening.close)
        target = self.listening.getsockname()[1]
        command = [sys.executable, str(PROGRAM), "--out", str(self.file), "--lose", "lost", f"0:{target}"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.stop)
        self.port = int(self.process.stdout.readline().split()[1])

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)
        self.process.stdout.close()

    def pair(self) -> tuple[socket.socket, socket.socket]:
        client = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        server, _ = self.listening.accept()
        server.settimeout(20)
        self.addCleanup(client.close)
        self.addCleanup(server.close)
        return client, server

    def lines(self, count: int) -> list[dict]:
        end = time.monotonic() + 20
        while time.monotonic() < end:
            *found, begun = self.file.read_text().split("\n")
            if len(found) >= count and not begun:
                self.assertEqual(len(found), count)
                return [json.loads(line) for line in found]
            time.sleep(0.01)
        self.fail(f"not {count} lines: {self.file.read_text()}")

    def test_exchanges_are_written(self) -> None:
        client, server = self.pair()
        chunked = b"HTTP/1.1 201 Made\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"
        for answer in (OK, chunked, b"HTTP/1.1 204 None\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n" + OK):
            for byte in POST:  # in the smallest pieces
                client.send(bytes([byte]))
            self.assertEqual(read(server, len(POST)), POST)
            server.sendall(answer)
            self.assertEqual(read(client, len(answer)), answer)
        lines = self.lines(4)
        self.assertEqual([line["status"] for line in lines], [200, 201, 204, 200])
        self.assertEqual(base64.b64decode(lines[1]["answer_body"]), b"abcde")
        self.assertEqual((lines[0]["method"], lines[0]["target"], base64.b64decode(lines[0]["body"])),
                         ("POST", "/a?b=c", b"hello"))
        self.assertEqual(lines[0]["headers"]["authorization"], "Bearer")
        self.assertNotIn("secret", self.file.read_text())

    def test_an_answer_until_the_end(self) -> None:
        client, server = self.pair()
        client.sendall(POST)
        read(server, len(POST))
        server.sendall(b"HTTP/1.0 200 OK\r\n\r\nall")
        server.close()
        self.assertEqual(read(client, 22), b"HTTP/1.0 200 OK\r\n\r\nall")
        self.assertEqual(client.recv(1), b"")
        client.close()
        self.assertEqual(base64.b64decode(self.lines(1)[0]["answer_body"]), b"all")

    def test_closed_without_a_byte(self) -> None:
        client, server = self.pair()
        client.sendall(POST)
        read(server, len(POST))
        server.close()
        self.assertEqual(client.recv(1), b"", "an end, not a reset")
        client.close()
        line = self.lines(1)[0]
        self.assertEqual((line["status"], line["cut"]), (None, False))

    def test_a_reused_connection_that_ends(self) -> None:
        client, server = self.pair()
        client.sendall(POST)
        read(server, len(POST))
        server.sendall(OK)
        server.close()
        self.assertEqual(read(client, len(OK)), OK)
        self.assertEqual(client.recv(1), b"")
        with self.assertRaises(OSError):  # as without the recorder: what is sent to who is gone comes back
            for _ in range(1000):
                client.sendall(POST)
                time.sleep(0.01)

    def test_resets(self) -> None:
        for which in (0, 1):
            with self.subTest(which=which):
                both = self.pair()
                both[0].sendall(POST)
                read(both[1], len(POST))
                reset(both[which])
                with self.assertRaises(ConnectionResetError):
                    both[1 - which].recv(1)

    def test_a_half_closed_client_gets_its_answer(self) -> None:
        client, server = self.pair()
        client.sendall(POST)
        client.shutdown(socket.SHUT_WR)
        self.assertEqual(read(server, len(POST)), POST)
        self.assertEqual(server.recv(1), b"")
        server.sendall(OK)
        self.assertEqual(read(client, len(OK)), OK)
        server.close()
        self.assertEqual(client.recv(1), b"")
        self.assertEqual(self.lines(1)[0]["status"], 200)

    def test_nobody_there(self) -> None:
        self.listening.close()
        with self.assertRaises(ConnectionError):
            client = socket.create_connection(("127.0.0.1", self.port), timeout=20)
            self.addCleanup(client.close)
            client.sendall(POST)
            client.recv(1)
            raise AssertionError("an end without a reset")

    def test_much_and_slowly(self) -> None:
        client, server = self.pair()
        body = bytes(range(256)) * 40_000
        head = b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body)
        sender = threading.Thread(target=client.sendall, args=(head + body,))
        sender.start()
        self.assertEqual(read(server, len(head + body)), head + body)
        sender.join(20)
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
        sender = threading.Thread(target=server.sendall, args=(answer + body,))
        sender.start()
        self.assertEqual(read(client, len(answer + body)), answer + body)
        sender.join(20)
        self.assertEqual(base64.b64decode(self.lines(1)[0]["body"]), body)

    def test_what_is_no_http_passes_and_is_told(self) -> None:
        client, server = self.pair()
        client.sendall(b"\x16\x03\x01 no http\r\n\r\n")
        self.assertEqual(read(server, 15), b"\x16\x03\x01 no http\r\n\r\n")
        server.sendall(b"neither\r\n\r\n")
        self.assertEqual(read(client, 11), b"neither\r\n\r\n")
        self.assertTrue(all("unreadable" in line for line in self.lines(2)))

    def test_cut_requests(self) -> None:
        client, server = self.pair()
        client.sendall(POST[:-1])
        read(server, len(POST) - 1)
        client.close()
        self.assertEqual(server.recv(1), b"")
        server.close()
        line = self.lines(1)[0]
        self.assertEqual((line["cut"], line["status"]), (True, None))

    def test_one_answer_is_lost_on_demand(self) -> None:
        lost = POST.replace(b"hello", b"lost!")
        for request, answer in ((POST, OK), (lost, b""), (lost, OK)):
            client, server = self.pair()
            client.sendall(request)
            self.assertEqual(read(server, len(request)), request)
            server.sendall(OK)
            self.assertEqual(read(client, len(answer)), answer)
            if not answer:
                self.assertEqual(client.recv(1), b"", "an end without a byte")
        self.assertEqual([line["status"] for line in self.lines(3)], [200, None, 200])

    def test_what_is_under_way_at_the_end(self) -> None:
        client, server = self.pair()
        client.sendall(POST)
        read(server, len(POST))
        self.process.terminate()
        self.assertEqual(self.process.wait(20), 0)
        self.assertIsNone(self.lines(1)[0]["status"])


if __name__ == "__main__":
    unittest.main()
