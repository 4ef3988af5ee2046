"""Names, digests, moments and amounts, each with one fixed grammar.

A name may become a folder, so the grammar leaves no room for a path; an amount is a decimal string,
because a binary float cannot hold 0.1 and NaN would pass every comparison.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from fractions import Fraction
from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from fedcli.errors import fault

NAME = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
ANALYTIC = r"^[a-z][a-z0-9]*([_-][a-z0-9]+)*$"
COLUMN = r"^[A-Za-z_][A-Za-z0-9_]*$"
FIELD = r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*){0,2}$"
DIGEST = r"^[0-9a-f]{64}$"
AMOUNT = r"^(0|[1-9][0-9]{0,8})(\.[0-9]{1,12})?$"
CODE = r"^[A-Z]+-[A-Z0-9]+(-[A-Z0-9]+)*$"
TERM = r"^[A-Za-z][A-Za-z0-9]*:[A-Za-z0-9_.-]{1,40}$"
PRINTABLE = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]*$"
PARAGRAPHS = PRINTABLE.replace(r"\x00-\x1f", r"\x00-\x09\x0b-\x1f")
KEY = r"^[A-Za-z0-9+/]{43}=$"
DURATION = r"^[1-9][0-9]{0,3} (min|hours?|days?)$"
TIME_OF_DAY = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
SIZE = r"^[1-9][0-9]{0,5} (MB|GB)$"

Name = Annotated[str, StringConstraints(pattern=NAME, max_length=40)]
AnalyticName = Annotated[str, StringConstraints(pattern=ANALYTIC, max_length=40)]
ColumnName = Annotated[str, StringConstraints(pattern=COLUMN, max_length=64)]
#: An array of cells: `mean`, or in a bundle `numbers.mean` and `levels.smoking.count`.
FieldName = Annotated[str, StringConstraints(pattern=FIELD, max_length=100)]
Digest = Annotated[str, StringConstraints(pattern=DIGEST)]
Amount = Annotated[str, StringConstraints(pattern=AMOUNT)]
Code = Annotated[str, StringConstraints(pattern=CODE, max_length=40)]
OntologyTerm = Annotated[str, StringConstraints(pattern=TERM)]
PublicKey = Annotated[str, StringConstraints(pattern=KEY)]
Duration = Annotated[str, StringConstraints(pattern=DURATION)]
#: A time of day in UTC, such as `06:00`.
TimeOfDay = Annotated[str, StringConstraints(pattern=TIME_OF_DAY)]
Size = Annotated[str, StringConstraints(pattern=SIZE)]
LINE_LENGTH = 200
Line = Annotated[str, StringConstraints(min_length=1, max_length=LINE_LENGTH, pattern=PRINTABLE)]
Text = Annotated[str, StringConstraints(max_length=2000, pattern=PARAGRAPHS)]
Version = Annotated[int, Field(ge=1, le=9999)]
Count = Annotated[int, Field(ge=0)]
Moment = AwareDatetime
Day = date

SHORT = 12


def fraction(amount: Amount) -> Fraction:
    """The exact value of an amount."""
    return Fraction(amount)


#: An amount is a whole number of these: twelve decimals.
_UNIT = 10**12


def units(amount: Amount) -> int:
    """An amount in whole units of 1e-12; the grammar leaves no remainder."""
    return int(Fraction(amount) * _UNIT)


def amount(number: int) -> Amount:
    """So many units of 1e-12, written as an amount."""
    whole, rest = divmod(number, _UNIT)
    return f"{whole}.{rest:012}".rstrip("0").rstrip(".")


def duration(text: Duration) -> timedelta:
    """The length of `"30 min"`, `"12 hours"` or `"3 days"`."""
    number, unit = text.split()
    return (
        int(number)
        * {"min": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}[
            unit.removesuffix("s")
        ]
    )


def megabytes(text: Size) -> int:
    """The size of `"512 MB"` or `"4 GB"`, in MB (10^6 bytes)."""
    number, unit = text.split()
    return int(number) * {"MB": 1, "GB": 1000}[unit]


def line(text: str, what: str) -> Line:
    """A text that people typed as one line, or U-LINE."""
    bytes_that_are_no_text = re.search("[\ud800-\udfff]", text)
    if not 1 <= len(text) <= LINE_LENGTH or not re.fullmatch(PRINTABLE, text) or bytes_that_are_no_text:
        raise fault("U-LINE", what=what, length=LINE_LENGTH)
    return text


def length_of_time(text: str) -> Duration:
    """A text that people typed as a length of time, or U-DURATION."""
    if not re.fullmatch(DURATION, text):
        raise fault("U-DURATION", text=text)
    return text


def short(query: Digest) -> str:
    """How a query is shown to people: `q-` and 12 hexadecimal digits."""
    return f"q-{query[:SHORT]}"


def resolve(given: str, digests: list[Digest]) -> Digest:
    """The one digest that `given` (a digest, `q-…`, or a beginning of either) can mean.

    Raises:
        UsageFault: Q-UNKNOWN when it means none, Q-AMBIGUOUS when it means several.
    """
    beginning = given.removeprefix("q-").lower()
    known = sorted(set(digests))
    meant = [
        digest for digest in known if re.fullmatch("[0-9a-f]+", beginning) and digest.startswith(beginning)
    ]
    if not meant:
        raise fault("Q-UNKNOWN", query=given, known=", ".join(map(short, known)) or "none")
    if len(meant) > 1:
        raise fault("Q-AMBIGUOUS", query=given, known=", ".join(meant[:3]))
    return meant[0]
