"""What a database can answer to correct statements, in sentences."""

from __future__ import annotations

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError

from workstead_wire.errors import Conflict, InvalidInput, OutOfSpace, Unavailable, WorksteadError

_FULL = ("disk is full", "No space left", "disk I/O error", "could not extend file")
_AWAY = ("57P01", "57P02", "57P03", "53300")
"""PostgreSQL's words for: ended by its administrator, crashed, not open yet (or no longer), no connection free."""


def translate(error: DBAPIError) -> WorksteadError | DBAPIError:
    """The sentence; what is a fault of ours stays as it is."""
    text = str(error.orig)
    if any(words in text for words in _FULL):
        return OutOfSpace("the server's disk is full: free some space there and try again; nothing was written")
    if isinstance(error, IntegrityError):
        return Conflict("somebody else wrote the same thing at the same moment; read it again and decide")
    if isinstance(error, DataError):
        return _unfit(error)
    if is_away(error):
        return Unavailable("the database does not answer; try again in a moment")
    return error


def sqlstate(error: DBAPIError) -> str | None:
    """PostgreSQL's code for what went wrong; None for other databases, and when no connection could be made."""
    return getattr(error.orig, "sqlstate", None)


def is_away(error: DBAPIError) -> bool:
    """Whether PostgreSQL could not be reached, or went away meanwhile."""
    state = sqlstate(error)
    if state is None:
        # Only psycopg's errors have the attribute; without a state they tell of a connection that was never made.
        unreached = isinstance(error, OperationalError) and hasattr(error.orig, "sqlstate")
        return unreached or error.connection_invalidated
    return error.connection_invalidated or state in _AWAY or state.startswith("08")


def _unfit(error: DataError) -> InvalidInput | DataError:
    if "NUL" in str(error.orig):
        return InvalidInput("text with the character NUL cannot be kept; leave it out")
    if sqlstate(error) == "22003":
        return InvalidInput("a number is beyond what can be kept; whole numbers have 64 bits")
    return error
