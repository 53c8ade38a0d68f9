"""The `carillon` program against either process of each service, patient while services die and return."""

from demo_week.cli import Carillon, Refused
from local_stack.process import wait_until


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
        answers: list = []
        refusals: list[Refused] = []

        def answered() -> bool:
            self._turn += 1
            try:
                answers.append(ask(self._carillons[self._turn % len(self._carillons)]))
                return True
            except Refused as error:
                self._say(f"again: {error}")
                refusals.append(error)
                return False

        if not wait_until(answered, self._patience_s, 0.5):
            raise refusals[-1]
        return answers[0]
