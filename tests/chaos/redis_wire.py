"""As much of Redis' protocol as these tests need, and what the shards' indexes say."""

import socket

HOST = "127.0.0.1"
_TIMEOUT_S = 5


class RedisError(Exception):
    """It answered with an error, or not at all."""


class Redis:
    """One connection a call, for the servers behind it come and go."""

    def __init__(self, port: int, timeout_s: float = _TIMEOUT_S):
        self.port = port
        self.timeout_s = timeout_s

    def __call__(self, *arguments: str):
        return self.all([arguments])[0]

    def all(self, commands: list[tuple]) -> list:
        """The answers to all commands, sent in one piece."""
        packed = b"".join(_pack(command) for command in commands)
        try:
            with socket.create_connection((HOST, self.port), self.timeout_s) as connection:
                connection.sendall(packed)
                with connection.makefile("rb") as stream:
                    return [_read(stream) for _ in commands]
        except OSError as error:
            raise RedisError(str(error)) from None

    def info(self) -> dict[str, str]:
        lines = self("INFO", "replication").decode().splitlines()
        return dict(line.split(":", 1) for line in lines if ":" in line)


def _pack(command: tuple) -> bytes:
    parts = [str(part).encode() for part in command]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts)


def _read(stream):
    line = stream.readline()
    if not line.endswith(b"\r\n"):
        raise RedisError("the connection was closed")
    kind, rest = line[:1], line[1:-2]
    if kind == b"-":
        raise RedisError(rest.decode())
    if kind == b":":
        return int(rest)
    if kind == b"$":
        return stream.read(int(rest) + 2)[:-2] if int(rest) >= 0 else None
    if kind == b"*":
        return [_read(stream) for _ in range(int(rest))]
    return rest


def ids(redis: Redis, release: str, service: str, shards: int, index: str,
        prefixes: list[str]) -> set[str] | None:
    """Of whom those members are; None as `count`."""
    found = _read_whole(redis, release, service, shards, [
        ("ZRANGEBYLEX", f"{release}:{service}:{shard}:i:{index}", f"[{prefix}|", f"({prefix}}}")
        for prefix in prefixes for shard in range(shards)
    ])
    if found is None:
        return None
    return {member.decode().rsplit("|", 1)[1] for members in found for member in members}


def count(redis: Redis, release: str, service: str, shards: int, index: str,
          prefixes: list[str]) -> list[int] | None:
    """How many members of the index begin with each prefix, over all shards; None while one of them is
    not there or is being rebuilt, for then it tells of the past."""
    found = _read_whole(redis, release, service, shards, [
        ("ZLEXCOUNT", f"{release}:{service}:{shard}:i:{index}", f"[{prefix}|", f"({prefix}}}")
        for prefix in prefixes for shard in range(shards)
    ])
    if found is None:
        return None
    return [sum(found[n * shards:(n + 1) * shards]) for n in range(len(prefixes))]


def _read_whole(redis: Redis, release: str, service: str, shards: int, commands: list) -> list | None:
    stands = [("HMGET", f"{release}:{service}:{shard}:s", "@pos", "@load")
              for shard in range(shards)]
    found = redis.all(stands + commands)
    if any(position is None or loading == b"1" for position, loading in found[:shards]):
        return None
    return found[shards:]
