"""The topics that can be asked over ISAPI: path and reader of each, in the order of asking."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from licet.wire.facts import Topic
from licet.wire.isapi import (
    activation,
    apps,
    capabilities,
    channels,
    clock,
    device_info,
    ezviz,
    isup,
    privacy,
    security,
    storage,
)
from licet.wire.isapi.parsed import Parsed
from licet.wire.xml import Element


@dataclass(frozen=True, slots=True)
class Question:
    """One GET: the path, and the pure reader of its answer (None = the expected fields are not there)."""

    topic: Topic
    path: str
    parse: Callable[[Element], Parsed | None]


QUESTIONS: Final[dict[Topic, Question]] = {
    question.topic: question
    for question in (
        Question(Topic.ACTIVATION, activation.PATH, activation.parse_activation),
        Question(Topic.DEVICE_INFO, device_info.PATH, device_info.parse_device_info),
        Question(Topic.CAPABILITIES, capabilities.PATH, capabilities.parse_capabilities),
        Question(Topic.USER_CHECK, security.USER_CHECK_PATH, security.parse_user_check),
        Question(Topic.TIME, clock.PATH, clock.parse_clock),
        Question(Topic.EZVIZ, ezviz.PATH, ezviz.parse_ezviz),
        Question(Topic.ISUP, isup.PATH, isup.parse_isup),
        Question(Topic.USERS, security.USERS_PATH, security.parse_users),
        Question(Topic.ADMIN_ACCESSES, security.ADMIN_ACCESSES_PATH, security.parse_admin_accesses),
        Question(Topic.LOGIN_LOCK, security.LOGIN_LOCK_PATH, security.parse_login_lock),
        Question(Topic.CHANNELS, channels.CHANNELS_PATH, channels.parse_channels),
        Question(Topic.CHANNEL_STATUS, channels.CHANNEL_STATUS_PATH, channels.parse_channel_status),
        Question(Topic.INPUTS, channels.INPUTS_PATH, channels.parse_inputs),
        Question(Topic.STORAGE, storage.PATH, storage.parse_storage),
        Question(Topic.APPS, apps.PATH, apps.parse_apps),
        Question(Topic.TRACKS, privacy.TRACKS_PATH, privacy.parse_tracks),
        Question(Topic.NTP, privacy.NTP_PATH, privacy.parse_ntp),
        Question(Topic.STREAM_AUDIO, privacy.STREAM_PATH, privacy.parse_stream_audio),
        Question(Topic.PRIVACY_MASK, privacy.MASK_PATH, privacy.parse_privacy_mask),
        Question(Topic.LOG_SERVER, privacy.LOG_SERVER_PATH, privacy.parse_log_server),
        Question(Topic.FACE_LIBRARIES, privacy.FACE_LIBRARIES_PATH, privacy.parse_face_libraries),
    )
}

DEFAULT_TOPICS: Final = frozenset(QUESTIONS)
PATHS: Final = {question.path: topic for topic, question in QUESTIONS.items()}
