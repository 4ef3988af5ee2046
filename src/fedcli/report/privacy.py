"""What noise means for the persons behind an answer, in words: the mechanism, the price, the guarantee."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fedcli.model.identifiers import Amount, Name
from fedcli.model.policy import Contribution
from fedcli.model.release import Mechanism, Noise, Release
from fedcli.model.result import Guarantee, Result
from fedcli.report.figures import power, upwards
from fedcli.report.page import Grid

#: What is said of each interval of a number with noise.
ACCURACY = "95 % of the time the noise moved the number by no more"
#: Why a number is missing where answers have noise.
UNTOLD = "-: not told under noise, or the noise could make up the whole of it"
#: How each mechanism is called, and what it leaves open.
MECHANISMS: dict[Mechanism, str] = {
    "discrete-gaussian": "discrete Gaussian noise",
    "noisy-max": "noisy max, a choice",
}
ACCURACIES: dict[Mechanism, str] = {
    "discrete-gaussian": ACCURACY,
    "noisy-max": "a choice has no interval: low and high are the lowest and the highest site's",
}


def privacy_grid(result: Result) -> Grid | None:
    """The privacy of a result under noise; None where it is exact."""
    if result.mode == "disclosure-control":
        return None
    noises = [noise for one in result.analyses for noise in one.noise.values()]
    used = dict.fromkeys(MECHANISMS[one.mechanism] for one in noises)
    drawn = [("noise", f"{words}, drawn at each site before anything left") for words in used]
    rows = [("mode", "differential privacy"), *drawn]
    rows += [("a person counts with", words) for words in _counted(noises)]
    if result.privacy is not None:
        rows += guaranteed(result.privacy)
    return Grid("privacy", ("of", "what is so"), tuple(rows))


def guaranteed(told: Guarantee) -> list[tuple[str, str]]:
    """The price at the sites, what a person has paid who is at all of them, and on which condition."""
    who, several = told.unit, len(told.sites) > 1
    rows = [(f"a {who} at one site paid", prices(told.sites))]
    if told.disjoint:
        also = f"the dictionary declares, with evidence, that no {who} is at two sites" if several else ""
        rows.append((f"any {who} paid", _whole(told, also)))
    elif several:
        also = f"the dictionary does not declare the sites' {who}s disjoint"
        rows.append((f"a {who} at all of them paid", _whole(told, also)))
    else:
        rows.append((f"any {who} paid", _whole(told, "")))
    return rows + [("conditional", words) for words in _conditional(told)]


def prices(sites: Mapping[Name, Amount]) -> str:
    """What each site's persons paid: once where it is the same."""
    if len(set(sites.values())) == 1 and len(sites) > 1:
        return f"rho {next(iter(sites.values()))} at each of {len(sites)} sites"
    return ", ".join(f"rho {rho} at {site}" for site, rho in sites.items())


def of_release(release: Release) -> str | None:
    """What a release says of its privacy; None where it is exact."""
    if release.privacy is None:
        return None
    noisy = f"differential privacy, rho {release.rho} at delta {power(release.privacy.delta)}"
    condition = "; conditional: this site has also given exact answers about the same population"
    return noisy + (condition if release.privacy.conditional else "")


def _whole(told: Guarantee, also: str) -> str:
    delta = power(told.delta)
    if told.conditional or told.epsilon is None:
        words = [f"rho {told.rho}; no epsilon can be told"]
    else:
        words = [f"rho {told.rho}, epsilon {upwards(told.epsilon)} at delta {delta}"]
    return "; ".join([*words, also] if also else words)


def _conditional(told: Guarantee) -> list[str]:
    if not told.conditional:
        return []
    have = "has" if len(told.conditional) == 1 else "have"
    sites = " and ".join(told.conditional)
    return [f"{sites} {have} also given exact answers about these {told.unit}s, which no noise covers"]


def _counted(noises: Iterable[Noise]) -> list[str]:
    """How much a person counts; several where sites differ."""
    return list(dict.fromkeys(counted(one.contribution) for one in noises))


def counted(most: Contribution) -> str:
    """How much a person counts, where there are several rows of one."""
    return f"at most {_of(most.rows, 'row')}, and in at most {_of(most.cells, 'cell')} of a table"


def _of(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")
