"""One byte of every kind of signed file: changed, taken out or put in, anywhere, the file is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from fedcli.errors import FedcliError, fault
from fedcli.exchange.folder import FolderExchange
from fedcli.files.canonical import canonical, digest
from fedcli.ledger import merkle
from fedcli.ledger.checkpoint import Checkpoint, opened, origin
from fedcli.ledger.checkpoint import signed as note_of
from fedcli.model.document import Document
from fedcli.model.entry import Entry
from fedcli.model.review import Review
from fedcli.model.round import Posted, States
from fedcli.model.withdrawal import Withdrawal
from fedcli.trust.atrest import AtRest
from fedcli.trust.dsse import Kind
from fedcli.trust.keys import key_id
from fedcli.trust.membership import Membership, follow, open_card
from fedcli.trust.sealing import seal
from fedcli.trust.verified import (
    check_sealed,
    open_states,
    open_values,
    release_binding,
    round_binding,
    verify_approval,
    verify_manifest,
    verify_policy,
    verify_query,
    verify_release,
    verify_result,
    verify_review,
    verify_round,
    verify_withdrawal,
)
from fedcli.workflows.heads import _check_continues
from fedcli.workflows.verify import _held
from tests.unit.trust import builders
from tests.unit.trust.builders import KEYS, NOW, digest_of, followed, signed, signed_root

Check = Callable[[bytes], object]
WHERE = "a file"
#: What a person printed is not signed as a file: white space in it says nothing.
LOOSE = "proof of an entry"


class Sample(NamedTuple):
    """A file as it was signed, and what takes it or refuses it."""

    data: bytes
    check: Check


def samples(folder: Path) -> dict[str, Sample]:
    """One file of every kind."""
    members = followed(builders.root())
    found = {
        kind: sample(kind, document, signer, verify, members) for kind, document, signer, verify in _plain()
    }
    return found | _federation() | _sealed(members) | _log(members, FolderExchange(folder)) | _memory(folder)


def _plain() -> Iterator[tuple[Kind, Document, str, Callable[..., object]]]:
    bound: dict[str, Any] = {
        "federation": "cardio-net",
        "root_version": 1,
        "site": "north",
        "query": digest_of("a"),
    }
    yield "query", builders.query(), "ana", verify_query
    yield "approval", builders.approval(), "owner", verify_approval
    yield "manifest", builders.manifest(), "north", verify_manifest
    yield "policy", builders.policy(), "north", verify_policy
    recalled = Withdrawal(**bound, releases=(digest_of("b"),), reason="counted twice", issued=NOW)
    yield "withdrawal", recalled, "north", verify_withdrawal
    said = {name: digest_of("c") for name in ("dictionary", "policy", "findings", "reason")}
    reviewed = Review(
        **bound, **said, reviewer="officer", decision="approve", round=0, rounds=1, snapshot="s", issued=NOW
    )
    yield "review", reviewed, "officer", verify_review


def sample(
    kind: Kind, document: Document, signer: str, verify: Callable[..., object], members: Membership
) -> Sample:
    """A signed document; it is about itself, or about the query that it names."""
    about = document.sha256 if kind in ("query", "manifest", "policy") else document.json_value()["query"]
    return Sample(signed(kind, about, document, signer), lambda data: verify(data, members, WHERE))


def _federation() -> dict[str, Sample]:
    first = builders.root()
    agreed = canonical({"schema": "fedcli/dictionary/1", "dataset": "d", "columns": {"a": {"type": "text"}}})

    def named(data: bytes) -> None:
        if digest(data) != digest(agreed):
            raise fault("S-SUBJECT", where=WHERE)

    return {
        "root": Sample(signed_root(first, "ada", "ben"), lambda data: _whole(data, first.sha256)),
        "card": Sample(builders.card("ana", "ana"), lambda data: open_card(data, WHERE)),
        "dictionary": Sample(agreed, named),
    }


def _whole(data: bytes, pin: str) -> None:
    """A root that both administrators signed: one whose signature is another's is passed over, not taken."""
    if len(follow([data], pin, None).signed_by(1)) < 2:
        raise fault("T-THRESHOLD", signed=1, threshold=2, where=WHERE)


def _sealed(members: Membership) -> dict[str, Sample]:
    """What is sealed with its statement: both halves of a release, a round and a result."""
    ana = KEYS["ana"]
    to = {key_id(ana.signing_key): ana.sealing_key}
    release = builders.release()
    box = seal(builders.values().canonical(), to, release_binding(release), 2048)
    statement = signed("release", digest(box), release, "north")
    held = verify_release(statement, members, WHERE)
    posted = _posted(tuple(to))
    states = seal(States(query=posted.query, round=1).canonical(), to, round_binding(posted), 512)
    asked = signed("round", digest(states), posted, "ana")
    told = verify_round(asked, members, WHERE)
    result = seal(b"{}", to, {"result": "x"}, 512)
    combined = signed("result", digest(result), builders.combined(), "ana")
    answer = verify_result(combined, members, WHERE)
    return {
        "release": Sample(statement, lambda data: verify_release(data, members, WHERE)),
        "values": Sample(box, lambda data: open_values(held, data, ana, WHERE)),
        "round": Sample(asked, lambda data: verify_round(data, members, WHERE)),
        "states": Sample(states, lambda data: open_states(told, data, ana, WHERE)),
        "result": Sample(combined, lambda data: verify_result(data, members, WHERE)),
        "sealed result": Sample(result, lambda data: check_sealed(answer, data, WHERE)),
    }


def _posted(recipients: tuple[str, ...]) -> Posted:
    return Posted(
        maturity="preview",
        federation="cardio-net",
        root_version=1,
        query=digest_of("a"),
        researcher="ana",
        round=1,
        releases={"north": digest_of("b")},
        recipients=recipients,
        issued=NOW,
    )


def _log(members: Membership, office: FolderExchange) -> dict[str, Sample]:
    """A checkpoint, the proof that it continues the one before, and the proof of an entry."""
    entries = [Entry(kind="opened", at=NOW, site="north"), Entry(kind="dataset", at=NOW, site="north")]
    hashes = [merkle.leaf_hash(one.canonical()) for one in (*entries, *entries)]
    old, new = (Checkpoint(size, merkle.root_hash(hashes[:size])) for size in (3, 4))
    name, keys = origin("cardio-net", "north"), KEYS["north"]
    note = note_of(new, name, keys)
    proof = canonical({"from": 3, "to": 4, "proof": list(merkle.consistency(hashes, 3))})
    told = {
        "number": 1,
        "inclusion": merkle.inclusion(hashes, 1),
        "entry": entries[1].json_value(),
        "checkpoint": note,
    }
    printed = b'{"schema": "fedcli/cli/1", "command": "ledger prove", "data": ' + canonical(told) + b"}"
    return {
        "checkpoint": Sample(
            note.encode(),
            lambda data: opened(data.decode("utf-8", "replace"), name, [keys.signing_key], WHERE),
        ),
        "proof": Sample(proof, lambda data: _check_continues(old, new, data, WHERE)),
        "proof of an entry": Sample(printed, lambda data: _held(office, members, Path("p.json"), data)),
    }


def _memory(folder: Path) -> dict[str, Sample]:
    held = AtRest(folder / "memory.key")
    box = held.lock(b"a record of a cohort", "memory, record 1")
    return {"memory": Sample(box, lambda data: held.open(data, "memory, record 1"))}


def changes(data: bytes, places: range) -> Iterator[tuple[str, bytes]]:
    """One byte changed in three ways, taken out, and put in, at each place."""
    for at in places:
        before, byte, after = data[:at], data[at], data[at + 1 :]
        for other in {byte ^ 1, byte ^ 0x20, ord("A")} - {byte}:
            yield f"{at} is {other}", before + bytes([other]) + after
        yield f"{at} is gone", before + after
        yield f"{at} is new", before + b" " + data[at:]


def accepted(one: Sample, step: int = 1, start: int = 0) -> list[str]:
    """The changes that were taken for what was signed; nothing else than a refusal may come of the others."""
    return [told for told, data in changes(one.data, range(start, len(one.data), step)) if _takes(one, data)]


def _takes(one: Sample, data: bytes) -> bool:
    try:
        one.check(data)
    except FedcliError:
        return False
    return True
