"""The scenario `banks`: synthetic card payments at three banks, some of them fraud.

What is assumed, bank by bank, is in `BANKS`; what is assumed of all accounts:

- An account belongs to one bank and has one card, with 1 to 12 payments in the four weeks from Monday
  2 March 2026, one row each. The holder has a habit: how much is paid online, how often abroad, how
  much at a time.
- What a payment is for follows from its channel; amounts are log-normal, higher for travel and
  electronics. People pay by day; a machine that gives cash is used later, and online shops all evening.
- A card that is misused is misused 1 to 4 times, within three days: mostly online, mostly abroad, at
  night, for electronics, games and travel, and for more money. These payments come on top of the
  holder's own. Misuse is far more common here than in life: a sample this small would show none.
- The number in `SEED` is the first with which, in the cohort of the query `2-misuse`, every bank has 1 to 9
  accounts that were defrauded at a chip reader, meadow 1 to 9 at a cash machine, and every other group
  of the query has 10 accounts or more at every bank.
- Values are missing at random; whether a payment was fraud is not known while it is disputed. Each bank
  writes a missing value down in its own way: as null, as NaN, or as a code that the dictionary declares.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import pyarrow as pa

from making.luck import Luck
from making.scenario import Row, Scenario

SEED = "fedcli banks 2"
FIRST_DAY, DAYS = date(2026, 3, 2), 28
PAYMENTS = dict(enumerate((0.06, 0.10, 0.14, 0.15, 0.13, 0.11, 0.09, 0.08, 0.05, 0.04, 0.03, 0.02), 1))
MISUSES = {1: 0.35, 2: 0.30, 3: 0.20, 4: 0.15}

MERCHANTS = {  # what is paid for, by channel
    "chip": {"groceries": 0.50, "dining": 0.18, "travel": 0.10, "electronics": 0.06, "other": 0.16},
    "contactless": {"groceries": 0.54, "dining": 0.28, "travel": 0.08, "electronics": 0.02, "other": 0.08},
    "online": {"travel": 0.18, "electronics": 0.24, "games": 0.16, "groceries": 0.10, "other": 0.32},
    "atm": {"cash": 1.0},
}
PRICES = {  # the mean of the logarithm of an amount in euros
    "groceries": 3.2,
    "dining": 3.1,
    "travel": 4.5,
    "electronics": 4.3,
    "games": 2.9,
    "cash": 4.4,
    "other": 3.4,
}
HOURS = {"chip": (14, 3.0), "contactless": (14, 3.6), "online": (17, 4.6), "atm": (15, 4.4)}

MISUSED_CHANNELS = {"chip": 0.02, "contactless": 0.20, "online": 0.68, "atm": 0.10}
MISUSED_COUNTRIES = {"domestic": 0.26, "eea": 0.30, "other": 0.44}
MISUSED_ONLINE = {"electronics": 0.42, "games": 0.26, "travel": 0.24, "other": 0.08}

SCHEMA = pa.schema(
    {
        "account_id": pa.string(),
        "payment_id": pa.string(),
        "day": pa.date32(),
        "hour": pa.int8(),
        "channel": pa.string(),
        "merchant": pa.string(),
        "country": pa.string(),
        "amount": pa.float64(),
        "fraud": pa.bool_(),
    }
)


@dataclass(frozen=True)
class Bank:
    """Whose accounts a bank keeps, and how it writes down what it does not know."""

    letter: str
    accounts: int
    online: float
    abroad: float
    misused: float
    no_merchant: tuple[str | None, ...]
    no_country: tuple[str | None, ...]
    no_amount: tuple[float | None, ...]


BANKS = {
    "alpine": Bank(  # a bank of the cities: much online, much travel
        letter="A",
        accounts=1900,
        online=0.40,
        abroad=0.17,
        misused=0.065,
        no_merchant=("unknown",),
        no_country=(None,),
        no_amount=(None, math.nan),
    ),
    "harbour": Bank(  # the largest, a savings bank
        letter="H",
        accounts=2600,
        online=0.31,
        abroad=0.10,
        misused=0.050,
        no_merchant=("", None),
        no_country=("XX",),
        no_amount=(None,),
    ),
    "meadow": Bank(  # a small cooperative bank in the country
        letter="M",
        accounts=1300,
        online=0.25,
        abroad=0.08,
        misused=0.045,
        no_merchant=("unknown", "", None),
        no_country=("XX", None),
        no_amount=(math.nan,),
    ),
}


@dataclass(frozen=True)
class Habit:
    """What is true of an account's holder at every payment."""

    channels: Mapping[str, float]
    countries: Mapping[str, float]
    spends: float


def habit(luck: Luck, at: Bank) -> Habit:
    """Draw the holder of an account."""
    online = luck.bell(at.online, 0.12, low=0.02, high=0.90)
    abroad = luck.bell(at.abroad, 0.06, low=0.01, high=0.60)
    shop = 0.92 - online
    return Habit(
        channels={"chip": 0.36 * shop, "contactless": 0.64 * shop, "online": online, "atm": 0.08},
        countries={"domestic": 1 - abroad, "eea": 0.72 * abroad, "other": 0.28 * abroad},
        spends=luck.bell(0, 0.35, low=-1, high=1),
    )


def payments(luck: Luck, at: Bank, account_id: str) -> Iterator[Row]:
    """Draw the rows of an account: the holder's own payments, then those of a thief."""
    holder = habit(luck, at)
    paid = [own(luck, holder) for _ in range(luck.pick(PAYMENTS))]
    if luck.chance(at.misused):
        first = luck.whole(DAYS - 2)
        paid += [misuse(luck, first + luck.whole(3)) for _ in range(luck.pick(MISUSES))]
    paid.sort(key=lambda one: (one["day"], one["hour"]))
    for number, one in enumerate(paid, 1):
        keys = {"account_id": account_id, "payment_id": f"{account_id}-{number:02}"}
        yield keys | written_down(luck, at, one)


def own(luck: Luck, holder: Habit) -> Row:
    """A payment of the holder."""
    channel = luck.pick(holder.channels)
    merchant = luck.pick(MERCHANTS[channel])
    return {
        "day": luck.whole(DAYS),
        "hour": int(luck.bell(*HOURS[channel], low=0, high=23.99)),
        "channel": channel,
        "merchant": merchant,
        "country": luck.pick(holder.countries),
        "amount": euros(luck, PRICES[merchant] + holder.spends),
        "fraud": False,
    }


def misuse(luck: Luck, day: int) -> Row:
    """A payment of a thief: the night begins at ten and ends at six."""
    channel = luck.pick(MISUSED_CHANNELS)
    merchant = luck.pick(MISUSED_ONLINE if channel == "online" else MERCHANTS[channel])
    night = luck.chance(0.55)
    return {
        "day": day,
        "hour": (22 + luck.whole(8)) % 24 if night else 6 + luck.whole(16),
        "channel": channel,
        "merchant": merchant,
        "country": luck.pick(MISUSED_COUNTRIES),
        "amount": euros(luck, PRICES[merchant] + 0.9),
        "fraud": True,
    }


def euros(luck: Luck, mean: float) -> float:
    """An amount, log-normal, to the cent; the card stops at 2000."""
    return round(math.exp(luck.bell(mean, 0.5, low=0, high=7.6)), 2)


def written_down(luck: Luck, at: Bank, one: Row) -> Row:
    """A payment as the bank has it, as far as it was written down."""
    no_merchant, no_country, no_amount = map(luck.one, (at.no_merchant, at.no_country, at.no_amount))
    return one | {
        "day": FIRST_DAY + timedelta(days=one["day"]),
        "merchant": no_merchant if luck.chance(0.05) else one["merchant"],
        "country": no_country if luck.chance(0.03) else one["country"],
        "amount": no_amount if luck.chance(0.03) else one["amount"],
        "fraud": None if luck.chance(0.02) else one["fraud"],
    }


def draw() -> Iterator[list[Row]]:
    """The rows of each bank, account by account."""
    for site, at in BANKS.items():
        luck = Luck(f"{SEED} {site}")
        numbered = (f"{at.letter}-{number:05}" for number in range(1, at.accounts + 1))
        yield [row for account_id in numbered for row in payments(luck, at, account_id)]


SCENARIO = Scenario(
    name="banks",
    dataset="cards",
    schema=SCHEMA,
    files=("alpine.parquet", "harbour.duckdb", "meadow.parquet"),
    draw=draw,
)
