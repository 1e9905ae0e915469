"""Log lines: one line of text, or one JSON object where ``LICET_LOG=json``; both with the id of the request that they belong to."""

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime

from licet.upkeep.trouble import BUSY, DOWN, FULL, READ_ONLY, trouble

REQUEST: ContextVar[str] = ContextVar("request", default="")  # the id of the request that this thread answers
# Of these the traceback says no more than the sentence of the database or the disk, and it would come with every request.
_NO_FAULT = frozenset({FULL, BUSY, READ_ONLY, DOWN})
_TOLD = ("method", "path", "status", "milliseconds")


class OneLine(logging.Filter):
    """What keeps all of Licet from working (a database that is down, a full disk) stands on one line, without a traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Shorten it; every record is written."""
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and trouble(error) in _NO_FAULT:
            said = str(error).splitlines() or [type(error).__name__]
            record.msg, record.args = "%s: %s", (record.getMessage(), said[0])
            record.exc_info = record.exc_text = None
        return True


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
