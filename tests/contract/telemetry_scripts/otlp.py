"""A program that sends telemetry by OpenTelemetry's own exporters over HTTP, set up by the environment alone."""

import logging

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

resource = Resource.create({"service.name": "shop"})
traces = TracerProvider(resource=resource)
traces.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
logs = LoggerProvider(resource=resource)
logs.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
metrics = MeterProvider([PeriodicExportingMetricReader(OTLPMetricExporter())], resource=resource)

log = logging.getLogger("shop")
log.addHandler(LoggingHandler(logger_provider=logs))
tracer = traces.get_tracer("shop")
with tracer.start_as_current_span("GET /buy", kind=trace.SpanKind.SERVER) as span:
    span.set_attribute("http.response.status_code", 500)
    with tracer.start_as_current_span("SELECT", kind=trace.SpanKind.CLIENT):
        log.warning("stock is low")
    span.record_exception(KeyError("basket"))
metrics.get_meter("shop").create_counter("sold").add(3)
metrics.get_meter("shop").create_histogram("seconds", unit="s").record(0.5)

for provider in (traces, logs, metrics):
    provider.shutdown()
