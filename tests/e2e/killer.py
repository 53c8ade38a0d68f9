"""Kills services with -9 at seeded moments. The supervisor starts them again."""

import os
import random
import re
import signal
import time
import urllib.request

from local_stack import files, paths

KILLS_EACH = 5
# How long a kill of the publisher waits for a moment when something is being sent.
_SENDING_WAIT_S = 10


class Killer:
    """`step()` is called often; it kills when the next moment has come."""

    def __init__(self, layout, metrics: dict, seed: int, first_s: float, last_s: float):
        self._layout = layout
        self._publisher_metrics = f"http://{metrics['publisher']}/metrics"
        # For each kill of the publisher: how many deliveries were SENDING in the log then.
        self.sending: list[int] = []
        rng = random.Random(seed)
        # The publisher dies while posts go out, the others also before and after.
        span = {name: (first_s, last_s) for name in paths.SERVICES}
        span["publisher"] = (first_s + 7, last_s - 15)
        times = [(rng.uniform(*span[name]), name) for name in paths.SERVICES
                 for _ in range(KILLS_EACH)]
        self._plan = sorted(times)
        self.kills: dict[str, int] = dict.fromkeys(paths.SERVICES, 0)
        self._killed: dict[str, int] = {}  # the last one; it may wait to be reaped for a moment

    def step(self, elapsed_s: float) -> None:
        while self._plan and self._plan[0][0] <= elapsed_s:
            _, name = self._plan[0]
            pid = self._pid(name)
            if pid is None or pid == self._killed.get(name):
                return  # It is being started again: its turn comes as soon as it runs.
            self._plan.pop(0)
            if name == "publisher":
                self.sending.append(self._await_sending())
            os.kill(pid, signal.SIGKILL)
            self._killed[name] = pid
            self.kills[name] += 1

    def _await_sending(self) -> int:
        end = time.monotonic() + _SENDING_WAIT_S
        while time.monotonic() < end:
            try:
                with urllib.request.urlopen(self._publisher_metrics, timeout=1) as answer:
                    text = answer.read().decode()
            except OSError:
                return 0
            found = re.search(r"^carillon_publisher_sending(?:{[^}]*})? ([0-9.]+)", text, re.M)
            if found and float(found.group(1)) > 0:
                return int(float(found.group(1)))
        return 0

    def done(self) -> bool:
        return not self._plan

    def _pid(self, name: str) -> int | None:
        state = files.read_json(self._layout.state) or {"members": []}
        for member in state["members"]:
            if member["name"] == name and member["running"]:
                try:
                    os.kill(member["pid"], 0)
                    return member["pid"]
                except OSError:
                    return None
        return None
