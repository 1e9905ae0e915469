"""An embedded database of its own for a benchmark, and a large estate in it, made by the database itself."""

import os

ROOT = "Bench"


def open_database() -> None:
    """Settings, schema and catalogue in the folder of ``LICET_DATA``."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "licet.settings.embedded")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def fill(devices: int, demands: int, grants: int, pools: int) -> None:
    """So many devices, demands and grants over so many pools; pool 1 holds 20,000 members, the others share the rest."""
    from django.db import connection, transaction

    from licet.sites.record import add_site
    from licet.sites.scope import SYSTEM

    root = add_site(SYSTEM, ROOT)
    sites = [add_site(SYSTEM, f"Site {n}", parent=root, time_zone="Europe/Berlin", country="DE") for n in range(100)]
    first, number = sites[0].pk, len(sites)
    with transaction.atomic(), connection.cursor() as cursor:

        def series(count):
            return f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) "

        seen = "'2026-01-01 00:00:00'"
        cursor.execute(
            "INSERT INTO estate_device (id, site_id, serial_number, short_serial, name, model, kind, address, port, scheme, mac,"
            " firmware_version, region, allow_basic, legacy_tls, fingerprint, reach, reach_reason, last_answered_at, activated,"
            " isup_server, apps_running, refused_marks, first_seen_at) "
            + series(devices)
            + f"SELECT i, {first} + i % {number}, printf('DS-2CD2146G2-ISU20230415AAWR%09d', i), printf('%09d', i),"
            f" printf('Camera %07d', i * 7919 % {devices}), 'DS-2CD2146G2-ISU', CASE i % 10 WHEN 0 THEN 'recorder' ELSE 'camera' END,"
            " printf('10.%d.%d.%d', i / 65536 % 256, i / 256 % 256, i % 256), 80, 'http', printf('02:00:5e:%06x', i),"
            f" CASE i % 3 WHEN 0 THEN '5.7.17' ELSE '5.7.15' END, 'WR', 0, 0, '', CASE i % 50 WHEN 0 THEN 'unreachable' ELSE 'answered' END,"
            f" '', {seen}, 1, '', '[]', '[]', {seen} FROM n"
        )
        cursor.execute(
            "INSERT INTO register_pool (id, site_id, name) "
            + series(pools)
            + f"SELECT i, {first} + i % {number}, printf('Pool %d', i) FROM n"
        )
        # A quarter of the grants is dated, some are over; each pool gets its share, pool 1 a large one.
        cursor.execute(
            "INSERT INTO register_licence (id, site_id, pool_id, title, kind, term, units, expires_on, activation, currency, assignee,"
            " note, created_at) "
            + series(grants)
            + f"SELECT i, {first} + (1 + i % {pools}) % {number}, 1 + i % {pools}, printf('Licence %d', i), 'expansion', 'perpetual',"
            " 60, CASE i % 8 WHEN 0 THEN '2026-12-20' WHEN 1 THEN '2026-03-01' ELSE NULL END, 'active', '', '', '', "
            + seen
            + " FROM n"
        )
        cursor.execute(
            "INSERT INTO register_grant (id, licence_id, metric, quantity)"
            f" SELECT id, id, CASE id / {pools} % 4 WHEN 3 THEN 'anpr_camera' ELSE 'camera' END,"
            f" CASE WHEN pool_id = 1 THEN 9000 ELSE {max(1, demands // grants)} END FROM register_licence"
        )
        cursor.execute(
            "INSERT INTO authorization_demand (id, subject_type, subject_id, site_id, pool_id, metric, quantity, unreported,"
            " first_seen_at, serial_number, stated, because, said) "
            + series(demands)
            + f"SELECT i, 1, 1 + i % {devices}, {first} + (1 + i % {devices}) % {number},"
            f" CASE WHEN i <= 20000 THEN 1 ELSE 2 + i % {pools - 1} END, CASE WHEN i > {devices} THEN 'anpr_camera' ELSE 'camera' END, 1,"
            " i % 3 = 0, datetime('2026-01-01', printf('+%d minutes', i * 7919 % 400000)), printf('S%09d', i), 0, '', 0 FROM n"
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
