"""Every code of the catalogue, for people who met one."""

from __future__ import annotations

import re

from fedcli.errors import CATALOGUE, fault, near
from fedcli.model.shown.reference import CodeShown, CodesShown


def codes() -> CodesShown:
    """Every code of the catalogue."""
    return CodesShown(codes=tuple(map(_code, CATALOGUE)))


def code(name: str) -> CodeShown:
    """One code, in whatever case it was typed."""
    if name.upper() not in CATALOGUE:
        close = near(name.upper(), CATALOGUE)
        told = f"did you mean {close}?" if close else 'see them all: "fedcli explain"'
        raise fault("U-CODE", name=name, meant=told)
    return _code(name.upper())


def _open(text: str) -> str:
    """A catalogue's text with its facts as placeholders."""
    return re.sub(r"\$(\w+)", r"<\1>", text)


def _code(name: str) -> CodeShown:
    entry = CATALOGUE[name]
    return CodeShown(
        code=name,
        status=entry.kind.outcome.word,
        exit=entry.kind.outcome.exit_code,
        message=_open(entry.what),
        fix=_open(entry.fix),
        why=entry.why,
        data_dependent=entry.data_dependent,
    )
