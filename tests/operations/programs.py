"""The folder that the stack takes its programs from: links to those of one revision or of another."""

import os
from pathlib import Path

from local_stack import paths


class Programs:
    def __init__(self, folder: Path, first: Path, later: Path | None = None):
        """What the first revision does not have yet is the later one's from the beginning."""
        self.folder = folder
        folder.mkdir(parents=True)
        for name in paths.PROGRAMS:
            self.set(name, first if later is None or (first / name).exists() else later)

    def set(self, name: str, revision: Path) -> None:
        """From its next start on."""
        link = self.folder / f".{name}"
        link.unlink(missing_ok=True)
        link.symlink_to((revision / name).resolve())
        link.replace(self.folder / name)

    def runs(self, name: str, pid: int) -> bool:
        """Whether that process is the program that a start would take now."""
        try:
            return Path(os.readlink(f"/proc/{pid}/exe")) == (self.folder / name).resolve()
        except OSError:
            return False
