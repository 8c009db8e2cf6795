"""What can be done with traces."""

from workstead.traces.service.amounts import COSTS, TOKENS, to_number
from workstead.traces.service.assessments import (
    Assessment,
    create_assessment,
    delete_assessment,
    get_assessment,
    put_assessment,
)
from workstead.traces.service.figures import Figure, How, Measure, Measured, View, measure_traces
from workstead.traces.service.rows import Trace
from workstead.traces.service.search import Order, count_traces, search_traces
from workstead.traces.service.spans import Span, add_spans, list_spans
from workstead.traces.service.traces import (
    create_trace,
    delete_traces,
    find_traces,
    forget_workspace,
    get_trace,
    label_trace,
    link_trace,
    link_traces,
    update_trace,
)

__all__ = [
    "COSTS",
    "TOKENS",
    "Assessment",
    "Figure",
    "How",
    "Measure",
    "Measured",
    "Order",
    "Span",
    "Trace",
    "View",
    "add_spans",
    "count_traces",
    "create_assessment",
    "create_trace",
    "delete_assessment",
    "delete_traces",
    "find_traces",
    "forget_workspace",
    "get_assessment",
    "get_trace",
    "label_trace",
    "link_trace",
    "link_traces",
    "list_spans",
    "measure_traces",
    "put_assessment",
    "search_traces",
    "to_number",
    "update_trace",
]
