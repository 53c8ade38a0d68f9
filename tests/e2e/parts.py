"""A stack whose parts the test itself starts and stops: nobody starts them again behind its back."""

import os
import shutil
import tempfile
from pathlib import Path

from demo_week.cli import Carillon, Refused
from local_stack import files, paths
from local_stack.gateway import Gateway
from local_stack.kafka import Kafka
from local_stack.process import wait_until
from local_stack.programs import Layout, Sandbox, Service, endpoints
from local_stack.redis_server import RedisServer
from local_stack.stack import choose_ports

PRESET = "dev"
_UP_S = 120


class Parts:
    """Main thread only. `options` are flags by service."""

    def __init__(self, folder: Path, accounts: list[str], options: dict[str, str]):
        self.layout = Layout(folder, folder / "endpoints.json")
        self._options = options
        files.make_tokens(self.layout.tokens)
        files.make_key(self.layout.vault_key)
        files.make_key(self.layout.media_url_key)
        files.make_sandbox_accounts(self.layout, [(name, name) for name in accounts])
        made = files.read_json(self.layout.sandbox_accounts)
        files.write_json(self.layout.sandbox_accounts,
                         [account | {"history_weeks": 0} for account in made], mode=0o600)
        self._binaries = paths.bin_dir(PRESET)
        self._port_of = choose_ports(self.layout)
        self.endpoints = endpoints(self._port_of, self.layout)
        files.write_json(self.layout.endpoints, self.endpoints)
        self.kafka = Kafka(self.layout.kafka_data, self.layout.log("kafka"),
                           (self._port_of["kafka"], self._port_of["kafka_controller"]))
        self.redis = RedisServer(self.layout.redis_data, self.layout.log("redis"),
                                 self._port_of["redis"])
        self.sandbox = Sandbox(self._binaries, self._port_of, self.layout)
        self.gateway = Gateway(self._binaries, self._port_of, self.layout)
        self.services: dict[str, Service] = {}
        self.carillon = Carillon(self._binaries / "carillon", self.layout.endpoints, folder)

    def start(self) -> None:
        self.kafka.start_and_wait()
        self.redis.start_and_wait()
        self.sandbox.start()
        self.gateway.start()
        self.start_services()
        files.write_atomically(self.layout.not_first_start, "")

    def start_services(self, **more: str) -> None:
        """`more` are further flags, for all of them."""
        for name in paths.SERVICES:
            flags = [self._options.get(name, "")]
            flags += [f"--{flag.replace('_', '-')} {value}" for flag, value in more.items()]
            os.environ[f"CARILLON_{name.upper()}_OPTIONS"] = " ".join(flags)
            service = Service(name, 1, self._binaries, self._port_of, self.layout)
            service.prepare()
            service.start()
            self.services[name] = service
        self.await_well()

    def set_options(self, service: str, flags: str) -> None:
        """From its next start on."""
        self._options[service] = flags

    def await_well(self) -> None:
        why = ""

        def well() -> bool:
            nonlocal why
            try:
                self.carillon("status")
                return True
            except Refused as refusal:
                why = str(refusal)
                return False

        if not wait_until(lambda: self._ended() or well(), _UP_S, 0.3) or self._ended():
            raise Refused(f"the services do not become well: {self._ended() or why}")

    def _ended(self) -> str:
        """Which services do not run, and their last words."""
        return "\n".join(f"{name} ended with {service.process.exit_code()}:\n{service.process.log_tail()}"
                         for name, service in self.services.items()
                         if not service.process.running())

    def stop_services(self) -> None:
        for service in self.services.values():
            service.process.terminate()
        for service in self.services.values():
            service.process.stop(20)

    def stop_kafka(self) -> None:
        if not self.kafka.process.stop(60):
            raise Refused("Kafka did not stop in order")

    def copy_log(self, to: Path) -> None:
        """Kafka is stopped."""
        shutil.copytree(self.layout.kafka_data / "log", to)

    def put_log_back(self, copy: Path) -> None:
        """Kafka is stopped."""
        shutil.rmtree(self.layout.kafka_data / "log")
        shutil.copytree(copy, self.layout.kafka_data / "log")

    def log_of(self, name: str) -> str:
        return self.layout.log(name).read_text(encoding="utf-8", errors="replace")

    def stop(self) -> None:
        self.stop_services()
        for part in (self.gateway, self.sandbox, self.redis, self.kafka):
            part.process.stop(10)


def play(name: str, make_run, keep_folder: bool) -> int:
    """The exit code. `make_run` gets the run's folder and gives what has parts, run(), expect() and failures."""
    folder = Path(tempfile.mkdtemp(prefix=f"carillon-{name}."))
    run = make_run(folder)
    try:
        run.run()
    except Refused as error:
        run.expect(False, f"refused: {error}")
    finally:
        run.parts.stop()
        if run.failures or keep_folder:
            print(f"kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{len(run.failures)} failures")
    return 1 if run.failures else 0
