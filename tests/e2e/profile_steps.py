"""The profile of an account through the real services: read, changed in spite of a lost answer, held up by a kill switch, refused."""

from pathlib import Path

from demo_week.cli import Refused
from local_stack.process import wait_until
from platform_run import SETTLE_S, PlatformRun, png

NAME = "Bells & more"
BIO = "We ring at https://example.com/bells"
WAIT = ("--wait", "45")


def shown(run: PlatformRun, account: str) -> dict:
    return run.carillon("profile", "get", account)


def change(run: PlatformRun, account: str, fields: bool) -> None:
    """`fields`: the platform has them."""
    before = shown(run, account)
    named = ("--field", "Shop=https://example.com/shop", "--field", "Since=1701") if fields else ()
    done = len(run.acted())
    run.admin.fault("drop_after_accept", 1, platform=run.platform, step="act")
    said = run.carillon("profile", "set", account, "--display-name", NAME, "--bio", BIO, *named, *WAIT)
    run.expect(said["state"] == "DONE" and said["attempt_count"] == 2, f"a profile is changed, its first answer lost: {said['state']}")
    run.expect_faults_met()
    after = shown(run, account)
    wanted = before | {"display_name": NAME, "bio": BIO}
    kept = [(field["name"], field["value"]) for field in after.pop("fields", [])]
    wanted.pop("fields", None)
    run.expect(after == wanted, f"it says what was named, and nothing else has changed: {after}")
    run.expect(kept == ([("Shop", "https://example.com/shop"), ("Since", "1701")] if fields else []), f"its fields: {kept}")
    run.expect(1 <= len(run.acted()) - done <= 2, f"done once, or once more: {run.acted()[done:]}")
    found = run.carillon("account", "get", account)
    run.expect(found["display_name"] == NAME, "the account is called so")
    picture(run, account)
    take_away(run, account, fields)
    hold(run, account)
    refuse(run, account, "TEXT_TOO_LONG", "--display-name", "x" * 700)
    refuse(run, account, "MEDIA_TYPE_UNSUPPORTED" if not fields else "TOO_MANY_FIELDS",
           *(("--avatar", gif(run)) if not fields else [word for n in range(5) for word in ("--field", f"f{n}=1")]))


def picture(run: PlatformRun, account: str) -> None:
    before = shown(run, account)
    path = Path(run.folder) / "avatar.png"
    path.write_bytes(png(48))
    run.carillon("profile", "set", account, "--avatar", str(path), *WAIT)
    after = shown(run, account)
    run.expect(after.pop("avatar_url") != before.pop("avatar_url", ""), "it has another picture")
    run.expect(after == before, f"and nothing else has changed: {after}")


def take_away(run: PlatformRun, account: str, fields: bool) -> None:
    run.carillon("profile", "set", account, "--bio", "", *(("--field", "Since=") if fields else ()), *WAIT)
    after = shown(run, account)
    run.expect(not after.get("bio") and after["display_name"] == NAME, f"its bio is taken away: {after}")
    run.expect([field["name"] for field in after.get("fields", [])] == (["Shop"] if fields else []), "and one of its fields")


def hold(run: PlatformRun, account: str) -> None:
    """A kill switch holds it up; the latest wish is carried out then."""
    run.carillon("killswitch", "on", "--brand", run.brand, "--reason", "e2e")
    for n, name in enumerate(("Never seen", "Bells again")):
        try:
            run.carillon("profile", "set", account, "--display-name", name, "--wait", "1", "--request-id", f"held-{n}")
            run.expect(False, "a kill switch lets it through")
        except Refused as error:
            run.expect("ended with 3" in str(error), f"under a kill switch its end is not known: {str(error).splitlines()[0][-120:]}")
    run.expect(shown(run, account)["display_name"] == NAME, "nothing has changed meanwhile")
    run.carillon("killswitch", "off", "--brand", run.brand)
    good = wait_until(lambda: shown(run, account)["display_name"] == "Bells again", SETTLE_S, 0.5)
    run.expect(good, "the latest wish is carried out")
    try:
        run.carillon("profile", "set", account, "--display-name", "Never seen", "--request-id", "held-0", *WAIT)
        run.expect(False, "the earlier wish is carried out")
    except Refused as error:
        run.expect("SUPERSEDED" in str(error), "the earlier one gave way to it")


def refuse(run: PlatformRun, account: str, word: str, *named: str) -> None:
    try:
        run.carillon("profile", "set", account, *named)
        run.expect(False, f"{named[0]} is taken")
    except Refused as error:
        run.expect(word in str(error) and "ended with 1" in str(error), f"{named[0]} is refused: {word}")


def gif(run: PlatformRun) -> str:
    """The smallest there is."""
    path = Path(run.folder) / "avatar.gif"
    path.write_bytes(bytes.fromhex("47494638396101000100800100000000ffffff2c00000000010001000002024401003b"))
    return str(path)


def report(run: PlatformRun, account: str) -> None:
    """The report has the account's own numbers."""
    account_id = run.carillon("account", "get", account)["id"]
    told: set[str] = set()

    def numbers() -> bool:
        told.update(line[2] for line in run.report_lines() if line[:2] == ["account", account_id])
        return {"followers", "following", "posts"} <= told

    run.expect(wait_until(numbers, SETTLE_S, 2), f"the report has the account's numbers: {sorted(told)}")
