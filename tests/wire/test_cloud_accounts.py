"""The cloud clients against the simulated clouds and the recorded answers."""

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime

import pytest

from licet.simulator.cloud import Bound, CloudQuirks, CloudServer
from licet.simulator.service import LoopbackService
from licet.wire.hikconnect.app import AppAccount
from licet.wire.hikconnect.hosts import Route, vendor_host
from licet.wire.hikconnect.keyed import PARTNER, TEAMS, KeyAccount
from licet.wire.hikconnect.records import app_page
from licet.wire.hikconnect.session import Session, expiry_of, session_from
from licet.wire.transport import Endpoint
from licet.wire.trouble import ServiceError, State

TODAY = date(2026, 11, 26)
PASSWORD = "an-invented-password"
DEVICES = [
    Bound("D00000001", "Gate", online=True, plan_days=198),
    Bound("D00000002", "Yard", online=False, plan_days=-9619),
    Bound("D00000003", "Hall", shared=True, plan_days=-12),
]


def cloud(devices=DEVICES, sites=(), **quirks):
    return CloudServer(
        devices, password=PASSWORD, key="ak", secret="sk", sites=sites, quirks=CloudQuirks(**{"redirects": 0} | quirks)
    )


@asynccontextmanager
async def playing(simulated):
    async with LoopbackService(simulated.handle) as played:
        yield Route(Endpoint(played.host, played.port, "http"))


def read(simulated, *, password=PASSWORD, terminal="0f" * 16, session=None, name="owner@example.org"):
    async def work():
        async with (
            playing(simulated) as route,
            AppAccount(route, name, password, terminal=terminal, session=session) as one,
        ):
            pages = [page async for page in one.devices(TODAY)]
            return [row for page in pages for row in page.rows], [p for page in pages for p in page.plans], one

    return asyncio.run(work())


def keyed(simulated, kind, *, key="ak", secret="sk", session=None):
    async def work():
        async with playing(simulated) as route, KeyAccount(route, kind, key, secret, session=session) as one:
            rows = [row async for page in one.devices() for row in page.rows]
            return rows, [share async for share in one.shares()], one

    return asyncio.run(work())


def trouble(work, *arguments, **options):
    with pytest.raises(ServiceError) as caught:
        work(*arguments, **options)
    return caught.value.trouble


def test_devices_state_shares_and_plans_are_read():
    rows, plans, account = read(cloud())
    assert [(row.short_serial, row.online, row.shared) for row in rows] == [
        ("D00000001", True, False), ("D00000002", False, False), ("D00000003", True, True),
    ]  # fmt: skip
    assert [(plan.state, plan.ends_on) for plan in plans] == [
        ("running", date(2027, 6, 12)), ("expired", None), ("expired", date(2026, 11, 14)),
    ]  # fmt: skip
    assert account.session.host == "apiieu.hik-connect.com"
    assert account.session.expires_at > 1_700_000_000
    assert account.signed_in


def test_no_secret_of_an_answer_is_kept():
    rows, plans, account = read(cloud())
    assert "an-invented-hash" not in repr(rows) + repr(plans)
    assert account.session.token not in repr(account.session)


def test_case_c116_every_page_is_read_although_the_total_is_always_nothing():
    many = [Bound(f"E{n:08}") for n in range(230)]
    assert len(read(cloud(many))[0]) == 230


def test_a_promise_of_more_with_an_empty_page_ends():
    assert len(read(cloud(DEVICES, endless=True))[0]) == 3


def test_a_list_that_repeats_itself_is_incomplete():
    assert trouble(read, cloud([Bound(f"E{n:08}") for n in range(60)], repeats=True)).state is State.INCOMPLETE


def test_side_maps_that_are_null_leave_what_is_unknown_unknown():
    rows, _plans, _account = read(cloud(null_maps=True))
    assert [row.online for row in rows] == [True, False, True]
    assert [row.unbound_at for row in rows] == [None, None, None]


def test_case_c026_the_region_that_is_named_is_asked_once():
    simulated = cloud(redirects=1)
    rows, _plans, _account = read(simulated)
    assert len(rows) == 3
    assert [host for host, path in simulated.asked if path.endswith("login/v2")] == [
        "api.hik-connect.com", "apiieu.hik-connect.com",
    ]  # fmt: skip


def test_case_c026_a_region_that_is_not_the_vendors_is_not_asked():
    simulated = cloud(redirects=1, redirect_to="evil.example.org")
    found = trouble(read, simulated)
    assert found.state is State.POLICY
    assert len(simulated.asked) == 1


def test_a_region_that_sends_on_again_is_an_error_and_no_circle():
    simulated = cloud(redirects=9, redirect_to="apiius.hik-connect.com")
    assert trouble(read, simulated).state is State.OTHER_REGION
    assert len(simulated.asked) == 2
    assert simulated.tries == 0


def test_a_home_that_is_not_the_vendors_gets_no_session():
    assert trouble(read, cloud(home="api.example.org")).state is State.POLICY


@pytest.mark.parametrize(
    ("code", "state"),
    [
        (1012, State.SECOND_FACTOR), (6002, State.SECOND_FACTOR), (1015, State.LOCKED), (1041, State.LOCKED),
        (20031, State.TERMINALS), (110007, State.QUOTA), (500, State.BUSY),
    ],
)  # fmt: skip
def test_case_c027_each_failure_that_comes_with_200_has_its_state(code, state):
    found = trouble(read, cloud(login_code=code))
    assert (found.state, found.code) == (state, str(code))
    assert str(code) in found.sentence
    assert found.remedy


def test_a_wrong_password_is_sent_once():
    simulated = cloud()
    found = trouble(read, simulated, password="wrong")
    assert (found.state, found.needs_person) == (State.REFUSED, True)
    assert simulated.tries == 1


def test_case_c029_two_runs_are_one_terminal_and_one_sign_in():
    simulated = cloud()
    _rows, _plans, account = read(simulated)
    read(simulated, session=session_from(account.session.as_text()))
    assert simulated.quirks.terminals == ["0f" * 16]
    assert simulated.tries == 1


def test_case_c029_a_full_terminal_list_is_not_a_wrong_password():
    found = trouble(read, cloud(most_terminals=1, terminals=["aa"]))
    assert found.state is State.TERMINALS
    assert "Remove old terminals" in found.remedy


def test_a_session_that_is_over_is_refreshed_without_the_password():
    simulated = cloud(session_seconds=10)
    _rows, _plans, account = read(simulated)
    tries = simulated.tries
    simulated.quirks.session_seconds = 86_400
    rows, _plans, again = read(simulated, session=account.session)
    assert len(rows) == 3
    assert not again.signed_in
    assert simulated.tries == tries


def test_a_session_that_dies_in_between_is_renewed_once():
    simulated = cloud(kills_sessions=1)
    assert len(read(simulated)[0]) == 3
    assert trouble(read, cloud(kills_sessions=5)).state is State.TOKEN


def test_the_recorded_list_is_read(shared):
    text = (shared / "recordings" / "cloud" / "hik-connect-pagelist.json").read_text(encoding="utf-8")
    row = app_page(json.loads(text), TODAY).rows[0]
    assert (row.short_serial, row.model, row.online, row.shared) == ("D12345678", "DS-KH6210-L", True, False)
    assert row.unbound_at == datetime(2020, 4, 11, 8, 7, 1, 107000, UTC)
    assert row.bound_since == "2020-10-20 13:11:08"


def test_the_recorded_list_of_the_sister_cloud_is_read(shared):
    text = (shared / "recordings" / "cloud" / "ezviz-pagelist.json").read_text(encoding="utf-8")
    page = app_page(json.loads(text), TODAY)
    assert len(page.rows) == 19
    assert sum(row.online is False for row in page.rows) >= 4
    assert any(plan.state == "running" for plan in page.plans)
    assert all(plan.ends_on is None for plan in page.plans if plan.state == "never")


@pytest.mark.parametrize("kind", [TEAMS, PARTNER])
@pytest.mark.parametrize("number_codes", [False, True])
def test_the_clouds_with_keys_list_their_devices(kind, number_codes):
    simulated = cloud([Bound(f"K{n:08}", f"Door {n}", site="Hall") for n in range(120)], number_codes=number_codes)
    rows, _shares, account = keyed(simulated, kind)
    assert len(rows) == 120
    assert rows[0].short_serial == "K00000000"
    assert rows[0].online is True
    assert vendor_host(account.session.host)
    assert 1_700_000_000 < account.session.expires_at < 4_102_444_800


def test_teams_asks_region_after_region_only_while_the_key_is_not_known_there():
    simulated = cloud()
    keyed(simulated, TEAMS)
    asked = [host for host, path in simulated.asked if "token" in path]
    assert asked == ["isa.hikcentralconnect.com", "ius.hikcentralconnect.com", "ieu.hikcentralconnect.com"]


def test_teams_with_a_wrong_secret_is_refused_where_the_key_is_known():
    simulated = cloud()
    assert trouble(keyed, simulated, TEAMS, secret="wrong").code == "OPEN000010"
    assert simulated.tries == 3


def test_an_area_that_is_not_the_vendors_gets_no_token():
    simulated = cloud(foreign_area="https://evil.example.org")
    assert trouble(keyed, simulated, PARTNER).state is State.POLICY
    assert len(simulated.asked) == 1


def test_partner_pro_takes_the_bare_token_where_it_refuses_bearer_and_it_is_remembered():
    simulated = cloud(bearer_refused=True)
    _rows, _shares, account = keyed(simulated, PARTNER)
    assert account.session.bearer is False
    before = len(simulated.asked)
    keyed(simulated, PARTNER, session=account.session)
    assert len(simulated.asked) == before + 2


def test_partner_pro_tells_who_may_act_on_a_site_and_until_when():
    sites = [
        {"siteName": "Rented shop", "isRental": True},
        {"siteName": "Head office", "permission": "live view", "permissionEndTime": "2027-01-31 00:00:00"},
    ]
    _rows, shares, _account = keyed(cloud(sites=sites), PARTNER)
    assert [(one.kind, one.who, one.until) for one in shares] == [
        ("rental_site", "Rented shop", None), ("installer", "Head office", date(2027, 1, 31)),
    ]  # fmt: skip


def test_a_list_with_fewer_rows_than_it_names_is_incomplete():
    simulated = cloud([Bound(f"K{n:08}") for n in range(70)], repeats=True)
    assert trouble(keyed, simulated, TEAMS).state is State.INCOMPLETE


def test_a_token_that_dies_is_renewed_once():
    assert len(keyed(cloud(kills_sessions=1), TEAMS)[0]) == 3


@pytest.mark.parametrize(
    "text",
    [
        "http://api.hik-connect.com",
        "https://api.hik-connect.com.example.org",
        "https://x@api.hik-connect.com",
        "",
        None,
    ],
)
def test_what_is_no_host_of_the_vendor(text):
    assert vendor_host(text) is None


def test_a_kept_session_of_another_host_is_not_used():
    assert session_from(Session("evil.example.org", "t").as_text()) is None
    assert session_from("{") is None
    assert session_from(Session("ieu.hikcentralconnect.com", "t", "r", 5, bearer=False).as_text()).bearer is False


def test_the_end_of_a_token_is_read_and_nonsense_is_no_end(shared):
    text = (shared / "recordings" / "cloud" / "hik-connect-login.json").read_text(encoding="utf-8")
    assert expiry_of(json.loads(text)["loginSession"]["sessionId"]) == 1764201600
    assert [expiry_of(one) for one in ("", "a.b.c", "a.e30.c", "a.b")] == [0, 0, 0, 0]


def test_nothing_but_reading_is_asked():
    simulated = cloud()
    read(simulated)
    keyed(simulated, TEAMS)
    keyed(simulated, PARTNER)
    assert simulated.forbidden == []
