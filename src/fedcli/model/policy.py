"""A site's policy: what may leave, whose questions are admitted, and within which limits.

Every key has an order from looser to stricter (`policy.layers`), so that federation, site and query
can be laid over each other and only tighten. Numbers that decide privacy are decimal strings.
"""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, StringConstraints

from fedcli.files.canonical import canonical
from fedcli.model.document import Document
from fedcli.model.identifiers import (
    Amount,
    AnalyticName,
    Count,
    Duration,
    Line,
    Name,
    OntologyTerm,
    Size,
    TimeOfDay,
    duration,
    fraction,
)

Role = Literal[
    "site", "researcher", "administrator", "data-owner", "disclosure-officer", "checker", "auditor"
]
Review = Literal["findings", "first-of-query", "all"]
#: How counts are rounded; what each rule tells is in `statistics.rounding`.
Rounding: TypeAlias = Literal["none", "nearest-5", "floor-midpoint-5", "midpoint-6"]
#: Whether the vault must be shut in by the kernel: where it can be, or everywhere.
Sandbox: TypeAlias = Literal["available", "required"]
#: What answers can be fit for at the best: `live` while all evidence is whole (tests/docs/test_evidence.py).
BEST: Literal["preview", "live"] = "live"
#: How long what a vault remembers of a population is kept after the last question about it.
Retention: TypeAlias = Literal["unlimited"] | Duration
Mode: TypeAlias = Literal["disclosure-control", "differential-privacy"]
#: A probability that is neither zero nor close to one.
Delta = Annotated[str, StringConstraints(pattern=r"^0\.0*[1-9][0-9]*$", max_length=14)]
Digits = Annotated[int, Field(ge=1, le=15)] | Literal["full"]
Share = Amount


class Dominance(Document):
    """The (n, k) rule: the n largest contributors must hold less than a share of the total."""

    n: Annotated[int, Field(ge=1, le=2)]
    share: Share


class Precision(Document):
    """Significant digits by kind of number, or `full` where nothing is rounded."""

    mean: Digits = 6
    sd: Digits = 6
    coefficient: Digits = 6


class Disclosure(Document):
    """The thresholds of the gate, judged by persons where the unit is the person."""

    min_count: Annotated[int, Field(ge=1, le=1000)] = 10
    min_dof: Annotated[int, Field(ge=0, le=1000)] = 10
    dominance: tuple[Dominance, ...] = Field(
        max_length=2, default_factory=lambda: (Dominance(n=1, share="0.50"), Dominance(n=2, share="0.85"))
    )
    p_percent: Share = "0.10"
    zeros: Literal["release", "merge"] = "merge"
    rounding: Rounding = "none"
    digits: Precision = Field(default_factory=Precision)
    max_levels: Annotated[int, Field(ge=2, le=1000)] = 40
    parameters_per_person: Share = "0.10"
    models: Literal["exact", "review"] = "exact"
    networks: Literal["refused", "allowed"] = "refused"
    min_sites: Annotated[int, Field(ge=1, le=100)] = 3
    secondary: Literal["none", "optimised"] = "optimised"
    memory: Literal["none", "population"] = "population"
    aggregates_per_person: Share = "0.25"
    traits_per_person: Share = "0.025"
    enforce: Literal["threshold", "all"] = "all"

    @property
    def remembers(self) -> bool:
        """Whether what was told counts: of the query that is asked, or of earlier ones too."""
        return self.secondary != "none" or self.memory != "none"

    @property
    def shares(self) -> dict[int, Fraction]:
        """The share of each n of the (n, k) rules; of two rules for one n the stricter."""
        least: dict[int, Fraction] = {}
        for rule in self.dominance:
            least[rule.n] = min(fraction(rule.share), least.get(rule.n, Fraction(1)))
        return least


class Approvals(Document):
    """How many people must grant a query, and which roles must be among them."""

    people: Annotated[int, Field(ge=0, le=10)] = 2
    roles: tuple[Role, ...] = ("data-owner", "disclosure-officer")


class Reviewers(Document):
    """How many people must agree before what was parked leaves, and which roles must be among them."""

    people: Annotated[int, Field(ge=2, le=10)] = 2
    roles: tuple[Literal["disclosure-officer", "checker"], ...] = ("disclosure-officer", "checker")


class Admission(Document):
    """Which questions are answered at all; `"*"` admits every one."""

    analytics: tuple[AnalyticName | Literal["*"], ...] = (
        "count",
        "crosstab",
        "summary",
        "histogram",
        "table_one",
        "glm",
        "correlation",
        "total",
        "quantile",
        "life_table",
        "penalised",
        "cox",
        "association",
        "risk",
        "t_test",
        "anova",
        "rank_test",
        "kaplan_meier",
        "cumulative_incidence",
        "proportional",
        "multinomial",
        "random_intercept",
        "gee",
        "piecewise",
        "levene",
        "imputed",
        "missingness",
        "logistic",
        "naive_bayes",
        "validation",
        "fedavg",
        "boosted_trees",
        "network",
        "random_forest",
        "k_means",
        "fedcox",
    )
    projects: tuple[Name | Literal["*"], ...] = ()
    purposes: tuple[OntologyTerm | Literal["*"], ...] = ()
    approvals: Approvals = Field(default_factory=Approvals)
    review: Review = "findings"
    reviewers: Reviewers = Field(default_factory=Reviewers)
    opt_outs: Literal["optional", "attested"] = "optional"


class Contribution(Document):
    """What one person can add under differential privacy: rows that count, and cells of a table."""

    rows: Annotated[int, Field(ge=1, le=1000)] = 3
    cells: Annotated[int, Field(ge=1, le=1000)] = 2


class Privacy(Document):
    """One mode of privacy for a population and period.

    The budget is in zero-concentrated differential privacy (rho): `capacity_rho` for a population, over
    all projects and for good, `project_rho` for each project of it. `delta` is what epsilon is told at.
    Exact answers are refused for `period` after the last one under differential privacy.
    """

    mode: Mode = "disclosure-control"
    capacity_rho: Amount = "1"
    project_rho: Amount = "0.5"
    delta: Delta = "0.000001"
    contribution: Contribution = Field(default_factory=Contribution)
    period: Duration = "365 days"


class Limit(Document):
    """At most `number` within the `period` that ends now."""

    number: Count
    period: Duration


#: What has a limit of questions of its own.
ASKING = ("researcher", "project", "population")


def kept_for(retention: Retention) -> timedelta:
    """How long something is kept; the longest time there is where it is for good."""
    return timedelta.max if retention == "unlimited" else duration(retention)


class Limits(Document):
    """What one researcher, one project, and all about one population may ask; what one question may cost."""

    questions_per_researcher: Limit = Field(default_factory=lambda: Limit(number=200, period="30 days"))
    questions_per_project: Limit = Field(default_factory=lambda: Limit(number=400, period="30 days"))
    questions_per_population: Limit = Field(default_factory=lambda: Limit(number=2000, period="30 days"))
    data_refusals_per_researcher: Limit = Field(default_factory=lambda: Limit(number=10, period="30 days"))
    memory: Size = "4 GB"
    deadline: Duration = "30 min"
    sandbox: Sandbox = "available"
    retention: Retention = "unlimited"


#: The keys that came after policies were signed, with what they were before.
_LATER = {
    ("limits", "sandbox"): "available",
    ("limits", "retention"): "unlimited",
    ("disclosure", "networks"): "refused",
}


class Visibility(Document):
    """When a release becomes visible in the exchange: at once, or at the first run after a time (UTC)."""

    slot: Literal["immediate"] | TimeOfDay = "immediate"


class Policy(Document):
    """A whole policy; what a file leaves out has the value of the profile `standard`."""

    schema_: Annotated[Literal["fedcli/policy/1"], Field(alias="schema")] = "fedcli/policy/1"
    name: Name
    description: Line | None = None
    disclosure: Disclosure = Field(default_factory=Disclosure)
    admission: Admission = Field(default_factory=Admission)
    privacy: Privacy = Field(default_factory=Privacy)
    limits: Limits = Field(default_factory=Limits)
    visibility: Visibility = Field(default_factory=Visibility)

    @property
    def maturity(self) -> Literal["preview", "live"]:
        """What its answers are fit for: no live data where checks are only recorded."""
        recorded = self.privacy.mode == "disclosure-control" and self.disclosure.enforce == "threshold"
        return "preview" if recorded else BEST

    def canonical(self) -> bytes:
        """RFC 8785 bytes; a key that came later is among them where it has another than its first value.

        So a policy that was signed before has the digest that it had, and grants under it still count.
        """
        value = self.json_value()
        for (part, key), first in _LATER.items():
            if value[part][key] == first:
                del value[part][key]
        return canonical(value)
