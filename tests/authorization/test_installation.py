"""Base and maintenance of an installation, and the cloud account."""

from datetime import date

import pytest

from licet.authorization.coverage import Grant, Rules
from licet.authorization.installation import AccountState, InstallationState, account, base, maintenance

TODAY = date(2026, 11, 26)
RULES = Rules("Europe/Berlin", 90)
HCP = InstallationState("hcp", service_months=36, activated_on=date(2026, 2, 9))


def grant(kind="base", product="hcp", **values):
    return Grant(licence=1, grant=1, metric="camera", quantity=0, kind=kind, product=product, title="Base", **values)


@pytest.mark.parametrize(
    ("grants", "expected"),
    [
        ([], ("unlicensed", "no_base")),
        ([grant(product="other")], ("unlicensed", "no_base")),
        ([grant(kind="expansion")], ("unlicensed", "no_base")),
        ([grant()], ("authorized", "base_active")),
        ([grant(expires_on=date(2026, 12, 1))], ("expiring", "licence_expiring")),
        ([grant(expires_on=date(2026, 11, 25))], ("expired", "licence_expired")),
        ([grant(needs_activation=True, activation="not_activated")], ("unlicensed", "bought_not_activated")),
        ([grant("trial", expires_on=date(2026, 12, 8))], ("expiring", "trial_in_production")),
        ([grant("trial", expires_on=date(2026, 11, 1))], ("expired", "trial_expired")),
        ([grant("trial", expires_on=date(2026, 12, 8)), grant()], ("authorized", "base_active")),
    ],
)
def test_the_base_of_an_installation(grants, expected):
    verdict = base(HCP, grants, TODAY, RULES)
    assert (verdict.status, verdict.reason) == expected


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (HCP, ("authorized", "maintenance_covered", "2029-02-08")),
        (InstallationState("hcp", service_months=36, activated_on=date(2023, 6, 1)), ("expired", "maintenance_lapsed", "2026-05-31")),
        (InstallationState("hcp", service_months=36, activated_on=date(2024, 1, 10)), ("expiring", "maintenance_expiring", "2027-01-09")),
        (InstallationState("hcp", service_months=36, activated_on=date(2020, 1, 1), maintenance_until=date(2028, 1, 1)), ("authorized", "maintenance_covered", "2028-01-01")),
        (InstallationState("hcp", service_months=36), ("unknown", "activation_date_missing", None)),
        (InstallationState("vms"), ("unknown", "maintenance_not_stated", None)),
        (InstallationState("free", free=True), ("not_required", "free_product", None)),
    ],
)  # fmt: skip
def test_maintenance_runs_from_activation_and_never_changes_the_right_to_use(state, expected):
    verdict = maintenance(state, TODAY, RULES)
    assert (verdict.status, verdict.reason, verdict.params.get("ends_on")) == expected


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (AccountState(ours=False, owner="Installer Ltd"), ("suspended", "owner_outside")),
        (AccountState(second_factor=False), ("suspended", "no_second_factor")),
        (AccountState(), ("unknown", "second_factor_not_stated")),
        (AccountState(second_factor=True), ("unknown", "users_never_reviewed")),
        (AccountState(second_factor=True, users_reviewed_on=date(2026, 6, 1)), ("authorized", "account_in_order")),
        (AccountState(second_factor=True, users_reviewed_on=date(2025, 6, 1)), ("expired", "review_overdue")),
    ],
)
def test_a_cloud_account(state, expected):
    verdict = account(state, TODAY, RULES)
    assert (verdict.status, verdict.reason) == expected
