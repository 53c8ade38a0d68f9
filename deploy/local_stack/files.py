"""Small files that others may read at any moment, and secrets that only the owner may read."""

import base64
import fcntl
import json
import os
import secrets
import tempfile
from pathlib import Path


def write_atomically(path: Path, text: str, mode: int = 0o644) -> None:
    """A reader sees the old text or the new, never a part, and never with a wider mode."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), mode)
            file.write(text)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def write_json(path: Path, value, mode: int = 0o644) -> None:
    write_atomically(path, json.dumps(value, indent=2) + "\n", mode)


def read_json(path: Path):
    """The file's value, or None where there is no such file."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def make_tokens(path: Path) -> None:
    """Tokens of the operator, of the services among themselves, and of the gateway, which has a
    file of its own beside; kept once made."""
    tokens = read_json(path) or {}
    missing = {who for who in ("operator", "service", "gateway") if who not in tokens}
    if missing:
        write_json(path, tokens | {who: secrets.token_urlsafe(32) for who in missing}, 0o600)
    write_json(gateway_token(path), {"gateway": read_json(path)["gateway"]}, 0o600)


def gateway_token(tokens: Path) -> Path:
    return tokens.with_name("gateway.json")


def make_key(path: Path) -> None:
    """32 bytes, as the vault's key and that of media URLs are; kept once made."""
    if not path.exists():
        write_atomically(path, base64.b64encode(secrets.token_bytes(32)).decode() + "\n", 0o600)


def make_sandbox_accounts(layout, names: list[tuple[str, str]]) -> None:
    """The sandbox's accounts (username, display name), each with a token of its own."""
    accounts = read_json(layout.sandbox_accounts)
    if accounts is None:
        accounts = [
            {"username": username, "display_name": shown, "token": secrets.token_urlsafe(24)}
            for username, shown in names
        ]
        write_json(layout.sandbox_accounts, accounts, 0o600)
    for account in accounts:
        token = layout.account_token(account["username"])
        write_atomically(token, account["token"] + "\n", 0o600)


class Lock:
    """A lock on a file, held until it is let go or its process ends, however that ends."""

    def __init__(self, path: Path):
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = open(path, "a", encoding="utf-8")

    def try_take(self) -> bool:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            return False

    def take(self) -> None:
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def release(self) -> None:
        self._file.close()
