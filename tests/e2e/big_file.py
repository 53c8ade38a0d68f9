"""A video as large as a test wants it, which takes no room: laid into the media store by its hash, past the door that would decode it."""

import csv
import hashlib
from datetime import datetime
from pathlib import Path

# An MP4's first box, which is what its kind is told by; all that follows is a hole.
_BEGIN = bytes.fromhex("00000018") + b"ftypmp42" + bytes(4) + b"mp42isom"
_BLOCK = 1 << 20
_COLUMNS = ["external_id", "brand", "account", "local_time", "zone", "text", "link", "media", "alt", "campaign"]


def lay(folder: Path, size: int) -> str:
    """Its SHA-256, which is its name there."""
    digest = hashlib.sha256(_BEGIN)
    left = size - len(_BEGIN)
    empty = bytes(_BLOCK)
    while left > 0:
        digest.update(empty[:min(left, _BLOCK)])
        left -= _BLOCK
    name = digest.hexdigest()
    with open(folder / f".{name}.new", "wb") as file:
        file.write(_BEGIN)
        file.truncate(size)
    (folder / f".{name}.new").rename(folder / name)
    return name


def write_calendar(target: Path, name: str, brand: str, account: str, text: str, media: str, due: datetime) -> None:
    """One post with it: a calendar names files by their hash."""
    with open(target, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, _COLUMNS, restval="")
        writer.writeheader()
        writer.writerow({"external_id": name, "brand": brand, "account": account, "zone": "Etc/UTC", "text": text, "media": media,
                         "local_time": due.strftime("%Y-%m-%d %H:%M:%S")})
