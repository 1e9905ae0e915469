import csv
import io
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from licet.simulator import purchases
from licet.simulator.devices import Death, region_of
from licet.simulator.estate import KEEPINGS, demo_estate
from licet.simulator.recordings import load
from licet.simulator.server import DeviceServer

TODAY = date(2026, 11, 26)
SECRETS = {"password"}


@pytest.fixture(scope="module")
def estate():
    return demo_estate(200, port=8080, today=TODAY)


def test_it_has_two_hundred_devices_on_four_sites(estate):
    assert len(estate.devices) == 200
    assert len(estate.sites) == 4
    assert all(len(estate.of_site(site.name)) >= 20 for site in estate.sites)
    assert {site.country for site in estate.sites} == {"DE", "ES", "NZ", "US"}
    assert all(ZoneInfo(site.time_zone) for site in estate.sites)


def test_it_can_be_played_at_once(estate):
    assert len(DeviceServer(estate.devices).live) == 200
    assert len({device.serial for device in estate.devices}) == 200
    assert len({device.mac for device in estate.devices}) == 200


@pytest.mark.parametrize(("count", "also"), [(120, 120), (200, 200), (500, 500)])
def test_the_head_office_needs_exactly_what_was_bought(count, also):
    made = demo_estate(count, port=8080, today=TODAY)
    assert len(made.devices) == also
    assert made.demand(purchases.HEADQUARTERS) == {"camera": 213, "door": 24, "anpr_camera": 6}


def test_the_other_pools_have_room_or_too_little(estate):
    assert estate.demand(purchases.APPLIANCE) == {"camera": 66}
    assert estate.demand(purchases.SHOP) == {"camera": 41}
    assert estate.demand(purchases.TRIAL) == {"camera": 4}
    assert estate.demand(purchases.DOORS) == {"door": 2}


def test_too_few_devices_are_refused():
    with pytest.raises(ValueError, match="at least 120"):
        demo_estate(119, port=8080)


def test_the_troubles_are_there(estate):
    devices = estate.devices
    assert sum(not device.activated for device in devices) == 5
    assert sum(device.credential_wrong for device in devices) == 4
    assert sum(device.locked for device in devices) == 3
    assert sum(device.death is not Death.NO for device in devices) == 4
    assert sum(device.reset_after == 1 for device in devices) == 1
    assert [device.uplink.server for device in devices if device.uplink] == ["203.0.113.50"]
    assert sum(("Road Traffic", True) in device.apps for device in devices) == 6
    keepings = {device.keeping for device in devices if load(device.recording).family == "recorder"}
    assert keepings == set(KEEPINGS)
    chinese = [device for device in devices if region_of(device.serial) == "CH"]
    assert [estate.site_of[device.serial] for device in chinese] == ["Madrid warehouse"]


def test_the_estates_credential_opens_all_but_the_refused(estate):
    by_site = {credential.site: credential for credential in estate.credentials}
    for device in estate.devices:
        credential = by_site[estate.site_of[device.serial]]
        assert device.username == credential.username
        assert (device.password == credential.password) != device.credential_wrong


def test_passwords_are_new_each_time_and_all_else_is_the_same(estate):
    again = demo_estate(200, port=8080, today=TODAY)
    assert {credential.password for credential in estate.credentials}.isdisjoint(
        credential.password for credential in again.credentials
    )
    assert [device.serial for device in again.devices] == [device.serial for device in estate.devices]
    assert again.memberships == estate.memberships
    assert again.cloud_accounts == estate.cloud_accounts
    assert not any(credential.password in repr(estate) for credential in estate.credentials)


def test_cameras_behind_recorders_are_partly_reachable_themselves(estate):
    known = {device.serial: device for device in estate.devices}
    channels = [channel for device in estate.devices for channel in device.cameras or ()]
    seen_twice = [channel for channel in channels if channel.serial in known]
    assert len(channels) == 264
    assert len(seen_twice) == 80
    assert len({channel.serial for channel in channels}) == 264
    for channel in seen_twice:
        assert channel.address == known[channel.serial].address
        assert channel.model == known[channel.serial].model


def test_the_account_lists_what_is_bound_to_it_and_not_the_strangers(estate):
    bound = {device.short_serial: device for device in estate.devices if device.cloud.bound}
    ours = next(account for account in estate.cloud_accounts if account.ours)
    strangers = set(bound) - set(ours.listed)
    assert len(ours.listed) > 20
    assert [bound[serial].name.split(" 1")[0] for serial in strangers] == ["Former installer's"]
    assert set(ours.listed) < set(bound)


def test_memberships_name_devices_and_installations_that_exist(estate):
    serials = {device.serial for device in estate.devices}
    names = {installation.name for installation in estate.installations}
    assert {member.serial for member in estate.memberships} <= serials
    assert {member.installation for member in estate.memberships} == names


def test_the_register_is_a_plain_table(estate):
    rows = list(csv.DictReader(io.StringIO(estate.register_csv())))
    assert list(rows[0]) == [
        "Product",
        "SKU",
        "Quantity",
        "Order",
        "Purchased",
        "Starts",
        "Expires",
        "Activated",
        "Site",
        "Pool",
        "Price",
        "Currency",
        "Note",
    ]
    bought = {}
    for row in rows:
        bought.setdefault((row["Pool"], row["SKU"]), []).append(int(row["Quantity"]))
    assert sum(bought[purchases.HEADQUARTERS, "HikCentral-P-VSS-1Ch"]) == 213
    assert (
        16 * bought[purchases.HEADQUARTERS, "HikCentral-P-ACS-16Door/Base"][0]
        + bought[purchases.HEADQUARTERS, "HikCentral-P-ACS-1Door"][0]
        == 24
    )
    assert bought[purchases.HEADQUARTERS, "HikCentral-P-ANPR-1Camera"] == [6]
    assert bought[purchases.APPLIANCE, "HikCentral-P-VER/HW1D/300"] == [1]
    assert bought[purchases.SHOP, "HikCentral-P-VSS-1Ch"] == [32]
    assert [sku for pool, sku in bought if pool == purchases.DOORS] == ["HikCentral-P-ACS-1Door"]


def test_the_dates_tell_what_has_lapsed(estate):
    activated = {installation.name: installation.activated_on for installation in estate.installations}
    assert activated[purchases.SHOP] == date(2023, 6, 26)  # 41 months: out of the 36 of the free service
    assert activated[purchases.HEADQUARTERS] == date(2024, 5, 26)  # 30 months
    trial = next(row for row in estate.purchases if "trial" in row.sku)
    assert trial.expires == date(2026, 12, 8)
    assert next(
        installation for installation in estate.installations if installation.name == purchases.TRIAL
    ).in_production


@pytest.mark.parametrize(
    ("day", "months", "before"), [(date(2026, 3, 31), 1, date(2026, 2, 28)), (date(2026, 1, 5), 13, date(2024, 12, 5))]
)
def test_months_before_a_day_exist(day, months, before):
    assert purchases.months_before(day, months) == before
