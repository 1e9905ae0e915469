from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from licet.renewals import forecast as coming
from licet.renewals import usage
from licet.sites.paging import page
from licet.web.base.asked import PageRequest
from licet.web.base.export import csv_response
from licet.web.base.lists import Query
from licet.web.renewals import chart

SHOWN = 50


def forecast(request: PageRequest) -> HttpResponse:
    """What renewals will cost by month and currency, and what could end together."""
    found = coming.forecast(request.actor, _today(), request.scope)
    panels = [
        (
            currency,
            found.total(currency),
            chart.panel(found, currency, _("Renewals by month in %(currency)s") % {"currency": currency}),
        )
        for currency in found.currencies
        if found.total(currency)
    ]
    months = [
        (month, [dict(month.amounts).get(currency) for currency in found.currencies],
         [dict(month.again).get(currency) for currency in found.currencies])
        for month in found.months
        if month.number or month.again_number
    ]  # fmt: skip
    context = {
        "forecast": found, "panels": panels, "months": months, "co_terms": coming.co_terms(request.actor, _today(), request.scope, limit=20),
        "tab": "forecast",
    }  # fmt: skip
    return render(request, "renewals/forecast.html", context)


def forecast_export(request: PageRequest) -> HttpResponseBase:
    """The months as CSV: a line for each month and currency, and one for what has no price."""
    found = coming.forecast(request.actor, _today(), request.scope)

    def lines() -> Iterator[tuple[Any, ...]]:
        for month in found.months:
            for currency, amount in month.amounts:
                yield (
                    f"{month.first:%Y-%m}",
                    currency,
                    amount,
                    month.number,
                    month.unknown,
                    dict(month.again).get(currency),
                )
            if not month.amounts:
                yield f"{month.first:%Y-%m}", "", "", month.number, month.unknown, ""

    headings = ["month", "currency", "amount", "licences", "without_price", "again_if_renewed"]
    return csv_response(request, "renewals-forecast", headings, lines())


def unused(request: PageRequest) -> HttpResponse:
    """What is paid for and not used."""
    query, today = Query(request), _today()
    never = usage.never_activated(request.actor, today, request.scope)
    found = page(never.select_related("site"), "id", descending=False, cursor=query.cursor, size=SHOWN)
    context = {
        "idle": usage.idle(request.actor, today, request.scope)[:200],
        "never": [usage.unused(row, today) for row in found.rows],
        "never_number": never.count(),
        "never_cost": usage.money_of(never),
        "before": query.link() + f"?c={found.before}" if found.before else "",
        "after": query.link() + f"?c={found.after}" if found.after else "",
        "twice": usage.duplicates(request.actor, today, request.scope)[:200],
        "window": usage.WINDOW,
        "tab": "unused",
    }
    return render(request, "renewals/unused.html", context)


def unused_export(request: PageRequest) -> HttpResponseBase:
    """All of it as CSV."""
    today = _today()

    def lines() -> Iterator[tuple[Any, ...]]:
        for row in usage.idle(request.actor, today, request.scope):
            cost = "; ".join(f"{amount} {currency}" for currency, amount in row.cost.amounts)
            yield "free", row.pool, row.metric, row.site, row.free, row.days, cost, row.cost.unknown or ""
        for licence in (
            usage.never_activated(request.actor, today, request.scope).select_related("site").iterator(chunk_size=1000)
        ):
            one = usage.unused(licence, today)
            price = f"{one.price} {one.currency}" if one.price is not None else ""
            yield "never activated", f"licence {one.licence_id}", one.title, one.site, 1, one.days, price, ""
        for one in usage.duplicates(request.actor, today, request.scope):
            price = f"{one.price} {one.currency}" if one.price is not None else ""
            yield (
                "there twice",
                f"licence {one.licence_id}",
                f"{one.title} (as licence {one.twin})",
                one.site,
                1,
                one.days,
                price,
                "",
            )

    headings = ["what", "where", "which", "site", "number", "days", "cost", "without_price"]
    return csv_response(request, "unused", headings, lines())


def _today() -> date:
    return datetime.now(UTC).date()
