"""Whether this machine shuts a vault in: a vault is asked to try what it must not be able to do."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from fedcli.errors import fault
from fedcli.files.writer import write
from fedcli.model.policy import Limits
from fedcli.model.shown.places import Looked
from fedcli.model.vault import Probing, Reply
from fedcli.workflows.errand import errand
from fedcli.workflows.spare import Spares


def probed(limits: Limits | None = None, spares: Spares | None = None) -> Reply:
    """Which forbidden acts a vault's cage refused, and which of its walls this machine lacks.

    Raises:
        FedcliError: V-CAGE where a wall that is there does not hold, D-DIED where no vault can live here.
    """
    with TemporaryDirectory(prefix="fedcli-probe-") as folder:
        write(Path(folder) / "beside", b"not the task's")
        task = Probing(folder=folder)
        return errand(task, (limits or Limits()).model_copy(update={"sandbox": "available"}), spares=spares)


def check_sandbox(limits: Limits) -> None:
    """Raise V-SANDBOX where a policy requires what this machine does not offer; nothing is charged yet."""
    if limits.sandbox == "required":
        found = probed(limits)
        open_ = [act for act, refused in found.refused.items() if not refused]
        if found.missing or open_:
            raise fault("V-SANDBOX", missing=", ".join((*found.missing, *open_)))


def cage() -> Looked:
    """What a vault could do here, for people: it is asked, and no table of kernels is."""
    found = probed()
    open_ = [act for act, refused in found.refused.items() if not refused]
    told = f"a vault is refused {len(found.refused) - len(open_)} of {len(found.refused)} forbidden acts"
    lacking = f"; without {' and '.join(found.missing)}" if found.missing else ""
    able = f". It could {', '.join(open_)}" if open_ else ""
    if not lacking and not able:
        return Looked(what="cage", state="ok", told=told)
    fix = "run on Linux 6.12 or newer, where user namespaces are allowed"
    return Looked(what="cage", state="warn", told=told + lacking + able, fix=fix)
