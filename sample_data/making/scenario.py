"""What a scenario is: the form of its rows, its files, how they are drawn, and where its texts lie."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa

Row: TypeAlias = dict[str, Any]
SAMPLES = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Scenario:
    """One scenario. `draw` gives the rows of each of `files`, in their order."""

    name: str
    dataset: str
    schema: pa.Schema
    files: tuple[str, ...]
    draw: Callable[[], Iterator[list[Row]]]

    @property
    def folder(self) -> Path:
        """Where its files are checked in."""
        return SAMPLES / self.name

    @property
    def sites(self) -> dict[str, tuple[str, ...]]:
        """The files of each site; the site is what a file, or the folder around it, is called."""
        named = [(Path(file).parts[0].partition(".")[0], file) for file in self.files]
        return {site: tuple(file for owner, file in named if owner == site) for site, _ in named}

    @property
    def dictionary(self) -> dict[str, Any]:
        """The dictionary that the sites agreed on."""
        return tomllib.loads((self.folder / f"{self.dataset}.toml").read_text())

    @property
    def asked(self) -> dict[str, list[str]]:
        """The ids of the analyses of each example query."""
        files = sorted(self.folder.glob("queries/*.toml"))
        return {
            file.stem: [analysis["id"] for analysis in tomllib.loads(file.read_text())["analysis"]]
            for file in files
        }
