"""Migrations about keys, with rows in place."""


def test_licences_with_marks_get_keys_beside_them(installation):
    installation.run("migrate", "register", "0002")
    assert installation.run("old_licence") == "1"
    installation.run("migrate")
    assert installation.run("read_licence") == "HikCentral-P-VSS-1Ch False 1 0"
