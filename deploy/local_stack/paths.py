"""Where things lie: the repository, the tools that deploy/setup got, the built programs."""

import os
import re
from pathlib import Path

from .errors import StackError

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / "build" / "tools"

SERVICES = ("strategy", "scheduler", "publisher", "listener", "analytics")
PROGRAMS = SERVICES + ("gateway", "sandbox", "carillon")

BUILD_HINT = (
    "run ./deploy/demo, which builds them, or:"
    " ./deploy/setup && cmake --preset {preset} && cmake --build --preset {preset} --target programs"
)


def kafka_home() -> Path:
    """The folder of Kafka's jars. Its version stands in deploy/kafka/pom.xml.

    $CARILLON_KAFKA_VERSION is another of those that deploy/kafka pins.
    """
    pom = (ROOT / "deploy" / "kafka" / "pom.xml").read_text(encoding="utf-8")
    usual = re.search(r"<kafka\.version>([^<]+)</kafka\.version>", pom).group(1)
    version = os.environ.get("CARILLON_KAFKA_VERSION") or usual
    home = TOOLS / f"kafka-{version}"
    if not (home / ".stamp").is_file():
        how = "" if version == usual else f" --kafka {version}"
        raise StackError(f"Kafka is not in {home}: run ./deploy/setup{how}")
    return home


def bin_dir(preset: str) -> Path:
    """The folder of the built programs, with all of them in it.

    $CARILLON_BIN_DIR names another folder than the preset's.
    """
    override = os.environ.get("CARILLON_BIN_DIR")
    folder = Path(override).resolve() if override else ROOT / "build" / preset / "bin"
    missing = [name for name in PROGRAMS if not os.access(folder / name, os.X_OK)]
    if missing:
        hint = BUILD_HINT.format(preset=preset)
        raise StackError(f"not built yet: {', '.join(missing)} (looked in {folder}); {hint}")
    return folder


def endpoints_file() -> Path:
    """$CARILLON_ENDPOINTS, or build/local/endpoints.json. Its folder holds the stack's state."""
    named = os.environ.get("CARILLON_ENDPOINTS")
    return Path(named or ROOT / "build" / "local" / "endpoints.json").absolute()
