"""No receiver keeps the clock, or the others, from going on."""

from datetime import timedelta

import pytest

from licet.alerts import outbox
from licet.alerts.channels import add_channel, remove_channel
from licet.alerts.models import Attempt, Channel, Clock, Message
from licet.alerts.outbox import deliver
from licet.alerts.webhook import Answer
from licet.sites.scope import SYSTEM

pytestmark = pytest.mark.django_db


@pytest.fixture
def ways(berlin, now):
    Clock.objects.create(pk=1)
    named = {"slow": berlin, "failing": None, "quick": None}
    rows = {
        name: add_channel(SYSTEM, name, "webhook", f"http://127.0.0.1:9/{name}", site=site)[0]
        for name, site in named.items()
    }
    Channel.objects.filter(name="failing").update(failing_since=now - timedelta(days=1))
    for name, row in rows.items():
        for number in range(2):
            Message.objects.create(
                key=f"{name} {number}", receiver=f"channel:{row.pk}", channel=row, to="", subject="x", body="x",
                created_at=now, next_at=now - timedelta(minutes=number),
            )  # fmt: skip
    return rows


@pytest.fixture
def posted(monkeypatch):
    """The keys of what was posted, in order; ``clock`` is what each takes of the tick's time."""
    keys, clock = [], {"at": 0.0}

    def post(url, _secret, key, _payload, **_named):
        keys.append(key)
        clock["at"] += 29 if "slow" in url else 0.1
        return Answer(ok=True, status="200", excerpt="accepted")

    monkeypatch.setattr(outbox.webhook, "post", post)
    monkeypatch.setattr(outbox.time, "monotonic", lambda: clock["at"])
    return keys


def test_each_way_has_its_turn_before_any_second_and_the_time_of_a_tick_ends(ways, posted, now):
    done = deliver(now)
    assert posted == ["quick 1", "slow 1", "quick 0", "slow 0"]
    assert (done.sent, done.failed) == (4, 0)
    assert set(Message.objects.filter(state="queued").values_list("key", flat=True)) == {"failing 0", "failing 1"}
    deliver(now + timedelta(minutes=1))
    assert not Message.objects.filter(state="queued").exists()


def test_a_channel_that_is_removed_while_it_is_sent_to_does_not_end_the_rest(ways, posted, now, monkeypatch):
    taken = outbox.webhook.post

    def post(url, *given, **named):
        if "slow" in url and Channel.objects.filter(name="slow").exists():
            remove_channel(SYSTEM, Channel.objects.get(name="slow"))
        return taken(url, *given, **named)

    monkeypatch.setattr(outbox.webhook, "post", post)
    deliver(now)
    assert posted == ["quick 1", "slow 1", "quick 0", "failing 1", "failing 0"]
    assert Attempt.objects.count() == 4
    assert set(Message.objects.values_list("state", flat=True)) == {"sent"}
