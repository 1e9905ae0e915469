"""Two who do the same in one moment. SQLite lets one writer in at a time, so this needs PostgreSQL, and connections that commit."""

import json
import os
import subprocess
import sys

import pytest
from tests.cli.databases import environment

pytestmark = pytest.mark.skipif(not os.environ.get("DATABASE_URL"), reason="SQLite lets one writer in at a time")

AT_ONCE = """
import json, threading
import django
django.setup()
from django.db import connection
from licet.sites import people
from licet.sites.models import Membership, Person
from licet.sites.record import NotPossible, add_site
from licet.sites.scope import SYSTEM

def at_once(*actions):
    start, said = threading.Barrier(len(actions)), []
    def run(action):
        start.wait()
        try:
            action()
            said.append("done")
        except NotPossible as error:
            said.append(str(error))
        finally:
            connection.close()
    threads = [threading.Thread(target=run, args=(action,)) for action in actions]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    return sorted(said)

def away(way, actor, person):
    if way == "take":
        people.take_role(actor, person, "administrator", None)
    else:
        people.deactivate(actor, person)

def added(name):
    return lambda: people.invite(SYSTEM, name, role="viewer")

found = {"take": [], "off": [], "site": [], "person": []}
for number in range(5):
    for way in ("take", "off"):
        Membership.objects.all().delete()
        one, other = (Person.objects.create_user(f"{name} {way} {number}", "a sentence that is long") for name in ("one", "other"))
        for person in (one, other):
            Membership.objects.create(person=person, role="administrator")
        first, second = one.actor(), other.actor()
        found[way].append(at_once(lambda: away(way, first, other), lambda: away(way, second, one)))
    found["site"].append(at_once(*[lambda: add_site(SYSTEM, f"Hall {number}")] * 2))
    found["person"].append(at_once(added(f"bea{number}"), added(f"BEA{number}")))
print(json.dumps(found))
"""


def test_of_two_who_do_the_same_at_once_one_is_refused(tmp_path):
    own = {**environment(tmp_path), "LICET_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "licet.settings.server"}
    ran = subprocess.run([sys.executable, "-c", AT_ONCE], env=own, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:]
    found = json.loads(ran.stdout)
    for said in found["take"] + found["off"]:
        assert said[0].startswith("This is the last administrator")
        assert said[1:] == ["done"]
    assert found["site"] == [[f"There is already a site 'Hall {number}' here.", "done"] for number in range(5)]
    for number, said in enumerate(found["person"]):
        assert [one.lower() for one in said] == [f"there is already a person 'bea{number}'.", "done"]
