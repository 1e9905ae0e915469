import json

import pytest

from licet.simulator import recordings
from licet.simulator.answers import body_for
from licet.simulator.devices import Keeping
from licet.simulator.recordings import FOLDER, UnknownRecording, load, names
from licet.wire.facts import Track
from licet.wire.isapi.privacy import parse_tracks
from licet.wire.xml import parse


def test_all_eleven_devices_are_there_and_small_enough():
    assert len(names()) == 11
    assert sum(path.stat().st_size for path in FOLDER.glob("*.json")) < 400_000


@pytest.mark.parametrize("name", names())
def test_a_recorded_answer_is_the_devices_own(name, shared):
    original = json.loads((shared / "recordings" / f"{name}.json").read_text())["answers"]
    ours = json.loads((FOLDER / f"{name}.json").read_text())
    assert ours["source"].startswith("github ")
    for path, answer in ours["answers"].items():
        assert answer == original[path], path


@pytest.mark.parametrize("name", names())
def test_what_is_not_recorded_is_marked_as_derived(name):
    recorded = json.loads((FOLDER / f"{name}.json").read_text())["answers"]
    invented = [path for path, answer in load(name).answers.items() if path not in recorded and not answer.derived]
    assert invented == []


@pytest.mark.parametrize("name", names())
def test_every_answer_can_be_filled(name, device):
    one = device(name)
    for path, answer in load(name).answers.items():
        status, _, body = body_for(one, path)
        if answer.status == 200 and "OpenPlatform" not in path:
            assert status == 200, path
            assert b"{{" not in body, path
        else:
            assert status != 200, path


def test_a_static_body_is_shared_by_all_devices(device):
    first, second = device(), device()
    path = "/ISAPI/System/capabilities"
    assert body_for(first, path)[2] is body_for(second, path)[2]


@pytest.mark.parametrize(
    ("name", "path", "status"),
    [
        ("DS-2CD2146G2-ISU", "/ISAPI/ContentMgmt/InputProxy/channels", 403),
        ("DS-2CD2146G2-ISU", "/ISAPI/ContentMgmt/InputProxy/channels/status", 403),
        ("DS-2CD2146G2-ISU", "/ISAPI/Never/Asked", 404),
        ("DS-2CD2532F-IWS", "/ISAPI/Never/Asked", 403),
        ("DS-2CD2532F-IWS", "/ISAPI/Streaming/channels/103", 500),
        ("DS-2CD2532F-IWS", "/ISAPI/Security/userCheck", 403),
        ("DS-7732NI-M4", "/ISAPI/Streaming/channels/9903", 403),
        ("DS-7732NI-M4", "/ISAPI/Security/illegalLoginLock", 403),
        ("iDS-7204HUHI-M1", "/ISAPI/Streaming/channels/903", 400),
        ("DS-K1A340FWX", "/ISAPI/System/status", 404),
        ("DS-K1A340FWX", "/ISAPI/Never/Asked?format=json", 404),
    ],
)
def test_what_is_not_offered_is_refused_as_the_family_does(name, path, status, device):
    answered, kind, body = body_for(device(name), path)
    assert answered == status
    assert b"notSupport" in body
    assert ("json" in kind) == path.endswith("json")


def test_apps_are_listed_only_by_a_device_that_has_some(device):
    path = "/ISAPI/Custom/OpenPlatform/App"
    assert body_for(device(), path)[0] == 404
    status, _, body = body_for(device(apps=(("Road Traffic", True),)), path)
    assert status == 200
    assert b"<packageName>Road Traffic</packageName><runStatus>true</runStatus>" in body


def _tracks(one):
    status, _, body = body_for(one, "/ISAPI/ContentMgmt/record/tracks")
    assert status == 200
    return parse_tracks(parse(body).root).value.tracks


def test_a_recorder_says_how_long_and_when_each_channel_is_recorded(device):
    found = _tracks(device("DS-7732NI-M4", keeping=Keeping(14, "06:00:00", "22:00:00")))
    assert len(found) == len(load("DS-7732NI-M4").listed)
    assert found[0] == Track(
        "101", 101, True, 14 * 24, False, "CMR", tuple((day * 1440 + 360, day * 1440 + 1320) for day in range(7))
    )
    assert _tracks(device("DS-7732NI-M4"))[0].schedule == ((0, 7 * 1440),)
    assert _tracks(device("DS-7732NI-M4", keeping=Keeping(0, scheduled=False)))[0].schedule is None


def test_the_cameras_that_are_wired_to_a_recorder_have_tracks_too(device):
    assert [one.id for one in _tracks(device("iDS-7204HUHI-M1", cameras=()))] == ["101", "201", "301", "401"]


def test_only_a_recorder_that_keeps_recordings_has_tracks(device):
    assert body_for(device("DS-7732NI-M4", keeping=None), "/ISAPI/ContentMgmt/record/tracks")[0] == 403
    assert body_for(device(), "/ISAPI/ContentMgmt/record/tracks")[0] == 404


def test_the_terminal_answers_json_only_where_it_did(device):
    terminal = device("DS-K1A340FWX")
    status, kind, body = body_for(terminal, "/ISAPI/System/AlgorithmsInfo?format=json")
    assert (status, kind) == (200, "application/json")
    assert json.loads(body)["ALgorithmsInfo"][0]["type"] == "face"
    assert body_for(terminal, "/ISAPI/System/AlgorithmsInfo")[0] == 404


def test_an_unknown_recording_is_said_with_what_there_is():
    with pytest.raises(UnknownRecording, match="DS-7732NI-M4"):
        load("DS-NOTHING")


@pytest.mark.parametrize(
    "text", ["[]", "{", '{"answers": {}}', '{"answers": {"/ISAPI/System/deviceInfo": {}}}', '{"answers": 3}']
)
def test_a_file_that_is_no_recording_is_refused_in_one_sentence(text, tmp_path):
    path = tmp_path / "odd.json"
    path.write_text(text)
    with pytest.raises(UnknownRecording, match="is not a recording"):
        load(str(path))


def test_a_file_in_the_shape_of_the_recordings_is_played(tmp_path):
    path = tmp_path / "own.json"
    path.write_text((FOLDER / "DS-7616NI-K2.json").read_text())
    assert load(str(path)).model == "DS-7616NI-K2"


def test_a_huge_file_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(recordings, "LARGEST_FILE", 10)
    path = tmp_path / "huge.json"
    path.write_text("{}" * 10)
    with pytest.raises(UnknownRecording, match="larger than"):
        load(str(path))
