"""What a recorder says of its recording tracks (isapi.md 4): how long and when each channel is recorded, and on which days it was."""

from datetime import datetime, timedelta
from functools import cache

from licet.simulator.devices import Keeping

UNLIMITED_DAYS = 60  # how far back the disk of a recorder reaches that deletes only when it is full

_WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ACTION = (
    "<ScheduleAction><id>{number}</id>"
    "<ScheduleActionStartTime><DayOfWeek>{day}</DayOfWeek><TimeOfDay>{begins}</TimeOfDay></ScheduleActionStartTime>"
    "<ScheduleActionEndTime><DayOfWeek>{day}</DayOfWeek><TimeOfDay>{ends}</TimeOfDay></ScheduleActionEndTime>"
    "<Actions><Record>true</Record><ActionRecordingMode>CMR</ActionRecordingMode></Actions></ScheduleAction>"
)
_SCHEDULE = (
    "<TrackSchedule><ScheduleBlockList><ScheduleBlock>{actions}</ScheduleBlock></ScheduleBlockList></TrackSchedule>"
)


@cache
def track_list(channels: tuple[int, ...], keeping: Keeping) -> str:
    """The ``Track`` elements of a recorder: the first stream of each channel, all recorded alike."""
    schedule = ""
    if keeping.scheduled:
        actions = "".join(
            _ACTION.format(number=number, day=day, begins=keeping.begins, ends=keeping.ends)
            for number, day in enumerate(_WEEK, 1)
        )
        schedule = _SCHEDULE.format(actions=actions)
    switch = "<enableSchedule>true</enableSchedule>" if schedule else ""
    return "".join(
        f"<Track><id>{number}01</id><Channel>{number}01</Channel><Enable>true</Enable><Duration>P{keeping.days}DT0H</Duration>"
        f"<DefaultRecordingMode>CMR</DefaultRecordingMode><LoopEnable>true</LoopEnable>{schedule}<CustomExtensionList>"
        f"<CustomExtension>{switch}<SaveAudio>false</SaveAudio></CustomExtension></CustomExtensionList></Track>"
        for number in channels
    )


def recorded_days(namespace: str, year: int, month: int, now: datetime, keeping: Keeping) -> bytes:
    """``dailyDistribution``: a recorder that has recorded every day up to today, as far back as it keeps (isapi.md 5.7)."""
    oldest = now - timedelta(days=keeping.days or UNLIMITED_DAYS)
    days = []
    for number in range(1, 32):
        try:
            day = datetime(year, month, number, tzinfo=now.tzinfo)
        except ValueError:
            break
        seen = oldest <= day <= now
        kind = "<recordType>time</recordType>" if seen else ""
        days.append(
            f"<day><id>{number}</id><dayOfMonth>{number}</dayOfMonth><record>{str(seen).lower()}</record>{kind}</day>"
        )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<trackDailyDistribution version="2.0" xmlns="{namespace}">'
        f"<dayList>{''.join(days)}</dayList></trackDailyDistribution>"
    ).encode()
