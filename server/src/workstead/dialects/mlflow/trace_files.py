"""What a browser asks of a trace: its spans as a file, and the files that were attached to it."""

from __future__ import annotations

from litestar import Response

from workstead.dialects.mlflow import limits, trace_words
from workstead.dialects.mlflow.calls import Call
from workstead.dialects.mlflow.endpoints import Here
from workstead.dialects.mlflow.errors import invalid
from workstead.dialects.mlflow.files import Answer, send_below
from workstead.dialects.mlflow.traces import get
from workstead.traces import service as traces
from workstead.traces.service import Trace

FILE = "traces.json"


async def get_trace_artifact(call: Call) -> Answer:
    """The spans of a trace, or a file that was attached to it."""
    query = call.request.query_params
    trace_id = query.get("request_id", "")
    if not trace_id:
        raise invalid('Request must include the "request_id" query parameter.')
    path = limits.check_path(query.get("path", ""))
    trace = await call.read(get, trace_id)
    root = trace.tags.get(trace_words.FILES, "")
    if path:
        return await send_below(call, f"{root}/attachments", path)
    if trace.tags.get(trace_words.SPANS_AT) != trace_words.HERE:
        return await send_below(call, root, FILE)
    body = await call.read(_read_spans, trace)
    headers = {"Content-Disposition": f"attachment; filename={FILE}"}
    return Response(body.encode(), media_type="application/octet-stream", headers=headers)


def _read_spans(here: Here, trace: Trace) -> str:
    spans = traces.list_spans(here.conn, here.where, [trace.id])[trace.id]
    return f'{{"spans":[{",".join(span.content for span in spans)}]}}'
