"""What a site says of opt-outs: whose list of objections was taken out of a state of its data, and when.

fedcli cannot look for persons who objected; it can hold a site to saying that somebody did. The word is
about one snapshot, so that data which change need a new one: removals come in cuts of the data.
"""

from __future__ import annotations

from datetime import date

from fedcli.errors import fault
from fedcli.ledger import registry
from fedcli.ledger.log import append
from fedcli.ledger.registry import Snapshot
from fedcli.ledger.store import Store
from fedcli.model.document import instant
from fedcli.model.entry import Entry
from fedcli.model.home import Desk
from fedcli.model.identifiers import line
from fedcli.model.optouts import OptOuts
from fedcli.model.policy import Policy


def check(desk: Desk, opt_outs: tuple[date, str] | None) -> None:
    """Raise U-OPT-OUTS for a day that is to come, U-LINE for a source that is no line of text."""
    if opt_outs is None:
        return
    day, source = opt_outs
    line(source, "source of the opt-outs")
    if day > desk.now.date():
        raise fault("U-OPT-OUTS", date=day)


def attest(desk: Desk, book: Store, taken: Snapshot, opt_outs: tuple[date, str] | None) -> bool:
    """Keep and ledger what is said of a snapshot, in the transaction that is open; whether it is new."""
    if opt_outs is None:
        return False
    said = OptOuts(date=opt_outs[0], source=opt_outs[1], snapshot=taken.name)
    if registry.opt_outs(book, taken.dataset) == said:
        return False
    registry.attest(book, taken.dataset, said)
    append(
        book,
        Entry(
            kind="opt-outs",
            at=instant(desk.now),
            site=desk.home.file.name,
            dataset=taken.dataset,
            snapshot=taken.name,
            opt_outs=said,
        ),
    )
    return True


def check_attested(book: Store, policy: Policy, taken: Snapshot) -> None:
    """Raise A-OPT-OUTS where the policy wants a word on just this snapshot, and there is none."""
    if policy.admission.opt_outs == "optional":
        return
    said = registry.opt_outs(book, taken.dataset)
    if said is None or said.snapshot != taken.name:
        raise fault("A-OPT-OUTS", dataset=taken.dataset, snapshot=taken.name)
