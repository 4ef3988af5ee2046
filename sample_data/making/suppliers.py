"""The scenario `suppliers`: synthetic deliveries by three suppliers of one manufacturer.

What is assumed, supplier by supplier, is in `SUPPLIERS`; what is assumed of all customers:

- A supplier keeps an account for each customer, the manufacturer's first, and a delivery is a row. Most
  accounts have 2 to 40 deliveries promised in 2025, the manufacturer's has 60. A customer buys mostly
  one family of parts, larger customers buy more at a time.
- Deliveries are late by their transport, whatever is in them: by air hardly, by sea most. From October
  to 19 November the port is blocked, and what comes by sea is nine days later, whoever sent it. What is
  more than two days late counts as late.
- A delivery's value follows from the pieces and the price of the family. The manufacturer's castings
  from corvid are of a special alloy and cost thirty times as much: there one customer dominates.
- Pieces are defective independently, more often in electronics; customers complain likelier the more are.
- The number in `SEED` is the first with which every cell of the queries `1-deliveries`, `3-port` and
  `4-value` has 10 accounts or more at every supplier, and `2-air` has smaller ones at each.
- Whether a delivery was on time and what was wrong with it is missing at random, and each supplier
  writes that down in its own way: as null, or as a number that the dictionary declares. Every delivery
  is invoiced, so no value is missing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import pyarrow as pa

from making.luck import Luck, likely
from making.scenario import Row, Scenario

SEED = "fedcli suppliers 2"
FIRST_DAY, DAYS = date(2025, 1, 1), 365
MANUFACTURERS = 60
FAMILIES = ("casting", "bearing", "seal", "electronics")

PRICES = {"casting": 42.0, "bearing": 14.0, "seal": 3.5, "electronics": 65.0}
LOTS = {"casting": 3.6, "bearing": 4.4, "seal": 5.2, "electronics": 3.9}  # mean logarithm of the pieces
DEFECTIVE = {"casting": 0.012, "bearing": 0.006, "seal": 0.004, "electronics": 0.018}
DELAYS = {"road": (1.6, 2.2), "rail": (2.6, 2.8), "sea": (4.0, 4.0), "air": (0.9, 1.3)}  # mean and sd, days
PORT_BLOCKED = (date(2025, 10, 1), date(2025, 11, 20))
DAYS_MORE, LATE = 9, 2

SCHEMA = pa.schema(
    {
        "account_id": pa.string(),
        "delivery_id": pa.string(),
        "promised": pa.date32(),
        "quarter": pa.int8(),
        "family": pa.string(),
        "transport": pa.string(),
        "delay": pa.int16(),
        "late": pa.bool_(),
        "pieces": pa.int32(),
        "defects": pa.int16(),
        "complaint": pa.bool_(),
        "value": pa.float64(),
    }
)


@dataclass(frozen=True)
class Supplier:
    """What a supplier makes and how it ships, and how it writes down what it does not know."""

    letter: str
    accounts: int
    families: Mapping[str, float]
    transports: Mapping[str, float]
    slower: float
    alloy: float
    no_delay: tuple[int | None, ...]
    no_defects: tuple[int | None, ...]


SUPPLIERS = {
    "anvil": Supplier(  # a foundry inland: by road and rail
        letter="A",
        accounts=240,
        families={"casting": 0.46, "bearing": 0.26, "seal": 0.14, "electronics": 0.14},
        transports={"road": 0.55, "rail": 0.25, "sea": 0.15, "air": 0.05},
        slower=0.6,
        alloy=1,
        no_delay=(None,),
        no_defects=(-1,),
    ),
    "brook": Supplier(  # a maker of seals and bearings, by every way
        letter="B",
        accounts=190,
        families={"casting": 0.14, "bearing": 0.34, "seal": 0.38, "electronics": 0.14},
        transports={"road": 0.46, "rail": 0.20, "sea": 0.24, "air": 0.10},
        slower=0.0,
        alloy=1,
        no_delay=(-999,),
        no_defects=(None,),
    ),
    "corvid": Supplier(  # a maker of electronics overseas: by sea and air
        letter="C",
        accounts=150,
        families={"casting": 0.15, "bearing": 0.15, "seal": 0.16, "electronics": 0.54},
        transports={"road": 0.30, "rail": 0.18, "sea": 0.34, "air": 0.18},
        slower=0.3,
        alloy=30,
        no_delay=(-999, None),
        no_defects=(-1, None),
    ),
}


@dataclass(frozen=True)
class Customer:
    """What is true of an account at every delivery."""

    deliveries: int
    buys: str
    size: float
    alloy: float


def customer(luck: Luck, at: Supplier, number: int) -> Customer:
    """Draw an account; the first is the manufacturer's, who is large and buys castings."""
    size, buys = luck.bell(0, 0.35, low=-1, high=1), luck.pick(at.families)
    deliveries = int(math.exp(luck.bell(2.3, 0.7, low=math.log(2), high=math.log(41))))
    if number == 1:
        return Customer(MANUFACTURERS, "casting", size=0.5, alloy=at.alloy)
    return Customer(deliveries, buys, size, alloy=1)


def deliveries(luck: Luck, at: Supplier, number: int) -> Iterator[Row]:
    """Draw the rows of an account, by the promised date."""
    buyer, account_id = customer(luck, at, number), f"{at.letter}-{number:04}"
    days = sorted(luck.whole(DAYS) for _ in range(buyer.deliveries))
    for count, day in enumerate(days, 1):
        promised = FIRST_DAY + timedelta(days=day)
        yield {
            "account_id": account_id,
            "delivery_id": f"{account_id}-{count:02}",
            "promised": promised,
            "quarter": (promised.month + 2) // 3,
            **sent(luck, at, promised),
            **parts(luck, at, buyer),
        }


def sent(luck: Luck, at: Supplier, promised: date) -> Row:
    """How a delivery travelled, and how many days after the promise it arrived, as far as is known."""
    transport = luck.pick(at.transports)
    mean, sd = DELAYS[transport]
    blocked = DAYS_MORE * (transport == "sea" and PORT_BLOCKED[0] <= promised < PORT_BLOCKED[1])
    delay = round(luck.bell(mean + at.slower + blocked, sd, low=-10, high=60))
    unknown, code = luck.chance(0.06), luck.one(at.no_delay)
    return {
        "transport": transport,
        "delay": code if unknown else delay,
        "late": None if unknown else delay > LATE,
    }


def parts(luck: Luck, at: Supplier, buyer: Customer) -> Row:
    """What was delivered, what was wrong with it, and what it cost."""
    family = buyer.buys if luck.chance(0.7) else luck.one(FAMILIES)
    pieces = max(1, round(math.exp(luck.bell(LOTS[family] + buyer.size, 0.5, low=0, high=7))))
    defects = sum(luck.chance(DEFECTIVE[family]) for _ in range(pieces))
    dear = buyer.alloy if family == "casting" else 1
    value = round(pieces * PRICES[family] * dear * luck.bell(1, 0.05, low=0.8, high=1.2), 2)
    no_defects = luck.one(at.no_defects)
    return {
        "family": family,
        "pieces": pieces,
        "defects": no_defects if luck.chance(0.12) else defects,
        "complaint": luck.chance(likely(-3.0 + 0.7 * defects)),
        "value": value,
    }


def draw() -> Iterator[list[Row]]:
    """The rows of each supplier, account by account."""
    for site, at in SUPPLIERS.items():
        luck = Luck(f"{SEED} {site}")
        numbers = range(1, at.accounts + 1)
        yield [row for number in numbers for row in deliveries(luck, at, number)]


SCENARIO = Scenario(
    name="suppliers",
    dataset="deliveries",
    schema=SCHEMA,
    files=("anvil.parquet", "brook.parquet", "corvid.duckdb"),
    draw=draw,
)
