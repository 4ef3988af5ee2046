"""Reading policies: the shipped profiles by name, and a site's own file."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from fedcli.errors import fault, meant
from fedcli.files.assets import asset
from fedcli.files.reader import names, read
from fedcli.files.strict import parse_toml
from fedcli.model.policy import Policy


def profiles() -> list[str]:
    """The names of the shipped profiles."""
    return [name.removesuffix(".toml") for name in names(asset("configs") / "policies", ".toml")]


def profile(name: str) -> Policy:
    """A shipped profile, or P-PROFILE."""
    if name not in profiles():
        raise fault("P-PROFILE", profile=name, known=", ".join(profiles()), meant=meant(name, profiles()))
    return load(asset("configs") / "policies" / f"{name}.toml")


def profile_or_file(given: str) -> Policy:
    """What a person named: a shipped profile, or a TOML file."""
    file = Path(given)
    return load(file) if given not in profiles() and file.suffix == ".toml" else profile(given)


def load(path: Path) -> Policy:
    """The policy of a TOML file, or F-TOML or F-SCHEMA naming what does not fit."""
    return _read(read(path), path)


@lru_cache(maxsize=16)
def _read(text: bytes, path: Path) -> Policy:
    """A site's policy is read at every step of every round; the same text is the same policy."""
    return Policy.read(parse_toml(text, str(path)), path.name)
