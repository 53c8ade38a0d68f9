"""The five services and the sandbox: their addresses, settings and readiness."""

import os
import urllib.error
import urllib.request
from pathlib import Path

from . import files, paths, ports
from .process import Process, clean_environment

RELEASE = "carillon"
_SANDBOX_SEED = "7"
# About 18 reactions to a post, so that a launch week reaches a goal of 5,000.
_SANDBOX_ENGAGEMENT = "1.2"
_LISTENING = {
    "CARILLON_POLL_INTERVAL_MS": "2000",
    "CARILLON_SAMPLE_INTERVAL_MS": "5000",
    "CARILLON_ACCOUNT_INTERVAL_MS": "15000",
}
# They call outside platforms, and refuse addresses of this machine unless told otherwise. Only
# this local stack, whose platform is the sandbox, tells them so.
_CALL_PLATFORMS = ("publisher", "listener")


class Layout:
    """The files of one stack, all under its state folder."""

    def __init__(self, folder: Path, endpoints: Path):
        self.folder = folder
        self.endpoints = endpoints
        self.kafka_data = folder / "data" / "kafka"
        self.redis_data = folder / "data" / "redis"
        self.logs = folder / "logs"
        self.ports = folder / "ports.json"
        self.state = folder / "state.json"
        self.tokens = folder / "secrets" / "tokens.json"
        self.gateway_token = files.gateway_token(self.tokens)
        self.vault_key = folder / "secrets" / "vault.key"
        self.media_url_key = folder / "secrets" / "media_url.key"
        self.sandbox_accounts = folder / "accounts.json"
        self.not_first_start = folder / "data" / "started_before"
        # Pictures and the like, by their hash: the scheduler writes, the publisher reads.
        self.media = folder / "data" / "media"
        self.stored = (self.kafka_data, self.redis_data, self.media)
        self.small_files = (
            self.not_first_start,
            self.ports,
            self.state,
            self.tokens,
            self.gateway_token,
            self.vault_key,
            self.media_url_key,
            self.sandbox_accounts,
        )

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def account_token(self, username: str) -> Path:
        """The token alone, as `carillon account connect --token-file` wants it."""
        return self.folder / "tokens" / username


def address(port: int) -> str:
    return f"{ports.HOST}:{port}"


def instances() -> int:
    """How many processes of each service run. $CARILLON_STACK_INSTANCES, or one."""
    return int(os.environ.get("CARILLON_STACK_INSTANCES", "1"))


def instance_name(name: str, instance: int) -> str:
    """"publisher", "publisher-2", ..."""
    return name if instance == 1 else f"{name}-{instance}"


def endpoints(port_of: dict[str, int], layout: Layout, instance: int = 1) -> dict:
    """What the CLI and the tests read to find everything: one process of each service."""
    names = {name: instance_name(name, instance) for name in paths.SERVICES}
    found = {name: address(port_of[names[name]]) for name in paths.SERVICES}
    found["gateway"] = gateway_url(port_of)
    found["sandbox"] = f"http://{address(port_of['sandbox'])}"
    found["sandbox_bluesky"] = f"http://{address(port_of['sandbox_bluesky'])}"
    found["sandbox_x"] = f"http://{address(port_of['sandbox_x'])}"
    found["sandbox_admin"] = f"http://{address(port_of['sandbox_admin'])}"
    found["kafka"] = address(port_of["kafka"])
    found["redis"] = address(port_of["redis"])
    found["tokens_file"] = str(layout.tokens)
    found["release"] = RELEASE
    found["metrics"] = {name: address(port_of[f"{names[name]}_metrics"]) for name in paths.SERVICES}
    return found


def gateway_url(port_of: dict[str, int]) -> str:
    return f"http://{address(port_of['gateway'])}"


def kafka_proxy() -> str | None:
    """$CARILLON_STACK_KAFKA: where the services reach Kafka, if a proxy stands before it."""
    return os.environ.get("CARILLON_STACK_KAFKA")


def _environment(
    name: str, instance: int, port_of: dict[str, int], layout: Layout
) -> dict[str, str]:
    own = instance_name(name, instance)
    settings = {
        f"CARILLON_{peer.upper()}": address(port_of[instance_name(peer, instance)])
        for peer in paths.SERVICES
    }
    settings |= {
        "CARILLON_RELEASE": RELEASE,
        "CARILLON_KAFKA": kafka_proxy() or address(port_of["kafka"]),
        "CARILLON_REDIS": os.environ.get("CARILLON_STACK_REDIS", address(port_of["redis"])),
        "CARILLON_LISTEN": address(port_of[own]),
        "CARILLON_METRICS_LISTEN": address(port_of[f"{own}_metrics"]),
        "CARILLON_TOKENS_FILE": str(layout.tokens),
        "CARILLON_MEDIA_DIR": str(layout.media),
    }
    if name in _CALL_PLATFORMS:
        settings["CARILLON_ALLOW_PRIVATE_ADDRESSES"] = "1"
        settings["CARILLON_PUBLIC_URL"] = gateway_url(port_of)
    if name == "publisher":
        settings["CARILLON_VAULT_KEY_FILE"] = str(layout.vault_key)
        settings["CARILLON_RATE_LIMITS"] = os.environ.get("CARILLON_RATE_LIMITS", "published")
        settings["CARILLON_MEDIA_URL_KEY_FILE"] = str(layout.media_url_key)
    if name == "listener":
        # The sandbox's people react within seconds; a real platform is asked far less often.
        for setting, usual in _LISTENING.items():
            settings[setting] = os.environ.get(setting, usual)
        settings["CARILLON_JETSTREAM_URL"] = f"ws://{address(port_of['sandbox_bluesky'])}/subscribe"
    if not layout.not_first_start.exists():
        settings["CARILLON_FIRST_START"] = "1"
    return clean_environment(**settings)


class Service:
    """One process of one of the five. $CARILLON_PUBLISHER_OPTIONS and the like are its flags."""

    def __init__(
        self, name: str, instance: int, binaries: Path, port_of: dict[str, int], layout: Layout
    ):
        own = instance_name(name, instance)
        self._name = name
        self._instance = instance
        self._port = port_of[own]
        self._port_of = port_of
        self._layout = layout
        self._metrics = f"http://{address(port_of[f'{own}_metrics'])}/metrics"
        self.address = address(self._port)
        command = [str(binaries / name)]
        command += os.environ.get(f"CARILLON_{name.upper()}_OPTIONS", "").split()
        self.process = Process(own, command, layout.log(own), {})

    def prepare(self) -> None:
        self._layout.media.mkdir(parents=True, exist_ok=True)

    def start(self) -> None:
        self.process.environment = _environment(
            self._name, self._instance, self._port_of, self._layout
        )
        self.process.start()

    def is_ready(self) -> bool:
        if not ports.accepts(self._port):
            return False
        try:
            with urllib.request.urlopen(self._metrics, timeout=2) as answer:
                return answer.status == 200
        except (OSError, urllib.error.URLError):
            return False


class Sandbox:
    """The stand-ins for the platforms."""

    def __init__(self, binaries: Path, port_of: dict[str, int], layout: Layout):
        self._ports = tuple(port_of[f"sandbox{part}"] for part in ("", "_bluesky", "_x", "_admin"))
        self.address = address(port_of["sandbox"])
        command = [str(binaries / "sandbox"), "--listen", self.address]
        command += ["--bluesky-listen", address(port_of["sandbox_bluesky"])]
        command += ["--x-listen", address(port_of["sandbox_x"])]
        command += ["--admin-listen", address(port_of["sandbox_admin"])]
        command += ["--seed", _SANDBOX_SEED, "--accounts-file", str(layout.sandbox_accounts)]
        # Benches set limits and engagement as they need them.
        engagement = f"--engagement-scale {_SANDBOX_ENGAGEMENT}"
        command += os.environ.get("CARILLON_SANDBOX_OPTIONS", engagement).split()
        self.process = Process("sandbox", command, layout.log("sandbox"), clean_environment())

    def prepare(self) -> None:
        pass

    def start(self) -> None:
        self.process.start()

    def is_ready(self) -> bool:
        return all(ports.accepts(port) for port in self._ports)
