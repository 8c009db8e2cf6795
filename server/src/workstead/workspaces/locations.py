"""Azure's region names, as labels."""

from __future__ import annotations

from workstead_wire.errors import InvalidInput
from workstead_wire.workspaces import Location

_NAMES = (
    "Australia East|Australia Southeast|Brazil South|Canada Central|Canada East|Central India|Central US|East Asia"
    "|East US|East US 2|France Central|Germany West Central|Israel Central|Italy North|Japan East|Japan West"
    "|Korea Central|North Central US|North Europe|Norway East|Poland Central|Qatar Central|South Africa North"
    "|South Central US|South India|Southeast Asia|Spain Central|Sweden Central|Switzerland North|UAE North"
    "|UK South|UK West|West Central US|West Europe|West US|West US 2|West US 3"
).split("|")

LOCATIONS = [Location(name=name.replace(" ", "").lower(), display_name=name) for name in _NAMES]
_BY_KEY = {location.name: location for location in LOCATIONS}


def check_location(text: str) -> str:
    """The name (``westeurope``) for ``West Europe``, ``westeurope`` and the like."""
    found = _BY_KEY.get(text.replace(" ", "").lower())
    if found is None:
        raise InvalidInput(f"{text!r} is no location; try 'westeurope', or list them with GET /api/v1/locations")
    return found.name
