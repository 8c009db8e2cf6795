"""Ids and names: GUIDs, names such as ``bright_machine_wnwmgj7n``, and what a user's name may look like."""

from __future__ import annotations

import re
import secrets
import uuid

from workstead_wire.errors import InvalidInput

_LETTERS = "bcdfghjklmnpqrstvwxyz0123456789"
_ADJECTIVES = (
    "able amber ashy brave bright brisk calm careful cheerful clever cool coral crisp dapper eager fair fancy "
    "fast fine frank gentle glad good great happy honest icy jolly joyful keen kind lemon lively loyal lucky "
    "mango maroon mighty modest neat nice nimble olive patient placid plucky polite proud quick quiet red ruby "
    "sharp shy silver sincere sleepy smart strong sunny teal tender tidy tough upbeat wise witty yellow zen"
).split()
_NOUNS = (
    "animal apple arch atom beach bean bell bird boat bread brick bridge camera candle carpet castle circle "
    "cloud coconut collar corn crayon cup deer desk diamond drawer eagle engine feather fig floor flower forest "
    "fox garden grape hamster hat heart honey house island jelly kettle key kite lamp leaf lemon lizard lock "
    "machine map melon moon mountain napkin oasis ocean onion orange owl parcel peach pear pencil piano pillow "
    "planet plum pocket pot quill rabbit rain ring river roof root rose sail scooter shark shoe sky snail soccer "
    "spade spoon square star stone store sugar sun thread ticket tongue tooth tree turnip vase wall whistle yam"
).split()
_SHORT_ADJECTIVES = "able bright calm dapper gentle nimble placid polite sincere upbeat wise".split()
_SHORT_NOUNS = "bird deer fox kite owl shark snail".split()
"""Words that MLflow has in its names too, whose clients tell a made name by them."""


def new_id() -> str:
    """A random GUID."""
    return str(uuid.uuid4())


def display_name() -> str:
    """A friendly name for a run, like ``bright_machine_wnwmgj7n``."""
    tail = "".join(secrets.choice(_LETTERS) for _ in range(8))
    return f"{secrets.choice(_ADJECTIVES)}_{secrets.choice(_NOUNS)}_{tail}"


def short_name() -> str:
    """A friendly name in the form that MLflow's users know, like ``calm-owl-412``."""
    return f"{secrets.choice(_SHORT_ADJECTIVES)}-{secrets.choice(_SHORT_NOUNS)}-{secrets.randbelow(1000)}"


def resource_name(base: str) -> str:
    """A name for a resource that comes with ``base``, like ``aidevcollege1234567890``."""
    stem = re.sub(r"[^a-z0-9]", "", base.lower())[:14] or "workspace"
    return f"{stem}{secrets.randbelow(9 * 10**9) + 10**9}"


def check_name(noun: str, name: str, pattern: re.Pattern[str], rule: str) -> str:
    """``name`` if the whole of it matches, else InvalidInput with the rule in words."""
    if pattern.fullmatch(name):
        return name
    shown = name if len(name) <= 80 else name[:77] + "…"  # noqa: PLR2004
    raise InvalidInput(f"{shown!r} is no good name for {noun}: {rule}")
