"""In which order processes are replaced, and by what; what lay between publishes meanwhile. Pure."""

from dataclasses import dataclass
from pathlib import Path

INSTANCES = 2


@dataclass(frozen=True)
class Step:
    process: str  # "publisher-2"
    service: str
    instance: int
    programs: Path


def once(services: tuple[str, ...], programs: Path) -> list[Step]:
    """Each process of each service, one service after the other."""
    return [Step(service if instance == 1 else f"{service}-{instance}", service, instance, programs)
            for service in services for instance in range(1, INSTANCES + 1)]


def upgrade(services: tuple[str, ...], old: Path, new: Path) -> list[Step]:
    """All forward, one process of each service back, and those forward again."""
    forward = once(services, new)
    second = [step for step in forward if step.instance == INSTANCES]
    back = [Step(step.process, step.service, step.instance, old) for step in second]
    return forward + back + second


def longest_gap_s(times: list[float], begin: float, end: float) -> float:
    """Of what is between two of the sorted times, the longest that lies in [begin, end] at least in part."""
    inside = [time for time in times if begin < time < end]
    before = max((time for time in times if time <= begin), default=begin)
    after = min((time for time in times if time >= end), default=end)
    marks = [before, *inside, after]
    return max(b - a for a, b in zip(marks, marks[1:]))
