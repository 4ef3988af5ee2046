"""The shipped profiles have the values that their documentation and sources name."""

from __future__ import annotations

from pathlib import Path

import pytest

from fedcli.errors import InvalidFile, UsageFault
from fedcli.model.policy import Policy
from fedcli.policy.profiles import load, profile, profiles

CONFIGS = Path(__file__).parents[3] / "configs" / "policies"


def test_the_profiles_are_the_files() -> None:
    """What ships is what is in `configs/policies`."""
    assert profiles() == sorted(path.stem for path in CONFIGS.glob("*.toml"))
    assert {"standard", "evaluation"} <= set(profiles())


@pytest.mark.parametrize("name", profiles())
def test_a_profile_has_its_name(name: str) -> None:
    """The name of the file is the name in the file, and a sentence says what it is for."""
    found = profile(name)
    assert found.name == name
    assert found.description


def test_standard_has_the_documented_values() -> None:
    """Each with a published source: see the comments of the file."""
    found = profile("standard")
    assert found.disclosure.json_value() == {
        "min_count": 10,
        "min_dof": 10,
        "dominance": [{"n": 1, "share": "0.50"}, {"n": 2, "share": "0.85"}],
        "p_percent": "0.10",
        "zeros": "merge",
        "rounding": "none",
        "digits": {"mean": 6, "sd": 6, "coefficient": 6},
        "max_levels": 40,
        "parameters_per_person": "0.10",
        "models": "exact",
        "networks": "refused",
        "min_sites": 3,
        "secondary": "optimised",
        "memory": "population",
        "aggregates_per_person": "0.25",
        "traits_per_person": "0.025",
        "enforce": "all",
    }
    assert found.admission.approvals.people == 2
    assert found.admission.approvals.roles == ("data-owner", "disclosure-officer")
    assert found.limits.questions_per_researcher.number == 200
    assert found.limits.data_refusals_per_researcher.number == 10


def test_standard_is_what_a_policy_is_by_default() -> None:
    """What a file leaves out has the value of `standard`."""
    default, found = Policy(name="standard"), profile("standard")
    assert found.disclosure == default.disclosure
    assert (found.limits, found.privacy, found.visibility) == (
        default.limits,
        default.privacy,
        default.visibility,
    )
    assert found.admission.model_copy(update={"projects": (), "purposes": ()}) == default.admission


def test_evaluation_is_weak_and_says_so() -> None:
    """The threshold of 3 binds, every other check is recorded."""
    found = profile("evaluation")
    assert (found.description or "").startswith("WEAK")
    assert found.disclosure.json_value() == {
        "min_count": 3,
        "min_dof": 10,
        "dominance": [{"n": 1, "share": "0.50"}, {"n": 2, "share": "0.85"}],
        "p_percent": "0.10",
        "zeros": "release",
        "rounding": "none",
        "digits": {"mean": "full", "sd": "full", "coefficient": "full"},
        "max_levels": 40,
        "parameters_per_person": "0.33",
        "models": "exact",
        "networks": "allowed",
        "min_sites": 1,
        "secondary": "none",
        "memory": "none",
        "aggregates_per_person": "1",
        "traits_per_person": "1",
        "enforce": "threshold",
    }


def test_every_number_of_standard_names_its_source() -> None:
    """No threshold without a comment on its line, or on those of its parts."""
    lines = (
        (CONFIGS / "standard.toml").read_text().split("[disclosure]")[1].split("[admission]")[0].splitlines()
    )
    bare = [line for line in lines if "=" in line and "#" not in line]
    assert [line.split("=")[0].strip() for line in bare] == []


def test_an_unknown_profile_names_the_nearest() -> None:
    """With what there is."""
    with pytest.raises(UsageFault) as caught:
        profile("standart")
    assert caught.value.code == "P-PROFILE"
    assert "standard" in caught.value.fix


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("schema =", "F-TOML"),
        ('schema = "fedcli/policy/1"', "F-SCHEMA"),
        ('schema = "fedcli/policy/2"\nname = "x"', "F-SCHEMA"),
        ('schema = "fedcli/policy/1"\nname = "x"\n[disclosure]\nmin_count = true', "F-SCHEMA"),
        ('schema = "fedcli/policy/1"\nname = "x"\n[disclosure]\nmincount = 3', "F-SCHEMA"),
    ],
)
def test_a_file_that_is_no_policy(text: str, code: str, tmp_path: Path) -> None:
    """Refused with the place that does not fit."""
    path = tmp_path / "policy.toml"
    path.write_text(text)
    with pytest.raises(InvalidFile) as caught:
        load(path)
    assert caught.value.code == code


def test_a_file_may_leave_everything_out(tmp_path: Path) -> None:
    """But its schema and its name."""
    path = tmp_path / "policy.toml"
    path.write_text('schema = "fedcli/policy/1"\nname = "mine"')
    assert load(path) == Policy(name="mine")


PUBLISHED = {
    "uk-sde": {"dominance": [{"n": 1, "share": "0.50"}, {"n": 2, "share": "0.90"}], "traits_per_person": "1"},
    "opensafely": {
        "min_count": 8,
        "rounding": "nearest-5",
        "digits": {"mean": 3, "sd": 3, "coefficient": 6},
        "models": "review",
        "traits_per_person": "1",
    },
    "nhs": {
        "min_count": 8,
        "traits_per_person": "1",
        "zeros": "release",
        "rounding": "nearest-5",
        "digits": {"mean": 3, "sd": 3, "coefficient": 6},
    },
    "strict": {
        "dominance": [{"n": 1, "share": "0.50"}, {"n": 2, "share": "0.67"}],
        "rounding": "floor-midpoint-5",
        "digits": {"mean": 3, "sd": 3, "coefficient": 4},
        "models": "review",
    },
    "abs": {"dominance": [{"n": 1, "share": "0.50"}, {"n": 2, "share": "0.67"}], "traits_per_person": "1"},
    "datashield-compatible": {
        "min_count": 3,
        "zeros": "release",
        "digits": {"mean": "full", "sd": "full", "coefficient": "full"},
        "parameters_per_person": "0.33",
        "min_sites": 1,
        "secondary": "none",
        "memory": "none",
        "aggregates_per_person": "1",
        "traits_per_person": "1",
        "enforce": "threshold",
    },
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_rules_of_others_are_as_published(name: str) -> None:
    """Each differs from `standard` in what its source says, and in nothing else."""
    found, standard = profile(name), profile("standard")
    assert found.disclosure.json_value() == standard.disclosure.json_value() | PUBLISHED[name]
    by_people = name in ("opensafely", "strict")
    admission = standard.admission.model_copy(update={"review": "all" if by_people else "findings"})
    assert (found.admission, found.limits) == (admission, standard.limits)


@pytest.mark.parametrize("name", profiles())
def test_a_weak_profile_says_so(name: str) -> None:
    """Whoever reads its name in a list must not take it for safe; fewer than ten may leave where rounded."""
    found = profile(name)
    rules = found.disclosure
    weak = (rules.min_count < 10 and rules.rounding == "none") or rules.enforce != "all"
    assert (found.description or "").startswith("WEAK") == weak
