"""The rules in words, as an output checker learns them.

The wording is ours, after the SDC Handbook (Griffiths et al. 2019), Hundepool et al. (2012) for the
Eurostat rules on magnitude tables, and DataSHIELD's documentation.
"""

from __future__ import annotations

from tests.spec.example import Rule
from tests.spec.models import MODEL_RULES

RULES: dict[str, Rule] = {
    "threshold": Rule(
        "Few persons in a cell",
        "Behind every cell there are at least ten persons, so that nobody in it can be singled out. "
        "Persons are counted, not rows: many visits of one person are one person. "
        "Nobody at all is as telling as few, unless the policy shows zeros.",
    ),
    "complement": Rule(
        "Few persons left outside",
        "Who knows the figure of everybody can subtract the figure of all but a few, and has the few. "
        "So the persons who are left out of the cohort, with all of their rows or with some, are none, or as "
        "many as a cell needs.",
        ("outside", "partly"),
    ),
    "class_disclosure": Rule(
        "Everybody in the same cell",
        "Where all persons of a row or column have one level, the table tells what each of them has, "
        "however many they are: 100 % in one cell is 0 % in the others. "
        "Such a table may be harmless (all births were in maternity wards), so people decide.",
    ),
    "contributors": Rule(
        "Few persons with a value",
        "The mean of zeros and a few other values is a count of the few; the mean of an indicator is the "
        "count of its rarer level, and of a score that nearly all fulfil the count of the others. Of the "
        "persons with a value other than zero, other than the lowest, and other than the highest, the fewest "
        "are none, or as many as a cell needs.",
        ("contributors",),
    ),
    "dominance": Rule(
        "One or two persons hold most of a total, the (n, k) rule",
        "A total or mean is unsafe when its n largest contributors hold the share k of it or more: the "
        "total is then little else than their values. Shares are of absolute values, of persons' totals.",
        ("total", "largest", "second"),
    ),
    "p_percent": Rule(
        "The second could work out the first, the p% rule",
        "The second largest contributor subtracts its own value from the total and has an upper bound of "
        "the largest. What the others hold must be at least p% of the largest, so that this bound is loose.",
        ("total", "largest", "second"),
    ),
    "all_same": Rule(
        "All values the same",
        "When all persons have the same value, the mean is the value of each of them, and a spread of zero "
        "says that it is so.",
        ("constant", "mean"),
    ),
    "degrees_of_freedom": Rule(
        "Too few degrees of freedom",
        "A spread needs ten residual degrees of freedom: persons beyond the one whose value the mean gives "
        "away. With fewer the values can nearly be solved for.",
    ),
    "spread": Rule(
        "One outlier makes the spread",
        "The (n, k) rule for n = 1, applied to squared deviations: where one person makes up the share k of "
        "their sum, that person's value is about the mean plus or minus the root of the sum.",
        ("spread",),
    ),
    "secondary": Rule(
        "Hidden cells that can be worked out",
        "A hidden cell is the rest when everything else is subtracted from a total, which another analysis "
        "of the query or an earlier release may have told. An attacker who knows all that was told, and that "
        "persons are whole, must find the whole published interval of every hidden cell possible, and of "
        "every other group of few that up to three tables describe that it could be as many as may be told. "
        "Where not, the fewest and smallest cells that stop the attacker are hidden too; and so is a cell "
        "whose persons are those of an earlier number but for a few.",
    ),
    "memory": Rule(
        "What nothing helps against",
        "Where hiding cells of the new table does not help, because what is asked is told by others or "
        "because nothing of it would be left, the table stays at the site. The sums of a model cannot be "
        "hidden one by one, so it stays too.",
    ),
    "membership": Rule(
        "Who is among them",
        "Somebody whose traits are known is told from an outsider by the means of many of them: with m "
        "independent traits of n persons as two normal distributions that lie sqrt(m / n) standard "
        "deviations apart. Columns of which a table, a mean or a model of the cohort tells count as traits, "
        "a mean once for each group, together with those of earlier releases about cohorts that overlap, "
        "each by a person of its cohort. 0.025 keeps the area under the attacker's curve below 0.55. Beyond "
        "it people look.",
    ),
    "banned": Rule(
        "Minimum and maximum",
        "A minimum or maximum is the value of one person, however large the group. It is not released.",
        ("maximum",),
    ),
}

TOPICS: dict[str, Rule] = {
    "suppression": Rule(
        "What suppression leaves",
        "A cell that fails leaves as an interval, and so does every cell that would give it away: without n "
        "no mean, without a mean no sum of squares (m2); and no count of missing values in a group where an "
        "n or a count of missing values is hidden, because both add up to the same total for every variable. "
        "The interval follows from the policy and the dictionary alone, never from the data: a count from "
        "the threshold and the rows that a person can have, a mean from the declared bounds, m2 from n x "
        "(width of the bounds)^2 / 4 (Popoviciu). An m2 that fails leaves its mean, a mean its n. "
        "What other tables tell is the matter of [secondary](#secondary).",
    ),
    "bundle": Rule(
        "Several columns of one group",
        "A first table describes the same persons by several columns. Whatever the column, those of its "
        "levels and those without a value are the ward; so one column may tell what another hides. Where any "
        "count of a ward is hidden, in any column, no count of missing values of the ward leaves, so that "
        "nothing tells how many are in it. Somebody may know it all the same, because everybody has a sex: "
        "so the levels of a column are hidden all or none. Such an interval has no upper end, and does not "
        "say which of the levels is rare. The other columns, and the other wards, keep their numbers.",
    ),
    "rounding": Rule(
        "Rounded counts",
        "Where `rounding` is not `none`, a count leaves as the middle of its class, so that nobody can tell "
        "the counts of a class apart: `nearest-5` (3 to 7 is 5), `midpoint-6` (1 to 6 is 3, as OpenSAFELY "
        "has it), `floor-midpoint-5` (10 to 14 is 12). Zero is zero. Whoever has the release knows the rule, "
        "and with it how far a number can be off. What would tell the count is coarsened with it: means and "
        "sums of squares have at most three digits; of whole numbers, whose mean is a fraction with n below "
        "it, they leave on a grid of (width of a class) / n and of twice the width, rounded up to 1, 2 or 5 "
        "times a power of ten, because three digits of a share of few persons still have one n. The sums of "
        "a model cannot be coarsened and be fitted: they wait for people.",
        ("mean", "m2"),
    ),
    "precision": Rule(
        "Precision",
        "Rounding is the last step. Counts leave whole, or as the policy rounds them; means and sums of "
        "squares leave at the significant digits of the policy, half to even.",
        ("mean",),
    ),
    "review": Rule(
        "Review",
        "Where the consequence is `ask`, or the policy lets people look at every release, or at the first "
        "of a query, nothing leaves until people at the site decide. A refusal stays a refusal.",
        ("outside",),
    ),
    "profiles": Rule(
        "The profiles on the same tables",
        "What the two shipped profiles make of the same data.",
        ("mean", "total", "largest", "second"),
    ),
}

INTERVALS = Rule(
    "Intervals and margins in an answer over several sites",
    "Numbers add up to numbers, intervals to intervals that hold the true sum. Margins are made by adding "
    "the cells, so that a margin beside a hidden cell is an interval too. A number that was rounded at a "
    "site stands for all numbers that round to it.",
)

SILENCE = Rule(
    "Silence is not a pass",
    "A table that no check judges, and a check that lacks a figure that it needs, stop the release as a "
    "defect of fedcli. Nothing leaves.",
)
RULES |= MODEL_RULES
