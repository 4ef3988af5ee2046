"""What a site or a person with keys could put in the place of what they signed: for tests of audits."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

from fedcli.files.canonical import digest
from fedcli.ledger import log, merkle
from fedcli.ledger.checkpoint import Checkpoint, origin, signed
from fedcli.ledger.store import Store
from fedcli.model.approval import Approval
from fedcli.model.document import Document
from fedcli.model.entry import Charged
from fedcli.model.release import Release
from fedcli.trust.dsse import content, kind_of, parse, sign, statement
from tests.workflows.acts import keys_of
from tests.world import World

D = TypeVar("D", bound=Document)
FEDERATION = "cardio-net"


def held(path: Path, form: type[D]) -> D:
    """What a signed file holds, whoever signed it."""
    kind: Any = kind_of(path.read_bytes(), path.name)
    return form.read(content(parse(path.read_bytes(), path.name), kind, path.name).predicate, path.name)


def again(world: World, path: Path, form: type[D], key: tuple[str, str], **changes: object) -> D:
    """Sign a file once more with something changed; the subject stays."""
    kind: Any = kind_of(path.read_bytes(), path.name)
    about = content(parse(path.read_bytes(), path.name), kind, path.name).subject[0].digest["sha256"]
    made = held(path, form).model_copy(update=changes)
    path.write_bytes(sign(statement(kind, about, made), [keys_of(world, *key)]))
    return made


def release_of(world: World, query: str, site: str = "north") -> Path:
    """Where the last release of a site for a query lies."""
    return world.releases(site, query)[-1]


def other_release(world: World, query: str, site: str = "north", **changes: object) -> Path:
    """A site's release, signed once more with something changed; the result of the first is taken away."""
    path = release_of(world, query, site)
    again(world, path, Release, (site, site), **changes)
    for result in (world.exchange / "ana" / "queries" / query).glob("result*"):
        result.unlink()
    return path


def approvals_of(world: World, query: str, site: str = "north") -> list[Path]:
    """The approvals of a query at a site, in order."""
    return sorted((world.exchange / site / "approvals").glob(f"{query}.*.json"))


def other_approval(
    world: World, query: str, site: str = "north", place: int = 0, key: str | None = None, **changes: object
) -> Path:
    """An approval that its person signed otherwise, and the release that names it, as if it had been so."""
    path = approvals_of(world, query, site)[place]
    old, person = digest(path.read_bytes()), key or held(path, Approval).approver
    home = person.partition("-")[0]
    again(world, path, Approval, (home, person), **changes)
    named = held(release_of(world, query, site), Release).approvals
    new = tuple(digest(path.read_bytes()) if one == old else one for one in named)
    other_release(world, query, site, approvals=new)
    return path


def one_more_word(world: World, query: str, person: str, **changes: object) -> Path:
    """A further word of a person on a query at their site, under the next number."""
    site = person.partition("-")[0]
    known = approvals_of(world, query, site)
    path = known[0].with_name(f"{query}.{len(known) + 1:03}.json")
    word = held(known[0], Approval).model_copy(update={"approver": person, **changes})
    path.write_bytes(sign(statement("approval", query, word), [keys_of(world, site, person)]))
    return path


def head_file(world: World, site: str, head: Checkpoint, path: Path) -> Path:
    """A checkpoint that a site signed."""
    path.write_text(signed(head, origin(FEDERATION, site), keys_of(world, site, site)))
    return path


def leaves(world: World, site: str) -> list[str]:
    """The leaf hashes of a site's log."""
    with closing(Store(world.folder / site / "state" / "site.db")) as book:
        return log.hashes(book)


def other_charge(
    world: World, query: str, site: str = "north", entry: dict[str, Any] | None = None, **changes: object
) -> Path:
    """A release whose first charge was otherwise, with a log in which it was so, all signed by the site."""
    first = held(release_of(world, query, site), Release).charges[0]
    charge = first.charge.model_copy(update=changes)
    told = first.entry.model_copy(update={"charge": charge, **(entry or {})})
    known = leaves(world, site)[:-1]  # the log before the entry of the release
    known[first.number] = merkle.leaf_hash(told.canonical())
    return _of_log(world, query, site, known, first.model_copy(update={"entry": told}))


def other_log(world: World, query: str, site: str = "north") -> Path:
    """A release with its charge, in a log of the same length whose first entry was another one."""
    first = held(release_of(world, query, site), Release).charges[0]
    return _of_log(world, query, site, ["0" * 64, *leaves(world, site)[1:-1]], first)


def _of_log(world: World, query: str, site: str, known: list[str], first: Charged) -> Path:
    proven = first.model_copy(update={"inclusion": merkle.inclusion(known, first.number)})
    head = Checkpoint(len(known), merkle.root_hash(known))
    note = signed(head, origin(FEDERATION, site), keys_of(world, site, site))
    return other_release(world, query, site, charges=(proven,), checkpoint=note)
