"""What a researcher may write as a cohort, what it means, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedcli.errors import FedcliError, InvalidFile
from fedcli.language.expression import MAX_LENGTH, parse
from fedcli.language.words import words
from fedcli.model.dataset import Dictionary
from fedcli.model.predicate import MAX_CHOICES, MAX_NODES

DICTIONARY = Dictionary.read(
    {
        "schema": "fedcli/dictionary/1",
        "dataset": "cohort",
        "columns": {
            "pid": {"type": "text", "sensitivity": "identifier"},
            "age": {"type": "integer", "bounds": [18, 100]},
            "bmi": {"type": "real"},
            "sex": {"type": "text", "levels": ["female", "male", "it's", "a\\b", "50 %"]},
            "stage": {"type": "integer", "levels": [1, 2, 3]},
            "note": {"type": "text"},
            "mi": {"type": "boolean"},
            "seen": {"type": "date"},
            "taken": {"type": "timestamp"},
            "order": {"type": "integer"},
            "long": {"type": "text", "levels": ["l" * 80]},
        },
    },
    "a test",
)

#: What is written, and the words of the tree that it becomes.
ACCEPTED: dict[str, str] = {
    # comparisons, constants to the right
    "age > 5": "age > 5",
    "5 < age": "age > 5",
    "age>=5": "age >= 5",
    "age = 5": "age = 5",
    "age == 5": "age = 5",
    "age <> 5": "age <> 5",
    "age != 5": "age <> 5",
    "age < bmi": "age < bmi",
    "bmi > age": "age < bmi",
    "age = age": "age = age",
    "(age) > (5)": "age > 5",
    "((age > 5))": "age > 5",
    '"age" > 5': "age > 5",
    '"order" > 5': "order > 5",
    # numbers
    "age > 1e3": "age > 1000",
    "age > 1000.0": "age > 1000",
    "bmi > .5": "bmi > 0.5",
    "bmi > -0.5e-3": "bmi > -0.0005",
    "age > +5": "age > 5",
    "age > -5": "age > -5",
    "age > 9007199254740991": "age > 9007199254740991",
    # texts, true and false, dates
    "sex = 'female'": "sex = 'female'",
    "'female' = sex": "sex = 'female'",
    "sex = 'it''s'": "sex = 'it''s'",
    "sex = 'a\\b'": "sex = 'a\\b'",
    "sex = '50 %'": "sex = '50 %'",
    "mi": "mi = true",
    "not mi": "mi <> true",
    "mi = false": "mi = false",
    "TRUE = mi": "mi = true",
    "seen > '2024-01-01'": "seen > '2024-01-01'",
    "'2024-01-01' <= seen": "seen >= '2024-01-01'",
    "taken >= '2024-01-01T12:00:00'": "taken >= '2024-01-01T12:00:00'",
    "year(seen) = 2024": "year(seen) = 2024",
    "year(taken) > 2020": "year(taken) > 2020",
    # null
    "note is null": "note is null",
    "note is not null": "not (note is null)",
    "not note is null": "not (note is null)",
    "age isnull": "age is null",
    "age + 1 is null": "(age + 1) is null",
    # in and between
    "sex in ('male', 'female')": "sex in ('female', 'male')",
    "sex in ('female')": "sex = 'female'",
    "sex not in ('female')": "sex <> 'female'",
    "stage not in (1, 2)": "not (stage in (1, 2))",
    "stage in (2, 1, 2)": "stage in (1, 2)",
    "stage = 2 or stage = 1": "stage in (1, 2)",
    "stage = 2 or stage in (1, 3)": "stage in (1, 2, 3)",
    "stage = 2 or stage = 2": "stage = 2",
    "age between 5 and 7": "(age >= 5) and (age <= 7)",
    "age not between 5 and 7": "(age > 7) or (age < 5)",
    "age between 5 and 7 and mi": "(age >= 5) and (age <= 7) and (mi = true)",
    # arithmetic and functions
    "age + 1 > 5": "(age + 1) > 5",
    "age - bmi * 2 > 5": "(age - (bmi * 2)) > 5",
    "(age - bmi) / 2 > 5": "((age - bmi) / 2) > 5",
    "-age < -5": "(0 - age) < -5",
    "abs(age) > 5": "abs(age) > 5",
    "floor(bmi) = 3": "floor(bmi) = 3",
    "ceil(bmi) = 3": "ceil(bmi) = 3",
    "CEILING(bmi) = 3": "ceil(bmi) = 3",
    "abs(age - bmi) > floor(bmi / 2)": "abs((age - bmi)) > floor((bmi / 2))",
    # and, or, not
    "age > 5 and mi": "(age > 5) and (mi = true)",
    "mi AND age > 5": "(age > 5) and (mi = true)",
    "age > 5 and age > 5": "age > 5",
    "age > 5 or sex = 'male' and mi": "(age > 5) or ((mi = true) and (sex = 'male'))",
    "(age > 5 or sex = 'male') and mi": "(mi = true) and ((age > 5) or (sex = 'male'))",
    "not (age > 5 or mi)": "(age <= 5) and (mi <> true)",
    "not (age > 5 and not mi)": "(age <= 5) or (mi = true)",
    "not not mi": "mi = true",
    "(age > 1 and age > 2) and age > 3": "(age > 1) and (age > 2) and (age > 3)",
    # comments and white space are nobody's business
    "age > 5 -- and nobody else": "age > 5",
    "age /* in years */ > 5": "age > 5",
    "\n\tage\n>\n5\n": "age > 5",
    "age > 5;": "age > 5",
}


@pytest.mark.parametrize("text", ACCEPTED)
def test_what_is_accepted(text: str) -> None:
    """It means what its words say; the parts of junctions have one order, by their canonical bytes."""
    assert words(parse(text, DICTIONARY, "a test")) == ACCEPTED[text]


@pytest.mark.parametrize("text", ACCEPTED)
def test_words_can_be_read_back(text: str) -> None:
    """What an approver reads is the same question again, letter by letter."""
    tree = parse(text, DICTIONARY, "a test")
    assert parse(words(tree), DICTIONARY, "a test") == tree


#: What is written, and the code that it ends with.
REFUSED: dict[str, str] = {
    # other persons' rows, other tables, other programs
    "age > (select avg(age) from data)": "Q-EXPRESSION",
    "age in (select age from data)": "Q-EXPRESSION",
    "exists (select 1)": "Q-EXPRESSION",
    "age > all (select 1)": "Q-EXPRESSION",
    "age > 5 union select 1": "Q-EXPRESSION",
    "select 1": "Q-EXPRESSION",
    "age > 5; drop table data": "Q-EXPRESSION",
    "drop table data": "Q-EXPRESSION",
    "copy data to '/tmp/x'": "Q-EXPRESSION",
    "attach 'x.db'": "Q-EXPRESSION",
    "row_number() over () > 5": "Q-EXPRESSION",
    "avg(age) > 5": "Q-EXPRESSION",
    "count(*) > 5": "Q-EXPRESSION",
    "age > 5 order by age": "Q-EXPRESSION",
    "age > 5 limit 5": "Q-EXPRESSION",
    "age > 5 qualify true": "Q-EXPRESSION",
    # functions of the database
    "random() > 0.5": "Q-EXPRESSION",
    "hash(age) > 5": "Q-EXPRESSION",
    "rowid > 5": "Q-COLUMN",
    "length(sex) > 5": "Q-EXPRESSION",
    "lower(sex) = 'male'": "Q-EXPRESSION",
    "coalesce(age, 1) > 5": "Q-EXPRESSION",
    "greatest(age, 5) > 5": "Q-EXPRESSION",
    "if(age > 5, true, false)": "Q-EXPRESSION",
    "sqrt(age) > 5": "Q-EXPRESSION",
    "round(bmi, 1) = 3": "Q-EXPRESSION",
    "floor(bmi, 1) = 3": "Q-EXPRESSION",
    "abs(age, 2) > 5": "Q-EXPRESSION",
    "extract(year from seen) = 2024": "Q-EXPRESSION",
    "date_part('year', seen) = 2024": "Q-EXPRESSION",
    "current_date > seen": "Q-EXPRESSION",
    "getenv('HOME') = 'x'": "Q-EXPRESSION",
    "read_text('/etc/passwd') = 'x'": "Q-EXPRESSION",
    # casts and other types
    "cast(age as text) = '5'": "Q-EXPRESSION",
    "age::int > 5": "Q-EXPRESSION",
    "try_cast(age as int) > 5": "Q-EXPRESSION",
    "seen > date '2024-01-01'": "Q-EXPRESSION",
    "seen + interval 1 day > '2024-01-01'": "Q-EXPRESSION",
    "{'a': 1} = 1": "Q-EXPRESSION",
    "[1] = [1]": "Q-EXPRESSION",
    "x'41' = 'a'": "Q-EXPRESSION",
    "sex = e'female'": "Q-EXPRESSION",
    "sex = $$female$$": "Q-EXPRESSION",
    "(age, bmi) > (5, 5)": "Q-EXPRESSION",
    # parameters and patterns
    "age > $1": "Q-EXPRESSION",
    "age > ?": "Q-EXPRESSION",
    "age > :limit": "Q-EXPRESSION",
    "sex like 'f%'": "Q-EXPRESSION",
    "sex not like 'f%'": "Q-EXPRESSION",
    "sex ilike 'f%'": "Q-EXPRESSION",
    "sex similar to 'f.*'": "Q-EXPRESSION",
    "sex ~ 'f'": "Q-EXPRESSION",
    "sex glob 'f*'": "Q-EXPRESSION",
    "sex = 'female' collate nocase": "Q-EXPRESSION",
    "case when age > 5 then true else false end": "Q-EXPRESSION",
    "age between symmetric 7 and 5": "Q-EXPRESSION",
    "age is distinct from 5": "Q-EXPRESSION",
    "age <=> 5": "Q-EXPRESSION",
    "mi is true": "Q-EXPRESSION",
    "age % 2 = 0": "Q-EXPRESSION",
    "age // 2 = 0": "Q-EXPRESSION",
    "age ** 2 > 5": "Q-EXPRESSION",
    "age & 1 = 1": "Q-EXPRESSION",
    "sex || 'x' = 'x'": "Q-EXPRESSION",
    "data.age > 5": "Q-EXPRESSION",
    "age[1] > 5": "Q-EXPRESSION",
    "* > 5": "Q-EXPRESSION",
    "columns(*) > 5": "Q-EXPRESSION",
    # not a question
    "": "Q-EXPRESSION",
    ";": "Q-EXPRESSION",
    "-- nothing": "Q-EXPRESSION",
    "age > 5 and": "Q-EXPRESSION",
    "(age > 5": "Q-EXPRESSION",
    "age >": "Q-EXPRESSION",
    "5": "Q-EXPRESSION",
    "true": "Q-EXPRESSION",
    "null": "Q-EXPRESSION",
    "mi and true": "Q-EXPRESSION",
    "age = null": "Q-EXPRESSION",
    "age between 5 and null": "Q-EXPRESSION",
    "age in (5, bmi)": "Q-EXPRESSION",
    "age > 1e400": "Q-EXPRESSION",
    # columns that are not there, or not to be asked about
    "agee > 5": "Q-COLUMN",
    "AGE > 5": "Q-COLUMN",
    'sex = "female"': "Q-COLUMN",
    "pid = 'p1'": "Q-USE",
    "pid is null": "Q-USE",
    "pid in ('p1')": "Q-USE",
    # levels and free text
    "sex = 'femal'": "Q-LEVEL",
    "sex <> 'other'": "Q-LEVEL",
    "sex in ('female', 'other')": "Q-LEVEL",
    "stage = 4": "Q-LEVEL",
    "stage in (1, 4)": "Q-LEVEL",
    "stage = 1.5": "Q-LEVEL",
    "note = 'x'": "Q-FREETEXT",
    "note in ('x', 'y')": "Q-FREETEXT",
    "note = note": "Q-FREETEXT",
    "note = sex": "Q-FREETEXT",
    # types that do not compare
    "age": "Q-COMPARE",
    "not age": "Q-COMPARE",
    "age = 'x'": "Q-COMPARE",
    "age > '5'": "Q-COMPARE",
    "sex = 5": "Q-COMPARE",
    "mi = 1": "Q-COMPARE",
    "mi = 'true'": "Q-COMPARE",
    "sex > 'female'": "Q-COMPARE",
    "sex between 'a' and 'z'": "Q-COMPARE",
    "mi > false": "Q-COMPARE",
    "seen > 5": "Q-COMPARE",
    "seen > 'yesterday'": "Q-COMPARE",
    "seen > '2024-13-01'": "Q-COMPARE",
    "seen > '2024-02-30'": "Q-COMPARE",
    "seen < taken": "Q-COMPARE",
    "seen + 1 > '2024-01-01'": "Q-COMPARE",
    "year(age) = 5": "Q-COMPARE",
    "abs(sex) = 5": "Q-COMPARE",
    "sex + 1 = 5": "Q-COMPARE",
    "-sex = 5": "Q-COMPARE",
    "-mi": "Q-EXPRESSION",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_refused(text: str) -> None:
    """Each by the code that says what to change."""
    with pytest.raises(InvalidFile) as caught:
        parse(text, DICTIONARY, "a test")
    assert caught.value.code == REFUSED[text]


def test_no_refusal_repeats_the_text() -> None:
    """A reason names the kind of thing that is wrong; the text may hold anything."""
    with pytest.raises(InvalidFile) as caught:
        parse("age = lower('patient 4711')", DICTIONARY, "a test")
    assert "4711" not in " ".join(caught.value.lines())


@pytest.mark.parametrize(
    ("text", "meant"),
    [("agee > 5", "age"), ("sexx = 'male'", "sex"), ("sex = 'femal'", "female"), ("sex = 'Male'", "male")],
)
def test_a_slip_names_the_nearest(text: str, meant: str) -> None:
    """A column or level that was probably meant."""
    with pytest.raises(InvalidFile) as caught:
        parse(text, DICTIONARY, "a test")
    assert f"did you mean {meant}?" in caught.value.fix


DEEP = {
    "parentheses": "(" * 1500 + "age > 5" + ")" * 1500,
    "not": "not " * 900 + "mi",
    "not with parentheses": "not(" * 700 + "mi" + ")" * 700,
    "minus": "- " * 1500 + "age > 5",
    "functions": "abs(" * 700 + "age" + ")" * 700 + " > 5",
    "nulls": "(" * 500 + "age" + " is null)" * 500,
}


@pytest.mark.parametrize("name", DEEP)
def test_deep_nesting_is_refused(name: str) -> None:
    """By a code, not by Python's stack."""
    assert len(DEEP[name]) <= MAX_LENGTH + 2000
    with pytest.raises(InvalidFile) as caught:
        parse(DEEP[name], DICTIONARY, "a test")
    assert caught.value.code == "Q-EXPRESSION"


def test_a_long_text_is_refused() -> None:
    """Before anything reads it."""
    whole = "age > 5" + " " * (MAX_LENGTH - 7)
    assert words(parse(whole, DICTIONARY, "a test")) == "age > 5"
    with pytest.raises(InvalidFile) as caught:
        parse(whole + " ", DICTIONARY, "a test")
    assert caught.value.code == "Q-EXPRESSION"


LARGE = {
    "an empty list": "age in ()",
    "a list that is too long": f"age in ({', '.join(map(str, range(MAX_CHOICES + 1)))})",
    "equalities that make a list too long": " or ".join(f"age = {at}" for at in range(MAX_CHOICES + 1)),
    "too many parts of and": " and ".join(f"age > {at}" for at in range(MAX_NODES + 1)),
    "too many parts of or": " or ".join(f"age > {at}" for at in range(MAX_NODES + 1)),
    "a level of more than 64 letters": f"long = '{'l' * 80}'",
    "a text of more than 64 letters": f"sex = '{'z' * 65}'",
}


@pytest.mark.parametrize("name", LARGE)
def test_large_trees_are_refused_by_a_code(name: str) -> None:
    """The tree has limits, and what is beyond them is the author's to shorten."""
    try:
        parse(LARGE[name], DICTIONARY, "a test")
    except Exception as error:
        assert isinstance(error, FedcliError), type(error)
        return
    assert name == "a level of more than 64 letters"  # this one should work


def test_a_long_sum_is_refused_by_a_code() -> None:
    """Nine hundred terms are within the length, and nested nine hundred deep."""
    with pytest.raises(InvalidFile) as caught:
        parse("+".join(["age"] * 900) + " > 5", DICTIONARY, "a test")
    assert caught.value.code == "Q-EXPRESSION"


@given(text=st.text(max_size=40))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    """Nothing else can happen."""
    _parsed_or_refused(text)


_SOME = """age bmi sex mi seen note pid and or not in between is null ( ) , = <> < > + - * / 5 1.5 'female'
'2024-01-01' true abs( year( floor( -- /* */ ; :: $1 case when then end select like % [ ] { } . " ' """
_WORDS = st.sampled_from(_SOME.split())


@given(words=st.lists(_WORDS, max_size=12))
def test_any_words_are_parsed_or_refused(words: list[str]) -> None:
    """Also what is nearly an expression."""
    _parsed_or_refused(" ".join(words))


def _parsed_or_refused(text: str) -> None:
    try:
        tree = parse(text, DICTIONARY, "a test")
    except FedcliError as error:
        assert error.code.startswith("Q-")
    else:
        assert parse(words(tree), DICTIONARY, "a test") == tree
