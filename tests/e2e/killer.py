"""Kills services with -9 at seeded moments. The supervisor starts them again."""

import os
import random
import signal

from local_stack import files, paths

KILLS_EACH = 5


class Killer:
    """`step()` is called often; it kills when the next moment has come."""

    def __init__(self, layout, seed: int, first_s: float, last_s: float):
        self._layout = layout
        rng = random.Random(seed)
        times = [(rng.uniform(first_s, last_s), name) for name in paths.SERVICES
                 for _ in range(KILLS_EACH)]
        self._plan = sorted(times)
        self.kills: dict[str, int] = dict.fromkeys(paths.SERVICES, 0)

    def step(self, elapsed_s: float) -> None:
        while self._plan and self._plan[0][0] <= elapsed_s:
            _, name = self._plan[0]
            pid = self._pid(name)
            if pid is None:
                return  # It is being started again: its turn comes as soon as it runs.
            self._plan.pop(0)
            os.kill(pid, signal.SIGKILL)
            self.kills[name] += 1

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
