"""A query file to begin with, for a person to edit: every key is there, with what it is by default."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fedcli.analytics import typed
from fedcli.analytics._contract import Analytic
from fedcli.files.toml import inline
from fedcli.files.writer import write_once
from fedcli.model.home import Desk
from fedcli.model.identifiers import Name
from fedcli.model.shown.reference import TextShown
from fedcli.workflows.standing import membership


def template(analytic: Name, dataset: Name) -> str:
    """A query file to edit, with every key explained."""
    kind = typed(analytic)
    summary = (kind.__doc__ or "").splitlines()[0]
    return "\n".join(
        [
            '# A query. Check it with "fedcli query check", sign it with "fedcli query sign".',
            'schema    = "fedcli/query/1"',
            'title     = "What this asks, for the people who approve it"',
            'project   = "cardio-2026"',
            'purpose   = "DUO:0000006"           # Data Use Ontology: health, medical or biomedical research',
            '# ethics    = "REC 24/LO/0123"      # the approval of an ethics committee',
            '# data_protection = "DPIA 2026-07"  # the assessment or agreement that covers this',
            "# project_end = 2028-12-31          # sites answer no more after this day",
            f'dataset   = "{dataset}"',
            '# sites   = ["north", "south"]      # left out: every site that holds the dataset',
            "# min_sites = 3                     # left out: all of them",
            'round_deadline = "14 days"          # who is silent until then misses the round',
            '# cohort  = "age between 40 and 80" # left out: everyone',
            "# expires = 2027-06-30              # left out: 90 days from signing",
            "",
            "[[analysis]]",
            f'id        = "{analytic.replace("_", "-")}"',
            f"{f'analytic  = {inline(analytic)}':<35} # {summary}",
            *kind.example.splitlines(),
            *_optional(kind),
            "",
            "# [recurs]                          # left out: it is asked once",
            '# every   = "1 day"                 # or again and again, of the data as they are then',
            "# times   = 30                      # round_deadline is then no longer than that",
            "",
            "# [privacy]                         # left out: exact answers, which checks judge",
            '# mode    = "differential-privacy"  # or noise, where the sites\' policies want it',
            '# rho     = "0.1"                   # its price; "fedcli help privacy"',
            "",
        ]
    )


def _optional(kind: type[Analytic[Any]]) -> Iterator[str]:
    """What else an analytic can be told, each with what it is by default; not what signing fills in."""
    told = {line.partition(" =")[0].strip() for line in kind.example.splitlines()}
    for name, field in kind.model_fields.items():
        description = field.description or ""
        if name not in told and not field.is_required() and "filled in" not in description:
            given = field.get_default(call_default_factory=True)
            value = "…" if given in (None, (), {}) else inline(given)
            yield f"{f'# {name} = {value}':<35} # {description}"


def write_template(desk: Desk | None, analytic: Name, path: Path | None) -> TextShown:
    """The template, written to a file that is not there yet where a path is given."""
    dataset = "cohort"
    if desk is not None:
        agreed = membership(desk).root.dictionaries
        dataset = next(iter(agreed), dataset)
    text = template(analytic, dataset)
    if path is not None:
        write_once(path, text.encode())
    return TextShown(text=text, path=str(path) if path else None)
