"""OTLP over HTTP: traces, metrics and logs from any OpenTelemetry exporter, in protobuf and in JSON.

Source: https://opentelemetry.io/docs/specs/otlp/ (version 1)
"""
