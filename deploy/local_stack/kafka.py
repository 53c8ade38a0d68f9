"""One Apache Kafka broker in KRaft mode, listening on the loopback address only."""

import base64
import shutil
import uuid
from pathlib import Path

from . import files, paths, ports
from .errors import StackError
from .process import Process, clean_environment, wait_until

_FORMAT_TIMEOUT_S = 60
_START_TIMEOUT_S = 90
_STARTED = b"Kafka Server started"

# One node: nothing is replicated, internal topics are small so that they load at once, a group
# assigns without waiting for more members, and a dead member is noticed soon.
_SETTINGS = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}{proxied_listener}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}{proxied_address}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,PROXIED:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs={data}/log
auto.create.topics.enable=false
num.partitions=1
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
log.cleaner.dedupe.buffer.size=16777216
num.network.threads=2
num.io.threads=4
background.threads=2
"""


class Kafka:
    """Data stays in `data` from one start to the next; the ports may change.

    `proxied` is one more listener: its port, and the address of the proxy before it, which its
    clients are told to use.
    """

    def __init__(
        self,
        data: Path,
        log: Path,
        ports_: tuple[int, int],
        heap: str = "512m",
        proxied: tuple[int, str] | None = None,
    ):
        self.port, self._controller_port = ports_
        self._proxied = proxied
        self._data = data
        self._log = log
        self._settings = data / "server.properties"
        self.process = Process("kafka", self._java(heap, "kafka.Kafka"), log, clean_environment())
        self._log_start = 0

    @property
    def address(self) -> str:
        return f"{ports.HOST}:{self.port}"

    def prepare(self) -> None:
        """Writes the settings and, before the first start, formats the data folder."""
        self._data.mkdir(parents=True, exist_ok=True)
        settings = _SETTINGS.format(
            port=self.port,
            controller_port=self._controller_port,
            data=self._data,
            proxied_listener=f",PROXIED://{ports.HOST}:{self._proxied[0]}" if self._proxied else "",
            proxied_address=f",PROXIED://{self._proxied[1]}" if self._proxied else "",
        )
        files.write_atomically(self._settings, settings)
        if (self._data / "log" / "meta.properties").exists():
            return
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        options = ["format", "--ignore-formatted", f"--cluster-id={cluster}", "--config"]
        command = self._java("128m", "kafka.tools.StorageTool", *options)
        tool = Process("kafka-format", command, self._log, clean_environment())
        tool.start()
        if not wait_until(lambda: not tool.running(), _FORMAT_TIMEOUT_S) or tool.exit_code() != 0:
            tool.stop(0)
            raise StackError(f"Kafka could not format {self._data}:\n{tool.log_tail()}")

    def start(self) -> None:
        self._log_start = self._log.stat().st_size if self._log.exists() else 0
        self.process.start()

    def is_ready(self) -> bool:
        with open(self._log, "rb") as log:
            log.seek(self._log_start)
            return _STARTED in log.read() and ports.accepts(self.port)

    def start_and_wait(self) -> None:
        self.prepare()
        self.start()
        started = wait_until(
            lambda: self.is_ready() or not self.process.running(), _START_TIMEOUT_S
        )
        if not started or not self.process.running():
            self.process.stop(0)
            raise StackError(f"Kafka did not start; see {self._log}:\n{self.process.log_tail()}")

    def _java(self, heap: str, main: str, *arguments: str) -> list[str]:
        java = shutil.which("java")
        if java is None:
            raise StackError("no java on the PATH: run ./deploy/setup")
        return [
            java,
            f"-Xmx{heap}",
            "-XX:+UseSerialGC",
            "-Xshare:auto",
            "-Djava.awt.headless=true",
            f"-Dlog4j2.configurationFile={paths.ROOT}/deploy/kafka/log4j2.properties",
            f"-Dlog4j.configuration=file:{paths.ROOT}/deploy/kafka/log4j.properties",
            "-cp",
            f"{paths.kafka_home()}/libs/*",
            main,
            *arguments,
            str(self._settings),
        ]
