"""A result as files: CSV, Parquet from a process of its own, and a page that the reading room has written.

Whoever signs loads no data library, so Parquet is written by a child that is given the released numbers,
and gives back the bytes of the file.
"""

from __future__ import annotations

from pathlib import Path

from fedcli.engine.vault import Alone, ask
from fedcli.errors import FedcliError, fault
from fedcli.files.writer import write_once
from fedcli.model.result import Result
from fedcli.model.shown.results import ResultShown
from fedcli.workflows.tidy import csv_text, tidy

WRITER = "fedcli.workflows.columnar"
_SECONDS = 120.0


def exported(shown: ResultShown, csv: Path | None, parquet: Path | None) -> ResultShown:
    """A result that is also written to files of its own; a file that differs is not replaced."""
    told: dict[str, str] = {}
    if csv is not None:
        write_once(csv, csv_text(shown.result).encode())
        told["exported"] = str(csv)
    if parquet is not None:
        write_once(parquet, parquet_bytes(shown.result))
        told["parquet"] = str(parquet)
    return shown.model_copy(update=told)


def paged(shown: ResultShown, html: Path, page: str) -> ResultShown:
    """A result whose page is also written to a file; one that differs is not replaced."""
    write_once(html, page.encode())
    return shown.model_copy(update={"html": str(html)})


def parquet_bytes(result: Result) -> bytes:
    """A result as a Parquet file.

    Raises:
        Busy: F-PARQUET where the process that writes it ends without one.
    """
    try:
        return ask(Alone(WRITER), tidy(result).canonical(), _SECONDS)
    except FedcliError:  # what the vault's door says of a vault is not true of this process
        raise fault("F-PARQUET") from None
