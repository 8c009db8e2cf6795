"""What can be done with data keys: one an owner, made at first need, wrapped anew when the master key changes."""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, insert, select, update

from workstead.foundation import clock
from workstead.keys import tables as t
from workstead.keys.rings import Ring, key_id, new_key
from workstead_wire.keys import MasterKey


def find_data_key(conn: Connection, ring: Ring, owner: str) -> bytes | None:
    """The owner's data key; None when it has none yet."""
    wrapped = conn.execute(select(t.data_keys.c.wrapped).where(t.data_keys.c.owner == owner)).scalar()
    return None if wrapped is None else ring.unwrap(wrapped, owner)


def ensure_data_key(conn: Connection, ring: Ring, owner: str) -> bytes:
    """The owner's data key, made when it has none yet."""
    found = find_data_key(conn, ring, owner)
    if found is not None:
        return found
    made = new_key()
    values = {"owner": owner, "wrapped": ring.wrap(made, owner), "created_at": clock.now()}
    conn.execute(insert(t.data_keys).values(values))
    return made


def replace_data_key(conn: Connection, ring: Ring, owner: str) -> bytes:
    """A new data key in the owner's old one's place; what the old one sealed must be sealed anew by the caller."""
    delete_data_key(conn, owner)
    return ensure_data_key(conn, ring, owner)


def delete_data_key(conn: Connection, owner: str) -> None:
    """Forget an owner's data key: whatever it sealed is lost for good."""
    conn.execute(delete(t.data_keys).where(t.data_keys.c.owner == owner))


def rewrap_data_keys(conn: Connection, ring: Ring) -> None:
    """Wrap every data key by the present master key."""
    for row in conn.execute(select(t.data_keys)).all():
        if not ring.wraps_now(row.wrapped):
            wrapped = ring.wrap(ring.unwrap(row.wrapped, row.owner), row.owner)
            conn.execute(update(t.data_keys).where(t.data_keys.c.owner == row.owner).values(wrapped=wrapped))


def describe(conn: Connection, ring: Ring, source: str) -> MasterKey:
    """The master key as its owner may see it: never the key."""
    number = conn.execute(select(func.count()).select_from(t.data_keys)).scalar() or 0
    return MasterKey(id=key_id(ring.keys[0]), source=source, data_keys=number)
