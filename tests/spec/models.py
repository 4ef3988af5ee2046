"""Worked examples of the checks of models: a fit of an outcome on whether somebody was exposed."""

from __future__ import annotations

from fedcli.model.cells import Cell
from fedcli.model.disclosure import Verdict
from tests.spec.example import EVALUATION, Example, Rule, Under, standard
from tests.spec.fitted import Fitted

FAIL, REVIEW = Verdict.FAIL, Verdict.REVIEW
ALL = {"n": (0,), "gram": (0, 1, 2), "score": (0, 1), "deviance": (0,), "sums": (0, 1, 2, 3, 4, 5, 6)}
USUAL: dict[str, tuple[Cell, ...]] = Fitted().shape().cells
SHOWN, REVIEWED = standard(zeros="release"), standard(models="review")

MODEL_RULES: dict[str, Rule] = {
    "model_cells": Rule(
        "Small cells inside a model",
        "The products that a fit adds up hold tables: a column of zeros and ones times another is a count, "
        "and times the outcome the number of exposed persons who have it. Each cell of these tables has as "
        "many persons as a cell of a published table, or the whole model is refused. Cells that cannot "
        "occur, such as two levels of one column, do not count. The knots of a spline cut its column into "
        "bands, and these count as levels. Where all but a few share a number (zero, or the same score), its "
        "sums are sums over these few: they count as the persons of a level.",
    ),
    "model_dominance": Rule(
        "A total inside a model that one or two persons hold",
        "A column of zeros and ones times a number is the total of a group. The (n, k) rule holds for it as "
        "for a published total; where it fails the whole model is refused. A spline is a total too: of its "
        "own column, and, in each band between its knots, of the number that it is multiplied with.",
    ),
    "model_p_percent": Rule(
        "A total inside a model that gives its largest part away",
        "The p% rule, for the same totals.",
    ),
    "parameters": Rule(
        "Too many parameters",
        "A model with about as many parameters as persons gives its data back. The persons of the smaller "
        "outcome group are at least ten for each parameter. Of trees, parameters are the leaves "
        "that a question may tell.",
    ),
    "network": Rule(
        "A network that could keep its persons",
        "A network with about as many weights as persons learns what nothing tells, and gives it back. There "
        "are ten persons for each weight, under every policy. Other models have no weights to it.",
        ("weights",),
    ),
    "model_dof": Rule(
        "Too few degrees of freedom",
        "Persons less parameters are at least ten.",
    ),
    "model_by_people": Rule(
        "Models that people look at",
        "A site may decide that no model leaves before a person has looked at it.",
    ),
    "model_counts": Rule(
        "Models where counts are rounded",
        "The sums of a fit hold n and the table of its indicators, and rounded they could not be fitted; a "
        "null deviance gives n and the number of events. Where a policy rounds counts, no model leaves "
        "before people have decided that these may be told.",
    ),
}

MODELS: dict[str, list[Example]] = {
    "model_cells": [
        Example("9 exposed persons have the outcome", Fitted(fewest=9), {"model_cells": ALL}, verdict=FAIL),
        Example("10 are enough", Fitted(fewest=10), leaves=USUAL),
        Example("nobody, where zeros are merged", Fitted(fewest=0), {"model_cells": ALL}, verdict=FAIL),
        Example("nobody, where zeros are shown", Fitted(fewest=0), leaves=USUAL, under=SHOWN),
        Example(
            "2 under a threshold of 3", Fitted(fewest=2), {"model_cells": ALL}, verdict=FAIL, under=EVALUATION
        ),
        Example("3 under a threshold of 3", Fitted(fewest=3), leaves=USUAL, under=EVALUATION),
    ],
    "model_dominance": [
        Example(
            "one person holds half of the exposed persons' total",
            Fitted(largest=500.0, second=10.0),
            {"model_dominance": {"gram": (1,)}},
            verdict=FAIL,
        ),
        Example("a little less than half", Fitted(largest=499.0, second=10.0), leaves=USUAL),
        Example(
            "only recorded",
            Fitted(largest=500.0, second=10.0),
            {"model_dominance": {"gram": (1,)}},
            leaves=USUAL,
            under=EVALUATION,
        ),
    ],
    "model_p_percent": [
        Example(
            "the rest is less than a tenth of the largest",
            Fitted(total=1000.0, largest=480.0, second=473.0),
            {"model_p_percent": {"gram": (1,)}, "model_dominance": {"gram": (1,)}},
            verdict=FAIL,
        ),
        Example(
            "only recorded",
            Fitted(total=1000.0, largest=480.0, second=473.0),
            {"model_p_percent": {"gram": (1,)}, "model_dominance": {"gram": (1,)}},
            leaves=USUAL,
            under=EVALUATION,
        ),
        Example("the usual totals", Fitted(), leaves=USUAL),
    ],
    "parameters": [
        Example("21 parameters, 200 persons", Fitted(parameters=21), {"parameters": ALL}, verdict=FAIL),
        Example("20 parameters, 200 persons", Fitted(parameters=20), leaves=USUAL),
        Example(
            "67 parameters, 200 persons: recorded",
            Fitted(parameters=67),
            {"parameters": ALL},
            leaves=USUAL,
            under=EVALUATION,
        ),
    ],
    "network": [
        Example("21 weights, 200 persons", Fitted(weights=21), {"network": ALL}, verdict=FAIL),
        Example("20 weights, 200 persons", Fitted(weights=20), leaves=USUAL),
        Example(
            "21 weights, where other checks are recorded",
            Fitted(weights=21),
            {"network": ALL},
            verdict=FAIL,
            under=EVALUATION,
        ),
    ],
    "model_dof": [
        Example(
            "9 persons more than parameters",
            Fitted(persons=(11,), fewest=10),
            {"model_dof": ALL, "parameters": ALL},
            verdict=FAIL,
        ),
        Example("198 more", Fitted(), leaves=USUAL),
        Example(
            "9 more: recorded",
            Fitted(persons=(11,)),
            {"model_dof": ALL},
            leaves=USUAL | {"n": (11,)},
            under=EVALUATION,
        ),
    ],
    "model_by_people": [
        Example("people decide", Fitted(), {"model_by_people": ALL}, verdict=REVIEW, under=REVIEWED),
        Example(
            "only recorded",
            Fitted(),
            {"model_by_people": ALL},
            leaves=USUAL,
            under=Under("evaluation", {"models": "review"}),
        ),
        Example("nobody needs to", Fitted(), leaves=USUAL),
    ],
    "model_counts": [
        Example(
            "n is 200, and rounded it would be 202: people decide",
            Fitted(),
            {"model_counts": ALL},
            verdict=REVIEW,
            under=Under("standard", {"rounding": "floor-midpoint-5"}),
        ),
        Example(
            "also where other checks are only recorded",
            Fitted(),
            {"model_counts": ALL},
            verdict=REVIEW,
            under=Under("evaluation", {"rounding": "nearest-5"}),
        ),
        Example("counts leave as they are, here and elsewhere", Fitted(), leaves=USUAL),
    ],
}
