"""Groups over sites: against scikit-learn's on the pooled rows, from the same centres, in exact sums."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sklearn.cluster import KMeans as Theirs

from fedcli.analytics.k_means import KMeans
from fedcli.model.result import Answer
from tests.oracle.fits import converged, dictionary_of
from tests.oracle.test_boosted_trees import FRAME, SITES

NAMES = ("mean_radius", "mean_texture", "mean_area")
BOUNDS = {"mean_radius": (5, 30), "mean_texture": (5, 45), "mean_area": (100, 2600)}
WIDTHS = np.array([high - low for low, high in BOUNDS.values()])
DICTIONARY = dictionary_of({name: {"type": "real", "bounds": list(ends)} for name, ends in BOUNDS.items()})
STARTS = ((10.0, 15.0, 400.0), (14.0, 25.0, 600.0), (18.0, 20.0, 1000.0), (25.0, 30.0, 2000.0))
X = FRAME[[*NAMES]].to_numpy()


def over(sites: int, folder: Path, frame: Any = FRAME, **more: Any) -> tuple[KMeans, Answer]:
    """What sites tell together."""
    told = {"columns": NAMES, "rounds": 50, **more}
    asked = KMeans.read(told, "a test").resolved(DICTIONARY, "a test")
    tables = [
        pa.Table.from_pandas(frame[[*NAMES]].iloc[low:high], preserve_index=False)
        for low, high in itertools.pairwise(SITES[sites])
    ]
    return asked, converged(asked, DICTIONARY, tables, folder)


def centres(answer: Answer) -> Any:
    """The means of all groups, a row for each."""
    rows = answer.tables["centres"].rows
    return np.array([row[3] for row in rows], float).reshape(-1, len(NAMES))


@pytest.mark.parametrize(("sites", "scaled"), [*((sites, True) for sites in SITES), (3, False)])
def test_scikit_learn(sites: int, scaled: bool, tmp_path: Path) -> None:
    """Centres, sizes and inertia to 1e-8, of plain columns and of columns in widths of their bounds."""
    _, answer = over(sites, tmp_path, starts=STARTS, scaled=scaled)
    unit = WIDTHS if scaled else np.ones(3)
    theirs = Theirs(4, init=np.array(STARTS) / unit, n_init=1, algorithm="lloyd", tol=0, max_iter=300)
    theirs.fit(X / unit)
    np.testing.assert_allclose(centres(answer), theirs.cluster_centers_ * unit, rtol=1e-8)
    sizes = [row[1] for row in answer.tables["clusters"].rows]
    assert sizes == np.bincount(theirs.labels_).tolist()
    assert answer.scalars["inertia"] == pytest.approx(theirs.inertia_, rel=1e-8)
    assert (answer.scalars["n"], answer.scalars["still"]) == (569, 1)
    spreads = [X[theirs.labels_ == at].std(axis=0, ddof=1) for at in range(4)]
    np.testing.assert_allclose(
        [row[4] for row in answer.tables["centres"].rows], np.ravel(spreads), rtol=1e-8
    )


def test_centres_that_are_drawn(tmp_path: Path) -> None:
    """Each column has one in every part of its bounds; another question draws others; it ends as theirs."""
    asked, answer = over(3, tmp_path, clusters=4)
    assert asked.placed is not None
    drawn = np.array(asked.placed.centres)
    for at, (low, high) in enumerate(BOUNDS.values()):
        parts = (drawn[:, at] - low) / (high - low) * 4
        np.testing.assert_allclose(sorted(parts), [0.5, 1.5, 2.5, 3.5])
    other = KMeans.read({"columns": NAMES, "clusters": 4, "rounds": 49}, "a test").resolved(
        DICTIONARY, "a test"
    )
    assert other.placed != asked.placed
    sizes = [row[1] for row in answer.tables["clusters"].rows]
    kept = [at for at, n in enumerate(sizes) if n]
    theirs = Theirs(len(kept), init=drawn[kept] / WIDTHS, n_init=1, algorithm="lloyd", tol=0).fit(X / WIDTHS)
    np.testing.assert_allclose(centres(answer)[kept], theirs.cluster_centers_ * WIDTHS, rtol=1e-8)


def test_a_group_of_nobody_stays(tmp_path: Path) -> None:
    """Theirs would move to the row that is furthest from its centre, which is one person's values."""
    _, answer = over(3, tmp_path, starts=((10, 15, 400), (18, 20, 1000), (5, 45, 2600)))
    rows = answer.tables["centres"].rows
    assert answer.tables["clusters"].rows[2] == (3, 0)
    assert [row[2:] for row in rows[6:]] == [(5, None, None), (45, None, None), (2600, None, None)]
    theirs = Theirs(2, init=np.array(STARTS)[[0, 2]] / WIDTHS, n_init=1, algorithm="lloyd", tol=0).fit(
        X / WIDTHS
    )
    np.testing.assert_allclose(centres(answer)[:2], theirs.cluster_centers_ * WIDTHS, rtol=1e-8)


def test_rows_that_lack_a_value(tmp_path: Path) -> None:
    """They are in no group."""
    holes = FRAME.copy()
    holes.loc[::7, "mean_texture"] = np.nan
    _, answer = over(3, tmp_path, holes, starts=STARTS)
    kept = holes[[*NAMES]].dropna().to_numpy() / WIDTHS
    theirs = Theirs(4, init=np.array(STARTS) / WIDTHS, n_init=1, algorithm="lloyd", tol=0).fit(kept)
    np.testing.assert_allclose(centres(answer), theirs.cluster_centers_ * WIDTHS, rtol=1e-8)
    assert answer.scalars["n"] == len(kept)


def test_rounds_that_are_too_few(tmp_path: Path) -> None:
    """The centres are where they moved to; the means those of who was near before."""
    _, answer = over(1, tmp_path, starts=STARTS, rounds=1)
    assert (answer.scalars["rounds"], answer.scalars["still"]) == (1, 0)
    near = np.square((X[:, None, :] - np.array(STARTS)) / WIDTHS).sum(axis=2).argmin(axis=1)
    means = [X[near == at].mean(axis=0) for at in range(4)]
    np.testing.assert_allclose(centres(answer), means, rtol=1e-10)
