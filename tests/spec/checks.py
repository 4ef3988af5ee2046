"""Worked examples of every check, on both sides of its threshold; the outcomes are written by hand."""

from __future__ import annotations

from functools import partial

from fedcli.model.cells import Cell
from fedcli.model.disclosure import Verdict
from tests.spec.example import EVALUATION, Before, Example, Under, between, standard
from tests.spec.models import MODELS
from tests.spec.tables import Counted, Extremes, Measured

REMEMBERING = Under("evaluation", {"secondary": "optimised", "memory": "population"})
FAIL, REVIEW = Verdict.FAIL, Verdict.REVIEW
HIDDEN = between(0, 9)
ALL_OF_A_MEAN = {"n": (0,), "missing": (0,), "mean": (0,), "m2": (0,)}
USUAL: dict[str, tuple[Cell, ...]] = {"n": (20,), "missing": (0,), "mean": (50.0,), "m2": (20000.0,)}
SHOWN = standard(zeros="release")
NO_NK = standard(dominance=[])

#: 20 persons with 100 visits at about 10 each; a person with many visits has a large total.
visits = partial(Measured, rows=(100,), per_person=60, bounds=(0, 100), mean=10.0, m2=2000.0, spread=0.1)
VISITS: dict[str, tuple[Cell, ...]] = {"n": (100,), "missing": (0,), "mean": (10.0,), "m2": (2000.0,)}
NO_MEAN_OF_VISITS: dict[str, tuple[Cell, ...]] = VISITS | {
    "mean": (between(0, 100),),
    "m2": (between(0, 250_000),),
}
NO_MEAN: dict[str, tuple[Cell, ...]] = USUAL | {"mean": (between(0, 1000),), "m2": (between(0, 5_000_000),)}

#: 200 persons and an indicator that 9, or all but 9, of them have.
indicator = partial(
    Measured, persons=(200,), variables=("diabetic",), bounds=(0, 1), m2=8.595, largest=1.0, second=1.0
)
NO_INDICATOR: dict[str, tuple[Cell, ...]] = {
    "n": (200,),
    "missing": (0,),
    "mean": (between(0, 1),),
    "m2": (between(0, 50),),
}

CHECKED: dict[str, list[Example]] = {
    "threshold": [
        Example(
            "9 are fewer than 10",
            Counted(persons=(9, 250)),
            {"threshold": {"count": (0,)}},
            {"count": (HIDDEN, 250), "missing": (0,)},
        ),
        Example("10 are enough", Counted(persons=(10, 250)), leaves={"count": (10, 250), "missing": (0,)}),
        Example(
            "one, nine and nobody look the same",
            Counted(persons=(1, 9, 0, 250)),
            {"threshold": {"count": (0, 1, 2)}},
            {"count": (HIDDEN, HIDDEN, HIDDEN, 250), "missing": (0,)},
        ),
        Example(
            "zeros shown: nobody is told, few are at least one",
            Counted(persons=(0, 9, 250)),
            {"threshold": {"count": (1,)}},
            {"count": (0, between(1, 9), 250), "missing": (0,)},
            under=SHOWN,
        ),
        Example(
            "a few with a missing level are hidden, and are at least one",
            Counted(persons=(40, 250), missing=9),
            {"threshold": {"missing": (0,)}},
            {"count": (40, 250), "missing": (between(1, 9),)},
        ),
        Example(
            "10 with a missing level are told",
            Counted(persons=(40, 250), missing=10),
            leaves={"count": (40, 250), "missing": (10,)},
        ),
        Example(
            "20 rows of 9 persons: the persons count; 9 persons have at most 3 rows each",
            Counted(persons=(9, 250), rows=(20, 600), per_person=3),
            {"threshold": {"count": (0,)}},
            {"count": (between(0, 27), 600), "missing": (0,)},
        ),
        Example(
            "12 rows of 10 persons are enough persons",
            Counted(persons=(10, 250), rows=(12, 600), per_person=3),
            leaves={"count": (12, 600), "missing": (0,)},
        ),
        Example(
            "nobody knows how many rows a person can have: no upper end",
            Counted(persons=(9, 250), rows=(20, 600), per_person=None),
            {"threshold": {"count": (0,)}},
            {"count": (between(0), 600), "missing": (0,)},
        ),
        Example(
            "a policy that wants 20: 19 are too few",
            Counted(persons=(19, 20, 250)),
            {"threshold": {"count": (0,)}},
            {"count": (between(0, 19), 20, 250), "missing": (0,)},
            under=standard(min_count=20),
        ),
        Example(
            "threshold of 3: 2 are too few, 3 are enough",
            Counted(persons=(2, 3, 250)),
            {"threshold": {"count": (0,)}},
            {"count": (between(1, 2), 3, 250), "missing": (0,)},
            under=EVALUATION,
        ),
    ],
    "complement": [
        Example(
            "all but 9 of the dataset",
            Counted(persons=(50, 50), outside=9),
            {"complement": {"count": (0, 1), "missing": (0,)}},
            verdict=FAIL,
        ),
        Example(
            "all but 10",
            Counted(persons=(50, 50), outside=10),
            leaves={"count": (50, 50), "missing": (0,)},
        ),
        Example(
            "all but one",
            Counted(persons=(50, 50), outside=1),
            {"complement": {"count": (0, 1), "missing": (0,)}},
            verdict=FAIL,
        ),
        Example("everybody", Counted(persons=(50, 50)), leaves={"count": (50, 50), "missing": (0,)}),
        Example(
            "9 persons of whom one visit is left out, and others are not",
            Counted(persons=(50, 50), partly=9),
            {"complement": {"count": (0, 1), "missing": (0,)}},
            verdict=FAIL,
        ),
        Example(
            "10 persons of whom one visit is left out",
            Counted(persons=(50, 50), partly=10),
            leaves={"count": (50, 50), "missing": (0,)},
        ),
        Example(
            "9 wholly and 50 in part: a count of persons tells the 9",
            Counted(persons=(50, 50), outside=9, partly=50),
            {"complement": {"count": (0, 1), "missing": (0,)}},
            verdict=FAIL,
        ),
        Example("a mean of all but 9", Measured(outside=9), {"complement": ALL_OF_A_MEAN}, verdict=FAIL),
        Example("a mean of all but 10", Measured(outside=10), leaves=USUAL),
        Example(
            "only recorded",
            Counted(persons=(50, 50), outside=1),
            {"complement": {"count": (0, 1), "missing": (0,)}},
            {"count": (50, 50), "missing": (0,)},
            under=EVALUATION,
        ),
    ],
    "class_disclosure": [
        Example(
            "all 50 in ward a, and the zero is shown",
            Counted(persons=(50, 0)),
            {"class_disclosure": {"count": (0, 1)}},
            verdict=REVIEW,
            under=SHOWN,
        ),
        Example(
            "two wards have somebody",
            Counted(persons=(50, 10, 0)),
            leaves={"count": (50, 10, 0), "missing": (0,)},
            under=SHOWN,
        ),
        Example(
            "one person in ward b: few are hidden, and it is not everybody",
            Counted(persons=(50, 1)),
            {"threshold": {"count": (1,)}},
            {"count": (50, between(1, 9)), "missing": (0,)},
            under=SHOWN,
        ),
        Example(
            "zeros hidden: the empty ward could have 9, so nothing is told",
            Counted(persons=(50, 0)),
            {"threshold": {"count": (1,)}},
            {"count": (50, HIDDEN), "missing": (0,)},
        ),
        Example(
            "ward a only in year 1, and in year 2 only ward b",
            Counted(persons=(20, 0, 15, 20), lengths=(2, 2)),
            {"class_disclosure": {"count": (0, 1, 3)}},
            verdict=REVIEW,
            under=SHOWN,
        ),
        Example(
            "every row and column has two cells with persons",
            Counted(persons=(20, 10, 15, 20), lengths=(2, 2)),
            leaves={"count": (20, 10, 15, 20), "missing": (0,)},
            under=SHOWN,
        ),
        Example(
            "the groups of a mean are a table too",
            Measured(
                persons=(20, 0),
                groups=("a", "b"),
                mean=(50.0, None),
                m2=(20000.0, None),
                total=(1000.0, 0.0),
                largest=(120.0, 0.0),
                second=(100.0, 0.0),
                spread=(0.245, 0.0),
            ),
            {"class_disclosure": {"n": (0, 1)}},
            verdict=REVIEW,
            under=SHOWN,
        ),
        Example(
            "only recorded",
            Counted(persons=(50, 0)),
            {"class_disclosure": {"count": (0, 1)}},
            {"count": (50, 0), "missing": (0,)},
            under=EVALUATION,
        ),
        Example(
            "a threshold of 1 has no small counts to hide a zero among",
            Counted(persons=(50, 0)),
            {"class_disclosure": {"count": (0, 1)}, "threshold": {"count": (1,)}},
            verdict=REVIEW,
            under=standard(min_count=1),
        ),
    ],
    "contributors": [
        Example(
            "9 of 20 persons had any cost",
            Measured(contributors=9),
            {"contributors": {"mean": (0,)}},
            NO_MEAN,
        ),
        Example("10 of 20 had", Measured(contributors=10), leaves=USUAL),
        Example(
            "9 of 200 persons are diabetic, the mean is 9/200",
            indicator(contributors=9, mean=0.045, total=9.0, spread=0.106),
            {"contributors": {"mean": (0,)}},
            NO_INDICATOR,
        ),
        Example(
            "191 of 200 are diabetic: the rarer level has 9",
            indicator(contributors=9, mean=0.955, total=191.0, spread=0.106),
            {"contributors": {"mean": (0,)}},
            NO_INDICATOR,
        ),
        Example(
            "nobody is diabetic: not few, but all the same",
            indicator(
                contributors=0, mean=0.0, m2=0.0, total=0.0, largest=0.0, second=0.0, constant=1, spread=0.0
            ),
            {"all_same": {"mean": (0,), "m2": (0,)}},
            NO_INDICATOR,
        ),
        Example(
            "only recorded",
            Measured(contributors=1),
            {"contributors": {"mean": (0,)}},
            USUAL,
            under=EVALUATION,
        ),
    ],
    "dominance": [
        Example(
            "the largest holds 500 of 1000: half",
            visits(largest=500.0),
            {"dominance": {"mean": (0,)}},
            NO_MEAN_OF_VISITS,
        ),
        Example("499 of 1000: less than half", visits(largest=499.0), leaves=VISITS),
        Example(
            "the two largest hold 850 of 1000: 85 %",
            visits(largest=450.0, second=400.0),
            {"dominance": {"mean": (0,)}},
            NO_MEAN_OF_VISITS,
        ),
        Example("849 of 1000: less than 85 %", visits(largest=450.0, second=399.0), leaves=VISITS),
        Example(
            "a policy that wants less than 40 %",
            visits(largest=400.0),
            {"dominance": {"mean": (0,)}},
            NO_MEAN_OF_VISITS,
            under=standard(dominance=[{"n": 1, "share": "0.40"}]),
        ),
        Example("a policy without an (n, k) rule", visits(largest=700.0), leaves=VISITS, under=NO_NK),
        Example(
            "only recorded",
            visits(largest=500.0),
            {"dominance": {"mean": (0,)}},
            VISITS,
            under=EVALUATION,
        ),
    ],
    "p_percent": [
        Example(
            "the others hold 1000 - 500 - 451 = 49, less than 10 % of 500",
            visits(largest=500.0, second=451.0),
            {"p_percent": {"mean": (0,)}},
            NO_MEAN_OF_VISITS,
            under=NO_NK,
        ),
        Example(
            "the others hold 1000 - 500 - 450 = 50, just 10 % of 500",
            visits(largest=500.0, second=450.0),
            leaves=VISITS,
            under=NO_NK,
        ),
        Example(
            "p = 20 %: the others hold 99, less than 100",
            visits(largest=500.0, second=401.0),
            {"p_percent": {"mean": (0,)}},
            NO_MEAN_OF_VISITS,
            under=standard(dominance=[], p_percent="0.20"),
        ),
        Example(
            "with the (n, k) rules of the profile both fail",
            visits(largest=490.0, second=470.0),
            {"p_percent": {"mean": (0,)}, "dominance": {"mean": (0,)}},
            NO_MEAN_OF_VISITS,
        ),
        Example(
            "only recorded",
            visits(largest=490.0, second=470.0),
            {"p_percent": {"mean": (0,)}, "dominance": {"mean": (0,)}},
            VISITS,
            under=EVALUATION,
        ),
    ],
    "all_same": [
        Example(
            "20 persons with 50 each",
            Measured(constant=1, m2=0.0, largest=50.0, second=50.0, spread=0.0),
            {"all_same": {"mean": (0,), "m2": (0,)}},
            NO_MEAN,
        ),
        Example("20 persons with different costs", Measured(constant=0), leaves=USUAL),
        Example(
            "only recorded",
            Measured(constant=1, m2=0.0, largest=50.0, second=50.0, spread=0.0),
            {"all_same": {"mean": (0,), "m2": (0,)}},
            USUAL | {"m2": (0.0,)},
            under=EVALUATION,
        ),
    ],
    "degrees_of_freedom": [
        Example(
            "10 persons with 3 visits each: a mean may leave, but 10 - 1 = 9",
            Measured(persons=(10,), rows=(30,), per_person=3, total=1500.0, largest=180.0),
            {"degrees_of_freedom": {"m2": (0,)}},
            USUAL | {"n": (30,), "m2": (between(0, 7_500_000),)},
        ),
        Example(
            "11 persons: 11 - 1 = 10",
            Measured(persons=(11,), rows=(33,), per_person=3, total=1650.0, largest=180.0),
            leaves=USUAL | {"n": (33,)},
        ),
        Example(
            "a policy that wants 20: 20 - 1 = 19",
            Measured(),
            {"degrees_of_freedom": {"m2": (0,)}},
            USUAL | {"m2": (between(0, 5_000_000),)},
            under=standard(min_dof=20),
        ),
        Example(
            "only recorded",
            Measured(
                persons=(3,), rows=(9,), per_person=3, total=450.0, largest=180.0, second=150.0, m2=200.0
            ),
            {"degrees_of_freedom": {"m2": (0,)}},
            USUAL | {"n": (9,), "m2": (200.0,)},
            under=EVALUATION,
        ),
    ],
    "spread": [
        Example(
            "one person makes half of the squared deviations",
            Measured(spread=0.5),
            {"spread": {"m2": (0,)}},
            USUAL | {"m2": (between(0, 5_000_000),)},
        ),
        Example("less than half", Measured(spread=0.49), leaves=USUAL),
        Example(
            "k = 75 %: three quarters",
            Measured(spread=0.75),
            {"spread": {"m2": (0,)}},
            USUAL | {"m2": (between(0, 5_000_000),)},
            under=standard(dominance=[{"n": 1, "share": "0.75"}]),
        ),
        Example(
            "k = 75 %: less",
            Measured(spread=0.74),
            leaves=USUAL,
            under=standard(dominance=[{"n": 1, "share": "0.75"}]),
        ),
        Example("only recorded", Measured(spread=0.5), {"spread": {"m2": (0,)}}, USUAL, under=EVALUATION),
    ],
    "secondary": [
        Example(
            "the total was told: the only hidden cell would be the rest",
            Counted(persons=(7, 40, 60, 20)),
            {"threshold": {"count": (0,)}, "secondary": {"count": (3,)}},
            {"count": (HIDDEN, 40, 60, between(0)), "missing": (0,)},
            before=(Before((0, 1, 2, 3)),),
        ),
        Example(
            "nothing was told: nothing can be subtracted",
            Counted(persons=(7, 40, 60, 20)),
            {"threshold": {"count": (0,)}},
            {"count": (HIDDEN, 40, 60, 20), "missing": (0,)},
            before=(),
        ),
        Example(
            "a total of two cells was told, one of them hidden",
            Counted(persons=(7, 40, 60, 20)),
            {"threshold": {"count": (0,)}, "secondary": {"count": (1,)}},
            {"count": (HIDDEN, between(0), 60, 20), "missing": (0,)},
            before=(Before((0, 1)),),
        ),
        Example(
            "all but 3 of a cell were told before",
            Counted(persons=(50, 40)),
            {"secondary": {"count": (1,)}},
            {"count": (50, between(0)), "missing": (0,)},
            before=(Before((1,), less=3),),
        ),
        Example(
            "all but 10 of a cell were told before",
            Counted(persons=(50, 40)),
            leaves={"count": (50, 40), "missing": (0,)},
            before=(Before((1,), less=10),),
        ),
        Example(
            "the same cell was told before: nothing is new",
            Counted(persons=(50, 40)),
            leaves={"count": (50, 40), "missing": (0,)},
            before=(Before((1,)),),
        ),
        Example(
            "recorded only: the hidden cell is the rest",
            Counted(persons=(2, 40, 60)),
            {"threshold": {"count": (0,)}, "secondary": {"count": (1,)}},
            {"count": (between(1, 2), 40, 60), "missing": (0,)},
            under=REMEMBERING,
            before=(Before((0, 1, 2)),),
        ),
    ],
    "memory": [
        Example(
            "all but 3 were told before, and nothing else is asked",
            Counted(persons=(40,)),
            {"memory": {"count": (0,), "missing": (0,)}},
            verdict=FAIL,
            before=(Before((0,), less=3),),
        ),
        Example(
            "all but 10 were told before",
            Counted(persons=(40,)),
            leaves={"count": (40,), "missing": (0,)},
            before=(Before((0,), less=10),),
        ),
        Example(
            "recorded only: 2 are told by subtraction",
            Counted(persons=(40,)),
            {"memory": {"count": (0,), "missing": (0,)}},
            {"count": (40,), "missing": (0,)},
            under=REMEMBERING,
            before=(Before((0,), less=2),),
        ),
    ],
    "membership": [
        Example(
            "one column of 39 persons",
            Counted(persons=(39,)),
            {"membership": {"count": (0,), "missing": (0,)}},
            verdict=REVIEW,
            before=(),
        ),
        Example(
            "one column of 40 persons",
            Counted(persons=(40,)),
            leaves={"count": (40,), "missing": (0,)},
            before=(),
        ),
        Example(
            "the same column of the same persons counts once",
            Counted(persons=(40,)),
            leaves={"count": (40,), "missing": (0,)},
            before=(Before((0,)),),
        ),
        Example(
            "the policy lets as many be told as there are persons",
            Counted(persons=(39,)),
            leaves={"count": (39,), "missing": (0,)},
            under=standard(traits_per_person="1"),
            before=(),
        ),
        Example(
            "recorded only: one column of 39 persons",
            Counted(persons=(39,)),
            {"membership": {"count": (0,), "missing": (0,)}},
            {"count": (39,), "missing": (0,)},
            under=Under("evaluation", {"secondary": "optimised", "traits_per_person": "0.025"}),
            before=(),
        ),
    ],
    "banned": [
        Example(
            "the largest cost of 1000 persons",
            Extremes(),
            {"banned": {"maximum": (0,)}},
            verdict=FAIL,
        ),
        Example("the mean, which is nobody's value", Measured(), leaves=USUAL),
        Example(
            "in every ward",
            Extremes(persons=(1000, 2000), maximum=(987.0, 954.0)),
            {"banned": {"maximum": (0, 1)}},
            verdict=FAIL,
        ),
        Example(
            "not even under a profile that only records",
            Extremes(),
            {"banned": {"maximum": (0,)}},
            verdict=FAIL,
            under=EVALUATION,
        ),
    ],
}
CHECKED |= MODELS
