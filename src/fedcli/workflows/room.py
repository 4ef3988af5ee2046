"""Room for a release: taken on the disks of a site and of the exchange before its question is charged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from fedcli.files.room import Room
from fedcli.workflows.admit import Admission
from fedcli.workflows.ran import Site
from fedcli.workflows.release import length
from fedcli.workflows.standing import exchange

#: The room that is held for a release, in bytes: its values go into the database, its journal and the
#: exchange, beside statements, charges, checkpoints and what is remembered.
_LEAST, _TIMES = 4 * 2**20, 4


@contextmanager
def rooms(site: Site, admission: Admission) -> Iterator[ExitStack]:
    """Room for a release, held from before its charge until it is computed; it can be closed before.

    Raises:
        Busy: F-FULL, so that a full disk costs no budget.
    """
    size = _LEAST + _TIMES * length(admission.query.value, site.policy, admission.admitted)
    with ExitStack() as held:
        held.enter_context(Room(site.desk.home.database.parent, size))
        held.enter_context(exchange(site.desk.home).room(site.name, size))
        yield held
