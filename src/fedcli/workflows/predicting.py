"""A model of trees that predicts, for notebooks: scikit-learn has no way to make one of a file.

It has the methods of scikit-learn's classifiers and regressors that predict, and nothing that fits.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fedcli.errors import fault
from fedcli.model.trained import Split, Tree, Trees
from fedcli.model.trees import Feature
from fedcli.workflows.trained import read_model


class Predictor:
    """Trees of a file. Rows are a data frame, or a mapping of columns to sequences of values.

    A row that lacks a column, or has a level there that nobody declared, has no score: it is NaN, as the
    trees were grown without such rows.
    """

    def __init__(self, trees: Trees) -> None:
        self.trees = trees
        self.classes_ = trees.classes

    def decision_function(self, rows: Mapping[str, Any]) -> Any:
        """The score of each row, one number for each."""
        import numpy as np

        columns = {one.column: np.asarray(rows[one.column]) for one in self.trees.features}
        scores = np.full(len(columns[self.trees.features[0].column]), self.trees.start)
        for tree in self.trees.trees:
            scores = scores + _values(tree, columns)
        lacking = [_lacking(one, columns[one.column]) for one in self.trees.features]
        return np.where(np.any(lacking, axis=0), np.nan, scores)

    def predict_proba(self, rows: Mapping[str, Any]) -> Any:
        """The probability of each of `classes_`, a row of two for each.

        Raises:
            UsageFault: R-TREES where a number is predicted.
        """
        import numpy as np

        if self.classes_ is None:
            raise fault("R-TREES", model="this model", wanted="classes", kind="of a number")
        scores = self.decision_function(rows)
        if self.trees.link == "logit":
            small = np.exp(-np.abs(scores))
            scores = np.where(scores >= 0, 1 / (1 + small), small / (1 + small))
        return np.stack([1 - scores, scores], axis=1)

    def predict(self, rows: Mapping[str, Any]) -> Any:
        """The likelier class of each row, the second from one half on; None where it has no score.

        Of a model that predicts a number, that number.
        """
        import numpy as np

        if self.classes_ is None:
            return self.decision_function(rows)
        second = self.predict_proba(rows)[:, 1]
        words = np.array([*self.classes_, None], dtype=object)
        return words[np.where(np.isnan(second), 2, second >= 0.5).astype(int)]


def predictor(path: Path) -> Predictor:
    """The trees of a model file.

    Raises:
        InvalidFile: F-JSON or F-SCHEMA where the file holds no model.
        UsageFault: R-TREES where its model is none of trees.
    """
    of = read_model(path).predictor
    if not isinstance(of, Trees):
        raise fault("R-TREES", model=path.name, wanted="trees", kind=of.kind)
    return Predictor(of)


def _values(tree: Tree, columns: Mapping[str, Any]) -> Any:
    """The value of the leaf that each row comes to: children are done before the splits above them."""
    import numpy as np

    done: dict[int, Any] = {}
    for at, node in reversed([*enumerate(tree.nodes)]):
        if isinstance(node, Split):
            left = _left(node, columns[node.column])
            done[at] = np.where(left, done[node.left], done[node.right])
        else:
            done[at] = node.value
    return done[0]


def _left(split: Split, values: Any) -> Any:
    import numpy as np

    return _is(values, split.level) if split.below is None else np.asarray(values, float) < split.below


def _is(values: Any, level: object) -> Any:
    """Which values are a level; a date may be a date, or as a dictionary writes it."""
    import numpy as np

    return np.array([value == level or str(value) == level for value in values.tolist()], dtype=bool)


def _lacking(feature: Feature, values: Any) -> Any:
    import numpy as np

    if not feature.levels:
        return np.isnan(np.asarray(values, float))
    return ~np.any([_is(values, level) for level in feature.levels], axis=0)
