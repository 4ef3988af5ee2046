"""Opt-outs: a site's word that persons who object to the use of their data are not in a dataset."""

from __future__ import annotations

from fedcli.model.document import Document
from fedcli.model.identifiers import Day, Line, Name


class OptOuts(Document):
    """As of which day whose list of objections was taken out, and of which snapshot that is said."""

    date: Day
    source: Line
    snapshot: Name
