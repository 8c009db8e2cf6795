"""A program that sends telemetry by azure-monitor-opentelemetry-exporter, as its documentation says."""

import logging
import os

from azure.monitor.opentelemetry.exporter import (
    AzureMonitorLogExporter,
    AzureMonitorMetricExporter,
    AzureMonitorTraceExporter,
)
from opentelemetry import trace
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

connection = os.environ["CONNECTION_STRING"]
resource = Resource.create({"service.name": "shop"})

traces = TracerProvider(resource=resource)
traces.add_span_processor(BatchSpanProcessor(AzureMonitorTraceExporter(connection_string=connection)))
trace.set_tracer_provider(traces)
logs = LoggerProvider(resource=resource)
logs.add_log_record_processor(BatchLogRecordProcessor(AzureMonitorLogExporter(connection_string=connection)))
reader = PeriodicExportingMetricReader(AzureMonitorMetricExporter(connection_string=connection))
metrics = MeterProvider([reader], resource=resource)

log = logging.getLogger("shop")
log.addHandler(LoggingHandler(logger_provider=logs))
log.setLevel(logging.INFO)
tracer = traces.get_tracer("shop")
attributes = {"http.request.method": "GET", "url.path": "/buy", "http.response.status_code": 500}
with tracer.start_as_current_span("GET /buy", kind=trace.SpanKind.SERVER, attributes=attributes) as span:
    span.set_status(trace.StatusCode.ERROR)
    with tracer.start_as_current_span("SELECT", kind=trace.SpanKind.CLIENT, attributes={"db.system": "sqlite"}):
        log.warning("stock is low")
    try:
        {}["basket"]
    except KeyError:
        log.exception("no basket")
    log.info("a custom event", extra={"microsoft.custom_event.name": "bought"})
metrics.get_meter("shop").create_counter("sold").add(3)

for provider in (traces, logs, metrics):
    provider.shutdown()
