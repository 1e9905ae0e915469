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

    from licet.authorization.models import Demand
    from licet.estate.models import Device
    from licet.register.models import Grant, Licence, Pool
    from licet.sites.record import add_site
    from licet.sites.scope import SYSTEM

    root = add_site(SYSTEM, ROOT)
    sites = [add_site(SYSTEM, f"Site {n}", parent=root, time_zone="Europe/Berlin", country="DE") for n in range(100)]
    first, number = sites[0].pk, len(sites)
    seen = "'2026-01-01 00:00:00'"
    with transaction.atomic(), connection.cursor() as cursor:
        _insert(
            cursor,
            Device,
            devices,
            {
                "site_id": f"{first} + i % {number}",
                "serial_number": "printf('DS-2CD2146G2-ISU20230415AAWR%09d', i)",
                "short_serial": "printf('%09d', i)",
                "name": f"printf('Camera %07d', i * 7919 % {devices})",
                "model": "'DS-2CD2146G2-ISU'",
                "kind": "CASE i % 10 WHEN 0 THEN 'recorder' ELSE 'camera' END",
                "address": "printf('10.%d.%d.%d', i / 65536 % 256, i / 256 % 256, i % 256)",
                "mac": "printf('02:00:5e:%06x', i)",
                "firmware_version": "CASE i % 3 WHEN 0 THEN '5.7.17' ELSE '5.7.15' END",
                "region": "'WR'",
                "reach": "CASE i % 50 WHEN 0 THEN 'unreachable' ELSE 'answered' END",
                "last_answered_at": seen,
                "activated": "1",
                "first_seen_at": seen,
            },
        )
        pool = {"site_id": f"{first} + i % {number}", "name": "printf('Pool %d', i)"}
        _insert(cursor, Pool, pools, pool)
        # A quarter of the grants is dated, some are over; each pool gets its share, pool 1 a large one.
        _insert(
            cursor,
            Licence,
            grants,
            {
                "site_id": f"{first} + (1 + i % {pools}) % {number}",
                "pool_id": f"1 + i % {pools}",
                "title": "printf('Licence %d', i)",
                "kind": "'expansion'",
                "term": "'perpetual'",
                "units": "60",
                "expires_on": "CASE i % 8 WHEN 0 THEN '2026-12-20' WHEN 1 THEN '2026-03-01' ELSE NULL END",
                "activation": "'active'",
                "created_at": seen,
            },
        )
        _insert(
            cursor,
            Grant,
            grants,
            {
                "licence_id": "i",
                "metric": f"CASE i / {pools} % 4 WHEN 3 THEN 'anpr_camera' ELSE 'camera' END",
                "quantity": f"CASE WHEN 1 + i % {pools} = 1 THEN 9000 ELSE {max(1, demands // grants)} END",
            },
        )
        _insert(
            cursor,
            Demand,
            demands,
            {
                "subject_type": "1",
                "subject_id": f"1 + i % {devices}",
                "site_id": f"{first} + (1 + i % {devices}) % {number}",
                "pool_id": f"CASE WHEN i <= 20000 THEN 1 ELSE 2 + i % {pools - 1} END",
                "metric": f"CASE WHEN i > {devices} THEN 'anpr_camera' ELSE 'camera' END",
                "unreported": "i % 3 = 0",
                "first_seen_at": "datetime('2026-01-01', printf('+%d minutes', i * 7919 % 400000))",
                "serial_number": "printf('S%09d', i)",
            },
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _insert(cursor, model, rows: int, values: dict[str, str]) -> None:
    """Rows 1 to ``rows`` of a model: an SQL expression of ``i`` for each column, the model's own default for the others."""
    from django.db import connection

    for field in model._meta.local_concrete_fields:  # noqa: SLF001
        if field.column not in values and not field.null and not field.primary_key:
            default = field.get_db_prep_save(field.get_default(), connection)
            values[field.column] = str(int(default)) if isinstance(default, int) else "'" + str(default or "") + "'"
    columns = ", ".join(f'"{name}"' for name in ("id", *values))
    cursor.execute(
        f"INSERT INTO {model._meta.db_table} ({columns})"  # noqa: SLF001
        f" WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})"
        f" SELECT i, {', '.join(values.values())} FROM n"
    )
