"""Structured log with a request id, and the metrics of /metrics. Log fields are an allow-list: no token, no e-mail."""

import logging
import sys
from typing import Any, TextIO

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

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
    "plumbline_attempts",
    "Attempts by assessment and what happened: started",
    ["assessment", "event"],
    registry=REGISTRY,
)
ATTEMPTS_IN = Gauge(
    "plumbline_attempts_in_state", "Attempts that are not scored, by state", ["state"], registry=REGISTRY
)
PROBLEMS = Counter(
    "plumbline_problems", "Requests answered with a problem, by its code (docs/errors.md)", ["code"], registry=REGISTRY
)
SHEDS = Counter(
    "plumbline_sheds", "Requests turned away because the server was full, by kind", ["kind"], registry=REGISTRY
)
IN_FLIGHT = Gauge("plumbline_in_flight", "Requests under way, by kind", ["kind"], registry=REGISTRY)
RATE_LIMITED = Counter("plumbline_rate_limited", "Requests refused as too many, by kind", ["kind"], registry=REGISTRY)
WRITER_QUEUE = Gauge("plumbline_writer_queue", "Work that waits for SQLite's one writer", registry=REGISTRY)
TASKS = Counter(
    "plumbline_tasks",
    "Tries of background tasks by name and what became of them",
    ["task", "outcome"],
    registry=REGISTRY,
)
TASK_SECONDS = Histogram(
    "plumbline_task_seconds",
    "Time that a try of a task took",
    ["task"],
    buckets=(0.005, 0.02, 0.1, 0.5, 2, 10, 60),
    registry=REGISTRY,
)
TASKS_IN = Gauge(
    "plumbline_tasks_in_state", "Background tasks that are not done, by state", ["state"], registry=REGISTRY
)
TASKS_OLDEST = Gauge(
    "plumbline_tasks_oldest_seconds", "For how long the oldest waiting task has been due", registry=REGISTRY
)
LOG_LOST = Counter(
    "plumbline_log_writes_lost", "Log lines that could not be written, as on a full disk", registry=REGISTRY
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
        "task",
    ]
)


def _only_known_fields(_logger: Any, _name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return {key: value for key, value in event.items() if key in _FIELDS}


class _Lossy:
    """A stream that drops what it cannot write: a log on a full disk must not turn an answer into a failure."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        try:
            self._stream.write(text)
        except OSError:
            LOG_LOST.inc()

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError:
            LOG_LOST.inc()


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
        logger_factory=structlog.PrintLoggerFactory(_Lossy(sys.stderr)),  # type: ignore[arg-type]  # all it asks for
        cache_logger_on_first_use=False,  # tests and commands configure more than once
    )


log: structlog.typing.FilteringBoundLogger = structlog.get_logger()
