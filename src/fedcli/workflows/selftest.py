"""The self-test: whether what is installed here does what its tests say, on this machine, in a few seconds.

It touches no home: everything happens in a folder that is gone afterwards.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from fedcli.engine.vault import Alone
from fedcli.errors import Outcome
from fedcli.files.assets import asset
from fedcli.files.lock import is_free, keeps_out
from fedcli.files.writer import write
from fedcli.ledger import accounts, log
from fedcli.ledger.store import Store
from fedcli.model.home import Desk
from fedcli.model.shown.places import Looked, SelftestShown
from fedcli.workflows import datasets, submit, victim
from fedcli.workflows.caged import cage
from fedcli.workflows.examine import Look, guarded
from fedcli.workflows.rehearse import Place, open_rules
from fedcli.workflows.vectors import vectors
from fedcli.workflows.victim import DATASET, SITE

_QUERY = f"""
schema = "fedcli/query/1"
title = "a self-test"
dataset = "{DATASET}"
sites = ["{SITE}"]
min_sites = 1
[[analysis]]
id = "n"
analytic = "count"
"""
_SECONDS, _LOOK = 60.0, 0.002


def selftest(now: datetime) -> SelftestShown:
    """Published examples, the cage, the lock, and a run that is killed and finished by the next one."""
    with tempfile.TemporaryDirectory(prefix="fedcli-selftest-") as folder:
        place = Path(folder)
        looks: dict[str, Look] = {
            "cage": cage,
            "lock": lambda: _lock(place),
            "kill and recover": lambda: _recovers(place / "federation", now),
        }
        return SelftestShown(looked=(*_examples(), *(guarded(what, look) for what, look in looks.items())))


def _examples() -> list[Looked]:
    fix = "install the packages of requirements.lock, in an environment of their own"
    return [
        Looked(what="example", state="ok" if holds else "fail", told=name, fix=None if holds else fix)
        for name, holds in vectors().items()
    ]


def _lock(folder: Path) -> Looked:
    if keeps_out(folder / "lock"):
        return Looked(what="lock", state="ok", told="a second process is kept out")
    return Looked(what="lock", state="fail", told="a second process comes in", fix="use a local file system")


def _recovers(folder: Path, now: datetime) -> Looked:
    """A site is killed once its question is charged; its next run answers at the same charge."""
    site = _asked(folder, now)
    if not _killed_after_a_charge(site, folder, now):
        told = "a run was not to be killed between its charge and its end"
        return Looked(what="kill and recover", state="warn", told=told, fix="try again when less is going on")
    _wait(lambda: is_free(site.home.run_lock))  # what was killed may not be quite dead yet
    [ended] = victim.run(site)
    book = Store(site.home.database)
    log.check(book)
    accounts.check(book)
    charges = sum(one.kind == "charge" for one in log.entries(book))
    released = [one for one in accounts.releases(book) if one.visible and one.outcome == "released"]
    if (ended.outcome, charges, len(released)) == (Outcome.DONE, 1, 1):
        told = "killed after its charge, finished by the next run: one charge, one release, a whole ledger"
        return Looked(what="kill and recover", state="ok", told=told)
    told = f"{charges} charges and {len(released)} releases after a kill, ended {ended.outcome.word}"
    return Looked(what="kill and recover", state="fail", told=told, fix="do not use this machine; report it")


def _asked(folder: Path, now: datetime) -> Desk:
    """A federation of one site with sample data, and a query that waits there."""
    sample = asset("sample_data") / "hospitals"
    place = Place(SITE, sample / f"{SITE}.parquet", None)
    policy = open_rules("evaluation")
    alone = policy.model_copy(update={"disclosure": policy.disclosure.model_copy(update={"min_sites": 1})})
    stage = victim.stage(folder, now, alone)
    stage.found([place], sample / f"{DATASET}.toml")
    site, researcher = stage.desk("site", SITE), stage.desk("researcher", "researcher")
    datasets.add(site, DATASET, [place.path], None, None)
    write(folder / "query.toml", _QUERY.encode())
    submit.submit(researcher, submit.sign_query(researcher, folder / "query.toml").digest)
    return site


def _killed_after_a_charge(site: Desk, folder: Path, now: datetime) -> bool:
    """Let a process run the query, and kill it (SIGKILL) as soon as its charge is on disk; whether it was."""
    process = Alone(victim.MODULE)
    try:
        process.tell(json.dumps([str(folder), now.isoformat()]).encode())
        _wait(lambda: _charged(site))
        return _charged(site) and process.lives()
    finally:
        process.end()


def _wait(until: Callable[[], bool]) -> None:
    """Until something is so, or for some seconds."""
    latest = time.monotonic() + _SECONDS
    while not until() and time.monotonic() < latest:
        time.sleep(_LOOK)


def _charged(site: Desk) -> bool:
    return any(one.kind == "charge" for one in log.entries(Store(site.home.database)))
