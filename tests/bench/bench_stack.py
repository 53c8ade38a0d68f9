"""A stack of its own with one brand and many accounts on the sandbox's Mastodon, and what can be read off it."""

import csv
import os
import shutil
import sys
import tempfile
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy"))

from demo_week.cli import Carillon  # noqa: E402
from demo_week.sandbox_admin import SandboxAdmin  # noqa: E402
from local_stack import files, paths  # noqa: E402
from local_stack.control import Control  # noqa: E402

BRAND = "Bench"
CONNECTING_AT_ONCE = 4
COLUMNS = ["external_id", "brand", "account", "local_time", "zone", "text", "link", "media", "alt",
           "campaign"]


class BenchStack:
    """Up inside a `with`; its folder is gone afterwards."""

    def __init__(self, preset: str, accounts: int):
        self.preset = preset
        self.names = [f"bench_{n:04d}" for n in range(accounts)]

    def __enter__(self) -> "BenchStack":
        # Nothing but Carillon itself is to hold posts up, and 1,000 accounts are asked as on a real platform, not every 2 s as in the demo.
        os.environ["CARILLON_SANDBOX_OPTIONS"] = "--rate-limit 0 --engagement-scale 0"
        os.environ["CARILLON_RATE_LIMITS"] = "answers"  # they send more than the platform's published limits allow
        os.environ |= {f"CARILLON_{what}_INTERVAL_MS": "60000" for what in ("POLL", "SAMPLE", "ACCOUNT")}
        self.folder = Path(tempfile.mkdtemp(prefix="carillon-bench."))
        self.control = Control(self.folder, self.folder / "endpoints.json")
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        self.control.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self) -> None:
        layout = self.control.layout
        files.make_sandbox_accounts(layout, [(name, name) for name in self.names])
        accounts = files.read_json(layout.sandbox_accounts)
        files.write_json(layout.sandbox_accounts,
                         [account | {"history_weeks": 0} for account in accounts], mode=0o600)
        self.control.start(self.preset, tethered=True)
        self.endpoints = files.read_json(layout.endpoints)
        self.programs = paths.bin_dir(self.preset)
        self.carillon = Carillon(self.programs / "carillon", layout.endpoints, self.folder)
        self.sandbox = SandboxAdmin(self.endpoints["sandbox_admin"])

    def connect(self) -> float:
        """Makes the brand and connects every account; the seconds that it took."""
        self.carillon("brand", "create", BRAND, "--timezone", "Etc/UTC")
        began = time.monotonic()
        with ThreadPoolExecutor(CONNECTING_AT_ONCE) as pool:
            list(pool.map(self._connect, self.names))
        return round(time.monotonic() - began, 1)

    def _connect(self, name: str) -> None:
        self.carillon("account", "connect", "--brand", BRAND, "--platform", "mastodon", "--base-url",
                      self.endpoints["sandbox"], "--token-file", str(self.control.layout.account_token(name)))

    def schedule(self, first: datetime, count: int, per_s: int, label: str, targets: int = 1) -> float:
        """`count` approved posts over all accounts in turn, `per_s` due in each second from `first` on; the seconds that it took.

        `targets` of them are written once, as one post for so many accounts.
        """
        calendar = self.folder / "calendar.csv"
        with open(calendar, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            for n in range(0, count, targets):
                due = first + timedelta(seconds=n // per_s)
                writer.writerow({"external_id": f"{label}{n}", "brand": BRAND,
                                 "account": ";".join(self.names[(n + i) % len(self.names)] for i in range(targets)),
                                 "local_time": due.strftime("%Y-%m-%d %H:%M:%S"), "zone": "Etc/UTC",
                                 "text": f"Post {n} of {label} #bench", "link": "", "media": "",
                                 "alt": "", "campaign": ""})
        began = time.monotonic()
        imported = self.carillon("calendar", "import", str(calendar))
        self.carillon("post", "approve", "--import", imported["id"])
        return round(time.monotonic() - began, 1)

    # -- what it uses

    def members(self) -> dict[str, int]:
        return {member["name"]: member["pid"] for member in self.control.state()["members"]}

    def cpu_s(self) -> dict[str, float]:
        return {name: cpu_s(pid) for name, pid in self.members().items()}

    def pss_mb(self) -> dict[str, float]:
        return {name: round(pss_kb(pid) / 1024, 1) for name, pid in self.members().items()}

    def metric(self, service: str, name: str, labels: str = "") -> float:
        """The sum of a metric's samples whose labels hold that text."""
        address = self.endpoints["metrics"][service]
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=10) as answer:
            text = answer.read().decode()
        full = f"carillon_{service}_{name}"
        return sum(float(line.split()[-1]) for line in text.splitlines()
                   if line.startswith((full + " ", full + "{")) and labels in line)

    def transactions(self) -> dict[str, float]:
        return {service: self.metric(service, "ledger_commit_seconds_count") for service in self.endpoints["metrics"]}


def pss_kb(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[int(share * (len(values) - 1))] if values else 0.0


def lateness_ms(posts: list[dict]) -> list[float]:
    """From due to the platform's answer, of each target that has one."""
    return [(instant(target["finished_at"]) - instant(post["draft"]["due_at"])) * 1000
            for post in posts for target in post["targets"] if target.get("finished_at")]


def instant(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
