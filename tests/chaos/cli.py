"""The `carillon` program against either process of each service, patient while services die and return."""

import time

from demo_week.cli import Carillon, Refused


class PatientCli:
    """For commands that may be repeated."""

    def __init__(self, carillons: list[Carillon], say, patience_s: float = 600):
        self._carillons = carillons
        self._say = say
        self._patience_s = patience_s
        self._turn = 0

    def __call__(self, *arguments: str):
        return self._patiently(lambda carillon: carillon(*arguments))

    def items(self, *arguments: str) -> list[dict]:
        return self._patiently(lambda carillon: carillon.items(*arguments))

    def _patiently(self, ask):
        end = time.monotonic() + self._patience_s
        while True:
            self._turn += 1
            try:
                return ask(self._carillons[self._turn % len(self._carillons)])
            except Refused as error:
                self._say(f"again: {error}")
                if time.monotonic() > end:
                    raise
                time.sleep(0.5)
