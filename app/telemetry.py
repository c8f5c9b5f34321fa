"""Structured log with a request id, and the metrics of /metrics. Log fields are an allow-list: no token, no e-mail."""

import logging
import sys
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram

REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "plumbline_requests", "Requests by route, method and status", ["route", "method", "status"], registry=REGISTRY
)
LATENCY = Histogram(
    "plumbline_request_seconds",
    "Time to answer, by route",
    ["route"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
    registry=REGISTRY,
)
ANSWERS = Counter("plumbline_answers", "Answers acknowledged, repeats included", registry=REGISTRY)
ATTEMPTS = Counter(
    "plumbline_attempts", "Attempts by assessment and what became of them", ["assessment", "event"], registry=REGISTRY
)

_FIELDS = frozenset(
    [
        "event",
        "level",
        "timestamp",
        "request_id",
        "method",
        "route",
        "status",
        "ms",
        "attempt",
        "assessment",
        "domain",
        "bank",
        "version",
        "items",
        "seconds",
        "folder",
        "revision",
        "backup",
        "host",
        "port",
        "signal",
        "kind",
        "code",
        "exc_info",
        "count",
    ]
)


def _only_known_fields(_logger: Any, _name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return {key: value for key, value in event.items() if key in _FIELDS}


def configure(log_format: str = "console") -> None:
    """Write log lines to stderr as text for people or JSON for machines.

    Args:
        log_format: "console" or "json".
    """
    renderers: list[structlog.typing.Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if log_format == "json"
        # plain, because a rich traceback prints every local variable: keys, tokens, names
        else [
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
        ]
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _only_known_fields,
            *renderers,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,  # tests and commands configure more than once
    )


log: structlog.typing.FilteringBoundLogger = structlog.get_logger()
