"""What can be done with telemetry."""

from workstead.insights.service.blocks import BLOCK, get_operation, list_items, prepare
from workstead.insights.service.items import KINDS, NAME_MAX, PROPERTIES_MAX, TEXT_MAX, Item
from workstead.insights.service.live import Seen, find_end, read_news
from workstead.insights.service.minutes import get_overview, list_operations
from workstead.insights.service.notes import has_notes, is_watched, keep_notes, note
from workstead.insights.service.settings import (
    acceptable,
    find_by_key,
    forget_workspace,
    get_insights,
    get_key,
    keep_batch,
    list_watched,
    renew_key,
    trim_all,
    update_insights,
)

__all__ = [
    "BLOCK",
    "KINDS",
    "NAME_MAX",
    "PROPERTIES_MAX",
    "TEXT_MAX",
    "Item",
    "Seen",
    "acceptable",
    "find_by_key",
    "find_end",
    "forget_workspace",
    "get_insights",
    "get_key",
    "get_operation",
    "get_overview",
    "has_notes",
    "is_watched",
    "keep_batch",
    "keep_notes",
    "list_items",
    "list_operations",
    "list_watched",
    "note",
    "prepare",
    "read_news",
    "renew_key",
    "trim_all",
    "update_insights",
]
