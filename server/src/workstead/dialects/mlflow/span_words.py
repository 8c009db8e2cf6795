"""What other programs call the inputs, outputs, models and tokens of a span, in MLflow's words.

Sources: OpenTelemetry's conventions for generative AI, OpenInference's and Traceloop's for spans.
"""

from __future__ import annotations

import json
from typing import Any, cast

from workstead_wire.base import Tags

_SAME = {
    "mlflow.spanInputs": (
        "gen_ai.input.messages", "gen_ai.tool.call.arguments", "input.value", "traceloop.entity.input",
    ),
    "mlflow.spanOutputs": (
        "gen_ai.output.messages", "gen_ai.tool.call.result", "output.value", "traceloop.entity.output",
    ),
    "mlflow.llm.model": ("gen_ai.response.model", "gen_ai.request.model", "llm.model_name"),
    "mlflow.llm.provider": ("gen_ai.provider.name", "gen_ai.system", "llm.provider"),
    "mlflow.chat.tools": ("gen_ai.tool.definitions",),
}  # fmt: skip
_TOKENS = {
    "input_tokens": ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.token_count.prompt"),
    "output_tokens": ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.token_count.completion"),
    "total_tokens": ("gen_ai.usage.total_tokens", "llm.usage.total_tokens", "llm.token_count.total"),
}
_TYPES = {
    "chat": "CHAT_MODEL", "text_completion": "LLM", "generate_content": "LLM", "embeddings": "EMBEDDING",
    "execute_tool": "TOOL", "create_agent": "AGENT", "invoke_agent": "AGENT", "LLM": "LLM", "CHAIN": "CHAIN",
    "TOOL": "TOOL", "AGENT": "AGENT", "RETRIEVER": "RETRIEVER", "EMBEDDING": "EMBEDDING", "RERANKER": "RERANKER",
    "workflow": "WORKFLOW", "task": "TASK", "agent": "AGENT", "tool": "TOOL",
}  # fmt: skip
_TYPE_KEYS = ("gen_ai.operation.name", "openinference.span.kind", "traceloop.span.kind")
_PREFIXES = ("gen_ai.", "llm.", "input.", "output.", "openinference.", "traceloop.")
_USAGE = "mlflow.chat.tokenUsage"
_TYPE = "mlflow.spanType"


def translate(attributes: Tags) -> None:
    """Add MLflow's words for what a span says in others'; what it says in MLflow's stays."""
    if not any(key.startswith(_PREFIXES) for key in attributes):
        return
    for name, others in _SAME.items():
        found = next((attributes[other] for other in others if other in attributes), None)
        if found is not None:
            attributes.setdefault(name, _unwrapped(found))
    kind = next((_TYPES[word] for key in _TYPE_KEYS if (word := _read(attributes.get(key))) in _TYPES), None)
    if kind and _read(attributes.get(_TYPE)) in (None, "UNKNOWN"):
        attributes[_TYPE] = json.dumps(kind)
    usage = _usage(attributes)
    if usage:
        attributes.setdefault(_USAGE, json.dumps(usage))


def last_message(text: str, role: str) -> str | None:
    """What the last message of that role says, if the text is a conversation in JSON."""
    messages = _messages(_read(text))
    chosen = [one for one in messages if one.get("role") == role] or messages
    if not chosen:
        return None
    match chosen[-1].get("content"):
        case str(content):
            return content
        case [{"text": str(content)}, *_]:
            return content
        case _:
            return None


def _messages(told: Any) -> list[dict[str, Any]]:
    match told:
        case {"messages": [*found]} | {"input": [*found]} | {"output": [*found]}:
            return [cast("dict[str, Any]", one) for one in found if isinstance(one, dict) and "content" in one]
        case {"choices": [{"message": {"content": _} as message}, *_]}:
            return [message]
        case {"request": request}:
            return _messages(request)
        case _:
            return []


def _usage(attributes: Tags) -> dict[str, int]:
    usage: dict[str, int] = {}
    for name, others in _TOKENS.items():
        for other in others:
            count = _read(attributes.get(other))
            if isinstance(count, str) and count.isdecimal():
                count = int(count)
            if type(count) is int:
                usage.setdefault(name, count)
    if "input_tokens" in usage and "output_tokens" in usage:
        usage.setdefault("total_tokens", usage["input_tokens"] + usage["output_tokens"])
    return usage


def _unwrapped(text: str) -> str:
    """JSON that came as a text in JSON, without that."""
    inner = _read(text)
    return inner if isinstance(inner, str) and isinstance(_read(inner), (dict, list)) else text


def _read(text: str | None) -> Any:
    try:
        return json.loads(text or "null")
    except ValueError:
        return None
