"""Jobs by page: a sweep is put, followed, cancelled and put again; rhythms are set where one may."""

import pytest
from tests import factories as make
from tests.sweep.jobs import at_once

from licet.sites.scope import SYSTEM
from licet.sweep import queue, work
from licet.sweep.models import Job, Rhythm
from licet.sweep.queue import Wish

pytestmark = pytest.mark.django_db


@pytest.fixture
def somebody(estate):
    return make.person("tim", "technician", estate["sites"]["berlin"])


@pytest.fixture
def technician(signed_in, somebody):
    return signed_in(somebody)


def test_a_sweep_is_put_followed_cancelled_and_put_again(technician, somebody, estate):
    berlin = estate["sites"]["berlin"]
    assert "Sweep now" in technician.get("/jobs/").content.decode()
    answer = technician.post("/jobs/sweep/", {"site": str(berlin.pk)})
    job = Job.objects.get(site=berlin)
    assert job.person == somebody
    assert answer.status_code == 302
    page = technician.get(f"/jobs/{job.pk}/").content.decode()
    assert "It waits for a worker." in page
    technician.post(f"/jobs/{job.pk}/", {"do": "cancel"})
    assert "Do it again" in technician.get(f"/jobs/{job.pk}/").content.decode()
    again = technician.post(f"/jobs/{job.pk}/", {"do": "again"}).url
    assert again != f"/jobs/{job.pk}/"
    listed = technician.get("/jobs/?state=cancelled").content.decode()
    assert f"/jobs/{job.pk}/" in listed
    assert again not in listed
    assert f"{job.pk},sweep," in b"".join(technician.get("/jobs/export/").streaming_content).decode()


def test_what_a_sweep_did_is_told(technician, estate, monkeypatch):
    monkeypatch.setattr("licet.sweep.queue.ring", at_once)
    monkeypatch.setitem(work.KINDS, "sweep", lambda job, control: {"asked": 7, "refused": 2})
    answer = technician.post("/jobs/sweep/", {"site": str(estate["sites"]["berlin"].pk)}, follow=True)
    page = answer.content.decode()
    assert "refused the password" in page
    assert "done" in page


def test_a_viewer_sees_a_job_and_a_neighbour_does_not(signed_in, estate):
    job = queue.put(SYSTEM, Wish("sweep", {}, estate["sites"]["berlin"]))
    viewer = signed_in(estate["people"]["viewer"])
    assert viewer.get(f"/jobs/{job.pk}/").status_code == 200
    assert viewer.post(f"/jobs/{job.pk}/", {"do": "cancel"}).status_code == 403
    neighbour = signed_in(estate["people"]["neighbour"])
    assert neighbour.get(f"/jobs/{job.pk}/").status_code == 404
    assert neighbour.post(f"/jobs/{job.pk}/", {"do": "cancel"}).status_code == 404
    assert Job.objects.get(pk=job.pk).state == "waiting"


def test_a_rhythm_is_set_and_removed_by_who_may(signed_in, technician, estate):
    berlin = estate["sites"]["berlin"]
    fields = {"site": str(berlin.pk), "minutes": "60"}
    assert technician.post("/jobs/rhythms/", fields).status_code == 403
    admin = signed_in(estate["people"]["admin"])
    assert "every hour" in admin.post("/jobs/rhythms/", fields, follow=True).content.decode()
    assert Rhythm.objects.get().minutes == 60
    assert "between 5 minutes" in admin.post("/jobs/rhythms/", {**fields, "minutes": "1"}, follow=True).content.decode()
    admin.post("/jobs/rhythms/", {"site": str(berlin.pk), "do": "remove"})
    assert not Rhythm.objects.exists()
