#!/usr/bin/env python3
"""A thread on Mastodon through the real services; loop_test.py has the rest of it.

Usage: mastodon_test.py [--keep-folder]
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "deploy"), str(ROOT / "tests" / "chaos"), str(ROOT / "tests" / "recorder"), str(Path(__file__).parent)]
sys.dont_write_bytecode = True

from platform_run import PlatformRun, main  # noqa: E402

ACCOUNT = "bellfounder"


class Run(PlatformRun):
    platform = "mastodon"
    brand = "Bellfounder"

    def __init__(self, folder: Path):
        super().__init__(folder, {ACCOUNT: "token-of-bellfounder"}, "")

    def run(self) -> None:
        self.start()
        self.connect(ACCOUNT, self.tokens[ACCOUNT])
        self.thread()
        self.judge_traffic()


if __name__ == "__main__":
    main(Run)
