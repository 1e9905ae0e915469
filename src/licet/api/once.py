"""The same request sent twice is done once: ``Idempotency-Key`` (draft-ietf-httpapi-idempotency-key-header)."""

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from django.http import HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from licet.api.asked import Asked
from licet.api.models import Answer
from licet.api.problem import FORM_DATA, Problem

HEADER: Final = "Idempotency-Key"
STANDS: Final = timedelta(hours=24)
_FORM: Final = re.compile(r"[\x21-\x7e]{1,200}")


def once(asked: Asked, work: Callable[[], HttpResponse]) -> HttpResponse:
    """Do the work, or answer as it was answered before. Runs inside the transaction of the work.

    The key is taken and the work done in one transaction: a request that was cut off has left nothing and is done anew; one that
    comes while the first still runs waits for it and gets its answer. Refusals are not kept. Raises 422 for a key that came with
    another request, and 403 where the token may not do any more what it might then: an answer names what it was about.
    """
    key = asked.headers.get(HEADER)
    if key is None:
        return work()
    if not _FORM.fullmatch(key):
        raise Problem(
            422, f"{HEADER} is 1 to 200 visible ASCII characters, as a UUID.", ((f"header.{HEADER}", "Unreadable."),)
        )
    now, digest = timezone.now(), _digest(asked)
    who = f"token:{getattr(asked, 'token', 0)}"
    Answer.objects.filter(at__lt=now - STANDS).delete()
    held = _held(asked)
    row, new = Answer.objects.get_or_create(who=who, key=key, defaults={"asked": digest, "held": held, "at": now})
    if not new:
        return _again(row, digest, held)
    response = work()
    row.status, row.body = response.status_code, response.content.decode()
    row.location, row.etag = response.headers.get("Location", ""), response.headers.get("ETag", "")
    row.save(update_fields=["status", "body", "location", "etag"])
    return response


def _again(row: Answer, digest: str, held: str) -> HttpResponse:
    if row.asked != digest:
        raise Problem(422, f"This {HEADER} came with another request before. Take a new one for each request.")
    if row.held != held:
        raise Problem(403, "It was done before, and what you may do has changed since: read what stands there now.")
    headers: dict[str, Any] = {"Location": row.location, "ETag": row.etag, "Idempotency-Replayed": "true"}
    sent = {name: value for name, value in headers.items() if value}
    return HttpResponse(row.body, status=row.status, content_type="application/json", headers=sent)


def _digest(asked: Asked) -> str:
    """Of the request; keyed, because a body may hold what nobody should guess at."""
    body = _form(asked) if asked.content_type == FORM_DATA else asked.body
    words = f"{asked.method} {asked.get_full_path()}\n".encode() + body
    return salted_hmac("licet.api.once", words, algorithm="sha256").hexdigest()


def _held(asked: Asked) -> str:
    """What the token may do where, in short."""
    grants = sorted((path, *sorted(permissions)) for path, permissions in asked.actor.grants)
    return hashlib.sha256(repr((grants, asked.actor.people)).encode()).hexdigest()


def _form(asked: Asked) -> bytes:
    """What a form says, whatever divides its parts: a program that sends it again may divide them in another way."""
    files = [(name, file.name, _digest_of(file)) for name, sent in asked.FILES.lists() for file in sent]
    return repr((sorted(asked.POST.lists()), sorted(files))).encode()


def _digest_of(file: Any) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()
