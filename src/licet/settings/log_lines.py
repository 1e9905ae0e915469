"""Log lines: one line of text, or one JSON object where ``LICET_LOG=json``; both with the id of the request that they belong to."""

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime

REQUEST: ContextVar[str] = ContextVar("request", default="")  # the id of the request that this thread answers
_TOLD = ("method", "path", "status", "milliseconds")


class Line(logging.Formatter):
    """Time, level, logger, request and message on a line; a traceback below it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        record.request_id = REQUEST.get() or "-"
        return super().format(record)


class JsonLine(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The line: what a log collector files by, then the message; a traceback in ``error``."""
        told: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "request": REQUEST.get(),
            "message": record.getMessage(),
        }
        told |= {name: getattr(record, name) for name in _TOLD if hasattr(record, name)}
        if record.exc_info:
            told["error"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False, default=str)
