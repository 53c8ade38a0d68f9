"""Starts the sandbox program on free ports with accounts of its own, and stops it at the end of the block."""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request

ACCOUNTS = [
    {"username": "brand_one", "display_name": "Brand One", "token": "token-one", "zone": "Europe/Berlin"},
    {"username": "brand_two", "display_name": "Brand Two", "token": "token-two", "zone": "Asia/Tokyo"},
    {"handle": "one.test", "platform": "bluesky", "display_name": "One", "token": "password-one", "zone": "Europe/Berlin"},
    {"handle": "two.test", "platform": "bluesky", "display_name": "Two", "token": "password-two", "zone": "Asia/Tokyo"},
    {"username": "x_one", "platform": "x", "display_name": "X One", "token": "token-x-one", "zone": "Europe/Berlin"},
    {"username": "x_two", "platform": "x", "display_name": "X Two", "token": "token-x-two", "zone": "Asia/Tokyo"},
]

# A grey pixel.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000"
    "000a49444154789c636800000082008177cd72b60000000049454e44ae426082")


def wait_for(what, condition):
    """What `condition` gives once it is true."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"{what}: not within 20 s")


class SandboxProcess:
    def __init__(self, *flags):
        self.flags = flags

    def __enter__(self):
        folder = os.environ.get("CARILLON_BIN")
        if not folder:
            sys.exit("CARILLON_BIN is not set: the folder of the built programs")
        program = os.path.join(folder, "sandbox")
        self.folder = tempfile.TemporaryDirectory(prefix="carillon-contract-")
        accounts = os.path.join(self.folder.name, "accounts.json")
        with open(accounts, "w", encoding="utf-8") as file:
            json.dump(ACCOUNTS, file)
        self.process = subprocess.Popen(
            [program, "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--bluesky-listen", "127.0.0.1:0",
             "--x-listen", "127.0.0.1:0", "--accounts-file", accounts, *self.flags],
            stdout=subprocess.PIPE, text=True)
        told = {}
        while "admin" not in told:
            line = self.process.stdout.readline()
            if not line:
                sys.exit(f"{program} ended with {self.process.wait()} before it said where it listens")
            name, value = line.split(maxsplit=1)
            told[name] = value.strip()
        self.api, self.bluesky, self.x, self.admin = told["api"], told["bluesky"], told["x"], told["admin"]
        return self

    def engage(self, **what):
        """What synthetic users do at once, as the admin API takes it."""
        request = urllib.request.Request(self.admin + "/admin/engage", json.dumps(what).encode())
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def fault(self, **what):
        request = urllib.request.Request(self.admin + "/admin/faults", json.dumps(what).encode())
        urllib.request.urlopen(request, timeout=20).close()

    def __exit__(self, *_):
        self.process.terminate()
        code = self.process.wait(timeout=20)
        self.process.stdout.close()
        self.folder.cleanup()
        if code != 0:
            sys.exit(f"the sandbox ended with {code} when it was told to stop")
