"""The calendar of the launch week, and its times rewritten so that the week takes a minute."""

import csv
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

DATA = Path(__file__).resolve().parents[1] / "demo_data"

# In the calendar this post's time lies a week before all others'.
PAST_DUE = "launch-150"
# These two never get an approval.
UNAPPROVED = ("launch-101", "launch-233")

# A post that is much more than late; the scheduler's default policy holds it.
_PAST_DUE_BY = timedelta(days=1)


@dataclass(frozen=True)
class Account:
    brand: str
    username: str
    zone: str

    @property
    def display_name(self) -> str:
        return self.username.replace("_", " ").title()


class Week:
    def __init__(self, source: Path = DATA / "calendar.csv"):
        with open(source, newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            self._columns = list(reader.fieldnames or [])
            self.rows = list(reader)

    @property
    def accounts(self) -> list[Account]:
        """In the order of the calendar, each once."""
        found = (Account(row["brand"], row["account"], row["zone"]) for row in self.rows)
        return list(dict.fromkeys(found))

    @property
    def campaigns(self) -> dict[str, str]:
        """The campaign of each brand."""
        return {row["brand"]: row["campaign"] for row in self.rows if row["campaign"]}

    def write(self, target: Path, start: datetime, length: timedelta) -> None:
        """Writes the calendar with the week laid between `start` and `start + length`: order and
        proportions stay, to the second."""
        times = {
            row["external_id"]: _instant(row)
            for row in self.rows
            if row["external_id"] != PAST_DUE
        }
        first, last = min(times.values()), max(times.values())
        with open(target, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, self._columns)
            writer.writeheader()
            for row in self.rows:
                at = times.get(row["external_id"])
                due = start - _PAST_DUE_BY
                if at:
                    due = start + length * ((at - first) / (last - first))
                writer.writerow(row | _local(due, row["zone"]))

    @staticmethod
    def expected_state(external_id: str) -> str:
        if external_id in UNAPPROVED:
            return "EXPIRED"
        return "HELD" if external_id == PAST_DUE else "PUBLISHED"


def _instant(row: dict) -> datetime:
    local = datetime.strptime(row["local_time"], "%Y-%m-%d %H:%M")
    return local.replace(tzinfo=ZoneInfo(row["zone"])).astimezone(timezone.utc)


def _local(instant: datetime, zone: str) -> dict[str, str]:
    local = instant.astimezone(ZoneInfo(zone))
    if local.fold:
        # This hour comes twice there, and its second time can't be written down.
        zone, local = "Etc/UTC", instant
    return {"local_time": local.strftime("%Y-%m-%d %H:%M:%S"), "zone": zone}
