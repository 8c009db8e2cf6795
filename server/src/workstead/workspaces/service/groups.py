"""Subscriptions, resource groups, and what lies in a group."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Select, insert, select, update

from workstead.foundation import clock, ids, pages
from workstead.workspaces import tables as t
from workstead.workspaces.locations import check_location
from workstead_wire.base import Page
from workstead_wire.errors import AlreadyExists, ResourceGroupNotFound, SubscriptionNotFound
from workstead_wire.workspaces import Resource, ResourceGroup, ResourceGroupCreate, Subscription, SubscriptionCreate

T = TypeVar("T")

_GROUP_NAME = re.compile(r"[\w().-]{0,89}[\w()-]", re.ASCII)
_GROUP_RULE = "1 to 90 letters, digits, '_', '-', '(', ')' or '.', not ending in '.'"


def ensure_subscription(conn: Connection, name: str) -> Subscription:
    """The first subscription; made when there is none."""
    row = conn.execute(select(t.subscriptions).order_by(t.subscriptions.c.created_at).limit(1)).first()
    return _subscription(row) if row else create_subscription(conn, SubscriptionCreate(name=name))


def create_subscription(conn: Connection, asked: SubscriptionCreate) -> Subscription:
    """Make a subscription."""
    made = Subscription(id=ids.new_id(), name=asked.name)
    conn.execute(insert(t.subscriptions).values(id=made.id, name=made.name, created_at=clock.now()))
    return made


def list_subscriptions(conn: Connection, cursor: str | None, limit: int | None) -> Page[Subscription]:
    """Subscriptions, oldest first."""
    c = t.subscriptions.c
    return page(conn, select(t.subscriptions), (c.created_at, c.id), cursor, limit, _subscription)


def get_subscription(conn: Connection, subscription_id: str) -> Subscription:
    """One subscription."""
    row = conn.execute(select(t.subscriptions).where(t.subscriptions.c.id == subscription_id)).first()
    if row is None:
        raise SubscriptionNotFound(
            f"there is no subscription {subscription_id!r}; `workstead account list` shows those there are"
        )
    return _subscription(row)


def put_resource_group(conn: Connection, subscription_id: str, name: str, asked: ResourceGroupCreate) -> ResourceGroup:
    """Create a resource group, or set the tags of the one that is there."""
    get_subscription(conn, subscription_id)
    location = check_location(asked.location)
    found = find_group_row(conn, subscription_id, name)
    if found is None:
        ids.check_name("a resource group", name, _GROUP_NAME, _GROUP_RULE)
        values = {
            "id": ids.new_id(), "subscription_id": subscription_id, "name": name, "key": name.lower(),
            "location": location, "tags": asked.tags, "created_at": clock.now(),
        }  # fmt: skip
        conn.execute(insert(t.resource_groups).values(values))
    elif found.location != location:
        raise AlreadyExists(
            f"resource group {name!r} is there already, in {found.location!r}; a group cannot move to {location!r}"
        )
    else:
        conn.execute(update(t.resource_groups).where(t.resource_groups.c.id == found.id).values(tags=asked.tags))
    return get_resource_group(conn, subscription_id, name)


def get_resource_group(conn: Connection, subscription_id: str, name: str) -> ResourceGroup:
    """One resource group; its name in any case."""
    return _group(get_group_row(conn, subscription_id, name))


def list_resource_groups(
    conn: Connection, subscription_id: str, cursor: str | None, limit: int | None
) -> Page[ResourceGroup]:
    """Resource groups by name."""
    get_subscription(conn, subscription_id)
    c = t.resource_groups.c
    query = select(t.resource_groups).where(c.subscription_id == subscription_id, c.deleted_at.is_(None))
    return page(conn, query, (c.key, c.id), cursor, limit, _group)


def list_resources(
    conn: Connection, subscription_id: str, name: str, cursor: str | None, limit: int | None
) -> Page[Resource]:
    """All that lies in a resource group: workspaces and what came with them, by name."""
    group = get_group_row(conn, subscription_id, name)
    w, r = t.workspaces.c, t.resources.c
    everything = (
        select(r.id, r.name, r.type, r.location, r.created_at, w.name.label("workspace"))
        .join_from(t.resources, t.workspaces, r.workspace_id == w.id)
        .where(w.group_id == group.id, w.deleted_at.is_(None))
        .subquery()
    )
    c = everything.c
    return page(conn, select(everything), (c.name, c.id), cursor, limit, _resource)


def get_group_row(conn: Connection, subscription_id: str, name: str) -> Row[Any]:
    """The group's row; ResourceGroupNotFound when there is none."""
    row = find_group_row(conn, subscription_id, name)
    if row is None:
        get_subscription(conn, subscription_id)
        raise ResourceGroupNotFound(f"there is no resource group {name!r} in subscription {subscription_id!r}")
    return row


def find_group_row(conn: Connection, subscription_id: str, name: str) -> Row[Any] | None:
    """The group's row; None when there is none."""
    c = t.resource_groups.c
    here = (c.subscription_id == subscription_id) & (c.key == name.lower()) & c.deleted_at.is_(None)
    return conn.execute(select(t.resource_groups).where(here)).first()


def page(
    conn: Connection,
    query: Select[Any],
    order: tuple[Any, Any],
    cursor: str | None,
    limit: int | None,
    make: Callable[[Row[Any]], T],
) -> Page[T]:
    """One page of a query in the order of two columns, the second unique."""
    first, second = order
    after = pages.decode_cursor(cursor, int if first.type.python_type is int else str, str)
    if after is not None:
        query = query.where((first > after[0]) | ((first == after[0]) & (second > after[1])))
    size = pages.check_limit(limit)
    rows = conn.execute(query.order_by(first, second).limit(size + 1)).all()
    return pages.page(rows, size, make, lambda row: (getattr(row, first.key), getattr(row, second.key)))


def _subscription(row: Row[Any]) -> Subscription:
    return Subscription(id=row.id, name=row.name)


def _group(row: Row[Any]) -> ResourceGroup:
    return ResourceGroup(
        id=f"/subscriptions/{row.subscription_id}/resourceGroups/{row.name}",
        subscription_id=row.subscription_id,
        name=row.name,
        location=row.location,
        tags=row.tags,
        created_at=clock.to_datetime(row.created_at),
    )


def _resource(row: Row[Any]) -> Resource:
    return Resource(
        id=row.id,
        name=row.name,
        type=row.type,
        location=row.location,
        created_at=clock.to_datetime(row.created_at),
        workspace=row.workspace,
    )
