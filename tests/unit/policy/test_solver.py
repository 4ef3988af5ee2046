"""Sums of numbers, and programs over them: NumPy adds them up too, and SciPy's door to HiGHS solves them."""

from __future__ import annotations

import random
import subprocess
import sys

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from fedcli.policy.solver import Program, Sums

NUMBERS = np.array([3.0, 5.0, 7.0, 11.0])


def dense(sums: Sums, width: int) -> np.ndarray:
    """What each sum counts of each number."""
    return np.array([sums.at(np.eye(width)[at]) for at in range(width)]).T


def test_sums() -> None:
    """Of sets, of none, of parts with signs; a place that is in two parts counts as both."""
    assert Sums.of([(0, 2), (), (1,)]).at(NUMBERS).tolist() == [10, 0, 5]
    signed = Sums.signed([[(1, (3, 0)), (-1, (0, 1))], [(1, (2,)), (1, (2,))]])
    assert signed.at(NUMBERS).tolist() == [6, 14]
    assert signed.row(0).tolist() == [1, 3]
    assert (len(signed), len(Sums.of([]))) == (2, 0)


def test_some_and_beside() -> None:
    """Some rows in another order; a number of its own for each."""
    sums = Sums.of([(0,), (1, 2), (3,)])
    assert sums.some([2, 1]).at(NUMBERS).tolist() == [11, 12]
    assert sums.some([]).at(NUMBERS).tolist() == []
    assert dense(sums.beside(4, -2.0), 7)[:, 4:].tolist() == (-2 * np.eye(3)).tolist()


@pytest.mark.parametrize("whole", [0, 4])
@pytest.mark.parametrize("seed", range(12))
def test_programs(seed: int, whole: int) -> None:
    """As cheap as SciPy's, or as impossible."""
    lots = random.Random(f"{seed} {whole}")
    sets = [tuple(at for at in range(6) if lots.random() < 0.5) for _ in range(5)]
    costs = np.array([lots.uniform(-1, 2) for _ in range(6)])
    low = np.array([lots.choice([-np.inf, lots.uniform(0, 4)]) for _ in sets])
    high = np.where(np.isinf(low), 6, low + lots.choice([0.3, 3.0]))
    program = Program(costs, np.zeros(6), np.full(6, 5.0), whole)
    program.hold(Sums.of(sets), low, high)
    found = program.solved()
    truth = milp(
        costs,
        integrality=np.array([0] * (6 - whole) + [1] * whole),
        bounds=Bounds(0, 5),
        constraints=LinearConstraint(dense(Sums.of(sets), 6), low, high),
    )
    assert (found is None) == (truth.x is None)
    if found is not None:
        assert costs @ found == pytest.approx(truth.fun, abs=1e-6)
        assert np.all(np.abs(found[6 - whole :] - np.round(found[6 - whole :])) < 1e-6)


def test_few_branches() -> None:
    """What is found on the way counts; nothing is invented where nothing was."""
    lots = random.Random(7)
    costs = np.array([-lots.uniform(1, 2) for _ in range(40)])
    program = Program(costs, np.zeros(40), np.ones(40), 40)
    weights = [[(round(lots.uniform(1, 30)), (at,)) for at in range(40)] for _ in range(6)]
    program.hold(Sums.signed(weights), -np.inf, 100.0)
    found = program.solved(1)
    assert found is None or np.all(Sums.signed(weights).at(np.round(found)) <= 100 + 1e-6)


def test_it_says_nothing() -> None:
    """What a command prints is a document: a solver's words, once for each process, would spoil it."""
    code = (
        "import numpy as np; from fedcli.policy.solver import Program, Sums; one = np.ones(2)\n"
        "program = Program(one, 0 * one, one, 1); program.hold(Sums.of([(0, 1)]), 0.5, np.inf)\n"
        "assert program.solved() is not None"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")
