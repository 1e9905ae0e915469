import re
from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest
from tests import factories as make

from licet.alerts.feed import add_link, calendar, opened, revoke_link
from licet.alerts.models import FeedLink
from licet.register.models import Licence, Pool
from licet.renewals.record import Details, start
from licet.sites.record import NotPossible
from licet.sites.scope import SYSTEM

pytestmark = pytest.mark.django_db


def ending(pool, now, left, **values):
    return make.licence(pool, 1, term="dated", expires_on=now.date() + timedelta(days=left), **values)


def lines(data):
    """A second, plain reading of RFC 5545: unfolded lines as (name, parameters, value)."""
    text = data.decode().replace("\r\n ", "")
    assert all(len(line.encode()) <= 75 for line in data.decode().split("\r\n"))
    found = []
    for line in text.strip().split("\r\n"):
        head, _colon, value = line.partition(":")
        name, *parameters = head.split(";")
        found.append((name, parameters, value))
    return found


def test_days_are_all_day_events_that_end_the_day_after(pool, now):
    row = ending(pool, now, 30, title="VSS 64, „Süd“; phase 2")
    data = calendar(SYSTEM, now)
    [event] = icalendar.Calendar.from_ical(data).walk("VEVENT")
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (date(2026, 12, 26), date(2026, 12, 27))
    assert str(event["summary"]) == "VSS 64, „Süd“; phase 2: ends"
    assert event["dtstart"].params["VALUE"] == "DATE"
    assert event["transp"] == "TRANSPARENT"
    assert str(event["uid"]).startswith(f"licence-{row.pk}-ends@")
    plain = lines(data)
    assert [value for name, _p, value in plain if name in {"DTSTART", "DTEND"}] == ["20261226", "20261227"]
    assert [value for name, _p, value in plain if name == "TRIGGER"] == ["-P6DT15H", "-PT15H"]
    assert ("METHOD", [], "PUBLISH") in plain
    assert "TZID" not in data.decode()


def test_a_moved_day_keeps_its_uid_and_each_kind_of_day_has_its_own(pool, now):
    row = ending(pool, now, 30)
    Licence.objects.filter(pk=row.pk).update(maintenance_until=date(2027, 2, 1), notice_on=date(2026, 12, 1))
    start(SYSTEM, [row.pk], Details(due_on=date(2026, 12, 10)), now, today=now.date())
    before = uids(now)
    assert len(before) == 4
    Licence.objects.filter(pk=row.pk).update(expires_on=date(2027, 5, 1))
    assert uids(now) == before
    assert uids(now + timedelta(days=1)) == before


def uids(now):
    return {str(event["uid"]) for event in icalendar.Calendar.from_ical(calendar(SYSTEM, now)).walk("VEVENT")}


def test_a_renewed_licence_leaves_the_calendar(pool, now):
    old = ending(pool, now, 30)
    ending(pool, now, 400, supersedes=old)
    assert len(uids(now)) == 1


def test_it_shows_what_its_person_may_see_now(pool, now):
    ending(pool, now, 30, title="Berlin's")
    ending(Pool.objects.create(site=make.site("Leeds"), name="L"), now, 30, title="Leeds's")
    person = make.person("mia", "viewer", pool.site)
    row, token = add_link(person.actor(), person, "phone", now)
    assert token not in str(FeedLink.objects.values().get())
    found = opened(token, now)
    assert found == row
    text = calendar(found.person.actor(), now).decode()
    assert "Berlin's" in text
    assert "Leeds's" not in text
    person.memberships.all().delete()
    assert "Berlin's" not in calendar(opened(token, now).person.actor(), now).decode()


def test_a_revoked_link_and_that_of_somebody_switched_off_open_nothing(pool, now):
    person = make.person("mia", "viewer", pool.site)
    row, token = add_link(person.actor(), person, "phone", now)
    _other, second = add_link(person.actor(), person, "tablet", now)
    with pytest.raises(NotPossible):
        revoke_link(make.person("sven", "administrator", pool.site).actor(), row, now)
    revoke_link(person.actor(), row, now)
    assert opened(token, now) is None
    assert opened(second, now) is not None
    person.is_active = False
    person.save()
    assert opened(second, now) is None
    assert opened("cal_" + "x" * 43, now) is None


def test_its_use_is_noted_at_most_once_a_minute(pool, now):
    person = make.person("mia", "viewer", pool.site)
    row, token = add_link(person.actor(), person, "phone", now)
    opened(token, now)
    opened(token, now + timedelta(seconds=30))
    row.refresh_from_db()
    assert row.last_used_at == now


def test_the_address_answers_without_a_session_and_guessing_is_held_up(client, pool):
    ending(pool, datetime.now(UTC), 30, title="Berlin's")
    person = make.person("mia", "viewer", pool.site)
    row, token = add_link(person.actor(), person, "phone", datetime.now(UTC))
    answer = client.get(f"/calendar/{token}.ics")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert b"Berlin's" in answer.content
    assert not answer.cookies
    assert re.search(rb"BEGIN:VCALENDAR\r\n", answer.content)
    assert client.post(f"/calendar/{token}.ics").status_code in {403, 405}
    revoke_link(person.actor(), row, datetime.now(UTC))
    assert client.get(f"/calendar/{token}.ics").status_code == 404
    for _ in range(60):
        client.get("/calendar/cal_wrong.ics")
    assert client.get("/calendar/cal_wrong.ics").status_code == 429
