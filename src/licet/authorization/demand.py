"""What the members of an installation need. Pure (authorization.md, Demands)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

DEVICE = 1  # the numbers of estate.models.Subject
CHANNEL = 2


@dataclass(frozen=True, slots=True)
class SeenChannel:
    """A channel of a member: the camera behind it where its identity is known. Retired channels are not given."""

    id: int
    site: int
    first_seen_at: datetime
    serial_number: str = ""
    camera: int | None = None
    camera_first_seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Membership:
    """A device that draws ``metrics`` from the pool; ``channels`` are filled for a recorder or encoder.

    ``counts`` is how many places of a metric the software itself says the device takes, where it says so.
    """

    device: int
    site: int
    first_seen_at: datetime
    metrics: tuple[str, ...]
    serial_number: str = ""
    kind: str = "unknown"
    reported: bool = False
    stated: bool = False
    because: str = ""
    channels: tuple[SeenChannel, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Need:
    """One demand: subject, metric, quantity, and what orders it among the members of its pool."""

    subject_type: int
    subject_id: int
    site: int
    metric: str
    quantity: int
    reported: bool
    first_seen_at: datetime
    serial_number: str
    stated: bool
    because: str


def needs(members: Iterable[Membership]) -> list[Need]:
    """The demands of one pool.

    A recorder needs one ``camera`` for each channel, a camera seen directly and behind a recorder is one demand, and an
    ANPR camera makes two (``camera`` and ``anpr_camera``).
    """
    found: dict[tuple[int, int, str], Need] = {}
    recorder_of: dict[tuple[str, str], int] = {}
    for member in members:
        for metric in member.metrics:
            for need in _of(member, metric):
                # A camera known only by its serial number that two recorders list is one camera. Within one recorder the
                # same serial number twice is two channels (case C017).
                seen = need.subject_type == CHANNEL and need.serial_number
                if seen and recorder_of.setdefault((need.serial_number, metric), member.device) != member.device:
                    continue
                key = (need.subject_type, need.subject_id, need.metric)
                known = found.get(key)
                if known is None or (need.reported and not known.reported):
                    found[key] = need
    return list(found.values())


def _of(member: Membership, metric: str) -> list[Need]:
    count = member.counts.get(metric)
    if metric == "camera" and member.kind in {"recorder", "encoder"} and count in {None, len(member.channels)}:
        return [_behind(member, channel) for channel in member.channels]
    # The software may take fewer channels of a recorder than it has, or list one that nobody has asked yet.
    return [
        Need(
            DEVICE, member.device, member.site, metric, 1 if count is None else count, member.reported,
            member.first_seen_at, member.serial_number, member.stated, member.because,
        )
    ]  # fmt: skip


def _behind(member: Membership, channel: SeenChannel) -> Need:
    known = channel.camera is not None
    return Need(
        DEVICE if known else CHANNEL,
        channel.camera if channel.camera is not None else channel.id,
        channel.site,
        "camera",
        1,
        member.reported,
        channel.camera_first_seen_at if known and channel.camera_first_seen_at else channel.first_seen_at,
        channel.serial_number,
        member.stated,
        member.because,
    )
