"""What belongs to one licence beyond its own row: how its product behaves, activations, moves, notes, tags, own fields, documents."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from licet.register.custom import fields_at
from licet.register.documents import DocumentRow, of_licence
from licet.register.life import transfer_question
from licet.register.life_models import ActivationEvent, Rehost
from licet.register.missing import lacking, needed_kinds
from licet.register.models import Licence, Order, Product
from licet.register.rehost import STEPS, Host, bound_to, host_of
from licet.sites.scope import Actor


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How a product behaves, in the words of data/products.yaml, with its source."""

    code: str
    name: str
    vendor: str
    effect_on_expiry: str
    term_start: str
    renewal_base: str
    transfer: str
    over_use: str
    grace_days: int
    service_months: int | None
    documents: tuple[str, ...]
    source: str
    confidence: str
    note: str


@dataclass(frozen=True, slots=True)
class ActivationLine:
    """One step of an activation. ``differs`` = what is not as at the activation before it."""

    kind: str
    way: str
    on: date
    host: Host
    differs: tuple[str, ...]
    by: str
    at: datetime
    request_file: int | None
    response_file: int | None


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step of a move: what to do, and who did it when."""

    code: str
    what: str
    by: str
    at: datetime | None
    note: str


@dataclass(frozen=True, slots=True)
class Move:
    """A move to another host with all its steps."""

    id: int
    to_host: str
    reason: str
    state: str
    started_at: datetime
    ended_at: datetime | None
    steps: tuple[StepLine, ...]


@dataclass(frozen=True, slots=True)
class NoteLine:
    """A note with who wrote it and when."""

    text: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that belongs to one licence. ``transfer_question`` = what stands between it and another site or host, "" nothing."""

    behaviour: Behaviour | None
    site_wide: bool
    notice_period_days: int | None
    give_notice_by: date | None
    auto_renew: bool | None
    cost_centre: str
    contact: str
    support_contract: str
    order_id: int | None
    custom: tuple[tuple[str, object], ...]
    tags: tuple[str, ...]
    notes: tuple[NoteLine, ...]
    bound_to: Host | None
    activations: tuple[ActivationLine, ...]
    moves: tuple[Move, ...]
    documents: tuple[DocumentRow, ...]
    missing: tuple[str, ...]
    transfer_question: str


def dossier(actor: Actor, pk: int) -> Dossier | None:
    """What belongs to a licence; None where it does not exist or is out of scope."""
    row = Licence.objects.visible_to(actor).select_related("site", "product", "order").filter(pk=pk).first()
    if row is None:
        return None
    titles = {one.code: one.title for one in fields_at(row.site)}
    return Dossier(
        behaviour=_behaviour(row.product),
        site_wide=row.site_wide,
        notice_period_days=row.notice_period_days,
        give_notice_by=row.notice_on or _notice(row),
        auto_renew=row.auto_renew,
        cost_centre=row.cost_centre,
        contact=row.contact,
        support_contract=row.support_contract,
        order_id=row.order_id,
        custom=tuple((titles.get(code, code), value) for code, value in row.custom.items()),
        tags=tuple(row.tags.values_list("name", flat=True)),
        notes=notes_of(row),
        bound_to=bound_to(row),
        activations=_activations(row),
        moves=tuple(_move(one) for one in row.rehosts.prefetch_related("ticks__by")[:20]),
        documents=tuple(of_licence(actor, row.pk, row.order_id)),
        missing=tuple(kind for kind in needed_kinds() if Licence.objects.filter(lacking(kind), pk=row.pk).exists()),
        transfer_question=transfer_question(row),
    )


def notes_of(row: Licence | Order) -> tuple[NoteLine, ...]:
    """The notes about a licence or an order, newest first."""
    return tuple(NoteLine(one.text, _name(one.by), one.at) for one in row.notes.select_related("by")[:200])


def _notice(row: Licence) -> date | None:
    end = row.terminates_on or row.expires_on
    return end - timedelta(days=row.notice_period_days) if end and row.notice_period_days else None


def behaviour_of_product(code: str) -> Behaviour | None:
    """How the product of a code behaves; None where the catalogue does not know it."""
    return _behaviour(Product.objects.filter(code=code).first())


def _behaviour(product: Product | None) -> Behaviour | None:
    if product is None:
        return None
    return Behaviour(
        product.code, product.name, product.vendor, product.effect_on_expiry, product.term_start, product.renewal_base,
        product.transfer, product.over_use, product.grace_days, product.service_months, tuple(product.documents or ()),
        product.behaviour_source or product.source, product.confidence, product.note,
    )  # fmt: skip


def _activations(row: Licence) -> tuple[ActivationLine, ...]:
    found: list[ActivationLine] = []
    before: Host | None = None
    for one in row.activations.select_related("by").order_by("on", "id")[:200]:
        host = host_of(one)
        differs = host.differs(before) if before is not None else ()
        found.append(
            ActivationLine(
                one.kind,
                one.way,
                one.on,
                host,
                differs,
                _name(one.by),
                one.at,
                one.request_file_id,
                one.response_file_id,
            )
        )
        before = host if one.kind == ActivationEvent.Kind.ACTIVATED else before
    return tuple(reversed(found))


def _move(row: Rehost) -> Move:
    done = {one.step: one for one in row.ticks.all()}
    steps = tuple(
        StepLine(code, what, _name(done[code].by), done[code].at, done[code].note)
        if code in done
        else StepLine(code, what, "", None, "")
        for code, what in STEPS.items()
    )
    return Move(row.pk, row.to_host, row.reason, row.state, row.started_at, row.ended_at, steps)


def _name(person: object | None) -> str:
    return str(person) if person is not None else "command line"
