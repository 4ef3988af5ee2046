"""A crontab line: what cron and the shell that it starts read alike (crontab(5))."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from fedcli.errors import fault
from fedcli.model.identifiers import Name, duration
from fedcli.model.schedule import Schedule

_HOUR, _DAY = 60, 24 * 60


def crontab(site: Name, words: Sequence[str], schedule: Schedule) -> str:
    """The lines for the crontab of who owns the site's home.

    Raises:
        UsageFault: U-CRON for what cron cannot say.
    """
    return "\n".join(
        (
            f"# The site {site} runs {schedule.words}.",
            "# cron mails what a command prints; --quiet prints what is news for a person, once.",
            "# No lock is needed around it: a second run ends at once, with 75.",
            "#MAILTO=you@example.org",
            "# Times are UTC; where a cron does not know CRON_TZ, give the time of its own clock.",
            "CRON_TZ=UTC",
            f"{_times(schedule)}  {line(words)}",
            "",
        )
    )


def line(words: Sequence[str]) -> str:
    """Words as a command of a crontab.

    A percent sign ends the command unless a backslash is before it, also within quotes; a backslash that
    belongs to the word must therefore not stand right before it.
    """
    text = shlex.join(words)
    if "\n" in text or "\r" in text:
        raise fault("U-CRON", problem="a path with a line break")
    return text.replace("\\%", "\\''%").replace("%", "\\%")


def _times(schedule: Schedule) -> str:
    if schedule.at is not None:
        hour, _, minute = schedule.at.partition(":")
        return f"{int(minute)} {int(hour)} * * *"
    minutes = int(duration(schedule.every or "").total_seconds()) // 60
    if minutes < _HOUR and _HOUR % minutes == 0:
        return f"*/{minutes} * * * *"
    hours, rest = divmod(minutes, _HOUR)
    if rest == 0 and _DAY % minutes == 0:
        return f"7 */{hours} * * *" if minutes < _DAY else "7 0 * * *"
    raise fault("U-CRON", problem=f"every {schedule.every}, which does not divide an hour or a day")
