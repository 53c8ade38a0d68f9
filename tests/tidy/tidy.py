#!/usr/bin/env python3
"""The house rules, as a test. Prints every breach as file:line: what, and exits 1 if there is one.

Usage: tidy.py [ROOT]
"""

import re
import subprocess
import sys
from pathlib import Path

LINES_MAX = 400
FUNCTION_LINES_MAX = 90
COLUMNS_MAX = 150

# Pattern, where it may stand (path prefixes), and why.
WALLS = [
    (r"\brd_kafka_|librdkafka", ("common/kafka/",), "librdkafka is called in common/kafka only"),
    (r"\bredisCommand|hiredis/", ("common/redis/",), "hiredis is called in common/redis only"),
    (r"\bcurl_easy_|curl/curl\.h", ("common/http/",), "libcurl is called in common/http only"),
    (r"\bpsl_\w+\(|libpsl\.h", ("common/tld/",), "libpsl is called in common/tld only"),
    (r"boost/(beast|asio)", ("common/http/",), "Boost.Beast stands in common/http only"),
    (r"\bsystem_clock\b|\bgettimeofday\b|CLOCK_REALTIME",
     ("common/base/", "common/rpc/", "common/service/", "services/cli/"),  # gRPC's deadlines
     "wall time comes from Clock"),
]
DOMAIN_WALLS = [
    (r"absl::Now\(|steady_clock|CLOCK_|sleep_for|usleep|std::thread|std::mutex",
     "domain code has no clock, no threads and no waiting"),
    (r"\bRandomText\(|std::random|mt19937|\brand\(", "domain code has no randomness"),
    (r"grpcpp/|common/kafka|common/redis|common/http|common/observe|common/rpc|common/service",
     "domain code reaches nothing outside"),
]
# Assembled, so that this file does not name them itself.
LEFTOVERS = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X"]) + r")\b")
TEST_SLEEPS = re.compile(r"sleep_for\(|\busleep\(|time\.sleep\(|absl::SleepFor")
CODE = {".cc", ".h", ".py", ".sh"}


def tracked(root: Path) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=root,
                            capture_output=True, text=True, check=True).stdout.split("\n")
    return sorted(Path(name) for name in listed if name and (root / name).is_file())


def function_lengths(lines: list[str]):
    """Top-level definitions: a line that ends with '{' in column 0 up to the next '}' in column 0."""
    start = None
    for number, line in enumerate(lines, 1):
        if start is None and line and not line[0].isspace() and line.rstrip().endswith("{"):
            if "(" in line or line.startswith((")", "    ")):
                start = number
        elif line.startswith("}") and start is not None:
            yield start, number - start + 1
            start = None


def check(root: Path) -> list[str]:
    found = []
    files = tracked(root)
    for path in files:
        if path.suffix not in CODE or path.parts[0] not in (
                "common", "services", "tests", "deploy"):
            continue
        name = path.as_posix()
        text = (root / path).read_text(encoding="utf-8")
        lines = text.split("\n")
        if len(lines) > LINES_MAX + 1:
            found.append(f"{name}:1: {len(lines)} lines; at most {LINES_MAX}: one idea a file")
        for start, length in function_lengths(lines):
            if path.suffix == ".cc" and length > FUNCTION_LINES_MAX:
                found.append(f"{name}:{start}: a function of {length} lines; "
                             f"at most {FUNCTION_LINES_MAX}")
        in_domain = re.match(r"services/[a-z]+/domain/", name) is not None
        for number, line in enumerate(lines, 1):
            where = f"{name}:{number}"
            # A row of a test's table stays one line.
            if len(line) > COLUMNS_MAX and not line.lstrip().startswith("Case{"):
                found.append(f"{where}: {len(line)} columns; at most {COLUMNS_MAX}")
            if LEFTOVERS.search(line):
                found.append(f"{where}: finish it or delete it")
            if name != "tests/tidy/tidy.py":
                for pattern, allowed, why in WALLS:
                    if not name.startswith(allowed + ("tests/",)) and re.search(pattern, line):
                        found.append(f"{where}: {why}")
                if name.startswith(("tests/unit", "tests/integration")) and TEST_SLEEPS.search(line):
                    found.append(f"{where}: wait for a condition, do not sleep")
            if in_domain:
                for pattern, why in DOMAIN_WALLS:
                    if re.search(pattern, line):
                        found.append(f"{where}: {why}")
    folders = {path.parts[:2] for path in files
               if path.parts[0] in ("common", "services") and len(path.parts) > 2}
    for folder in sorted(folders):
        if not (root / Path(*folder) / "README.md").exists():
            found.append(f"{'/'.join(folder)}/README.md: missing: say what lives there")
    top = {path.parts[0] for path in files}
    allowed_top = {"CMakeLists.txt", "CMakePresets.json", "README.md", "proto", "services",
                   "common", "deploy", "helm", "tests"}
    for name in sorted(top - allowed_top):
        if not name.startswith("."):
            found.append(f"{name}: does not belong at the root")
    return found


def main() -> int:
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parents[2])
    found = check(root)
    for line in found:
        print(line)
    print(f"{len(found)} breaches")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
