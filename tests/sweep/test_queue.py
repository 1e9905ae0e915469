"""Jobs: claimed once, held by a lease, put back when their worker is gone, one at a time in a lane, steered by whom they concern."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError
from tests import factories as make

from licet.estate.connection_record import connect
from licet.estate.credential_record import add_credential
from licet.sites.record import NotPossible
from licet.sites.scope import SYSTEM, Actor
from licet.sites.token import SCOPES
from licet.sweep import clock, queue, rhythm, work
from licet.sweep.kinds import put_sweep
from licet.sweep.models import Job
from licet.sweep.one_at_a_time import alone
from licet.sweep.queue import Wish

pytestmark = pytest.mark.django_db
State = Job.State


def now():
    return datetime.now(UTC)


@pytest.fixture
def did(monkeypatch):
    """A kind of job that notes its argument, and does what a test gives it."""
    done = []

    def do(job, control):
        done.append(job.arguments.get("name"))
        if (act := job.arguments.get("raise")) is not None:
            raise {"db": OperationalError("gone"), "no": NotPossible("It cannot be."), "slip": KeyError("x")}[act]
        return {"ok": True}

    monkeypatch.setitem(work.KINDS, "note", do)
    return done


def put(**options):
    arguments = options.pop("arguments", {})
    return queue.put(SYSTEM, Wish("note", arguments, **options))


def test_a_job_is_done_once_however_often_its_number_comes(did):
    job = put(arguments={"name": "a"})
    assert work.work(job.pk)
    assert not work.work(job.pk)
    job.refresh_from_db()
    assert (did, job.state, job.result, job.attempts) == (["a"], State.DONE, {"ok": True}, 1)


def test_of_a_lane_one_job_runs_at_a_time(did):
    first, second = put(lane="x"), put(lane="x")
    assert queue.claim(first.pk, now())
    assert queue.claim(second.pk, now()) is None
    first.refresh_from_db()
    queue.end(first, State.DONE, now())
    assert queue.claim(second.pk, now())


def test_the_same_wish_waits_once_and_may_be_said_again_while_it_runs(did):
    one = put(key="k")
    assert put(key="k").pk == one.pk
    assert queue.claim(one.pk, now())
    other = put(key="k")
    assert other.pk != one.pk
    again, new = queue.put_all(SYSTEM, [Wish("note", {}, key="k"), Wish("note", {}, key="new")])
    assert (again.pk, new.state) == (other.pk, State.WAITING)


def test_what_a_killed_worker_held_is_done_again_and_given_up_after_a_few_times(did):
    job = put()
    for attempt in range(1, len(queue.RETRIES) + 2):
        held = queue.claim(job.pk, now())
        assert held.attempts == attempt
        queue.tend(now())
        assert Job.objects.get().state == State.RUNNING
        Job.objects.update(lease_until=now() - timedelta(seconds=1))
        queue.tend(now())
    job.refresh_from_db()
    assert (job.state, job.problem[:27]) == (State.FAILED, "Its worker was gone 4 times")
    assert did == []


def test_a_worker_that_lost_its_lease_writes_nothing_more(did):
    job = put()
    first = queue.claim(job.pk, now())
    Job.objects.update(lease_until=now() - timedelta(seconds=1))
    queue.tend(now())
    second = queue.claim(job.pk, now())
    assert not queue.renew(first, 5, 10, now())
    assert not queue.end(first, State.DONE, now())
    assert queue.renew(second, 1, 10, now())
    assert Job.objects.get().done == 1


def test_a_database_that_is_down_is_tried_again_later_and_a_refusal_is_final(did):
    down, refused, slipped = (put(arguments={"raise": word}) for word in ("db", "no", "slip"))
    assert work.drain(queue.DEFAULT) == 3
    for job in (down, refused, slipped):
        job.refresh_from_db()
    assert (down.state, down.problem) == (State.WAITING, "The database did not answer.")
    assert down.due_at > now() + timedelta(seconds=50)
    assert (refused.state, refused.problem) == (State.FAILED, "It cannot be.")
    assert slipped.state == State.WAITING
    assert "fault of the program" in slipped.problem
    Job.objects.filter(pk=down.pk).update(attempts=len(queue.RETRIES), due_at=now())
    work.work(down.pk)
    down.refresh_from_db()
    assert down.state == State.FAILED


def test_a_job_is_cancelled_before_and_while_it_runs(did):
    waits, runs = put(), put()
    queue.cancel(SYSTEM, waits.pk)
    assert Job.objects.get(pk=waits.pk).state == State.CANCELLED
    held = queue.claim(runs.pk, now())
    queue.cancel(SYSTEM, runs.pk)
    control = work.Control(held)
    control.beat()
    assert control.cancelled()
    queue.end(held, State.CANCELLED, now())
    with pytest.raises(NotPossible, match="has ended already"):
        queue.cancel(SYSTEM, runs.pk)
    assert queue.again(SYSTEM, waits.pk).state == State.WAITING


def test_a_program_that_is_stopped_puts_its_job_back_without_counting_it(did, monkeypatch):
    job = put()
    monkeypatch.setitem(work.KINDS, "note", lambda job, control: work.stop() or {"half": control.cancelled()})
    try:
        work.work(job.pk)
        job.refresh_from_db()
        assert (job.state, job.attempts) == (State.WAITING, 0)
        assert not work.work(job.pk)
    finally:
        work.go_on()


def test_workers_are_woken_again_for_what_still_waits(did, monkeypatch):
    rung = []
    monkeypatch.setattr(queue, "_bells", [lambda name, number: rung.append((name, number))])
    monkeypatch.setattr(queue.transaction, "on_commit", lambda call: call())
    queue.put_all(SYSTEM, [Wish("note", {}) for _ in range(40)])
    assert rung == [("licet", 16)]
    assert queue.tend(now()) == 40
    assert rung == [("licet", 16)] * 2
    monkeypatch.setattr(queue, "_bells", [lambda name, number: 1 / 0])
    assert queue.put(SYSTEM, Wish("note", {})).state == State.WAITING


def test_a_worker_goes_on_until_nothing_waits_that_it_may_do(did):
    for name in "ab":
        put(arguments={"name": name}, lane="x")
    put(arguments={"name": "later"})
    Job.objects.filter(arguments__name="later").update(due_at=now() + timedelta(minutes=1))
    busy = put(arguments={"name": "busy"}, lane="y")
    put(arguments={"name": "behind"}, lane="y")
    assert queue.claim(busy.pk, now())
    assert work.drain(queue.DEFAULT) == 2
    assert did == ["a", "b"]


def test_a_sweep_of_a_subtree_is_a_job_for_each_site_and_a_busy_site_waits(monkeypatch):
    top = make.site("North")
    sites = [make.site(name, parent=top) for name in ("Berlin", "Leeds")]
    for number, site in enumerate(sites):
        make.device(site, address="127.0.0.1", port=9 + number)
    jobs = put_sweep(SYSTEM, top)
    assert [(job.site.name, job.lane) for job in jobs] == [(site.name, f"sweep:{site.pk}") for site in sites]
    assert [job.pk for job in put_sweep(SYSTEM, top)] == [job.pk for job in jobs]
    with alone([sites[0].pk]):
        assert work.work(jobs[0].pk)
    jobs[0].refresh_from_db()
    assert (jobs[0].state, jobs[0].attempts) == (State.WAITING, 0)
    assert work.work(jobs[1].pk)
    jobs[1].refresh_from_db()
    assert (jobs[1].state, jobs[1].result["asked"], jobs[1].result["unreachable"]) == (State.DONE, 1, 1)
    with pytest.raises(NotPossible, match="nothing to ask"):
        put_sweep(SYSTEM, make.site("Empty"))
    with pytest.raises(NotPossible, match="may not ask"):
        put_sweep(Actor(label="nobody"), top)


def test_devices_that_a_killed_sweep_left_alone_are_asked_once_their_half_hour_is_over():
    site = make.site("Berlin")
    cameras = add_credential(SYSTEM, site, "cameras", "admin", "Example-Pass-1")
    device = make.device(site, credential=cameras, address="127.0.0.1", port=9, tried_at=now())
    [job] = put_sweep(SYSTEM, site)
    assert work.work(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result["asked"], job.result["waiting"]) == (State.DONE, 0, 1)
    [later] = Job.objects.filter(state=State.WAITING)
    assert timedelta(minutes=30) < later.due_at - now() < timedelta(minutes=32)
    assert put_sweep(SYSTEM, site)[0].pk != later.pk  # who wants one now does not wait
    device.tried_at = now() - timedelta(minutes=31)
    device.save()
    Job.objects.filter(pk=later.pk).update(due_at=now())
    assert work.drain(queue.DEFAULT) == 2
    later.refresh_from_db()
    assert (later.result["waiting"], Job.objects.filter(state=State.WAITING).count()) == (0, 0)


def test_a_stranger_neither_sees_nor_steers_a_job_and_a_viewer_only_sees_it(did):
    berlin, leeds = make.site("Berlin"), make.site("Leeds")
    viewer, technician, neighbour = (
        make.person(name, role, site).actor()
        for name, role, site in (("v", "viewer", berlin), ("t", "technician", berlin), ("n", "technician", leeds))
    )
    job = put(site=berlin)
    assert [queue.visible(actor).filter(pk=job.pk).exists() for actor in (viewer, technician, neighbour)] == [
        True,
        True,
        False,
    ]
    for actor, sentence in ((viewer, "may not steer"), (neighbour, "no job"), (Actor(label="nobody"), "no job")):
        with pytest.raises(NotPossible, match=sentence):
            queue.cancel(actor, job.pk)
    queue.cancel(technician, job.pk)


def test_a_token_steers_no_job_for_being_its_persons_alone(did):
    berlin, leeds = make.site("Berlin"), make.site("Leeds")
    me = make.person("t", "technician").actor()
    job = queue.put(me, Wish("note", {}, leeds))
    for token in (me.narrowed(SCOPES["read"], token=1), me.narrowed(SCOPES["sweep"], berlin.path, token=2)):
        with pytest.raises(NotPossible, match=r"may not steer|no job"):
            queue.cancel(token, job.pk)
    queue.cancel(me.narrowed(SCOPES["sweep"], leeds.path, token=3), job.pk)


def test_a_job_of_somebody_who_is_gone_does_nothing():
    site = make.site("Berlin")
    make.device(site, address="127.0.0.1", port=9)
    person = make.person("t", "technician", site)
    [job] = put_sweep(person.actor(), site)
    person.is_active = False
    person.save()
    work.work(job.pk)
    job.refresh_from_db()
    assert (job.state, job.problem) == (State.FAILED, "You may not ask devices here.")


def test_a_part_of_the_clock_that_fails_keeps_no_other_from_going_on(monkeypatch):
    done = []
    monkeypatch.setattr(clock, "due", lambda _at: 1 / 0)
    monkeypatch.setattr(clock, "put_scheduled", lambda _at: done.append("scheduled"))
    monkeypatch.setattr(clock, "tick", lambda: done.append("told"))
    clock.minute(now())
    assert done == ["scheduled", "told"]


def test_the_nearest_rhythm_above_a_site_counts_and_what_was_missed_is_made_up_for_once():
    top = make.site("North")
    berlin, leeds = (make.site(name, parent=top) for name in ("Berlin", "Leeds"))
    for site in (berlin, leeds):
        make.device(site, address="127.0.0.1", port=9)
    rhythm.set_rhythm(SYSTEM, top, 60)
    rhythm.set_rhythm(SYSTEM, leeds, 0, queue="leeds")
    assert [job.site for job in rhythm.due(now())] == [berlin]
    Job.objects.update(state=State.DONE)
    assert rhythm.due(now() + timedelta(minutes=59)) == []
    assert [job.site for job in rhythm.due(now() + timedelta(days=3))] == [berlin]
    assert put_sweep(SYSTEM, leeds)[0].queue == "leeds"
    rhythm.remove_rhythm(SYSTEM, leeds)
    Job.objects.all().delete()
    assert [job.site for job in rhythm.due(now())] == [berlin, leeds]


def test_a_site_with_a_server_alone_is_asked_by_itself_and_one_with_nothing_to_ask_is_not():
    berlin, leeds = make.site("Berlin"), make.site("Leeds")
    server = make.installation(berlin, "HikCentral Berlin")
    connect(SYSTEM, server, "hikcentral", "24681357", "an-invented-secret", address="127.0.0.1", port=9, scheme="https")
    make.device(leeds, address="")
    for site in (berlin, leeds):
        rhythm.set_rhythm(SYSTEM, site, 60)
    assert [job.site for job in rhythm.due(now())] == [berlin]


@pytest.mark.parametrize(("minutes", "name"), [(1, ""), (10**6, ""), (60, "a b"), (60, "../x")])
def test_a_rhythm_that_is_none_is_refused(minutes, name):
    with pytest.raises(NotPossible):
        rhythm.set_rhythm(SYSTEM, make.site("Berlin"), minutes, queue=name)
