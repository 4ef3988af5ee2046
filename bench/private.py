"""A question to rows under differential privacy as sites hold them: with noise, without, and exactly."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

from fedcli.analytics import parse
from fedcli.analytics._contract import Analytic, Iterative
from fedcli.combiners.noise import told
from fedcli.engine.bounded import BoundedRows
from fedcli.engine.duckdb import DuckRows
from fedcli.engine.opening import Opened, open_source
from fedcli.model.dataset import Dictionary
from fedcli.model.identifiers import Amount, amount, units
from fedcli.model.policy import Contribution
from fedcli.model.result import Answer
from fedcli.model.vault import Source
from fedcli.policy.gate import noised
from fedcli.statistics.forms import Form, Noisy, known, noiseless
from fedcli.statistics.rows import Rows
from fedcli.statistics.seal import Bounded
from fedcli.workflows.sources import source
from fedcli.workflows.trial import analysis

MEGABYTES = 2000
KEY = hashlib.sha256(b"a bench").hexdigest()
#: A site's answer as a shape, from what it has summed.
Heard = Callable[[Bounded[Any]], Noisy]
#: From the sums of all sites to an answer.
Telling = Callable[[Any, Callable[[Any], Answer]], Answer]


@dataclass(frozen=True)
class Held:
    """The files of a site, what they mean, and how much a person counts in them."""

    files: Source
    dictionary: Dictionary
    counted: Contribution

    @classmethod
    def at(cls, path: Path, dictionary: Dictionary, counted: Contribution) -> Held:
        """Those of one path."""
        table = dictionary.dataset if path.suffix == ".duckdb" else None
        return cls(source([str(path)], table), dictionary, counted)

    def asks(self, name: str, **parameters: Any) -> Analytic[Any]:
        """An analytic as it would be signed."""
        return parse(analysis(self.dictionary, name, **parameters), "a bench")


class Asked:
    """A question at the sites that hold its rows; the sums of a first round are kept."""

    def __init__(
        self,
        analytic: Analytic[Any],
        opened: Sequence[Opened],
        bounded: Sequence[Rows],
        exact: Sequence[Rows],
    ) -> None:
        self.analytic = analytic
        self._opened, self._bounded, self._exact = opened, bounded, exact
        self._first: list[Any] = []

    @property
    def form(self) -> Form:
        """The form of its sums."""
        form: Form = self._kept()[0].form
        return form

    def bounded(self) -> list[Any]:
        """What each site sums in the first round, with every person bounded."""
        return [self.analytic.local(rows) for rows in self._bounded]

    def as_it_is(self) -> list[Any]:
        """What each site sums in the first round, exactly."""
        return [self.analytic.local(rows) for rows in self._exact]

    def sql(self, text: str) -> list[Any]:
        """The first column of what each site's engine says to a query over its table `data`."""
        return [row[0] for opened in self._opened for row in opened.ask(text, {})]

    def _kept(self) -> list[Any]:
        self._first = self._first or self.bounded()
        return self._first

    def noisy(self, heard: Heard, around: bool = True) -> Answer:
        """The answer of all sites together under differential privacy, through all rounds.

        Its numbers have intervals `around` them, which for a model take longer than the noise.
        """

        def summed(state: Any) -> Noisy:
            sealed = self._kept() if state is None else self._at(self._bounded, state)
            return reduce(add, map(heard, sealed))

        return self._through(summed, told if around else _plainly)

    def exact(self) -> Answer:
        """The exact answer of all sites together, through all rounds."""
        return self._through(
            lambda state: reduce(add, (one.unseal_for_the_gate()[0] for one in self._at(self._exact, state))),
            _plainly,
        )

    def _at(self, held: Sequence[Rows], state: Any) -> list[Any]:
        if isinstance(self.analytic, Iterative):
            return [self.analytic.local_at(rows, state) for rows in held]
        return [self.analytic.local(rows) for rows in held]

    def _through(self, summed: Callable[[Any], Any], telling: Telling) -> Answer:
        asked, total = self.analytic, summed(None)
        if not isinstance(asked, Iterative):
            return telling(total, asked.answer)
        state = asked.step(None, known(total))
        while not asked.finished(state):
            total = summed(state)
            state = asked.step(state, known(total))
        return telling(total, lambda shape: asked.answer_at(state, shape))


def _plainly(total: Any, answer: Callable[[Any], Answer]) -> Answer:
    return answer(known(total))


@contextmanager
def asking(sites: Sequence[Held], name: str, **parameters: Any) -> Iterator[Asked]:
    """A question to the rows of sites, each opened both ways."""
    asked = sites[0].asks(name, **parameters)
    with ExitStack() as stack:
        opened = [open_source(held.files, MEGABYTES) for held in sites]
        for one in opened:
            stack.callback(one.connection.close)
        pairs = list(zip(sites, opened, strict=True))
        bounded = [
            BoundedRows(at, held.dictionary, None, asked.reads(), held.counted, KEY) for held, at in pairs
        ]
        exact = [DuckRows(at, held.dictionary, None, asked.reads()) for held, at in pairs]
        yield Asked(asked, opened, bounded, exact)


def price(rho: str, draws: int) -> Amount:
    """The price of one of so many draws."""
    return amount(units(rho) // draws)


def drawn(counted: Contribution, share: Amount) -> Heard:
    """What leaves a site: its sums with noise, drawn anew each time at the price `share`."""

    def noisy(bounded: Bounded[Any]) -> Noisy:
        released = noised(bounded, share, counted).released
        assert released is not None
        answered, form = released.answered, bounded.form
        assert answered.noise is not None
        return Noisy(form, answered.cells, form.variance(answered.noise.scale))

    return noisy


def quiet(bounded: Bounded[Any], variance: float = 0.0) -> Noisy:
    """The sums without noise, told as if they had some: what bounding alone makes of the rows."""
    form, vector = bounded.unseal_for_noise()
    cells = form.split(tuple(one / form.unit for one in vector))
    return Noisy(form, noiseless(form).having(cells).cells, variance)
