import pytest

from licet.wire.facts import FaceLibrary, NtpServer, Track
from licet.wire.isapi import privacy
from licet.wire.xml import parse

HEAD = 'version="2.0" xmlns="http://www.hikvision.com/ver20/XMLSchema"'


def value(reader, text):
    return reader(parse(text.encode()).root).value


@pytest.mark.parametrize(
    ("text", "hours"),
    [("P7DT0H0M0S", 168), ("P30DT0H", 720), ("P0DT0H", 0), ("P1M", 720), ("", None), (None, None), ("P", None), ("30", None)],
)  # fmt: skip
def test_it_reads_how_long_a_track_keeps_recordings(text, hours):
    assert privacy.hours_of(text) == hours


def test_it_reads_tracks_and_leaves_open_what_they_do_not_say():
    found = value(
        privacy.parse_tracks,
        f"<TrackList {HEAD}><Track><id>101</id><Channel>101</Channel><Enable>true</Enable><Duration>P30DT0H</Duration>"
        "<DefaultRecordingMode>CMR</DefaultRecordingMode><CustomExtensionList><CustomExtension><SaveAudio>true</SaveAudio>"
        "</CustomExtension></CustomExtensionList></Track><Track><id>201</id></Track></TrackList>",
    )
    assert found.tracks == (Track("101", 101, True, 720, True, "CMR"), Track("201"))


def _action(begin, end, *, record="true"):
    day, time = begin.split()
    until, to = end.split()
    return (
        f"<ScheduleAction><ScheduleActionStartTime><DayOfWeek>{day}</DayOfWeek><TimeOfDay>{time}</TimeOfDay></ScheduleActionStartTime>"
        f"<ScheduleActionEndTime><DayOfWeek>{until}</DayOfWeek><TimeOfDay>{to}</TimeOfDay></ScheduleActionEndTime>"
        f"<Actions><Record>{record}</Record></Actions></ScheduleAction>"
    )


@pytest.mark.parametrize(
    ("actions", "switch", "schedule"),
    [
        ([("Monday 07:30:00", "Monday 22:00:00"), ("Tuesday 00:00:00", "Tuesday 24:00:00"), ("Wednesday 00:00:00", "Wednesday 08:00:00")],
         "true", ((450, 1320), (1440, 3360))),
        ([("Sunday 20:00:00", "Monday 00:00:00")], "true", ((9840, 10080),)),
        ([("Monday 00:00:00", "Monday 00:00:00")], "true", ()),
        ([("Monday 07:30:00", "Monday 22:00:00")], "false", ()),
        ([("Someday 07:30:00", "Monday 22:00:00")], "true", None),
    ],
)  # fmt: skip
def test_it_reads_when_a_track_records(actions, switch, schedule):
    blocks = "".join(_action(*one) for one in actions) + _action("Friday 00:00:00", "Friday 24:00:00", record="false")
    found = value(
        privacy.parse_tracks,
        f"<Track {HEAD}><id>101</id><TrackSchedule><ScheduleBlockList><ScheduleBlock>{blocks}</ScheduleBlock></ScheduleBlockList>"
        f"</TrackSchedule><CustomExtensionList><CustomExtension><enableSchedule>{switch}</enableSchedule></CustomExtension>"
        "</CustomExtensionList></Track>",
    )
    assert found.tracks == (Track("101", schedule=schedule),)


def test_a_time_server_may_stand_in_either_field():
    found = value(
        privacy.parse_ntp,
        f"<NTPServerList {HEAD}><NTPServer><id>1</id><hostName>ntp.example</hostName><synchronizeInterval>60</synchronizeInterval>"
        "</NTPServer><NTPServer><id>2</id><ipAddress>192.0.2.7</ipAddress></NTPServer></NTPServerList>",
    )
    assert found.servers == (NtpServer("ntp.example", 60), NtpServer("192.0.2.7", None))


def test_a_stream_without_an_audio_element_says_nothing_of_sound():
    without = value(privacy.parse_stream_audio, f"<StreamingChannel {HEAD}><id>101</id></StreamingChannel>")
    off = value(
        privacy.parse_stream_audio,
        f"<StreamingChannel {HEAD}><id>101</id><Audio><enabled>false</enabled></Audio></StreamingChannel>",
    )
    assert (without.enabled, off.enabled) == (None, False)


def test_it_counts_the_regions_of_a_mask():
    found = value(
        privacy.parse_privacy_mask,
        f"<PrivacyMask {HEAD}><enabled>true</enabled><PrivacyMaskRegionList><PrivacyMaskRegion><id>1</id></PrivacyMaskRegion>"
        "</PrivacyMaskRegionList></PrivacyMask>",
    )
    assert (found.enabled, found.regions) == (True, 1)


def test_a_face_library_is_read_by_number_and_count_never_by_name():
    found = value(
        privacy.parse_face_libraries,
        f"<FDLibBaseCfgList {HEAD}><FDLibBaseCfg><FDID>1</FDID><name>Staff of Example</name><faceNum>12</faceNum></FDLibBaseCfg>"
        "</FDLibBaseCfgList>",
    )
    assert found.libraries == (FaceLibrary("1", 12),)


@pytest.mark.parametrize(
    "reader",
    [privacy.parse_tracks, privacy.parse_ntp, privacy.parse_stream_audio, privacy.parse_privacy_mask,
     privacy.parse_log_server, privacy.parse_face_libraries],
)  # fmt: skip
def test_an_answer_of_another_kind_is_not_taken(reader):
    assert reader(parse(b"<ResponseStatus><statusCode>4</statusCode></ResponseStatus>").root) is None
