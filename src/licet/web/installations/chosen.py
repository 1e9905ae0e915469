"""The installation or cloud account that an address names, for whoever holds a permission there; for others there is none."""

from typing import Any

from django.http import Http404

from licet.estate.cloud_read import account_numbered
from licet.estate.service_read import installation_numbered
from licet.web.base.asked import PageRequest


def installation(request: PageRequest, pk: int, permission: str) -> Any:
    """The installation. Raises ``Http404``."""
    return _allowed(request, installation_numbered(request.actor, pk), permission)


def account(request: PageRequest, pk: int, permission: str) -> Any:
    """The cloud account. Raises ``Http404``."""
    return _allowed(request, account_numbered(request.actor, pk), permission)


def _allowed(request: PageRequest, row: Any, permission: str) -> Any:
    if row is None or not request.actor.may(permission, row.site.path):
        raise Http404
    return row
