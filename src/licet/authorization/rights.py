"""The catalogue of rights: what each is, what it rests on. A new right is one entry here, one rule, and its words."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Right:
    """A named thing that may be permitted. ``needs`` are the fact topics it rests on; ``metric`` is set where a pool covers it."""

    code: str
    kind: str  # device, software, feature, cloud
    title: str
    needs: tuple[str, ...] = ()
    metric: str = ""


_CATALOGUE = (
    Right("device.activation", "device", "Activation", ("activation", "sadp", "device_info")),
    Right("device.management", "device", "Management sign-in", ("device_info",)),
    Right("device.region", "device", "Market region", ("device_info", "sadp")),
    Right("software.base", "software", "Base licence of an installation"),
    Right("software.maintenance", "software", "Upgrade and support service"),
    Right("software.camera", "software", "Camera channel licence", metric="camera"),
    Right("software.door", "software", "Door licence", metric="door"),
    Right("feature.anpr", "feature", "Number plate recognition licence", metric="anpr_camera"),
    Right("feature.facial_recognition", "feature", "Face recognition licence", metric="facial_recognition_camera"),
    Right("feature.app", "feature", "On-camera app", ("apps",)),
    Right("feature.in_use", "feature", "Feature in use against its licence", ("apps",)),
    Right("feature.engine", "feature", "Analytics engine slots of a recorder"),
    Right("cloud.registration", "cloud", "Hik-Connect registration", ("ezviz",)),
    Right("cloud.binding", "cloud", "Hik-Connect account binding", ("ezviz",)),
    Right("cloud.third_party", "cloud", "Others who may act", ("isup",)),
    Right("cloud.account", "cloud", "Cloud account"),
    Right("cloud.service.health_monitoring", "cloud", "Health monitoring service", metric="health_monitoring"),
)
RIGHTS: dict[str, Right] = {right.code: right for right in _CATALOGUE}
BY_METRIC: dict[str, Right] = {right.metric: right for right in _CATALOGUE if right.metric}
KINDS: tuple[str, ...] = ("device", "software", "feature", "cloud")


def right_of_metric(metric: str) -> str:
    """The code of the right that a metric covers; an unknown metric gets a software right of its own name."""
    known = BY_METRIC.get(metric)
    return known.code if known else f"software.{metric}"


def metric_of_right(code: str) -> str:
    """The metric that covers a right: the inverse of :func:`right_of_metric`."""
    known = RIGHTS.get(code)
    return known.metric if known and known.metric else code.removeprefix("software.")


def kind_of(code: str) -> str:
    """device, software, feature or cloud."""
    return code.split(".", 1)[0]


def title_of(code: str) -> str:
    """The right's title; an app carries its name behind a colon."""
    plain, _, name = code.partition(":")
    title = RIGHTS[plain].title if plain in RIGHTS else plain.split(".", 1)[-1].replace("_", " ")
    return f"{title}: {name}" if name else title
