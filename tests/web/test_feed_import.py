"""Feeds that are taken in by page."""

import gzip
import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from tests.advisories.test_feeds import KEV

from licet.advisories.models import Advisory, Feed
from licet.advisories.update import load_shipped
from licet.sweep import kinds, queue, work
from licet.sweep.clock import put_scheduled
from licet.vault.models import Secret

PLACE = "/updates/advisories/import/"


@pytest.fixture
def admin(signed_in, estate):
    load_shipped(timezone.now())
    return signed_in(estate["people"]["admin"])


def upload(client, data, name="kev.json"):
    data = data if isinstance(data, bytes) else json.dumps(data).encode()
    return client.post(PLACE, {"file": SimpleUploadedFile(name, data)}, follow=True)


def kept():
    return Secret.objects.filter(purpose="feed upload").count()


def test_a_feed_is_looked_at_first_and_taken_in_after_a_yes(admin):
    page = upload(admin, KEV).content.decode()
    assert "CVE-2017-7921" in page
    assert not Feed.objects.filter(kind="kev", file_name="kev.json").exists()
    assert kept() == 1
    assert admin.post(PLACE, {"do": "take"}).url == "/updates/"
    assert Feed.objects.get(kind="kev").file_name == "kev.json"
    assert kept() == 0
    assert admin.post(PLACE, {"do": "take"}).status_code == 422


def test_in_a_large_estate_a_feed_is_taken_in_by_a_job(admin, monkeypatch):
    monkeypatch.setattr(kinds, "LARGE", 0)
    upload(admin, KEV)
    job = admin.post(PLACE, {"do": "take"}).url
    assert not Feed.objects.filter(kind="kev", file_name="kev.json").exists()
    assert work.drain(queue.DEFAULT) == 1
    assert Feed.objects.get(kind="kev").file_name == "kev.json"
    assert kept() == 0
    assert "advisories changed" in admin.get(job).content.decode()


def test_an_older_feed_is_taken_only_when_that_is_ticked(admin):
    page = upload(admin, {**KEV, "dateReleased": "2025-08-01T00:00:00Z"}).content.decode()
    assert "It is older (2025-08-01) than what is held" in page
    answer = admin.post(PLACE, {"do": "take"})
    assert answer.status_code == 422
    assert "A newer one is held" in answer.content.decode()
    before = Feed.objects.get(kind="kev").issued_on
    assert admin.post(PLACE, {"do": "take", "older": "yes"}).status_code == 302
    assert Feed.objects.get(kind="kev").issued_on < before


def test_what_a_catalogue_lists_no_more_is_said(admin):
    page = upload(admin, {**KEV, "dateReleased": "2026-11-20T00:00:00Z", "vulnerabilities": KEV["vulnerabilities"][:0]})
    assert "kev (not listed as exploited any more)" in page.content.decode()
    assert Advisory.objects.filter(kev_added__isnull=False).exists()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<html><body>Sign in</body></html>", "web page or XML"),
        (b"PK\x03\x04 something packed", "packed file"),
        (b'{"a": 1}', "none of the feeds that Licet reads"),
        (b'{"a": ', "begins like JSON but cannot be read"),
        (b"\x1f\x8b broken", "broken or cut short"),
    ],
)
def test_what_is_no_feed_is_refused_in_a_sentence_and_not_kept(admin, data, said):
    answer = upload(admin, data)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert kept() == 0


def test_a_packed_file_that_unpacks_beyond_reason_is_refused(admin, monkeypatch):
    monkeypatch.setattr("licet.advisories.waiting.MOST_UNPACKED", 1 << 20)
    answer = upload(admin, gzip.compress(b"a" * (3 << 20)), "epss.csv.gz")
    assert answer.status_code == 422
    assert "more than 1 MB" in answer.content.decode()


def test_a_file_that_nobody_goes_on_with_is_gone_after_a_day(admin):
    upload(admin, KEV)
    put_scheduled(timezone.now())
    assert kept() == 1
    put_scheduled(timezone.now() + timedelta(hours=25))
    assert kept() == 0
    answer = admin.get(PLACE)
    assert answer.status_code == 422
    assert "upload it again" in answer.content.decode()
    assert admin.get(PLACE).status_code == 200
