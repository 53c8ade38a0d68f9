"""Free TCP ports on the loopback address."""

import random
import socket
from collections.abc import Collection

HOST = "127.0.0.1"

# Below the range that Linux takes outgoing connections' ports from, so that a program that is
# started again finds its port still free.
_FIRST, _LAST = 15000, 32000
_MAX_TRIES = 2000

_held: dict[int, socket.socket] = {}


def hold(port: int) -> bool:
    """Makes `port` this process's until its end, also while nothing listens there: a server that is
    yet to start, or starts again, finds it free. False when another process holds it. Known to
    callers of this module alone, by a name of the kernel's that goes with the process."""
    if port in _held:
        return True
    name = socket.socket(socket.AF_UNIX)
    try:
        name.bind(f"\0carillon-port-{port}")
    except OSError:
        name.close()
        return False
    _held[port] = name
    return True


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: a port whose last connections linger in TIME_WAIT counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            return True
        except OSError:
            return False


def free_ports(count: int, but: Collection[int] = ()) -> list[int]:
    """`count` different ports that were free just now, none of `but`, and are held."""
    found: list[int] = []
    for _ in range(_MAX_TRIES):
        if len(found) == count:
            return found
        port = random.SystemRandom().randrange(_FIRST, _LAST)
        if port in _held or port in but:
            continue
        if is_free(port) and hold(port):
            found.append(port)
    raise OSError(f"no {count} free ports on {HOST} between {_FIRST} and {_LAST}")


def accepts(port: int) -> bool:
    """True when a server takes connections there."""
    try:
        with socket.create_connection((HOST, port), timeout=1):
            return True
    except OSError:
        return False
