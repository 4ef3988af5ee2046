"""Gaussian naive Bayes: a classifier of numbers, from their means and spreads in each class."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import ClassVar

from fedcli.analytics._contract import Analytic, Category, Numerics
from fedcli.model.cells import Cell
from fedcli.model.dataset import Dictionary
from fedcli.model.result import Answer, Table
from fedcli.model.trained import GaussianBayes
from fedcli.statistics.contrast import proportion
from fedcli.statistics.figures import numbers
from fedcli.statistics.interval import add, quotient
from fedcli.statistics.moments import Moments
from fedcli.statistics.rows import VARIABLE, Rows
from fedcli.statistics.seal import Sealed


class NaiveBayes(Analytic[Moments], name="naive_bayes", version=1):
    """A classifier by Bayes' theorem, as if columns were normal and independent in each class of `outcome`.

    In one round, of every class: how many have it, and of each column the mean and the variance, with n in
    the denominator: all that scikit-learn's `GaussianNB` is made of. What leaves a site is what leaves for a
    `summary` of the columns by the outcome, under the same checks. A person with several rows counts with
    each; a value that is missing is left out of its column alone.
    """

    example: ClassVar[str] = 'outcome = "diabetes"\ncolumns = ["age", "bmi"]'

    outcome: Category
    columns: Numerics

    def local(self, rows: Rows) -> Sealed[Moments]:
        """The moments of all columns in all classes."""
        return rows.moments(self.columns, by=(self.outcome,))

    def answer(self, total: Moments) -> Answer:
        """The classes with their priors, and the columns in each of them."""
        variables, classes = (axis.levels for axis in total.axes)
        sizes = list(map(add, total.cells["n"], total.cells["missing"]))[: len(classes)]
        priors = [proportion(sizes, at) for at in range(len(classes))]
        told = zip(
            product(variables, classes), *map(total.cells.__getitem__, ("n", "mean", "m2")), strict=True
        )
        rows = [(level, name, mean, _variance(n, m2)) for (name, level), n, mean, m2 in told]
        return Answer(
            tables={
                "classes": Table(
                    columns=(self.outcome, "n", "prior"),
                    keys=1,
                    rows=tuple(zip(classes, sizes, priors, strict=True)),
                ),
                "columns": Table(
                    columns=(self.outcome, VARIABLE, "mean", "variance"), keys=2, rows=tuple(rows)
                ),
            }
        )

    def predictors(self, answer: Answer, dictionary: Dictionary) -> Iterator[GaussianBayes]:
        """The classifier, where nothing of it is hidden."""
        del dictionary
        classes, columns = answer.tables["classes"].rows, answer.tables["columns"].rows
        priors, means, variances = (
            numbers([row[at] for row in rows]) for rows, at in ((classes, 2), (columns, 2), (columns, 3))
        )
        if priors and means and variances:
            many = range(0, len(columns), len(classes))
            yield GaussianBayes(
                outcome=self.outcome,
                classes=tuple(row[0] for row in classes),  # type: ignore[misc]
                priors=priors,
                columns=self.columns,
                means=tuple(tuple(means[one + at] for one in many) for at in range(len(classes))),
                variances=tuple(tuple(variances[one + at] for one in many) for at in range(len(classes))),
            )


def _variance(n: Cell, m2: Cell) -> Cell:
    """m2 / n, where there is a value."""
    return None if n == 0 or m2 is None else quotient(m2, n)
