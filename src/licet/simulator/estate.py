"""The demo estate: some 200 devices on four sites, the software that manages them, and what was bought. Pure data, nothing is started."""

import random
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from licet.simulator import purchases
from licet.simulator.devices import (
    Behind,
    Challenge,
    Cloud,
    Death,
    Keeping,
    SimulatedDevice,
    Uplink,
    addresses,
    derive,
    derived_serial,
)
from licet.simulator.purchases import DemoInstallation, Purchase
from licet.simulator.recordings import load

FEWEST = 120  # the cast that every estate has; the rest are cameras behind recorders that are reachable themselves
USERNAME = "licet-audit"
CAMERAS = ("DS-2CD2146G2-ISU", "DS-2CD2346G2-ISU", "DS-2CD2386G2-IU", "DS-2CD2T46G2-ISU", "DS-2CD2T86G2-ISU")
OLD_CAMERA = "DS-2CD2532F-IWS"
RECORDERS = {8: "DS-7608NXI-I2", 16: "DS-7616NI-K2", 32: "DS-7732NI-M4"}
ANALOG = "iDS-7204HUHI-M1"
TERMINAL = "DS-K1A340FWX"
PLACES = (
    "Entrance",
    "Lobby",
    "Corridor",
    "Stairs",
    "Yard",
    "Gate",
    "Ramp",
    "Aisle",
    "Dock",
    "Car park",
    "Roof",
    "Counter",
    "Store room",
)
OLD_FIRMWARE = "V5.7.1 build 210318"
_CLOUD_HOST = "litedev.hik-connect.com"
APPROVED_HOURS = "Mon-Sun 06:00-22:00"  # when recording is approved on every channel
_OPENING = ("06:00:00", "22:00:00")
KEEPINGS = (
    Keeping(30, *_OPENING),
    Keeping(14),
    Keeping(0, *_OPENING),  # no limit but the disk
    None,  # does not offer it: nothing can be judged
    Keeping(30, scheduled=False),
    Keeping(90, *_OPENING),
)
OURS = Cloud(enabled=True, registered=True, bound=True, server=_CLOUD_HOST)


@dataclass(frozen=True, slots=True)
class DemoSite:
    """A site below the estate's root, with country (ISO 3166-1), IANA time zone and the first address of its devices."""

    name: str
    country: str
    time_zone: str
    first_address: str


@dataclass(frozen=True, slots=True)
class DemoCredential:
    """The account that opens the devices of a site. The password is made anew for each run."""

    site: str
    name: str
    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DemoMembership:
    """A device (by serial) that an installation manages, and the metrics it draws. On a recorder ``camera`` means each channel."""

    installation: str
    serial: str
    metrics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DemoCloudAccount:
    """A cloud account and the short serials it lists."""

    name: str
    site: str
    platform: str
    ours: bool
    owner: str
    second_factor: bool | None
    listed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DemoEstate:
    """Everything the demo writes into the database and plays. ``site_of`` maps each serial to the name of its site."""

    root: str
    today: date
    sites: tuple[DemoSite, ...]
    devices: tuple[SimulatedDevice, ...]
    site_of: dict[str, str]
    credentials: tuple[DemoCredential, ...]
    installations: tuple[DemoInstallation, ...]
    memberships: tuple[DemoMembership, ...]
    cloud_accounts: tuple[DemoCloudAccount, ...]
    purchases: tuple[Purchase, ...]

    def register_csv(self) -> str:
        """The register as CSV text, for the importer."""
        return purchases.register_csv(self.purchases)

    def of_site(self, name: str) -> tuple[SimulatedDevice, ...]:
        """The devices of a site."""
        return tuple(device for device in self.devices if self.site_of[device.serial] == name)

    def demand(self, installation: str) -> dict[str, int]:
        """What the members need by metric, once every recorder has listed its channels: a camera counts once however it is seen."""
        known = {device.serial: device for device in self.devices}
        wanted: dict[str, set[str]] = {}
        for member in self.memberships:
            if member.installation != installation:
                continue
            for metric in member.metrics:
                channels = known[member.serial].cameras if metric == "camera" else None
                names = {member.serial} if channels is None else {channel.serial for channel in channels}
                wanted.setdefault(metric, set()).update(names)
        return {metric: len(names) for metric, names in wanted.items()}


SITES = (
    DemoSite("Berlin HQ", "DE", "Europe/Berlin", "127.21.0.1"),
    DemoSite("Madrid warehouse", "ES", "Europe/Madrid", "127.22.0.1"),
    DemoSite("Auckland depot", "NZ", "Pacific/Auckland", "127.23.0.1"),
    DemoSite("Honolulu shop", "US", "Pacific/Honolulu", "127.24.0.1"),
)
BERLIN, MADRID, AUCKLAND, HONOLULU = (site.name for site in SITES)


class _Cast:
    """Collects the devices: each gets the next number, the next address of its site, the site's clock and credential."""

    def __init__(self, port: int, seed: int, today: date) -> None:
        self._port = port
        self._seed = seed
        self._number = 0
        self._random = random.Random(seed)  # noqa: S311 - a demo, not a secret
        self._addresses: dict[str, Iterator[str]] = {site.name: addresses(site.first_address) for site in SITES}
        self._offsets = {site.name: _offset(site.time_zone, today) for site in SITES}
        self.credentials = {
            site.name: DemoCredential(site.name, "Sweep account", USERNAME, secrets.token_urlsafe(15)) for site in SITES
        }
        self.devices: list[SimulatedDevice] = []
        self.site_of: dict[str, str] = {}
        self.memberships: list[DemoMembership] = []
        self.bound_elsewhere: set[str] = set()

    def add(
        self,
        site: str,
        recording: str,
        name: str,
        *,
        region: str = "",
        channels: int = 0,
        joins: str = "",
        metrics: tuple[str, ...] = ("camera",),
        **state: Any,
    ) -> SimulatedDevice:
        """One device. ``joins`` names the installation that manages it; ``state`` are fields of :class:`SimulatedDevice`."""
        self._number += 1
        password = self.credentials[site].password
        made = derive(
            recording,
            1,
            port=self._port,
            password=password,
            start=self._number,
            region=region,
            seed=self._seed,
            username=USERNAME,
            channels=channels,
        )[0]
        state.setdefault("challenge", tuple(Challenge)[self._number % 4])
        device = replace(
            made,
            address=next(self._addresses[site]),
            name=f"{name} {self._number:03}",
            utc_offset_minutes=self._offsets[site],
            **state,
        )
        self.devices.append(device)
        self.site_of[device.serial] = site
        if joins:
            self.memberships.append(DemoMembership(joins, device.serial, metrics))
        return device

    def cameras(self, site: str, count: int, **state: Any) -> list[SimulatedDevice]:
        """Cameras of the site, in turns over the recorded models."""
        return [self.add(site, self._random.choice(CAMERAS), self.place(), **state) for _ in range(count)]

    def recorder(self, site: str, size: int, joins: str) -> SimulatedDevice:
        """A recorder whose channels all have a camera of their own that only the recorder reaches."""
        first = self._number + 1
        behind = tuple(self._hidden(first, number) for number in range(1, size + 1))
        made = sum(load(device.recording).family == "recorder" for device in self.devices)
        return self.add(
            site,
            RECORDERS[size],
            "Recorder",
            channels=size,
            joins=joins,
            cameras=behind,
            keeping=KEEPINGS[made % len(KEEPINGS)],
        )

    def swap(self, recorder: SimulatedDevice, number: int) -> SimulatedDevice:
        """Replace the camera of one channel by one that is also reachable itself, with the same serial. Returns the camera."""
        site = self.site_of[recorder.serial]
        camera = self.cameras(site, 1)[0]
        place = next(index for index, known in enumerate(self.devices) if known.serial == recorder.serial)
        listed = self.devices[place].cameras or ()
        seen = Behind(number, camera.name, camera.serial, camera.model, _firmware(camera), camera.address)
        self.devices[place] = replace(
            self.devices[place], cameras=tuple(seen if one.number == number else one for one in listed)
        )
        return camera

    def place(self) -> str:
        """A name for a camera's place."""
        return self._random.choice(PLACES)

    def _hidden(self, recorder: int, number: int) -> Behind:
        recording = load(self._random.choice(CAMERAS))
        # numbers from five million on are never given to a device of the estate
        serial = derived_serial(recording, 5_000_000 + recorder * 100 + number, seed=self._seed)
        firmware = f"{recording.firmware_version} {recording.firmware_build}"
        return Behind(
            number,
            f"{self.place()} {number}",
            serial,
            recording.model,
            firmware,
            f"192.0.2.{number}",
            online=self._random.random() > 0.03,
        )


def demo_estate(devices: int = 200, *, port: int, seed: int = 7, today: date | None = None) -> DemoEstate:
    """The demo estate with ``devices`` devices, all at ``port``. The same seed gives the same estate, but for the passwords.

    Raises ValueError below 120 devices: the cast itself needs so many.
    """
    if devices < FEWEST:
        raise ValueError(f"the demo estate needs at least {FEWEST} devices, {devices} were asked for")
    day = today or datetime.now(UTC).date()
    cast = _Cast(port, seed, day)
    recorders = _managed(cast)
    _troubled(cast)
    slots = [
        (recorder, number) for number in range(1, 33) for recorder in recorders if number <= len(recorder.cameras or ())
    ]
    _reachable(cast, slots, devices - len(cast.devices))
    _into_the_cloud(cast)
    return DemoEstate(
        root="Example Group",
        today=day,
        sites=SITES,
        devices=tuple(cast.devices),
        site_of=cast.site_of,
        credentials=tuple(cast.credentials.values()),
        installations=purchases.installations(day),
        memberships=tuple(cast.memberships),
        cloud_accounts=_accounts(cast),
        purchases=purchases.purchases(day),
    )


def _managed(cast: _Cast) -> list[SimulatedDevice]:
    """The members of the installations; returns the recorders. 176 recorder channels and 37 cameras make 213, 24 doors, 6 plates."""
    recorders = [cast.recorder(BERLIN, size, purchases.HEADQUARTERS) for size in (32, 32, 32, 16)]
    recorders += [cast.recorder(MADRID, 32, purchases.HEADQUARTERS) for _ in range(2)]
    recorders += [cast.recorder(AUCKLAND, size, purchases.APPLIANCE) for size in (32, 16, 8)]
    recorders += [cast.recorder(HONOLULU, 16, purchases.SHOP) for _ in range(2)]
    plates: dict[str, Any] = {"joins": purchases.HEADQUARTERS, "metrics": ("camera", "anpr_camera"), "cloud": OURS}
    for site, count in ((BERLIN, 4), (MADRID, 2)):
        for _ in range(count):
            cast.add(
                site,
                "DS-2CD2T86G2-ISU",
                "Vehicle gate",
                apps=(("Road Traffic", True), ("Face Capture", False)),
                **plates,
            )
    cast.cameras(BERLIN, 19, joins=purchases.HEADQUARTERS)
    cast.cameras(MADRID, 8, joins=purchases.HEADQUARTERS, apps=(("Smart Event", True),))
    cast.cameras(MADRID, 4, joins=purchases.HEADQUARTERS, firmware=OLD_FIRMWARE)
    cast.cameras(AUCKLAND, 10, joins=purchases.APPLIANCE)
    cast.cameras(HONOLULU, 7, joins=purchases.SHOP)
    cast.cameras(HONOLULU, 2, joins=purchases.SHOP, apps=(("Face Capture", True),))
    cast.cameras(MADRID, 4, joins=purchases.TRIAL)
    for site, count, joins in (
        (BERLIN, 12, purchases.HEADQUARTERS),
        (MADRID, 12, purchases.HEADQUARTERS),
        (HONOLULU, 2, purchases.DOORS),
    ):
        for number in range(count):
            cast.add(
                site,
                TERMINAL,
                "Door",
                joins=joins,
                metrics=("door",),
                challenge=Challenge.A,
                nonce_uses=2 if number % 4 == 0 else None,
            )
    return recorders


def _troubled(cast: _Cast) -> None:
    """Devices that nobody manages yet, each with something to find."""
    cast.add(HONOLULU, ANALOG, "Analog recorder", cameras=())
    for site, count in ((BERLIN, 2), (MADRID, 2), (HONOLULU, 1)):
        cast.cameras(site, count, activated=False, cloud=Cloud())
    for site, count in ((BERLIN, 1), (MADRID, 2), (AUCKLAND, 1)):
        cast.cameras(site, count, credential_wrong=True, password=secrets.token_urlsafe(15))
    for site in (BERLIN, MADRID, HONOLULU):
        cast.cameras(site, 1, locked=True)
    # reset, not silent: a silent address holds a sweep for its whole time-out
    for site in (BERLIN, BERLIN, MADRID, AUCKLAND):
        cast.cameras(site, 1, death=Death.REFUSES)
    cast.add(BERLIN, OLD_CAMERA, "Old", region="WR", challenge=Challenge.A)
    cast.add(MADRID, OLD_CAMERA, "Old, Basic only", region="WR", challenge=Challenge.BASIC)
    cast.add(BERLIN, CAMERAS[0], "Reset soon", reset_after=1)
    cast.add(MADRID, CAMERAS[1], "Grey import", region="CH")
    cast.bound_elsewhere.add(cast.add(BERLIN, CAMERAS[2], "Former installer's", cloud=OURS).serial)
    cast.add(AUCKLAND, CAMERAS[3], "Calls home", uplink=Uplink("203.0.113.50", 7660, "depot-gate"))


def _reachable(cast: _Cast, slots: list[tuple[SimulatedDevice, int]], count: int) -> None:
    """Fill up with cameras behind recorders that answer themselves too; when every channel has one, with cameras nobody manages."""
    for number, (recorder, channel) in enumerate(slots[:count]):
        camera = cast.swap(recorder, channel)
        if number < 5:
            # a member both by itself and behind its recorder: still one demand
            joins = next(member.installation for member in cast.memberships if member.serial == recorder.serial)
            cast.memberships.append(DemoMembership(joins, camera.serial, ("camera",)))
    for number in range(max(0, count - len(slots))):
        cast.cameras(SITES[number % 4].name, 1)


def _into_the_cloud(cast: _Cast) -> None:
    """Every sixth sound camera is bound to the owner's account; the two after it are switched on but not registered, and bound to nobody."""
    for place, device in enumerate(cast.devices):
        plain = device.cloud == Cloud() and device.activated and device.recording in CAMERAS
        if not plain or device.credential_wrong or device.locked or device.death is not Death.NO:
            continue
        if place % 6 == 0:
            cast.devices[place] = replace(device, cloud=OURS)
        elif place % 30 == 1:
            cast.devices[place] = replace(device, cloud=Cloud(enabled=True, registered=False))
        elif place % 30 == 2:
            cast.devices[place] = replace(device, cloud=Cloud(enabled=True, registered=True, bound=False))


def _accounts(cast: _Cast) -> tuple[DemoCloudAccount, ...]:
    bound = [device for device in cast.devices if device.cloud.bound]
    ours = tuple(device.short_serial for device in bound if device.serial not in cast.bound_elsewhere)
    return (
        DemoCloudAccount("Example Group Hik-Connect", BERLIN, "hik-connect", True, "security@example.org", False, ours),
        DemoCloudAccount(
            "Installer (Hik-Partner Pro)", MADRID, "partner-pro", False, "installer@example.net", None, ours[:4]
        ),
    )


def _firmware(device: SimulatedDevice) -> str:
    recorded = load(device.recording)
    return device.firmware or f"{recorded.firmware_version} {recorded.firmware_build}"


def _offset(time_zone: str, day: date) -> int:
    moment = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(time_zone))
    offset = moment.utcoffset()
    return int(offset.total_seconds() // 60) if offset else 0
