"""The site's book for people: its entries, its checks, its checkpoint, and proofs from it."""

from __future__ import annotations

from fedcli.ledger import log
from fedcli.model.home import Desk
from fedcli.model.shown.work import HeadShown, LedgerShown, ProofShown
from fedcli.workflows.announce import check_book, last_checkpoint, publish_checkpoint, signed_checkpoint
from fedcli.workflows.reviewed import words_on
from fedcli.workflows.standing import membership
from fedcli.workflows.standing import store as open_store


def entries(desk: Desk) -> LedgerShown:
    """All entries in order."""
    return LedgerShown(entries=tuple(log.entries(open_store(desk))))


def verify(desk: Desk) -> HeadShown:
    """The head after recomputing every hash; it continues the checkpoint published last.

    Every review that it names is there, and verifies.
    """
    members, book = membership(desk), open_store(desk)
    check_book(desk, book, members)
    for query in {one.query for one in log.entries(book) if one.kind == "review" and one.query}:
        words_on(desk, members, book, query)
    head, before = log.head(book), last_checkpoint(desk, members)
    return HeadShown(size=head.size, root=head.root, published=before.size if before else None)


def checkpoint(desk: Desk) -> HeadShown:
    """Publish the head, and show the signed note of it."""
    members, book = membership(desk), open_store(desk)
    check_book(desk, book, members)
    head = publish_checkpoint(desk, book, members)
    note = signed_checkpoint(desk, members, head)
    return HeadShown(size=head.size, root=head.root, published=head.size, note=note)


def prove(desk: Desk, number: int) -> ProofShown:
    """The proof that an entry is in the log as it is now."""
    members, book = membership(desk), open_store(desk)
    return ProofShown(
        number=number,
        inclusion=log.prove(book, number),
        entry=log.entry(book, number),
        checkpoint=signed_checkpoint(desk, members, log.head(book)),
    )
