from typing import Annotated

from ninja import Query, Router

from licet.api.asked import Asked, site_in, site_where, there
from licet.api.lists import Filtering, Listed, cursor_in, listed
from licet.api.operation import MADE, Made, reads, writes
from licet.api.word import Given, Number, RowNumber, Word
from licet.sweep import kinds, queue, read
from licet.sweep.models import Job
from licet.sweep.read import JobRow

router = Router()


class JobQuery(Filtering):
    """Which jobs."""

    state: list[Annotated[str, Word(tuple(Job.State.values))]] = []
    sort: Annotated[str, Word(read.SORTS)] = "id"
    descending: bool = True


class SweepWanted(Given):
    """A site and what is below it; null = all that you may ask."""

    site: Number | None = None


@reads(router, "/jobs", Listed[JobRow])
def list_jobs(request: Asked, asking: Query[JobQuery]) -> Listed[JobRow]:
    """What is being done and what waits: sweeps, imports, audits; the newest first."""
    wanted = read.JobFilter(
        text=asking.text, states=tuple(asking.state), site=site_in(request, asking.site), sort=asking.sort,
        descending=asking.descending, cursor=cursor_in(request, asking), size=asking.limit,
    )  # fmt: skip
    return listed(request, read.jobs(request.actor, wanted)[0])


@reads(router, "/jobs/{int:number}", JobRow)
def get_job(request: Asked, number: RowNumber) -> JobRow:
    """One job, with how far it is and what came of it."""
    return there(read.job(request.actor, number), "job", number)


@writes(router, "post", "/sweeps", list[JobRow], needs="sweep", status=202)
def put_sweep(request: Asked, given: SweepWanted) -> list[JobRow]:
    """Have devices asked: one job for each site that has something to ask. Follow them at /jobs."""
    site = site_where(request, given.site, "sweep") if given.site else None
    return [get_job(request, job.pk) for job in kinds.put_sweep(request.actor, site)]


@writes(router, "post", "/jobs/{int:number}/cancel", JobRow, needs="view")
def cancel_job(request: Asked, number: RowNumber) -> JobRow:
    """Cancel a job that you steer."""
    get_job(request, number)
    queue.cancel(request.actor, number)
    return get_job(request, number)


@writes(router, "post", "/jobs/{int:number}/again", JobRow, needs="view", status=MADE)
def put_job_again(request: Asked, number: RowNumber) -> Made:
    """Put a job that failed or was cancelled once more, with what you may."""
    get_job(request, number)
    job = queue.again(request.actor, number)
    return Made(get_job(request, job.pk), f"/api/v1/jobs/{job.pk}")
