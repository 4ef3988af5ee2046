"""What somebody may have meant by a name that there is not."""

from __future__ import annotations

from collections.abc import Iterable


def near(name: str, known: Iterable[str]) -> str | None:
    """The known name that is nearest, if one is near."""
    from difflib import get_close_matches  # only a mistake pays for it

    return next(iter(get_close_matches(name, list(known), n=1)), None)


def meant(name: str, known: Iterable[str]) -> str:
    """A sentence with the nearest name, or with all that there are."""
    names = list(known)
    if close := near(name, names):
        return f"did you mean {close}?"
    return f"take one of: {', '.join(names)}" if names else "there are none"
