"""The gateway: what the outside would reach, here on the loopback address without TLS."""

import os
import urllib.error
import urllib.request
from pathlib import Path

from .process import Process, clean_environment
from .programs import Layout, address, gateway_url


class Gateway:
    """One process. $CARILLON_GATEWAY_OPTIONS are its flags."""

    def __init__(self, binaries: Path, port_of: dict[str, int], layout: Layout):
        self.address = address(port_of["gateway"])
        self._url = gateway_url(port_of)
        environment = clean_environment(
            CARILLON_LISTEN=self.address,
            CARILLON_METRICS_LISTEN=address(port_of["gateway_metrics"]),
            CARILLON_PUBLISHER=address(port_of["publisher"]),
            CARILLON_LISTENER=address(port_of["listener"]),
            CARILLON_GATEWAY_TOKEN_FILE=str(layout.gateway_token),
            CARILLON_PUBLIC_URL=self._url,
            CARILLON_MEDIA_DIR=str(layout.media),
            CARILLON_MEDIA_URL_KEY_FILE=str(layout.media_url_key),
        )
        command = [str(binaries / "gateway")]
        command += os.environ.get("CARILLON_GATEWAY_OPTIONS", "").split()
        self.process = Process("gateway", command, layout.log("gateway"), environment)

    def prepare(self) -> None:
        pass

    def start(self) -> None:
        self.process.start()

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self._url}/readyz", timeout=2) as answer:
                return answer.status == 200
        except (OSError, urllib.error.URLError):
            return False
