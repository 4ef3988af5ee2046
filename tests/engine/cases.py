"""The table of cases that both engines share: a predicate, one row, and what SQL's logic says of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple

from fedcli.model.dataset import Dictionary

NAN, INFINITY = float("nan"), float("inf")
moment = datetime.fromisoformat
INJECTION = "a'); DROP TABLE data; --"

LEVELS = ["a", "b", "it's", "its", INJECTION, '"', "%", "A"]

#: `i` numbers the rows. What a row leaves out is null.
DICTIONARY = Dictionary.read(
    {
        "schema": "fedcli/dictionary/1",
        "dataset": "values",
        "columns": {
            "i": {"type": "integer", "levels": list(range(200))},
            "x": {"type": "real", "missing": [-999.0]},
            "n": {"type": "integer", "missing": [-9]},
            "whole": {"type": "integer"},
            "level": {"type": "integer", "levels": [1, 2, 3], "missing": [9]},
            "t": {"type": "text", "levels": LEVELS, "missing": ["?", ""]},
            "b": {"type": "boolean"},
            "d": {"type": "date"},
            "ts": {"type": "timestamp"},
        },
    },
    "the shared cases",
)
#: Integer columns that the file stores as doubles.
DOUBLES = frozenset({"whole", "level"})

true, false, unknown = True, False, None


class Case(NamedTuple):
    """A cohort, a row, and whether the row is in it, out of it, or neither."""

    where: str
    row: dict[str, Any]
    expected: bool | None


CASES: list[Case] = [
    # A comparison with null is unknown, and so is its negation.
    Case("x = 1", {"x": 1.0}, true),
    Case("x = 1", {"x": 2.0}, false),
    Case("x = 1", {"x": None}, unknown),
    Case("x <> 1", {"x": None}, unknown),
    Case("not (x = 1)", {"x": None}, unknown),
    Case("x = x", {"x": None}, unknown),
    Case("x < n", {"x": 1.5, "n": 2}, true),
    Case("x < n", {"x": 1.5, "n": None}, unknown),
    # NaN, infinity and missing codes are null.
    Case("x = 1", {"x": NAN}, unknown),
    Case("x > 0", {"x": NAN}, unknown),
    Case("x > 0", {"x": INFINITY}, unknown),
    Case("x < 0", {"x": -INFINITY}, unknown),
    Case("x is null", {"x": NAN}, true),
    Case("x is null", {"x": -INFINITY}, true),
    Case("x is null", {"x": -999.0}, true),
    Case("x < 0", {"x": -999.0}, unknown),
    Case("x < 0", {"x": -999.5}, true),
    Case("n < 0", {"n": -9}, unknown),
    Case("n is not null", {"n": -9}, false),
    Case("n is not null", {"n": 0}, true),
    Case("t is null", {"t": "?"}, true),
    Case("t is null", {"t": ""}, true),
    Case("t is null", {"t": "a"}, false),
    Case("t = 'a'", {"t": ""}, unknown),
    Case("level is null", {"level": 9}, true),
    Case("b is null", {"b": None}, true),
    Case("d is null", {"d": None}, true),
    # Three-valued and, or, not.
    Case("x > 0 and n > 0", {"x": 1.0, "n": None}, unknown),
    Case("x > 0 and n > 0", {"x": -1.0, "n": None}, false),
    Case("x > 0 or n > 0", {"x": 1.0, "n": None}, true),
    Case("x > 0 or n > 0", {"x": -1.0, "n": None}, unknown),
    Case("not (x > 0 and n > 0)", {"x": -1.0, "n": None}, true),
    Case("not (x > 0 and n > 0)", {"x": 1.0, "n": None}, unknown),
    Case("not (x > 0 or n > 0)", {"x": 1.0, "n": None}, false),
    Case("not (x > 0 or n > 0)", {"x": -1.0, "n": None}, unknown),
    Case("not not (x > 0)", {"x": None}, unknown),
    Case("x > 0 or x is null", {"x": None}, true),
    Case("x > 0 and not (x is null)", {"x": None}, false),
    # In and between.
    Case("level in (1, 3)", {"level": 3}, true),
    Case("level in (1, 3)", {"level": 2}, false),
    Case("level in (1, 3)", {"level": None}, unknown),
    Case("level not in (1, 3)", {"level": None}, unknown),
    Case("level not in (1, 3)", {"level": 2}, true),
    Case("t in ('a', 'b')", {"t": "b"}, true),
    Case("t not in ('a', 'b')", {"t": "it's"}, true),
    Case("x between 1 and 2", {"x": 1.0}, true),
    Case("x between 1 and 2", {"x": 2.0}, true),
    Case("x between 1 and 2", {"x": 2.5}, false),
    Case("x between 2 and 1", {"x": 1.5}, false),
    Case("x between 1 and 2", {"x": None}, unknown),
    Case("x not between 1 and 2", {"x": 2.5}, true),
    Case("x between 1 and n", {"x": 0.5, "n": None}, false),
    Case("x between 1 and n", {"x": 1.5, "n": None}, unknown),
    # Arithmetic: division by zero and what is not finite are null.
    Case("x / 0 > 1", {"x": 5.0}, unknown),
    Case("x / 0 is null", {"x": 5.0}, true),
    Case("0 / x is null", {"x": 0.0}, true),
    Case("1 / x > 0", {"x": -0.0}, unknown),
    Case("x / n = 2.5", {"x": 5.0, "n": 2}, true),
    Case("n / 2 = 0.5", {"n": 1}, true),
    Case("n / 2 = 0", {"n": 1}, false),
    Case("x * x > 1", {"x": 1e200}, unknown),
    Case("x * x is null", {"x": 1e200}, true),
    Case("x * x - x * x = 0", {"x": 1e200}, unknown),
    Case("1 / (x * x) = 0", {"x": 1e200}, true),
    Case("x + 1 = 2", {"x": None}, unknown),
    Case("x - n < 0", {"x": 1.0, "n": 2}, true),
    Case("-x = 3", {"x": -3.0}, true),
    Case("n * 3000000000 > 0", {"n": 4000000000000000}, true),
    Case("n + 1 > 0", {"n": 9223372036854775807}, true),
    # Functions.
    Case("abs(x) = 3", {"x": -3.0}, true),
    Case("abs(x) = 3", {"x": None}, unknown),
    Case("floor(x) = -2", {"x": -1.5}, true),
    Case("ceil(x) = -1", {"x": -1.5}, true),
    Case("floor(x) = 2", {"x": 2.0}, true),
    Case("ceil(x) = 0", {"x": -0.5}, true),
    Case("floor(x) is null", {"x": INFINITY}, true),
    Case("abs(n - 10) <= 2", {"n": 12}, true),
    Case("year(d) = 2024", {"d": date(2024, 12, 31)}, true),
    Case("year(d) = 2024", {"d": date(2025, 1, 1)}, false),
    Case("year(d) = 2024", {"d": None}, unknown),
    Case("year(d) - 2000 = 24", {"d": date(2024, 2, 29)}, true),
    Case("year(ts) = 2024", {"ts": moment("2024-12-31T23:59:59")}, true),
    # Dates and timestamps.
    Case("d >= '2024-02-29'", {"d": date(2024, 2, 29)}, true),
    Case("d < '2024-02-29'", {"d": date(2024, 2, 29)}, false),
    Case("d between '2024-01-01' and '2024-12-31'", {"d": date(2024, 12, 31)}, true),
    Case("d <> '2024-01-01'", {"d": None}, unknown),
    Case("ts > '2024-01-01T12:00:00'", {"ts": moment("2024-01-01T12:00:01")}, true),
    Case("ts > '2024-01-01'", {"ts": moment("2024-01-01")}, false),
    # Booleans.
    Case("b", {"b": True}, true),
    Case("b", {"b": False}, false),
    Case("b", {"b": None}, unknown),
    Case("not b", {"b": False}, true),
    Case("not b", {"b": None}, unknown),
    Case("b = false", {"b": False}, true),
    Case("b <> true", {"b": None}, unknown),
    Case("b in (true)", {"b": True}, true),
    # Integers stored as doubles.
    Case("whole = 2", {"whole": 2.0}, true),
    Case("whole = 2", {"whole": 3.0}, false),
    Case("whole > 1", {"whole": NAN}, unknown),
    Case("level = 2", {"level": 2.0}, true),
    Case("level <> 2", {"level": 9.0}, unknown),
    Case("level >= 2.5", {"level": 3.0}, true),
    # Text: quotes, patterns and commands are just letters, and case counts.
    Case("t = 'it''s'", {"t": "it's"}, true),
    Case("t <> 'it''s'", {"t": "its"}, true),
    Case("t = '\"'", {"t": '"'}, true),
    Case("t = '%'", {"t": "a"}, false),
    Case("t = '%'", {"t": "%"}, true),
    Case("t = 'a'", {"t": "A"}, false),
    Case(f"t = '{INJECTION.replace(chr(39), chr(39) * 2)}'", {"t": INJECTION}, true),
    Case(f"t = '{INJECTION.replace(chr(39), chr(39) * 2)}'", {"t": "a"}, false),
    Case(f"t in ('a', '{INJECTION.replace(chr(39), chr(39) * 2)}')", {"t": INJECTION}, true),
    # Constants alone.
    Case("1 = 1", {}, true),
    Case("1 > 2", {}, false),
]
