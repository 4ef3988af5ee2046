"""How late many times are at once; `statistics.late` has it for one, and says why."""

from __future__ import annotations

import numpy as np

from fedcli.engine.blocks import Vector
from fedcli.model.terms import Times
from fedcli.statistics.late import EARLIEST


def lateness(times: Times, when: Vector) -> Vector:
    """From -1 at zero, or the earliest time, to 1 at the horizon."""
    assert times.until is not None
    share = np.minimum(when / times.until, 1.0)
    if times.trend == "log":
        told: Vector = 1 - 2 * np.log(np.maximum(share, EARLIEST)) / np.log(EARLIEST)
        return told
    return 2 * np.maximum(share, 0.0) - 1
