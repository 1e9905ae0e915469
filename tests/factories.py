"""Small makers of rows for tests. Every one takes what matters to the test and fills in the rest."""

from datetime import UTC, datetime
from itertools import count

from licet.advisories.entry import as_plain
from licet.advisories.models import Advisory
from licet.advisories.shipped import shipped
from licet.estate.models import Channel, Device, Installation, Member
from licet.register.models import Grant, Licence, Pool, Product, Sku
from licet.sites.models import Membership, Person, Site

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
_number = count(1)


def site(name=None, parent=None, **values):
    number = next(_number)
    name = name or f"Site {number}"
    row = Site(
        parent=parent, name=name, path=f"new:{number}", **{"time_zone": "Europe/Berlin", "country": "DE", **values}
    )
    row.full_name = f"{parent.full_name} / {name}" if parent else name
    row.save()
    row.path = f"{parent.path if parent else '/'}{row.pk}/"
    row.save()
    return row


def person(username, role=None, at=None, password=None):
    row = Person.objects.create_user(username, password)
    if role:
        Membership.objects.create(person=row, site=at, role=role)
    return row


def device(at, **values):
    number = next(_number)
    return Device.objects.create(
        site=at,
        **{
            "serial_number": f"DS-2CD2146G2-ISU20230415AAWRZ{number:08d}",
            "name": f"Camera {number}",
            "kind": "camera",
            "address": f"192.0.2.{number % 250 + 1}",
            "first_seen_at": NOW,
            **values,
        },
    )


def channel(recorder, number, **values):
    return Channel.objects.create(
        device=recorder, site=recorder.site, number=number, first_seen_at=NOW, last_listed_at=NOW, **values
    )


def installation(at, name="HCP", product="hikcentral-professional", **values):
    row = Installation.objects.create(site=at, name=name, product=product, first_seen_at=NOW, **values)
    Pool.objects.create(site=at, name=name, installation=row)
    return row


def advisory(code):
    """A shipped advisory as a row."""
    entry = next(one for one in shipped().entries if one.code == code)
    return Advisory.objects.create(
        code=code, title=entry.title, severity=entry.severity, dated=entry.dated, feed="shipped", plain=as_plain(entry)
    )


def member(server, row, *metrics, **values):
    return Member.objects.create(
        installation=server, device=row, metrics=list(metrics), **{"since": NOW, "source": "stated", **values}
    )


def product(code="hikcentral-professional", **values):
    return Product.objects.get_or_create(code=code, defaults={"vendor": "Hikvision", "name": code, **values})[0]


def sku(code, of, metric="camera", **values):
    return Sku.objects.get_or_create(
        code=code, defaults={"product": of, "metric": metric, "quantity": 1, "kind": "expansion", **values}
    )[0]


def licence(pool, quantity, metric="camera", **values):
    row = Licence.objects.create(
        site=pool.site, pool=pool, units=quantity,
        **{"title": f"{quantity} {metric}", "activation": "active", "kind": "expansion", **values},
    )  # fmt: skip
    Grant.objects.create(licence=row, metric=metric, quantity=quantity)
    return row
