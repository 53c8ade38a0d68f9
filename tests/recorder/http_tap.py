"""Reads HTTP/1.1 off copies of a connection's two streams and puts each request beside its answer. Changes nothing."""

from collections import deque
from dataclasses import dataclass, field
from typing import Callable

_HEAD_BYTES_MAX = 256 << 10


class NotHttp(ValueError):
    """The bytes are not HTTP/1.1 as this reads it."""


@dataclass
class Message:
    """`start` is the first line in its three parts."""

    start: tuple[str, str, str]
    headers: dict[str, str]
    body: bytearray = field(default_factory=bytearray)


@dataclass
class Exchange:
    """`cut`: the request's end never came. No answer: its connection ended without a whole one; but of one in chunks what came is kept,
    for it may be a stream, which has no end (`answer_cut`)."""

    request: Message
    cut: bool = False
    answer: Message | None = None
    answer_cut: bool = False


class Reader:
    """One direction. `done` gets each whole message, `bodiless` says whether an answer to come has no body."""

    def __init__(self, done: Callable[[Message], None], bodiless: Callable[[int], bool] | None = None):
        self._done, self._bodiless = done, bodiless
        self._buffer = bytearray()
        self.message: Message | None = None  # the one whose body is being read
        self._left: int | None = 0  # None: until the end of the connection
        self._chunked = False
        self.raw = False  # after an upgrade nothing is read any more

    def feed(self, data: bytes) -> None:
        if self.raw:
            return
        self._buffer += data
        while not self.raw and self._step():
            pass

    def end(self) -> None:
        if self.message and self._left is None and not self._chunked:
            self._finish()

    def so_far(self) -> Message | None:
        """Of a message in chunks whose end did not come."""
        return self.message if self._chunked and not self.raw else None

    def is_clean(self) -> bool:
        return self.raw or (self.message is None and not self._buffer)

    def _step(self) -> bool:
        if self.message is None:
            return self._head()
        if self._chunked:
            return self._chunk()
        take = len(self._buffer) if self._left is None else min(self._left, len(self._buffer))
        self.message.body += self._take(take)
        if self._left is not None:
            self._left -= take
            if self._left == 0:
                self._finish()
                return bool(self._buffer)
        return False

    def _take(self, count: int) -> bytes:
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    def _head(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > _HEAD_BYTES_MAX:
                raise NotHttp("a head without an end")
            return False
        lines = self._take(end + 4)[:-4].decode("latin-1").split("\r\n")
        parts = lines[0].split(" ", 2)
        if len(parts) < 2 or "HTTP/1." not in lines[0]:
            raise NotHttp(f"a message begins with {lines[0]!r:.80}")
        headers: dict[str, str] = {}
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            if not colon:
                raise NotHttp(f"no header: {line!r:.80}")
            name = name.strip().lower()
            headers[name] = f"{headers[name]}, {value.strip()}" if name in headers else value.strip()
        self.message = Message((parts[0], parts[1], parts[2] if len(parts) == 3 else ""), headers)
        self._measure(self.message)
        return True

    def _measure(self, message: Message) -> None:
        is_answer = self._bodiless is not None
        self._chunked = "chunked" in message.headers.get("transfer-encoding", "").lower()
        length = message.headers.get("content-length")
        if is_answer and self._bodiless(int(message.start[1])):
            self._chunked, self._left = False, 0
        elif self._chunked:
            self._left = None
        elif length is not None:
            self._left = int(length)
        else:
            self._left = None if is_answer else 0
        if self._left == 0:
            self._finish()

    def _chunk(self) -> bool:
        end = self._buffer.find(b"\r\n")
        if end < 0:
            return False
        size = int(bytes(self._buffer[:end]).split(b";")[0], 16)
        if size == 0:
            last = self._buffer.find(b"\r\n\r\n", end)
            if last < 0:
                return False
            self._take(last + 4)
            self._finish()
            return True
        if len(self._buffer) < end + 2 + size + 2:
            return False
        self._take(end + 2)
        self.message.body += self._take(size)
        self._take(2)
        return True

    def _finish(self) -> None:
        message, self.message = self.message, None
        self._done(message)


class Conversation:
    """One connection. `note` gets an exchange as soon as it is over."""

    def __init__(self, note: Callable[[Exchange], None]):
        self._note = note
        self._open: deque[Exchange] = deque()
        self._requests = Reader(lambda message: self._open.append(Exchange(message)))
        self._answers = Reader(self._answered, self._is_bodiless)

    def from_client(self, data: bytes) -> None:
        self._requests.feed(data)

    def from_server(self, data: bytes) -> None:
        self._answers.feed(data)

    def asked(self) -> bytes:
        """The body of the request that the server's next byte answers."""
        return bytes(self._open[0].request.body) if self._open else b""

    def server_ended(self) -> None:
        """Its half of the connection is over: an answer without a length is whole now."""
        self._answers.end()

    def end(self) -> None:
        if self._open:
            self._open[0].answer = self._answers.so_far()
            self._open[0].answer_cut = self._open[0].answer is not None
        for exchange in self._open:
            self._note(exchange)
        self._open.clear()
        if self._requests.message:
            self._note(Exchange(self._requests.message, cut=True))
            self._requests.message = None

    def _is_bodiless(self, status: int) -> bool:
        head = bool(self._open) and self._open[0].request.start[0] == "HEAD"
        return head or status < 200 or status in (204, 304)

    def _answered(self, answer: Message) -> None:
        status = int(answer.start[1])
        if 100 <= status < 200 and status != 101:
            return
        if self._open:
            exchange = self._open.popleft()
        elif self._requests.message:  # answered before its end, as a refusal may be
            exchange = Exchange(self._requests.message, cut=True)
            self._requests.message, self._requests.raw = None, True
        else:
            raise NotHttp("an answer to nothing")
        exchange.answer = answer
        if status == 101:
            self._requests.raw = self._answers.raw = True
        self._note(exchange)
