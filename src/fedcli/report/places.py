"""Homes, keys, federations, datasets and policies as text."""

from __future__ import annotations

import json
from collections.abc import Mapping

from fedcli.model.dataset import Column
from fedcli.model.optouts import OptOuts
from fedcli.model.shown.places import (
    DatasetShown,
    DatasetsShown,
    DictionaryShown,
    DoctorShown,
    FederationShown,
    HomeMade,
    KeyRevoked,
    KeyShown,
    KeysShown,
    MockShown,
    PolicyShown,
    RootChanged,
    RootSigned,
    ScheduleShown,
    SelftestShown,
)
from fedcli.report.page import Grid, Page, Pages
from fedcli.report.state import PAGES as STATE


def home_page(shown: HomeMade) -> Page:
    """A home that was made, and what to do next."""
    verb = "made" if shown.new else "is there already, unchanged:"
    next_step = {
        "federation": 'next: fedcli key new NAME --role administrator, then "fedcli federation member add"',
        "site": f"next: give {shown.card} to the federation's administrators, and read policy.toml",
        "researcher": f"next: give {shown.card} to the federation's administrators",
    }[shown.role]
    return Page(
        headline=f"{verb} the home of the {shown.role} {shown.name}: {shown.home}", notes=(next_step,)
    )


def key_page(shown: KeyShown) -> Page:
    """One key."""
    facts = (
        ("name", shown.name),
        ("roles", shown.roles),
        ("organisation", shown.organisation),
        ("pass-phrase", "yes" if shown.protected else "no: the file's mode protects it"),
        ("signing key", shown.signing_key),
        ("sealing key", shown.sealing_key),
        ("card", shown.card),
    )
    return Page(headline=f"{'made' if shown.new else 'the'} keys of {shown.name}", facts=facts)


def keys_page(shown: KeysShown) -> Page:
    """All keys of a home."""
    rows = tuple(
        (one.name, one.roles, "yes" if one.protected else "no", one.signing_key) for one in shown.keys
    )
    return Page(grids=(Grid("", ("name", "roles", "pass-phrase", "signing key"), rows),))


def revoked_page(shown: KeyRevoked) -> Page:
    """A key that was put out of use."""
    return Page(
        headline=f"the keys of {shown.name} are out of use here: {shown.file}",
        notes=(
            f'next: an administrator runs "fedcli federation member remove {shown.name}", sign and publish',
        ),
    )


def root_changed_page(shown: RootChanged) -> Page:
    """A change of the next root."""
    verb = "changes" if shown.new else "has already"
    return Page(
        headline=f"root {shown.version} {verb}: {', '.join(shown.changed)}",
        notes=('next: "fedcli federation sign --key NAME", then "fedcli federation publish"',),
    )


def root_signed_page(shown: RootSigned) -> Page:
    """How far the next root is."""
    state = "is published" if shown.published else f"has {len(shown.signers)} of {shown.threshold} signatures"
    facts = (("digest", shown.digest), ("signed by", shown.signers))
    pin = ("tell the members this digest by another way: it is the pin of the federation",)
    return Page(
        headline=f"root {shown.version} {state}" + ("" if shown.new else " (nothing new)"),
        facts=facts,
        notes=pin if shown.published and shown.version == 1 else (),
    )


def federation_page(shown: FederationShown) -> Page:
    """A root and its members."""
    root = shown.root
    rows = tuple((one.name, one.roles, one.organisation, one.signing_key) for one in root.members)
    agreed = tuple((name, one.version, one.digest) for name, one in root.dictionaries.items())
    state = f"signed by {', '.join(shown.signers)}" if shown.digest else "a draft, not signed yet"
    return Page(
        headline=f"federation {root.federation}, root {root.version}: {state}",
        facts=(
            ("threshold", root.threshold),
            ("expires", f"{root.expires:%Y-%m-%d}"),
            ("digest", shown.digest),
            ("pin", shown.pin),
        ),
        grids=(
            Grid("members", ("name", "roles", "organisation", "signing key"), rows),
            Grid("dictionaries", ("dataset", "version", "digest"), agreed),
        ),
    )


def dataset_page(shown: DatasetShown) -> Page:
    """A dataset, and what of it does not meet the dictionary."""
    facts = (
        ("files", shown.files),
        ("dictionary", f"version {shown.dictionary_version}"),
        ("snapshot", shown.snapshot),
        ("rows", shown.rows),
        ("persons", shown.persons),
        *_opt_outs(shown.opt_outs),
    )
    rows = tuple((one.code, one.column, one.rows, one.message) for one in shown.problems)
    if rows:
        return Page(
            headline=f"{shown.name} does not meet its dictionary",
            facts=facts,
            grids=(Grid("problems", ("code", "column", "rows", "what"), rows),),
            notes=('"fedcli explain CODE" says what to do',),
        )
    return Page(headline=f"{shown.name} meets its dictionary", facts=facts)


def _opt_outs(said: OptOuts | None) -> tuple[tuple[str, object], ...]:
    """What was said of opt-outs, where somebody has."""
    if said is None:
        return (("opt-outs", "nobody has said"),)
    return (("opt-outs", f"{said.source}, taken out as of {said.date:%Y-%m-%d} from {said.snapshot}"),)


def datasets_page(shown: DatasetsShown) -> Page:
    """All datasets of a site."""
    rows = tuple(
        (
            one.name,
            one.dictionary_version,
            one.snapshot,
            one.rows,
            one.persons,
            f"{one.opt_outs.date:%Y-%m-%d} ({one.opt_outs.snapshot})" if one.opt_outs else None,
            len(one.problems),
        )
        for one in shown.datasets
    )
    columns = ("dataset", "dictionary", "snapshot", "rows", "persons", "opt-outs", "problems")
    return Page(grids=(Grid("", columns, rows),)) if rows else Page(headline="this site holds no dataset yet")


def doctor_page(shown: DoctorShown) -> Page:
    """What was looked at; what is not well, with its remedy."""
    rows = tuple((one.state, one.what, one.told) for one in shown.looked)
    ill = tuple(one for one in shown.looked if one.state != "ok")
    fixes = tuple((one.what, one.fix) for one in ill if one.fix)
    grids = [Grid("", ("state", "what", "found"), rows)]
    grids += [Grid("what to do", ("what", "remedy"), fixes)] if fixes else []
    return Page(headline=f"{len(ill)} to look at" if ill else "all is well", grids=tuple(grids))


def mock_page(shown: MockShown) -> Page:
    """Mock data, and how to rehearse on them."""
    rows = tuple((one.site, one.rows, one.persons, one.file) for one in shown.sites)
    verb = "made" if shown.new else "there already, unchanged:"
    return Page(
        headline=f"{verb} mock data of {shown.dataset}, dictionary version {shown.dictionary_version}",
        grids=(Grid("", ("site", "rows", "persons", "file"), rows),),
        notes=(
            "nobody is behind these rows: they show that a query runs, and nothing of what it will find",
            f"next: fedcli rehearse QUERY --data {shown.folder} --dictionary FILE",
            "a query that names its sites is rehearsed at files of these names",
        ),
    )


def dictionary_page(shown: DictionaryShown) -> Page:
    """A dictionary's columns, and those of its tables of events."""
    agreed = shown.dictionary
    return Page(
        headline=f"{agreed.dataset}, version {agreed.version}",
        facts=(
            ("unit", agreed.unit),
            ("population", agreed.population),
            ("person id", agreed.person_id),
            ("row key", agreed.row_key),
            ("data use", agreed.data_use),
            ("digest", shown.digest),
            *(_opt_outs(shown.opt_outs) if shown.opt_outs else ()),
        ),
        grids=(
            _columns("columns", agreed.columns),
            *(
                _columns(f"{name}, of persons by {one.person_id}, dated by {one.date}", one.columns)
                for name, one in (agreed.tables or {}).items()
            ),
        ),
    )


def _columns(title: str, columns: Mapping[str, Column]) -> Grid:
    """The columns of a table."""
    heads = ("name", "type", "unit", "levels or bounds", "missing", "sensitivity", "use")
    return Grid(title, heads, tuple((name, *_column(column)) for name, column in columns.items()))


def policy_page(shown: PolicyShown) -> Page:
    """A policy key by key."""
    rows = _flat("", shown.policy.json_value())
    floor = ("the federation's floor is part of it",) if shown.floor else ()
    return Page(
        headline=f"policy {shown.policy.name}, digest {shown.digest[:12]}",
        grids=(Grid("", ("key", "value"), tuple(rows)),),
        notes=(*floor, *(f"look at: {warning}" for warning in shown.warnings)),
    )


def _column(column: Column) -> tuple[object, ...]:
    domain = column.levels or (f"{column.bounds[0]} to {column.bounds[1]}" if column.bounds else None)
    missing = tuple(repr(code) for code in column.missing)
    return column.type, column.unit, domain, missing or None, column.sensitivity, column.use


def _flat(above: str, value: dict[str, object]) -> list[tuple[str, object]]:
    rows: list[tuple[str, object]] = []
    for name, inner in value.items():
        key = f"{above}{name}"
        rows += _flat(f"{key}.", inner) if isinstance(inner, dict) else [(key, _cell(inner))]
    return rows


def _cell(value: object) -> object:
    if isinstance(value, list):
        return tuple(json.dumps(one) if isinstance(one, dict) else one for one in value)
    return value


def schedule_page(shown: ScheduleShown) -> Page:
    """The files as they are; a crontab can be piped on, and units say in comments where they go."""
    if shown.form == "cron":
        [file] = shown.files
        return Page(notes=(file.text.rstrip(),))
    texts = (f"# /etc/systemd/system/{one.name}\n{one.text.rstrip()}" for one in shown.files)
    return Page(notes=("\n\n".join(texts),))


PAGES: Pages = {
    DatasetShown: dataset_page,
    DatasetsShown: datasets_page,
    DictionaryShown: dictionary_page,
    DoctorShown: doctor_page,
    SelftestShown: doctor_page,
    FederationShown: federation_page,
    HomeMade: home_page,
    KeyRevoked: revoked_page,
    KeyShown: key_page,
    KeysShown: keys_page,
    MockShown: mock_page,
    PolicyShown: policy_page,
    RootChanged: root_changed_page,
    RootSigned: root_signed_page,
    ScheduleShown: schedule_page,
    **STATE,
}
