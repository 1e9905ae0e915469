"""A list as a CSV file: exactly what is filtered, written while it is read."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.http import StreamingHttpResponse
from django.utils import timezone

from licet.tabular.export import csv_lines


def csv_response(name: str, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """The rows as a download called ``name`` with today's date."""
    file_name = f"licet-{name}-{timezone.now():%Y-%m-%d}.csv"
    return StreamingHttpResponse(
        csv_lines(headings, rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{file_name}"'},
    )
