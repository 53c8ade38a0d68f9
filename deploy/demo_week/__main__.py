"""deploy/demo, after everything is built."""

import argparse
import json
import signal
import sys
import time
from pathlib import Path

from local_stack import files, paths
from local_stack.control import Control
from local_stack.errors import StackError

from .cli import Carillon, Refused
from .progress import step
from .steps import Loop
from .week import Week

_PRESET = "release"
_MAX_SHOWN = 20


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="deploy/demo",
        description="Runs a launch week of three brands, 12 accounts and 300 posts in about a"
        " minute, on a broker, a Redis and a sandbox of its own, and writes a report.",
    )
    parser.add_argument("--keep", action="store_true", help="leave everything running at the end")
    parser.add_argument("--stop", action="store_true", help="stop what --keep left running")
    parser.add_argument(
        "--seconds", type=int, default=60, help="how long the week takes (default: 60)"
    )
    parser.add_argument(
        "--folder",
        type=lambda name: Path(name).absolute(),
        default=paths.ROOT / "build" / "demo",
        help="where its state and its report lie (default: build/demo)",
    )
    return parser.parse_args()


def say_where(endpoints: dict, control: Control) -> None:
    width = max(len(name) for name in endpoints)
    for name, where in endpoints.items():
        if name == "metrics":
            for service, address in where.items():
                step(f"  {service + ' metrics':{width + 8}} http://{address}/metrics")
        elif name not in ("release", "tokens_file"):
            step(f"  {name:{width + 8}} {where}")
    step(f"  {'logs':{width + 8}} {control.layout.logs}")


def go_round(control: Control, options: argparse.Namespace) -> list[str]:
    endpoints = files.read_json(control.layout.endpoints)
    say_where(endpoints, control)
    program = paths.bin_dir(_PRESET) / "carillon"
    carillon = Carillon(program, control.layout.endpoints, options.folder)
    loop = Loop(carillon, endpoints, control.layout.account_token, options.folder)
    loop.plan()
    loop.connect()
    loop.set_faults()
    loop.import_week(options.seconds)
    loop.watch(options.seconds)
    loop.await_reply()
    report = loop.report()
    step(f"analytics: report in {report} and {report.with_suffix('.csv')}")
    return loop.verdict()


def run(control: Control, options: argparse.Namespace) -> int:
    control.wipe()
    accounts = [(account.username, account.display_name) for account in Week().accounts]
    files.make_sandbox_accounts(control.layout, accounts)
    began = time.monotonic()
    step("starting Kafka, Redis, the services and the sandbox")
    code = 1
    try:
        control.start(_PRESET, tethered=True)
        step(f"everything is up after {time.monotonic() - began:.0f} s")
        wrong = go_round(control, options)
        for line in wrong[:_MAX_SHOWN]:
            print(f"demo: {line}", file=sys.stderr)
        if wrong:
            print(f"demo: {len(wrong)} posts did not end where they should", file=sys.stderr)
        else:
            step("every post ended where it should")
            code = 0
    except (StackError, Refused, OSError, json.JSONDecodeError, KeyError) as error:
        print(f"demo: {type(error).__name__}: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("\ndemo: interrupted", file=sys.stderr)
        options.keep, code = False, 130
    finally:
        finish(control, options.keep)
    return code


def finish(control: Control, keep: bool) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    if not control.is_up():
        return
    if keep:
        control.keep()
        step(f"left running; to look around: export CARILLON_ENDPOINTS={control.layout.endpoints}")
        step(f"then {paths.bin_dir(_PRESET)}/carillon status; stop it with ./deploy/demo --stop")
    else:
        step("stopping everything")
        control.stop()


def main() -> int:
    options = parse()
    signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))
    options.folder.mkdir(parents=True, exist_ok=True)
    control = Control(options.folder, options.folder / "endpoints.json")
    if options.stop:
        print("stopped" if control.stop() else "no demo is running", file=sys.stderr)
        return 0
    turn = files.Lock(options.folder / "demo.lock")
    if not turn.try_take():
        print("demo: another one runs in this clone", file=sys.stderr)
        return 1
    if control.is_up():
        hint = "stop it with ./deploy/demo --stop"
        print(f"demo: an earlier one was left running; {hint}", file=sys.stderr)
        return 1
    return run(control, options)


if __name__ == "__main__":
    sys.exit(main())
