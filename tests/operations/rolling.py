"""Replaces the processes one by one while posts are due, and says what that did to others."""

import os
import re
import signal
import time
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path

from calendar_posts import Post, brand_of
from local_stack import paths
from local_stack.process import wait_until
from local_stack.programs import RELEASE
from prober import Prober, status
from programs import Programs
from scenario import Scenario
from servers import program
from steps import Step, longest_gap_s, once, upgrade
from truth import pages

# What is stated: no command, asked at either process in turn, is refused for longer.
REFUSED_MAX_S = 15.0
_STOP_MAX_S = 30
_READY_MAX_S = 90
_PROBE = "probe"
_WELL = ("SERVING", "SERVING")
_ENDED = re.compile(r" (\S+) ended with (-?\d+)$")
_COMPLAINT = re.compile(r"Sanitizer|runtime error|FATAL|Check fail|terminate called|^ +#[0-9] ", re.IGNORECASE)


class Replacer:
    """The driver: one step() replaces one process and returns when the new one is ready."""

    def __init__(self, servers, programs: Programs, steps: list[Step], carillon: Path, folder: Path, say):
        self._servers = servers
        self._programs = programs
        self._left = list(steps)
        self._carillon = carillon
        self._folder = folder
        self._say = say
        self._wrong: list[str] = []
        self.done: list[dict] = []

    def step(self) -> None:
        if self._left:
            self._replace(self._left.pop(0))

    def had_all(self) -> bool:
        return not self._left

    def end(self) -> None:
        pass

    def settle(self) -> None:
        pass

    def _replace(self, step: Step) -> None:
        pid = self._servers.pid(step.process)
        if pid is None:
            self._wrong.append(f"{step.process} did not run when its turn came")
            return
        self._programs.set(step.service, step.programs)
        begin, begin_s = time.time(), time.monotonic()
        os.kill(pid, signal.SIGTERM)
        stopped = wait_until(lambda: self._servers.pid(step.process) != pid, _STOP_MAX_S)
        stop_s = time.monotonic() - begin_s
        ready = stopped and wait_until(lambda: self._is_ready(step, pid), _READY_MAX_S, 0.2)
        total_s = time.monotonic() - begin_s
        self.done.append({"process": step.process, "programs": str(step.programs),
                          "stop_s": round(stop_s, 2), "ready_s": round(total_s - stop_s, 2),
                          "begin": begin, "end": time.time()})
        self._say(f"{step.process}: stopped in {stop_s:.1f} s, ready after {total_s - stop_s:.1f} s")
        if not ready:
            self._wrong.append(f"{step.process} was not ready in {_READY_MAX_S} s, or did not stop")
        elif not self._programs.runs(step.service, self._servers.pid(step.process) or 0):
            self._wrong.append(f"{step.process} does not run the program that it should")

    def _is_ready(self, step: Step, old_pid: int) -> bool:
        pid = self._servers.pid(step.process)
        if pid is None or pid == old_pid:
            return False
        said = status(self._carillon, self._servers.endpoints_file(step.instance), self._folder)
        return said.get(step.service) == _WELL

    def report(self) -> tuple[dict, list[str]]:
        wrong = list(self._wrong)
        if self._left:
            wrong.append(f"the posts were over before {len(self._left)} replacements: name more, or a lower rate")
        log = self._servers.control.layout.log("supervisor").read_text(encoding="utf-8")
        ends = Counter(match.groups() for match in map(_ENDED.search, log.splitlines()) if match)
        wrong += [f"{name} ended with {code}: {self._complaints(name)}" for name, code in ends if code != "0"]
        if sum(ends.values()) != len(self.done):
            wrong.append(f"{sum(ends.values())} processes ended, {len(self.done)} were told to")
        return {"replaced": self.done}, wrong

    def _complaints(self, name: str) -> list[str]:
        """What the process's log says of its end."""
        with self._servers.control.layout.log(name).open(encoding="utf-8", errors="replace") as log:
            return [line.strip()[:500] for line in log if _COMPLAINT.search(line)][-10:]


class Rolling(Scenario):
    """Two of each service under a steady load that all can be published of."""

    def __init__(self, folder: Path, options):
        new = paths.bin_dir(options.preset)
        old = options.from_bin.resolve() if options.from_bin else new
        self._old, self._new = old, new
        self._programs = Programs(folder / "bin", old, new)
        self._programs.set("sandbox", new)  # the stack's own, and no part of what is upgraded
        os.environ["CARILLON_BIN_DIR"] = str(self._programs.folder)
        super().__init__(folder, options)
        self._probers: list[Prober] = []

    def _make_posts(self, seconds: float) -> list[Post]:
        return [Post(f"c{n}", brand_of(account), account, f"Post {n} of run {self._options.seed}",
                     seconds * n / self._options.posts)
                for n, account in ((n, self._accounts[n % len(self._accounts)])
                                   for n in range(self._options.posts))]

    def _sandbox_accounts(self) -> list[str]:
        return [*self._accounts, _PROBE]

    def _set_platform_faults(self) -> None:
        self._unauthorized = []

    # -- commands meanwhile

    def _connect(self) -> None:
        super()._connect()
        self._org = self._cli("org", "create", "Probes", "--request-id", "probes")["id"]
        self._brand = self._cli("brand", "create", "Probe", "--timezone", "Etc/UTC", "--org", self._org)["id"]
        self._account = self._cli(*self._connect_probe(0), "--org", self._org)["id"]
        day = datetime.now(timezone.utc)
        days = [f"{day + timedelta(days=n):%Y-%m-%d}" for n in (-1, 2)]
        commands = {
            "strategy": lambda n: ["audience", "create", f"Probe {n}", "--brand", self._brand],
            "scheduler": lambda n: ["post", "create", "--brand", self._brand, "--account", self._account,
                                    "--text", f"Draft {n}", "--external-id", f"draft-{n}"],
            "publisher": self._connect_probe,
            "listener": lambda n: ["inbox", "list", "--brand", self._brand],
            "analytics": lambda n: ["report", "--brand", self._brand, "--from", days[0], "--to", days[1]],
        }
        endpoints = [self._servers.endpoints_file(n + 1) for n in range(len(self._servers.endpoints))]
        carillon = program(self._options.preset, "carillon")
        for name, arguments in commands.items():
            self._probers.append(Prober(name, carillon, endpoints, self._folder,
                                        lambda n, make=arguments: [*make(n), "--org", self._org], self._began))

    def _connect_probe(self, number: int) -> list[str]:
        token = self._servers.control.layout.account_token(_PROBE)
        return ["account", "connect", "--brand", self._brand, "--platform", "mastodon", "--base-url",
                self._servers.endpoints[0]["sandbox"], "--token-file", str(token)]

    # -- the run

    def _make_driver(self) -> Replacer:
        steps = upgrade(paths.SERVICES, self._old, self._new) if self._options.what == "upgrade" else \
            once(paths.SERVICES, self._new)
        self._replacer = Replacer(self._servers, self._programs, steps,
                                  program(self._options.preset, "carillon"), self._folder, self._say)
        return self._replacer

    def _publish(self) -> None:
        for prober in self._probers:
            prober.start()
        super()._publish()
        for prober in self._probers:
            prober.finish()

    def _judge(self) -> None:
        super()._judge()
        self._report["release"] = RELEASE
        if self._report["published"] != len(self._posts):
            self._wrong.append(f"{self._report['published']} of {len(self._posts)} posts are PUBLISHED")
        self._take_gaps()
        self._take_probes()

    def _take_gaps(self) -> None:
        posts = pages(f"{self._servers.endpoints[0]['sandbox_admin']}/admin/posts")
        times = sorted(datetime.fromisoformat(post["accepted_at"]).timestamp() for post in posts)
        for done in self._replacer.done:
            begin, end = done.pop("begin"), done.pop("end")
            done["longest_gap_s"] = round(longest_gap_s(times, begin, end), 2)
        gaps = [done["longest_gap_s"] for done in self._replacer.done]
        self._report["longest_gap_s"] = max(gaps, default=None)

    def _take_probes(self) -> None:
        self._report["commands"] = {prober.name: prober.report() for prober in self._probers}
        self._report["refused_max_s"] = REFUSED_MAX_S
        for prober in self._probers:
            longest = prober.report()["refused_longest_s"]
            if longest > REFUSED_MAX_S:
                self._wrong.append(f"{prober.name}: a command was refused for {longest} s, more than {REFUSED_MAX_S}")
            if prober.done < len(self._replacer.done):
                self._wrong.append(f"{prober.name}: only {prober.done} commands were done")
        done = {prober.name: prober.done for prober in self._probers}
        # What was acknowledged is there, once.
        self._same("audiences", [audience["name"] for audience in
                                 self._cli.items("audience", "list", "--brand", self._brand, "--org", self._org)],
                   [f"Probe {n}" for n in range(1, done["strategy"] + 1)])
        self._same("drafts", [post["draft"]["external_id"] for post in
                              self._cli.items("post", "list", "--brand", self._brand, "--org", self._org)],
                   [f"draft-{n}" for n in range(1, done["scheduler"] + 1)])

    def _same(self, what: str, found: list[str], wanted: list[str]) -> None:
        lost = Counter(wanted) - Counter(found)
        doubled = Counter(found) - Counter(wanted)
        if lost or doubled:
            self._wrong.append(f"{what}: lost {sorted(lost)}, too many {sorted(doubled)}")
