"""The exchange as a folder: one writer per subfolder, names written once, readers take the union.

What is read here was written by others: names are checked against the grammar before use, and files
are opened by the strict reader.
"""

from __future__ import annotations

import re
from itertools import count
from pathlib import Path

from fedcli.errors import UsageFault, fault
from fedcli.files.reader import names, read
from fedcli.files.room import Room
from fedcli.files.strict import MAX_BYTES
from fedcli.files.writer import make_folder, write, write_once
from fedcli.model.identifiers import DIGEST, NAME, Count, Digest, Name, Version

_ROOT = re.compile(r"([0-9]{4})\.root\.json")
_NUMBERED = re.compile(r"(0[0-9]{2}|[1-9][0-9]{2,8})\.json")
_CHECKPOINT = re.compile(r"(0[0-9]{2}|[1-9][0-9]{2,8})")
_RELEASE = re.compile(r"([0-9]{3})\.([0-9]{2}|[1-9][0-9]{2,3})\.release\.json")
_RESULT = re.compile(r"([0-9]{3}\.)?result(\.[0-9]{3})?\.json")
FEDERATION = "federation"


class FolderExchange:
    """Reading and writing the files of an exchange that is a folder of this machine."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise fault("X-DOWN", exchange=folder)
        self.folder = folder

    @classmethod
    def make(cls, folder: Path) -> FolderExchange:
        """The exchange of a folder, which is made if it is not there."""
        make_folder(folder)
        return cls(folder)

    # What the federation publishes.

    def roots(self) -> list[bytes]:
        """The envelopes of all roots in order, up to the first number that is missing."""
        folder = self.folder / FEDERATION
        numbers = {int(found[1]): name for name in names(folder) if (found := _ROOT.fullmatch(name))}
        present: list[bytes] = []
        while (number := len(present) + 1) in numbers:
            present.append(read(folder / numbers[number]))
        return present

    def put_root(self, version: Version, data: bytes) -> None:
        """Publish a root."""
        _place(self.folder / FEDERATION / f"{version:04}.root.json", data)

    def dictionary(self, digest: Digest) -> bytes:
        """The dictionary of a digest."""
        return part(self.folder / FEDERATION / "dictionaries" / f"{digest}.json")

    def put_dictionary(self, digest: Digest, data: bytes) -> None:
        """Publish a dictionary under its digest."""
        _place(self.folder / FEDERATION / "dictionaries" / f"{digest}.json", data)

    # What researchers publish.

    def queries(self) -> list[tuple[Name, Digest]]:
        """All queries, as researcher and digest."""
        return [
            (owner, query)
            for owner in self._participants()
            for query in names(self.folder / owner / "queries")
            if re.fullmatch(DIGEST, query) and names(self.folder / owner / "queries" / query)
        ]

    def query(self, researcher: Name, query: Digest) -> bytes:
        """The envelope of a query, or S-GONE where the rest of its folder is there."""
        return part(self._query(researcher, query) / "query.json")

    def put_query(self, researcher: Name, query: Digest, data: bytes) -> None:
        """Publish a query."""
        _place(self._query(researcher, query) / "query.json", data)

    def put_result(
        self, researcher: Name, query: Digest, statement: bytes, sealed: bytes, run: Count = 0
    ) -> None:
        """Publish a result under the next free name, its statement last: who sees it finds the rest."""
        folder, first = self._query(researcher, query), result_name(run).removesuffix(".json")
        taken = {name.removesuffix(".json").removesuffix(".sealed") for name in names(folder)}
        stems = (first if number == 1 else f"{first}.{number:03}" for number in count(1))
        stem = next(stem for stem in stems if stem not in taken)
        _place(folder / f"{stem}.sealed", sealed)
        _place(folder / f"{stem}.json", statement)

    def results(self, researcher: Name, query: Digest) -> list[Path]:
        """The statements of the results that a researcher has published for a query."""
        folder = self._query(researcher, query)
        return [folder / name for name in names(folder) if _RESULT.fullmatch(name)]

    def put_round(
        self, researcher: Name, query: Digest, number: int, statement: bytes, sealed: bytes
    ) -> None:
        """Publish a round, its statement last."""
        folder = self._query(researcher, query) / "rounds"
        _place(folder / f"{number:03}.sealed", sealed)
        _place(folder / f"{number:03}.json", statement)

    def rounds(self, researcher: Name, query: Digest) -> list[Path]:
        """The statements of the rounds that were posted, in order, up to the first that is missing."""
        folder = self._query(researcher, query) / "rounds"
        known = [name for name in names(folder) if _NUMBERED.fullmatch(name)]
        ordered = [f"{number:03}.json" for number in range(1, len(known) + 1)]
        return [folder / name for name in ordered if name in known]

    # What sites publish.

    def room(self, site: Name, size: int) -> Room:
        """So many bytes for what a site is about to publish, or F-FULL."""
        make_folder(self.folder / site)
        return Room(self.folder / site, size)

    def latest(self, site: Name, kind: str) -> tuple[int, bytes] | None:
        """The highest-numbered manifest or policy of a site."""
        folder = self.folder / site / kind
        numbers = {int(found[1]): name for name in names(folder) if (found := _NUMBERED.fullmatch(name))}
        return (max(numbers), read(folder / numbers[max(numbers)])) if numbers else None

    def policies(self, site: Name) -> list[Path]:
        """All policies that a site has published, the latest first."""
        folder = self.folder / site / "policy"
        numbers = {int(found[1]): name for name in names(folder) if (found := _NUMBERED.fullmatch(name))}
        return [folder / numbers[number] for number in sorted(numbers, reverse=True)]

    def put_numbered(self, site: Name, kind: str, number: int, data: bytes) -> None:
        """Publish a manifest or policy."""
        _place(self.folder / site / kind / f"{number:03}.json", data)

    def latest_checkpoint(self, site: Name) -> tuple[int, bytes] | None:
        """The highest-numbered checkpoint of a site."""
        folder = self.folder / site / "checkpoints"
        numbers = {int(found[1]): name for name in names(folder) if (found := _CHECKPOINT.fullmatch(name))}
        return (max(numbers), read(folder / numbers[max(numbers)])) if numbers else None

    def put_checkpoint(self, site: Name, number: int, note: bytes, proof: bytes) -> None:
        """Publish a checkpoint and the proof that it continues the one before."""
        folder = self.folder / site / "checkpoints"
        if not (folder / f"{number:03}").exists():
            write(folder / f"{number:03}.proof.json", proof)  # of a crash before: nobody has seen it
        _place(folder / f"{number:03}", note)

    def put_approval(self, site: Name, query: Digest, place: int, data: bytes) -> None:
        """Publish an approval."""
        _place(self.folder / site / "approvals" / f"{query}.{place:03}.json", data)

    def put_review(self, site: Name, query: Digest, digest: Digest, data: bytes) -> None:
        """Publish a review that a release names; how many others there were, nobody can tell from it."""
        _place(self.folder / site / "reviews" / query / f"{digest}.json", data)

    def put_release(
        self, site: Name, query: Digest, attempt: tuple[Count, Version], statement: bytes, sealed: bytes
    ) -> None:
        """Publish a release, its statement last."""
        round_, number = attempt
        folder = self.folder / site / "releases" / query
        _place(folder / f"{round_:03}.{number:02}.values.sealed", sealed)
        _place(folder / f"{round_:03}.{number:02}.release.json", statement)

    def put_withdrawal(self, site: Name, query: Digest, data: bytes) -> None:
        """Publish a site's word that its releases of a query no longer stand."""
        _place(self._withdrawal(site, query), data)

    def withdrawal(self, site: Name, query: Digest) -> bytes | None:
        """A site's withdrawal of its releases of a query, if there is one."""
        path = self._withdrawal(site, query)
        return read(path) if path.name in names(path.parent) else None

    def releases(self, site: Name, query: Digest) -> list[tuple[Count, Version, Path]]:
        """The rounds, attempts and statements that a site has published for a query, in order."""
        folder = self.folder / site / "releases" / query
        found = [(match, name) for name in names(folder) if (match := _RELEASE.fullmatch(name))]
        return [(int(match[1]), int(match[2]), folder / name) for match, name in found]

    def _participants(self) -> list[Name]:
        return [name for name in names(self.folder) if re.fullmatch(NAME, name) and name != FEDERATION]

    def _withdrawal(self, site: Name, query: Digest) -> Path:
        return self.folder / site / "withdrawals" / f"{query}.json"

    def _query(self, researcher: Name, query: Digest) -> Path:
        return self.folder / researcher / "queries" / query


def result_name(run: Count = 0) -> str:
    """The name of the first result of a query, or of a run of one that recurs."""
    return f"{run:03}.result.json" if run else "result.json"


def sealed_beside(statement: Path) -> Path:
    """The sealed file that belongs to the statement of a release or a result."""
    name = statement.name.removesuffix(".json")
    if _RESULT.fullmatch(statement.name) or statement.parent.name == "rounds":
        return statement.with_name(f"{name}.sealed")
    return statement.with_name(f"{name.removesuffix('.release')}.values.sealed")


def review_beside(statement: Path, query: Digest, digest: Digest) -> Path:
    """The review that the statement of a release names, in its site's folder of an exchange."""
    return statement.parent.parent.parent / "reviews" / query / f"{digest}.json"


def read_sealed(statement: Path) -> bytes:
    """The sealed file beside a statement."""
    return part(sealed_beside(statement), 16 * MAX_BYTES)


def part(path: Path, limit: int = MAX_BYTES) -> bytes:
    """A file that a signed one names: where it is not there, somebody took it away, or S-GONE."""
    try:
        return read(path, limit)
    except UsageFault:
        raise fault("S-GONE", where=path.name) from None


def _place(path: Path, data: bytes) -> None:
    """Put a file at a name that only its one writer uses; other bytes there are an alarm."""
    try:
        write_once(path, data)
    except UsageFault:
        raise fault("X-TAKEN", where=path) from None
