"""Worked examples of what the gate does besides its checks: hiding, rounding, parking, stopping; and sums."""

from __future__ import annotations

from functools import partial

from fedcli.model.disclosure import Verdict
from tests.spec.checks import HIDDEN, USUAL, visits
from tests.spec.example import EVALUATION, Example, Rounding, Stop, Total, Under, about, between, standard
from tests.spec.fitted import Fitted
from tests.spec.tables import Counted, Described, Measured

REVIEW, FAIL = Verdict.REVIEW, Verdict.FAIL
FULL = {"mean": "full", "sd": "full"}
EXACT = standard(digits=FULL)
FIVES = standard(rounding="floor-midpoint-5")
#: The fields of a model with two terms, and how many numbers each has.
MODEL = {"n": 1, "gram": 3, "score": 2, "deviance": 1, "sums": 7}
#: What the checks say of 9 persons' cost: too few for everything.
NINE = {
    "threshold": {"n": (0,), "mean": (0,), "m2": (0,)},
    "contributors": {"mean": (0,)},
    "degrees_of_freedom": {"m2": (0,)},
}
nine = partial(Measured, persons=(9,), total=450.0)
sex, smoking = partial(Counted, levels=("f", "m")), partial(Counted, levels=("never", "ex", "now"))
cost = partial(Measured, groups=("a",))
AT_LEAST_0 = between(0)
TWO_WARDS = {
    "n": (HIDDEN, 20),
    "missing": (between(0), 0),
    "mean": (between(0, 1000), 50.0),
    "m2": (between(0, 2_250_000), 20000.0),
}

GATED: dict[str, list[Example]] = {
    "suppression": [
        Example(
            "9 persons in ward a: their n takes mean, m2 and missing along",
            Measured(persons=(9, 20), groups=("a", "b"), total=(450.0, 1000.0)),
            NINE,
            TWO_WARDS,
        ),
        Example(
            "nobody in ward a: it looks just like 9",
            Measured(
                persons=(0, 20),
                groups=("a", "b"),
                mean=(None, 50.0),
                m2=(None, 20000.0),
                total=(0.0, 1000.0),
                largest=(0.0, 120.0),
                second=(0.0, 100.0),
                spread=(0.0, 0.245),
            ),
            {"threshold": {"n": (0,), "mean": (0,), "m2": (0,)}},
            TWO_WARDS,
        ),
        Example(
            "a stay is missing for 5 persons: no variable tells how many it lacks",
            Measured(persons=(25, 20), variables=("cost", "stay"), missing=(0, 5), total=(1250.0, 1000.0)),
            {"threshold": {"missing": (1,)}},
            {
                "n": (25, 20),
                "missing": (between(0), between(0)),
                "mean": (50.0, 50.0),
                "m2": (20000.0, 20000.0),
            },
        ),
        Example(
            "9 are missing: between 1 and 9, and 9 more than for the cost, would be 9",
            Measured(persons=(29, 20), variables=("cost", "stay"), missing=(0, 9), total=(1450.0, 1000.0)),
            {"threshold": {"missing": (1,)}},
            {
                "n": (29, 20),
                "missing": (between(0), between(0)),
                "mean": (50.0, 50.0),
                "m2": (20000.0, 20000.0),
            },
        ),
        Example(
            "a dominated mean takes m2 along, and leaves n",
            visits(largest=500.0),
            {"dominance": {"mean": (0,)}},
            {"n": (100,), "missing": (0,), "mean": (between(0, 100),), "m2": (between(0, 250_000),)},
        ),
        Example(
            "a failing m2 leaves n and mean",
            Measured(spread=0.5),
            {"spread": {"m2": (0,)}},
            USUAL | {"m2": (between(0, 5_000_000),)},
        ),
        Example(
            "no bounds in the dictionary: nothing is known of a mean",
            nine(bounds=None),
            NINE,
            {"n": (HIDDEN,), "missing": (between(0),), "mean": (between(None),), "m2": (between(0),)},
        ),
        Example(
            "one cell of a table: the others stay, and there is no margin to subtract them from",
            Counted(persons=(20, 9, 30, 40), lengths=(2, 2)),
            {"threshold": {"count": (1,)}},
            {"count": (20, HIDDEN, 30, 40), "missing": (0,)},
        ),
    ],
    "bundle": [
        Example(
            "3 of 100 smoke: without the other levels, and without the size of the ward",
            Described(
                parts={
                    "levels.sex": sex(persons=(50, 50)),
                    "levels.smoking": smoking(persons=(57, 40, 3)),
                }
            ),
            {"threshold": {"levels.smoking.count": (2,)}},
            {
                "levels.sex.count": (50, 50),
                "levels.sex.missing": (AT_LEAST_0,),
                "levels.smoking.count": (AT_LEAST_0,) * 3,
                "levels.smoking.missing": (AT_LEAST_0,),
            },
        ),
        Example(
            "in ward a 3 smoke, in ward b 10: ward b is told",
            Described(
                parts={
                    "levels.sex": sex(persons=(50, 30, 50, 20)),
                    "levels.smoking": smoking(persons=(57, 20, 40, 20, 3, 10)),
                }
            ),
            {"threshold": {"levels.smoking.count": (4,)}},
            {
                "levels.sex.count": (50, 30, 50, 20),
                "levels.sex.missing": (AT_LEAST_0, 0),
                "levels.smoking.count": (AT_LEAST_0, 20, AT_LEAST_0, 20, AT_LEAST_0, 10),
                "levels.smoking.missing": (AT_LEAST_0, 0),
            },
        ),
        Example(
            "9 and 9: ends of 9 would tell both to who knows that they are 18",
            Described(
                parts={
                    "levels.sex": sex(persons=(9, 9)),
                    "numbers": cost(persons=(18,), total=900.0),
                }
            ),
            {"threshold": {"levels.sex.count": (0, 1)}},
            {
                "levels.sex.count": (AT_LEAST_0, AT_LEAST_0),
                "levels.sex.missing": (AT_LEAST_0,),
                "numbers.n": (18,),
                "numbers.missing": (AT_LEAST_0,),
                "numbers.mean": (50.0,),
                "numbers.m2": (20000.0,),
            },
        ),
        Example(
            "5 lack a cost: nothing tells that they are 25, and the numbers stay",
            Described(parts={"numbers": cost(missing=5), "levels.sex": sex(persons=(13, 12))}),
            {"threshold": {"numbers.missing": (0,)}},
            {
                "numbers.n": (20,),
                "numbers.missing": (AT_LEAST_0,),
                "numbers.mean": (50.0,),
                "numbers.m2": (20000.0,),
                "levels.sex.count": (13, 12),
                "levels.sex.missing": (AT_LEAST_0,),
            },
        ),
        Example(
            "9 of 20 have a cost, and sex would tell that they are 20",
            Described(
                parts={"numbers": nine(missing=11, groups=("a",)), "levels.sex": sex(persons=(10, 10))}
            ),
            {check: {f"numbers.{field}": at for field, at in by.items()} for check, by in NINE.items()},
            {
                "numbers.n": (HIDDEN,),
                "numbers.missing": (AT_LEAST_0,),
                "numbers.mean": (between(0, 1000),),
                "numbers.m2": (between(0, 2_250_000),),
                "levels.sex.count": (10, 10),
                "levels.sex.missing": (AT_LEAST_0,),
            },
        ),
        Example(
            "every level has ten: all is told",
            Described(
                parts={
                    "levels.sex": sex(persons=(10, 10)),
                    "levels.smoking": smoking(persons=(10, 10, 0)),
                }
            ),
            leaves={
                "levels.sex.count": (10, 10),
                "levels.sex.missing": (0,),
                "levels.smoking.count": (10, 10, 0),
                "levels.smoking.missing": (0,),
            },
            under=standard(zeros="release"),
        ),
        Example(
            "a hidden spread takes nothing of other columns along",
            Described(parts={"numbers": cost(spread=0.5), "levels.sex": sex(persons=(10, 10))}),
            {"spread": {"numbers.m2": (0,)}},
            {
                "numbers.n": (20,),
                "numbers.missing": (0,),
                "numbers.mean": (50.0,),
                "numbers.m2": (between(0, 5_000_000),),
                "levels.sex.count": (10, 10),
                "levels.sex.missing": (0,),
            },
        ),
        Example(
            "all but 9 of the dataset",
            Described(
                parts={
                    "levels.sex": sex(persons=(50, 50)),
                    "levels.smoking": smoking(persons=(50, 30, 20)),
                },
                outside=9,
            ),
            {
                "complement": {
                    "levels.sex.count": (0, 1),
                    "levels.sex.missing": (0,),
                    "levels.smoking.count": (0, 1, 2),
                    "levels.smoking.missing": (0,),
                }
            },
            verdict=FAIL,
        ),
    ],
    "rounding": [
        Example(
            "to the nearest five: 8 to 12 is 10",
            Counted(persons=(8, 12, 13, 1234)),
            leaves={"count": (10, 10, 15, 1235), "missing": (0,)},
            under=standard(rounding="nearest-5", min_count=8),
        ),
        Example(
            "to the middle of sixes: 7 to 12 is 9",
            Counted(persons=(7, 12, 13, 1234)),
            leaves={"count": (9, 9, 15, 1233), "missing": (0,)},
            under=standard(rounding="midpoint-6", min_count=7),
        ),
        Example(
            "to the middle of the fives: 10 to 14 is 12",
            Counted(persons=(10, 14, 15, 1234)),
            leaves={"count": (12, 12, 17, 1232), "missing": (0,)},
            under=FIVES,
        ),
        Example(
            "zeros that are shown stay zero",
            Counted(persons=(0, 50, 60)),
            leaves={"count": (0, 51, 57), "missing": (0,)},
            under=standard(rounding="midpoint-6", zeros="release"),
        ),
        Example(
            "what is hidden is hidden first: its interval is not rounded",
            Counted(persons=(9, 25), missing=11),
            {"threshold": {"count": (0,)}},
            {"count": (HIDDEN, 27), "missing": (12,)},
            under=FIVES,
        ),
        Example(
            "beside a rounded n three digits, whatever the policy has",
            Measured(mean=51.2345678, m2=12345.678),
            leaves={"n": (20,), "missing": (0,), "mean": (51.2,), "m2": (12300.0,)},
            under=Under("evaluation", {"rounding": "nearest-5"}),
        ),
        Example(
            "of whole numbers less: n is 20 to 24, 5/20 is 0.25, so halves; m2 in tens",
            Measured(mean=51.25, m2=123.75, whole=True),
            leaves={"n": (22,), "missing": (0,), "mean": (51.0,), "m2": (120.0,)},
            under=FIVES,
        ),
        Example(
            "1000 whole numbers: 5/1000, so in steps of 0.005; m2 in tens",
            Measured(
                persons=(1000,), mean=0.3149, m2=215.7, total=315.0, largest=1.0, second=1.0, whole=True
            ),
            leaves={"n": (1002,), "missing": (0,), "mean": (0.315,), "m2": (220.0,)},
            under=FIVES,
        ),
        Example(
            "the interval of a hidden m2 follows from the rounded n: 24 x 1000^2 / 4",
            Measured(spread=0.5),
            {"spread": {"m2": (0,)}},
            {"n": (22,), "missing": (0,), "mean": (50.0,), "m2": (between(0, 6_000_000),)},
            under=FIVES,
        ),
        Example(
            "in a first table too",
            Described(parts={"numbers": cost(), "levels.sex": sex(persons=(10, 10))}),
            leaves={
                "numbers.n": (22,),
                "numbers.missing": (0,),
                "numbers.mean": (50.0,),
                "numbers.m2": (20000.0,),
                "levels.sex.count": (12, 12),
                "levels.sex.missing": (0,),
            },
            under=FIVES,
        ),
        Example(
            "a model tells n and the table of its indicators: people decide",
            Fitted(),
            {"model_counts": {name: tuple(range(length)) for name, length in MODEL.items()}},
            verdict=REVIEW,
            under=FIVES,
        ),
    ],
    "precision": [
        Example("six digits", Measured(mean=51.2345678), leaves=USUAL | {"mean": (51.2346,)}),
        Example(
            "counts leave whole",
            Counted(persons=(1_234_567, 10)),
            leaves={"count": (1_234_567, 10), "missing": (0,)},
        ),
        Example(
            "means and deviations each have their digits",
            Measured(mean=51.2345678, m2=12345.678),
            leaves=USUAL | {"mean": (51.2,), "m2": (12000.0,)},
            under=standard(digits={"mean": 3, "sd": 2}),
        ),
        Example(
            "full precision",
            Measured(mean=51.2345678, m2=12345.678),
            leaves=USUAL | {"mean": (51.2345678,), "m2": (12345.678,)},
            under=EVALUATION,
        ),
    ],
    "review": [
        Example(
            "a table that would pass, where people look at all",
            Counted(persons=(50, 50)),
            verdict=REVIEW,
            review_all=True,
        ),
        Example(
            "a table that would pass, where people look at findings",
            Counted(persons=(50, 50)),
            leaves={"count": (50, 50), "missing": (0,)},
        ),
        Example(
            "a hidden cell is no reason to ask",
            Counted(persons=(50, 9)),
            {"threshold": {"count": (1,)}},
            {"count": (50, HIDDEN), "missing": (0,)},
        ),
        Example(
            "everybody in one ward, zeros shown: parked for people",
            Counted(persons=(50, 0)),
            {"class_disclosure": {"count": (0, 1)}},
            verdict=REVIEW,
            under=standard(zeros="release"),
        ),
        Example(
            "both REVIEW and FAIL: the graver one",
            Counted(persons=(50, 0), outside=9),
            {"class_disclosure": {"count": (0, 1)}, "complement": {"count": (0, 1), "missing": (0,)}},
            verdict=FAIL,
            under=standard(zeros="release"),
        ),
        Example(
            "a refusal is not parked",
            Counted(persons=(50, 50), outside=9),
            {"complement": {"count": (0, 1), "missing": (0,)}},
            verdict=FAIL,
            review_all=True,
        ),
    ],
    "profiles": [
        Example(
            "small counts",
            Counted(persons=(0, 2, 3, 9, 10), missing=2),
            {"threshold": {"count": (0, 1, 2, 3), "missing": (0,)}},
            {"count": (HIDDEN, HIDDEN, HIDDEN, HIDDEN, 10), "missing": (between(1, 9),)},
        ),
        Example(
            "small counts",
            Counted(persons=(0, 2, 3, 9, 10), missing=2),
            {"threshold": {"count": (1,), "missing": (0,)}},
            {"count": (0, between(1, 2), 3, 9, 10), "missing": (between(1, 2),)},
            under=EVALUATION,
        ),
        Example(
            "9 persons, one with nearly all",
            nine(mean=51.2345678, largest=400.0, second=20.0),
            NINE | {"dominance": {"mean": (0,)}, "p_percent": {"mean": (0,)}},
            {
                "n": (HIDDEN,),
                "missing": (between(0),),
                "mean": (between(0, 1000),),
                "m2": (between(0, 2_250_000),),
            },
        ),
        Example(
            "9 persons, one with nearly all",
            nine(mean=51.2345678, largest=400.0, second=20.0),
            {
                "dominance": {"mean": (0,)},
                "p_percent": {"mean": (0,)},
                "degrees_of_freedom": {"m2": (0,)},
            },
            {"n": (9,), "missing": (0,), "mean": (51.2345678,), "m2": (20000.0,)},
            under=EVALUATION,
        ),
    ],
}

ROUNDED: list[Rounding] = [
    Rounding("six digits, wherever the point is", 1234.5678, 6, 1234.57),
    Rounding("two digits", 1234.5678, 2, 1200.0),
    Rounding("leading zeros are no digits", 0.00123456, 3, 0.00123),
    Rounding("below zero", -1234.5678, 3, -1230.0),
    Rounding("a digit more at the front", 999999.6, 6, 1_000_000.0),
    Rounding("half goes to the even digit: down", 2.5, 1, 2.0),
    Rounding("half goes to the even digit: up", 3.5, 1, 4.0),
    Rounding("nothing stays nothing", None, 6, None),
    Rounding("an interval is public already", between(0, 0.123456789), 3, between(0, 0.123456789)),
]

TOTALS: list[Total] = [
    Total(
        "every site told every cell",
        (Counted(persons=(10, 250)), Counted(persons=(20, 100), missing=15)),
        {"count": (30, 350), "missing": (15,)},
        {"n": 380, "n_missing": 15},
    ),
    Total(
        "the first site hid ward a: 20 + (0 to 9); the margin n has the same width",
        (Counted(persons=(9, 250)), Counted(persons=(20, 100))),
        {"count": (between(20, 29), 350), "missing": (0,)},
        {"n": between(370, 379), "n_missing": 0},
    ),
    Total(
        "both sites hid ward a, one because nobody is in it",
        (Counted(persons=(9, 250)), Counted(persons=(0, 100))),
        {"count": (between(0, 18), 350), "missing": (0,)},
        {"n": between(350, 368), "n_missing": 0},
    ),
    Total(
        "zeros shown: a hidden cell is at least 1",
        (Counted(persons=(9, 250)), Counted(persons=(1, 100), missing=3)),
        {"count": (between(2, 18), 350), "missing": (between(1, 9),)},
        {"n": between(352, 368), "n_missing": between(1, 9)},
        standard(zeros="release"),
    ),
    Total(
        "no limit on rows for each person: no upper end",
        (
            Counted(persons=(9, 250), rows=(20, 600), per_person=None),
            Counted(persons=(20, 100), rows=(40, 300), per_person=None),
        ),
        {"count": (between(40), 900), "missing": (0,)},
        {"n": between(940), "n_missing": 0},
    ),
    Total(
        "means of 50 and 60: (1000 + 1200) / 40, and m2 has the distance of the means: 20 x 20 / 40 x 10^2",
        (Measured(), Measured(mean=60.0, total=1200.0)),
        {"n": (40,), "missing": (0,), "mean": (55.0,), "m2": (41000.0,)},
        {"variance": 41000 / 39, "sd": (41000 / 39) ** 0.5},
        EXACT,
    ),
    Total(
        "the second site hid 9 persons: their mean is 0 to 1000, so the mean is 1000/29 to "
        "(1000 + 9 x 1000)/29; m2 is at most 20000 + 9 x 1000^2 / 4 + 20 x 9 / 29 x (1000 - 50)^2",
        (Measured(), nine()),
        {
            "n": (between(20, 29),),
            "missing": (between(0),),
            "mean": (between(1000 / 29, 10_000 / 29),),
            "m2": (between(20_000, 2_270_000 + 180 / 29 * 950**2),),
        },
        {
            "variance": between(20_000 / 28, (2_270_000 + 180 / 29 * 950**2) / 19),
            "sd": between((20_000 / 28) ** 0.5, ((2_270_000 + 180 / 29 * 950**2) / 19) ** 0.5),
        },
        EXACT,
    ),
    Total(
        "the same with means at one digit: 50 stands for 45 to 55",
        (Measured(), nine()),
        {
            "n": (between(20, 29),),
            "missing": (between(0),),
            "mean": (between(900 / 29, 10_100 / 29),),
            "m2": (between(20_000, 2_270_000 + 180 / 29 * 955**2),),
        },
        {
            "variance": between(20_000 / 28, (2_270_000 + 180 / 29 * 955**2) / 19),
            "sd": between((20_000 / 28) ** 0.5, ((2_270_000 + 180 / 29 * 955**2) / 19) ** 0.5),
        },
        standard(digits={"mean": 1, "sd": "full"}),
    ),
    Total(
        "one digit at three sites: 50 and 60 make 55, 50 to 60; their distance is 10, 0 to 20, so m2 may be "
        "off by 20 x 20 / 40 x (20^2 - 10^2) = 3000; then the 9 hidden persons, at most 1000 - 50 away",
        (Measured(), Measured(mean=60.0, total=1200.0), nine()),
        {
            "n": (between(40, 49),),
            "missing": (between(0),),
            "mean": (between(40 * 50 / 49, (40 * 60 + 9 * 1000) / 49),),
            "m2": (between(38_000, 2_294_000 + 360 / 49 * 950**2),),
        },
        {
            "variance": between(38_000 / 48, (2_294_000 + 360 / 49 * 950**2) / 39),
            "sd": between((38_000 / 48) ** 0.5, ((2_294_000 + 360 / 49 * 950**2) / 39) ** 0.5),
        },
        standard(digits={"mean": 1, "sd": "full"}),
    ),
    Total(
        "rounded counts: 12 + 22, which stand for 10 to 14 and 20 to 24; the margin is the sum of the cells",
        (Counted(persons=(10, 250)), Counted(persons=(20, 100))),
        {"count": (about(34, 30, 38), about(354, 350, 358)), "missing": (0,)},
        {"n": about(388, 380, 396), "n_missing": 0},
        FIVES,
    ),
    Total(
        "beside a cell that a site hid, an interval: 22 stands for 20 to 24",
        (Counted(persons=(9, 250)), Counted(persons=(20, 100))),
        {"count": (between(20, 33), about(354, 350, 358)), "missing": (0,)},
        {"n": between(370, 391), "n_missing": 0},
        FIVES,
    ),
    Total(
        "means of 50 and 60 with 20 to 24 persons each: 55, by the rounded n, and what all n would give; "
        "each mean may be off by 0.05, each m2 by 50",
        (Measured(), Measured(mean=60.0, total=1200.0)),
        {
            "n": (about(44, 40, 48),),
            "missing": (0,),
            "mean": (about(55, (24 * 49.95 + 20 * 59.95) / 44, (20 * 50.05 + 24 * 60.05) / 44),),
            "m2": (about(41_100, 39_900 + 10 * 9.9**2, 40_100 + 12 * 10.1**2),),
        },
        {
            "variance": about(41_100 / 43, (39_900 + 10 * 9.9**2) / 47, (40_100 + 12 * 10.1**2) / 39),
            "sd": about(
                (41_100 / 43) ** 0.5,
                ((39_900 + 10 * 9.9**2) / 47) ** 0.5,
                ((40_100 + 12 * 10.1**2) / 39) ** 0.5,
            ),
        },
        FIVES,
    ),
    Total(
        "no bounds: the mean can lie anywhere, n is still known within 9",
        (Measured(bounds=None), nine(bounds=None)),
        {
            "n": (between(20, 29),),
            "missing": (between(0),),
            "mean": (between(None),),
            "m2": (between(20_000),),
        },
        {"variance": between(20_000 / 28), "sd": between((20_000 / 28) ** 0.5)},
        EXACT,
    ),
]

STOPS: list[Stop] = [
    Stop("persons", Counted(persons=(50, 50))),
    Stop("contributors", Measured()),
    Stop("magnitude", Measured()),
    Stop("largest", Measured()),
    Stop("second", Measured()),
    Stop("constant", Measured()),
    Stop("spread", Measured()),
    Stop("cells", Fitted()),
    Stop("inhabited", Fitted()),
    Stop("residual", Fitted()),
    Stop("stratum", Fitted()),
]
