"""What can be done with evaluation sets and their records."""

from workstead.evaluations.service.records import (
    Example,
    Record,
    RecordPage,
    Source,
    delete_records,
    list_records,
    put_records,
)
from workstead.evaluations.service.search import Order, search_sets
from workstead.evaluations.service.sets import (
    EvaluationSet,
    create_set,
    delete_set,
    forget_workspace,
    get_set,
    link_set,
    list_experiments,
    tag_set,
    unlink_set,
)

__all__ = [
    "EvaluationSet",
    "Example",
    "Order",
    "Record",
    "RecordPage",
    "Source",
    "create_set",
    "delete_records",
    "delete_set",
    "forget_workspace",
    "get_set",
    "link_set",
    "list_experiments",
    "list_records",
    "put_records",
    "search_sets",
    "tag_set",
    "unlink_set",
]
