"""What a site follows of the rounds that were posted before it answers the last of them.

Who is in a sum is nobody's choice: all that were asked and answered in time, and nobody else. Every state is
recomputed from their releases.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, TypeAlias

from fedcli.errors import fault
from fedcli.exchange.folder import FolderExchange
from fedcli.model.dataset import Dictionary
from fedcli.model.identifiers import Count, Name, Version
from fedcli.model.query import Query
from fedcli.trust.keys import Keys
from fedcli.trust.membership import Membership
from fedcli.workflows import led
from fedcli.workflows.recall import recalls
from fedcli.workflows.rounds import (
    Asked,
    Course,
    absences,
    built_on,
    check_states,
    closing,
    fits,
    followed,
    invited,
    named,
    posted,
    release_of,
)

#: The round and attempt of a release that a site has published, and its statement; those of each site.
Published: TypeAlias = tuple[Count, Version, Path]
Releases: TypeAlias = Mapping[Name, Sequence[Published]]


def standing(
    office: FolderExchange, query: Query, members: Membership, keys: Keys, agreed: Dictionary, now: datetime
) -> Asked | None:
    """The last round that was posted, after recomputing every state from the releases before it.

    Raises:
        Untrusted: R-STATE where a state is not the product of the releases, R-LEFT-OUT where what a site
            had answered, or a site that still had time, is not among them; R-SITE where who was not asked is.
    """
    asked = posted(office, query, members, keys)
    if not asked:
        return None
    releases = {site: office.releases(site, query.sha256) for site in query.sites}
    withdrawn = recalls(office, members, query.sha256, query.sites)
    ways = list(_ways(asked, keys.signing_key, agreed.sha256, *members.identity))
    last = max((at for at, way in enumerate(ways) if led.to(way)), default=0)
    found = {name: Course() for name in fits(query)}
    for number, one in enumerate(asked):
        _check_complete(releases, query, one, asked[:number], members, now, withdrawn)
        if None in one.states.values():  # of the fits that start anew nothing is followed up to here
            _check_restart(query, one, asked[:number], withdrawn)
        elif number >= last:  # what leads to the last that was followed was followed too
            told = led.to(ways[number])
            if told is None:
                those = named(office, one, query, members, keys)
                before = asked[number - 1] if number else None
                told = led.keep(ways[number], followed(query, agreed, found, those, before))
            check_states(one, told, f"round {one.number}")
            found = told
    return asked[-1]


def _ways(asked: Sequence[Asked], *start: str) -> Iterator[led.Way]:
    """The way up to each round that was posted."""
    return ((*start, *(one.statement.envelope for one in asked[: at + 1])) for at in range(len(asked)))


class _Said(NamedTuple):
    """When a site released an answer to a round, and whether the next round names it."""

    issued: datetime
    named: bool


def _check_complete(
    releases: Releases,
    query: Query,
    asked: Asked,
    earlier: Sequence[Asked],
    members: Membership,
    now: datetime,
    withdrawn: Collection[Name],
) -> None:
    """Nothing that a site said in time is left out of a sum, and who is missing had time to answer.

    A researcher may date a round ahead, so a deadline has passed when it has on this site's clock too. A
    round that is dated back, and names what was said since, names all of it, whoever may be late.
    Who recalled a release is neither waited for nor heard.
    """
    told, those = asked.statement.value, invited(query, earlier)
    if strangers := told.releases.keys() - set(those):
        raise fault("R-SITE", site=", ".join(sorted(strangers)))
    said = {site: _said(releases[site], query, asked, site, members) for site in those}
    heard = [one.issued for each in said.values() for one in each if one.named]
    sites = [site for site in those if site not in withdrawn]
    missing = [site for site in sites if site not in told.releases]
    late = min(told.issued, now) > closing(query, earlier, heard)
    until = {site: max([told.issued, *heard]) if site in missing else told.issued for site in sites}
    unheard = [site for site in sites if _unheard(said[site], until[site])]
    if unheard or len(told.releases) < query.min_sites or (missing and not late):
        raise fault("R-LEFT-OUT", sites=", ".join(unheard or missing), round=asked.number)


def _said(
    releases: Sequence[Published], query: Query, asked: Asked, site: Name, members: Membership
) -> list[_Said]:
    """All that a site has said of the round that a round follows from, verified, in order."""
    known = [path for number, _, path in releases if number == asked.number - 1]
    found = [release_of(path, site, query, asked.number - 1, members) for path in known]
    name = asked.statement.value.releases.get(site)
    return [_Said(one.value.issued, one.envelope == name) for one in found]


def _unheard(said: Sequence[_Said], until: datetime) -> bool:
    """Whether a site had said more, up to some time, than the release that is named."""
    more = False
    for one in said:
        more = not one.named and (more or one.issued <= until)
    return more


def _check_restart(query: Query, asked: Asked, earlier: Sequence[Asked], withdrawn: Collection[Name]) -> None:
    """A fit starts anew only with all that it had left, because a site fell silent or recalled a release.

    With a recall everything that takes rounds starts anew, since what is finished may hold it too. Where a
    round may go on without a site, nothing starts anew because of that.
    """
    recalled = asked.states == dict.fromkeys(fits(query)) and built_on(query, earlier, withdrawn)
    if not earlier or not (recalled or asked.states == dict.fromkeys(earlier[-1].states)):
        raise fault("R-STATE", analysis=", ".join(asked.states), where=f"round {asked.number}")
    left, were = asked.statement.value.releases.keys(), set(invited(query, earlier))
    if not recalled and (absences(query) or left == were):
        raise fault("R-LEFT-OUT", sites=", ".join(sorted(left ^ were)), round=asked.number)
