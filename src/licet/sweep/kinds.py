"""What jobs there are, and what each does. Each calls the one function that pages and commands call as well."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from licet.advisories import waiting
from licet.advisories.feeds.problem import NotReadable
from licet.advisories.update import Report as Brought
from licet.advisories.update import take_in
from licet.audits.models import Run
from licet.audits.run import carry_out
from licet.estate.lockout import UNSAID_LOCK
from licet.estate.models import Device
from licet.estate.service_models import Connection
from licet.register import held
from licet.register.import_models import ImportRun
from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.sweep import queue
from licet.sweep.after_import import judge
from licet.sweep.centre.devices import asked_from_here
from licet.sweep.connectors import ask_connections, wanted
from licet.sweep.models import Job
from licet.sweep.queue import Wish
from licet.sweep.run import sweep
from licet.sweep.work import Control, kind

LARGE = 2000  # devices beyond which matching them anew is no work for a page
SMALL = 512 * 1024  # a file below this is looked at while its page is asked for


def put_sweep(actor: Actor, site: Site | None) -> list[Job]:
    """Put a sweep of a site subtree (all in scope for None): a job for each site that has something to ask.

    Raises :class:`NotPossible` where the actor may not ask devices there, or nothing can be asked.
    """
    if not (actor.may("sweep", site.path) if site else actor.may_anywhere("sweep")):
        raise NotPossible("You may not ask devices here.")
    sites = sites_asked(actor, site)
    if not sites:
        raise NotPossible(
            "There is nothing to ask from here. Add devices, or connect a server or a cloud account; what a collector asks is left to it."
        )
    return put_sweeps(actor, sites)


def sites_asked(actor: Actor, site: Site | None) -> list[Site]:
    """The sites in a subtree (all in scope for None) that have a device, a server or a cloud account to ask from here, by their names."""
    devices = asked_from_here(actor, site).order_by().values_list("site_id", flat=True).distinct()
    found = {*devices, *(row.site.pk for row in wanted(actor, site))}
    return list(Site.objects.filter(pk__in=found).order_by("full_name"))


def put_sweeps(actor: Actor, sites: list[Site]) -> list[Job]:
    """Put a sweep of each of these sites, without those below it."""
    return queue.put_all(actor, [Wish("sweep", {}, one, lane=f"sweep:{one.pk}", key=str(one.pk)) for one in sites])


@kind("sweep")
def _sweep(job: Job, control: Control) -> Mapping[str, Any]:
    """Ask the devices of one site, then its servers and cloud accounts."""
    actor = queue.actor_of(job)
    result = sweep(actor, site=job.site, below=False, progress=control.progress, cancelled=control.cancelled)
    told = asdict(result)
    told["changes"] = len(result.changes)
    if result.waiting and job.site is not None and not control.cancelled():
        # With a key of its own: whoever wants a sweep now does not wait for this one.
        later = Wish(
            "sweep",
            {},
            job.site,
            lane=job.lane,
            key=f"{job.site.pk} left alone",
            wait=UNSAID_LOCK + timedelta(minutes=1),
        )
        queue.put(actor, later)
    if not control.cancelled():
        asked = ask_connections(actor, site=job.site, below=False, cancelled=control.cancelled)
        told["connections"] = len(asked.answers)
        told["troubled"] = len(asked.troubled)
    return told


def put_connection(actor: Actor, row: Connection) -> Job:
    """Have one server or cloud account asked now, because a person wants it. Raises :class:`NotPossible` for one who may not."""
    if not actor.may("sweep", row.site.path):
        raise NotPossible("You may not ask servers and accounts here.")
    arguments = {"connection": row.pk, "installation": row.installation_id, "account": row.account_id}
    return queue.put(actor, Wish("connection", arguments, row.site, lane=f"sweep:{row.site.pk}", key=str(row.pk)))


@kind("connection")
def _connection(job: Job, control: Control) -> Mapping[str, Any]:
    """Ask one server or account; it fails in the words of what was not answered."""
    pk = job.arguments["connection"]
    asked = ask_connections(queue.actor_of(job), connection=pk, by_hand=True, cancelled=control.cancelled)
    if not asked.answers:
        if control.cancelled():
            return {}
        raise NotPossible("It has no connection any more.")
    told = asked.answers[0]
    if told.skipped or told.state != "ok":
        raise NotPossible(" ".join(one.rstrip(".") + "." for one in (told.sentence, told.remedy) if one))
    return {"listed": told.devices, "added": told.added, "removed": told.removed}


def take_feed(actor: Actor, number: int, name: str, *, older_too: bool) -> Brought | int:
    """Take in a feed that waits: now, and what it brought; in a large estate as a job, and the job's number.

    Raises :class:`NotPossible` and :class:`licet.advisories.feeds.problem.NotReadable`.
    """
    if Device.objects.filter(retired_at=None).count() <= LARGE:
        return _brought(actor, number, name, older_too=older_too)
    arguments = {"feed": number, "name": name, "older_too": older_too}
    return queue.put(actor, Wish("feed", arguments, lane="feed", key=str(number))).pk


def _brought(actor: Actor, number: int, name: str, *, older_too: bool) -> Brought:
    report = take_in(
        actor, waiting.held(number), name, now=datetime.now(UTC), older_too=older_too, most_unpacked=waiting.MOST_UNPACKED
    )  # fmt: skip
    waiting.drop(number)
    return report


@kind("feed")
def _feed(job: Job, _control: Control) -> Mapping[str, Any]:
    given = job.arguments
    try:
        report = _brought(queue.actor_of(job), given["feed"], given["name"], older_too=given["older_too"])
    except NotReadable as error:
        raise NotPossible(str(error)) from None
    return {"advisories_added": report.added, "advisories_changed": report.changed}


def put_audit(actor: Actor, run: Run) -> Job:
    """Have an audit that was begun carried out."""
    return queue.put(actor, Wish("audit", {"run": run.pk}, run.site, key=str(run.pk)))


@kind("audit")
def _audit(job: Job, control: Control) -> Mapping[str, Any]:
    run = Run.objects.select_related("site").filter(pk=job.arguments["run"]).first()
    if run is None:
        raise NotPossible("This audit is there no more.")
    if run.state == Run.State.FAILED:  # an attempt before this one broke off; what it found stays true
        run.state = Run.State.RUNNING
    carry_out(queue.actor_of(job), run, progress=control.progress)
    return {"run": run.pk, "state": run.state}


def look_at_import(actor: Actor, pk: int, size: int) -> None:
    """Have a waiting file looked at: now where it is small, else as a job."""
    if size <= SMALL:
        held.look(pk)
    else:
        queue.put(actor, Wish("import-look", {"run": pk}, key=str(pk)))


def put_import(actor: Actor, pk: int) -> Job:
    """Have a claimed import carried out."""
    return queue.put(actor, Wish("import", {"run": pk}, lane=f"import:{pk}", key=str(pk)))


@kind("import-look")
def _look(job: Job, _control: Control) -> Mapping[str, Any]:
    held.look(job.arguments["run"])
    return {}


@kind("import")
def _import(job: Job, _control: Control) -> Mapping[str, Any]:
    if not ImportRun.objects.filter(pk=job.arguments["run"], state=ImportRun.State.RUNNING).exists():
        return {}  # an attempt before this one, or another job, has carried it out
    held.carry_out(job.arguments["run"], judge)
    return {}
