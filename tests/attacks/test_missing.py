"""Patterns of missing values: one that few have, the rest of the complete cases, and cohorts that differ."""

from __future__ import annotations

import random
from typing import Any

from fedcli.model.cells import Gap
from fedcli.model.disclosure import Verdict
from fedcli.model.release import Answered
from fedcli.policy.profiles import profile
from tests.campaign.site import Site, numbered, of_persons, site

STANDARD = profile("standard").disclosure
ALONE = STANDARD.model_copy(update={"secondary": "none", "memory": "none"})
OPEN = ALONE.model_copy(update={"min_count": 1, "enforce": "threshold"})
NAMES = ("age", "bmi", "smoking")
DICTIONARY = of_persons(
    {
        "age": {"type": "integer", "bounds": [0, 120]},
        "bmi": {"type": "real", "bounds": [10, 80], "missing": [-9.0]},
        "smoking": {"type": "text", "levels": ["no", "yes"]},
    }
)


def people(**lacking: int) -> list[dict[str, Any]]:
    """Four hundred who lack nothing, fifty without a bmi, and so many who lack the columns named by a key."""
    lots = random.Random(2)
    some = {"bmi": 50, **lacking}
    whole = [
        {"age": lots.randrange(20, 90), "bmi": lots.uniform(18, 40), "smoking": lots.choice(("no", "yes"))}
        for _ in range(400 + sum(some.values()))
    ]
    at = 400
    for names, many in some.items():
        for row in whole[at : at + many]:
            row.update(dict.fromkeys(names.split("_and_")))
        at += many
    return numbered(whole)


def counts(answer: Answered | None) -> dict[tuple[bool, ...], Any]:
    """By which of the columns are missing."""
    assert answer is not None
    places = [tuple(bool(at & 1 << bit) for bit in (2, 1, 0)) for at in range(8)]
    return dict(zip(places, answer.cells["count"], strict=True))


def asked(place: Site, cohort: str | None = None) -> Answered | None:
    """The patterns of a cohort."""
    return place.asked("missingness", cohort, columns=NAMES)


def number(place: Site, columns: tuple[str, ...] = NAMES) -> int:
    """How many rows a table of means tells of."""
    answer = place.asked("summary", None, columns=columns)
    assert answer is not None
    return int(str(answer.cells["n"][0]))


def test_a_pattern_that_one_person_has() -> None:
    """Who alone lacks age and smoking is hidden among those patterns that nobody has."""
    rows = people(age_and_smoking=1)
    with site(rows, DICTIONARY, OPEN) as place:
        assert counts(asked(place))[True, False, True] == 1
    with site(rows, DICTIONARY, ALONE) as place:
        told = counts(asked(place))
    assert told[True, False, True] == told[True, True, True] == Gap(low=0, high=9)
    assert (told[False, False, False], told[False, True, False]) == (400, 50)


def test_a_missing_code_is_missing() -> None:
    """As the dictionary declares it."""
    rows = people()
    for row in rows[:30]:
        row["bmi"] = -9.0
    with site(rows, DICTIONARY, ALONE) as place:
        assert counts(asked(place))[False, True, False] == 80


def test_few_as_what_the_complete_leave() -> None:
    """Three lack smoking alone; those who have one are told before, and with them who has age and bmi."""
    rows = people(smoking=3)
    with site(rows, DICTIONARY, OPEN) as place:
        everybody = len(rows)
        first = place.asked("crosstab", None, by=("smoking",))
        told = counts(asked(place))
    assert first is not None
    smokers = sum(int(str(one)) for one in first.cells["count"])
    assert everybody - smokers == told[False, False, True] == 3
    rules = STANDARD.model_copy(update={"traits_per_person": "1"})
    with site(rows, DICTIONARY, rules) as place:
        place.asked("crosstab", None, by=("smoking",))
        decision = place.decided("missingness", None, columns=NAMES)
    answer = decision.released.answered if decision.released else None
    assert answer is None or not isinstance(counts(answer)[False, False, True], int)


def test_cohorts_that_differ_by_one() -> None:
    """Many are left out of both, and of one a person more: she lacks what the difference says."""
    rows = people()
    for at, row in enumerate(rows):
        row["age"] = 20 + at % 60
    for row in rows[:20]:
        row["age"] = 100
    rows[-1]["age"] = 95
    with site(rows, DICTIONARY, OPEN) as place:
        whole, fewer = (counts(asked(place, f"age < {end}")) for end in (96, 95))
        assert whole[False, True, False] - fewer[False, True, False] == 1
    with site(rows, DICTIONARY, STANDARD) as place:
        assert asked(place, "age < 96") is not None
        assert asked(place, "age < 95") is None


def test_one_who_is_hidden_in_another_table_of_patterns() -> None:
    """Of two tables one has all columns but smoking: what is hidden in one is no sum of the other's cells."""
    rows = people(smoking=3, bmi_and_smoking=20)
    rules = STANDARD.model_copy(update={"traits_per_person": "1"})
    with site(rows, DICTIONARY, OPEN) as place:
        whole = place.asked("missingness", None, columns=("age", "bmi"))
        assert whole is not None
        [complete, *_] = whole.cells["count"]
        assert complete - counts(asked(place))[False, False, False] == 3  # type: ignore[operator]
    with site(rows, DICTIONARY, rules) as place:
        first = place.asked("missingness", None, columns=("age", "bmi"))
        assert first is not None and first.cells["count"][0] == 403
        second = asked(place)
        assert second is None or not isinstance(counts(second)[False, False, False], int)


def test_who_lacks_one_lacks_the_other() -> None:
    """Where zeros leave, a line with all its persons in one cell waits for people, as of a crosstab."""
    rules = ALONE.model_copy(update={"zeros": "release"})
    with site(people(age_and_smoking=30), DICTIONARY, rules) as place:
        decision = place.decided("missingness", None, columns=NAMES)
    assert {one.check for one in decision.findings if one.verdict is not Verdict.PASS} == {"class_disclosure"}
