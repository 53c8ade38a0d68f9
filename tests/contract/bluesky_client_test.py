"""npm @atproto/api and @skyware/jetstream, clients that others wrote, drive the sandbox: bluesky_client.cjs."""

import os
import subprocess
import sys
from pathlib import Path

from sandbox_process import SandboxProcess


def main():
    modules = os.environ.get("CARILLON_NODE_MODULES")
    if not modules or not Path(modules, "@atproto/api").is_dir():
        sys.exit("CARILLON_NODE_MODULES is not the folder where deploy/setup --tests put npm's packages")
    script = Path(__file__).with_name("bluesky_client.cjs")
    with SandboxProcess("--engagement-scale", "0") as sandbox:
        ended = subprocess.run(["node", script, modules, sandbox.bluesky, sandbox.admin], timeout=100, check=False)
    sys.exit(ended.returncode)


if __name__ == "__main__":
    main()
