"""Reason code -> sentence, and what to do. Figures of a result fill the sentence; the same words on every face."""

from collections.abc import Mapping
from typing import Any, Final

from licet.compliance.controls import Applies

NO_ADVICE: Final = (
    "Licet is no legal advice. It shows what was measured and what people stated; whether a duty is met, a lawyer says."
)
RESULT_TITLES: Final[dict[str, str]] = {
    "fail": "Falls short",
    "unknown": "Unknown",
    "manual": "To be shown by hand",
    "waived": "Waived",
    "informational": "For information",
    "pass": "Met",
    "not_applicable": "Does not apply",
}
RESULT_MEANINGS: Final[dict[str, str]] = {
    "pass": "Evidence is fresh and satisfies the rule.",
    "fail": "Evidence is fresh and does not satisfy the rule.",
    "not_applicable": "It does not apply here; the facts that say so stand beside it.",
    "manual": "Nobody has attested it (any more), or the device cannot answer.",
    "informational": "Shown, never counted.",
    "unknown": "There is no fresh evidence. It is neither met nor not met.",
    "waived": "It falls short, and a named person accepted that until a day. It never counts as met.",
}
GROUPS: Final[dict[str, str]] = {
    "retention": "Retention and storage",
    "access": "Access",
    "network": "Network and cloud",
    "vulnerability": "Vulnerabilities",
    "time_and_logs": "Time and logs",
    "field_of_view": "View, sound, purpose",
    "biometrics": "Biometrics and AI",
    "governance": "Governance",
    "supply": "Supply restrictions",
    "licence": "Licences",
}
FORCES: Final[dict[str, str]] = {
    "law": "Law",
    "regulator_guidance": "Guidance of a regulator",
    "statutory_code": "Statutory code",
    "government_instruction": "Government instruction",
    "contract": "Contract",
    "standard": "Standard",
}

# What each parameter of the shipped catalogue sets.
LIMITS: Final[dict[str, str]] = {
    "retention_max_days": "Recordings are kept at most",
    "retention_min_days": "Recordings are kept at least",
    "retention_tolerance_hours": "Tolerance for recordings that are too old",
    "recording_gap_max_minutes": "Longest gap in a recording",
    "cloud_retention_max_days": "Recordings in a cloud are kept at most",
    "export_keep_max_days": "Exported footage is kept at most",
    "approved_accounts": "Accounts that are approved on devices",
    "admin_accounts_max": "Administrators of a device, at most",
    "inactive_account_days": "An account may lie unused for",
    "login_attempts_max": "Wrong passwords before a device locks",
    "lockout_min_seconds": "A locked device stays locked at least",
    "password_min_length": "Shortest password",
    "tls_min_version": "Oldest version of TLS",
    "certificate_warn_days": "A certificate's end is told before",
    "certificate_self_signed_allowed": "Certificates that devices signed themselves are accepted",
    "allowed_admin_protocols": "Protocols by which devices may be administered",
    "approved_cloud_devices": "Devices that may be in a cloud",
    "approved_address_ranges": "Networks in which devices may be",
    "patch_critical_days": "A critical vulnerability is mended within",
    "patch_other_days": "Any other vulnerability is mended within",
    "firmware_age_max_days": "Oldest firmware",
    "advisory_feed_age_max_days": "Oldest list of advisories",
    "approved_ntp_servers": "Time servers that are approved",
    "ntp_interval_max_minutes": "Clocks are set at least every",
    "clock_offset_max_seconds": "A clock may be wrong by",
    "approved_log_servers": "Log servers that are approved",
    "device_log_min_days": "Logs of devices are kept at least",
    "ai_log_min_days": "Logs of AI systems are kept at least",
    "mask_required_channels": "Channels that need a privacy mask",
    "audio_approved_channels": "Channels that may record sound",
    "schedule_approved": "Hours in which recording is approved",
    "face_approved_devices": "Devices that may recognise faces",
    "face_entry_max_days": "A face stays in a library at most",
    "attribute_analytics_allowed": "Features of people that may be analysed",
    "anpr_approved_devices": "Devices that may read number plates",
    "plate_record_max_days": "Number plates are kept at most",
    "dsar_due_days": "Filmed persons are answered within",
    "licence_warn_days": "A licence's end is told before",
    "licence_use_min_percent": "A pool is used by at least",
    "evidence_max_age_hours": "What was measured counts for",
}

# reason -> (what is so, what to do)
REASONS: Final[dict[str, tuple[str, str]]] = {
    "holds": ("What was read satisfies the rule.", ""),
    "perpetual": ("The licence has no end.", ""),
    "approved": ("The device is approved for it ({parameter}).", ""),
    "attested": ("Attested; to be reviewed by {due}.", ""),
    "not_in_scope": ("It does not apply: {because}.", ""),
    "not_required": ("The policy does not ask for it on this device ({parameter}).", ""),
    "not_yet": ("The duty applies from {from}.", ""),
    "open_question": ("Whether it applies is open: {open}.", "Answer the questions of this site."),
    "never_asked": ("The device was never asked for {topic}.", "Sweep the device with an account that may read it."),
    "not_answered": ("The device did not answer for {topic} ({outcome}).", "See why the device does not answer, then sweep it again."),
    "too_old": ("What is known of {topic} is older than {hours} hours.", "Sweep the device again."),
    "not_offered": ("The device does not offer {topic}.", "Look at the device by hand and attest what you saw."),
    "field_missing": ("The device answers for {topic}, but does not say {field}.", "Look at the device by hand and attest what you saw."),
    "half_read": ("Read: {read}. Not to be read: {open}.", "Look at the rest by hand and attest it."),
    "datum_missing": ("Licet has no datum that decides it: {missing}.", "Look at it by hand and keep what you saw with the site."),
    "feature_unknown": ("Whether it applies is open: nothing tells whether the device has {open}.", "Look at the device by hand."),
    "tls_outdated": ("An exception allows outdated encryption.", "Install newer firmware and take the exception back."),
    "services_on": ("Services are on that should be off: {services}.", "Switch them off."),
    "no_address": ("No address is known that can be judged.", "Enter the address of the device."),
    "public_address": ("It has the public address {address}, outside the approved ranges.", "Close the way in from the internet; use a VPN."),
    "no_camera": ("It is no camera.", ""),
    "channels_without_purpose": (
        "{channels} channels, whose cameras are known only behind this recorder, have no purpose and owner on record.",
        "State them: licet compliance purposes --of channel, or the page “Purposes”.",
    ),
    "purpose_missing": ("Not on record: {missing}.", "State purpose and owner: licet compliance purposes, or the page “Purposes”."),
    "plates_on": ("Plate recognition runs and the device is not approved for it.", "Switch it off, or approve the device with its ground."),
    "not_read": ("No device says this in a form that Licet reads ({data}).", "Look at it by hand and attest what you saw."),
    "nothing_approved": ("The policy names nothing approved ({parameter}).", "Set {parameter} for the site."),
    "not_attested": ("Nobody has attested it. Wanted: {documents}.", "Attest it with a document."),
    "documents_missing": ("Attested in part. Still wanted: {documents}.", "Attest the rest with a document."),
    "not_all_stated": ("Attested, but not what it must state: {missing}.", "Attest it again, with what the document says of these."),
    "attestation_over": ("The attestation ended on {due}.", "Review it and attest again."),
    "attestation_not_yet": ("The attestation has not begun.", ""),
    "no_limit": ("{tracks} of {of} tracks keep recordings without any limit but the disk.", "Set a retention of at most {most} days."),
    "kept_too_long": ("Recordings are kept {days} days; the policy allows {most}.", "Shorten the retention, or set the policy with its reason."),
    "disk_bad": ("{disks} disks are not in order ({status}).", "Replace the disk or look at its cabling."),
    "no_disk": ("The device reports no disk.", "Look whether it should record at all."),
    "not_activated": ("The device has no administrator password.", "Activate it."),
    "default_password": ("The device uses a default password.", "Set a password of its own."),
    "risk_password": ("The device calls its password weak.", "Set a stronger password."),
    "anonymous": ("{accounts} accounts without a person stand on the device.", "Remove them or switch them off."),
    "basic": ("The password goes out readable (Basic).", "Set the web log-in to digest."),
    "lock_off": ("The login lock is off.", "Switch it on."),
    "too_many_tries": ("The lock allows {tries} attempts; the policy {most}.", "Lower the number of attempts."),
    "lock_too_short": ("The lock lasts {seconds} seconds; the policy wants {least}.", "Lengthen the lock."),
    "many_administrators": ("{administrators} administrators; the policy allows {most}.", "Take rights from those who need none."),
    "unapproved_accounts": ("{accounts} accounts are not approved.", "Remove them, or approve them in the policy."),
    "http_on": ("Management over HTTP is on.", "Switch HTTP off, or let it lead to HTTPS only."),
    "https_off": ("HTTPS is off.", "Switch HTTPS on."),
    "protocols": ("Protocols are on that the policy does not allow: {protocols}.", "Switch them off, or allow them in the policy."),
    "cloud_on": ("Vendor cloud access is on and the device is not approved for it.", "Switch it off, or approve the device."),
    "isup_on": ("ISUP is on (to {server}).", "Switch it off, or waive it with its reason."),
    "bound_elsewhere": ("Only an account outside the organisation lists the device.", "Have it unbound and bind it to an account of yours."),
    "owner_unknown": ("No account that Licet reads lists the device.", "Connect the cloud account that holds it."),
    "exploited": ("{number} advisories that are known to be exploited apply: {advisories}.", "Update the firmware, or state why it does not apply."),
    "overdue": ("{number} advisories are older than the policy's days: {advisories}.", "Update it, or state why they do not apply."),
    "cannot_tell": ("{number} advisories may apply; it cannot be told: {advisories}.", "Look at the advisories of the device."),
    "not_named": (
        "No notice that is held names this model. That is not the same as being safe.",
        "Bring the notices of NVD, KEV and the vendor: licet advisories update.",
    ),
    "no_advisories": ("No advisories are loaded.", "Load them: licet advisories update."),
    "feeds_stale": ("Sources are too old or missing: {feeds}.", "Load them: licet advisories update."),
    "support_over": ("The vendor's support ended on {end}.", "Plan its replacement."),
    "firmware_old": ("The firmware is about {days} days old; the policy allows {most}.", "Look for a newer release."),
    "not_ntp": ("The time is set by {mode}, not by a time server.", "Set a time server."),
    "seldom": ("The time is corrected every {minutes} minutes; the policy wants {most}.", "Shorten the interval."),
    "time_server": ("Time servers are not approved: {servers}.", "Set an approved one, or approve it."),
    "clock_wrong": ("The clock is off by {seconds} seconds; the policy allows {most}.", "Set a time server that the device reaches."),
    "log_server": ("The log goes to {host}, which is not approved.", "Set an approved one, or approve it."),
    "no_mask": ("The policy asks for a privacy mask; the device has {regions} regions on.", "Draw the mask and switch it on."),
    "recorded_outside": ("It records outside the approved hours: {times}.", "Shorten the recording schedule, or approve the hours with their reason."),
    "no_hours_approved": ("No recording hours are approved for {channels}.", "Add them to schedule_approved for the site."),
    "sound_on": ("The stream carries sound and the device is not approved for it.", "Switch sound off, or approve the device with its reason."),
    "sound_recorded": ("Sound is recorded and the device is not approved for it.", "Switch it off, or approve the device with its reason."),
    "face_on": ("A face function is in use and the device is not approved for it.", "Switch it off, or approve the device with its ground."),
    "named": ("Made by {maker} (by its {why}).", "See what the regime asks of the owner."),
    "origin_unknown": ("Who made it is not known.", "Look at its label and the purchase."),
    "expired": ("The licence ended on {until}.", "Renew or retire it."),
    "term_unknown": ("Neither an end nor “perpetual” is on file.", "Enter the licence's term."),
    "not_on_file": ("Not on file: {missing}.", "Complete the licence."),
    "over": ("More is used than bought: {metrics}.", "Buy the missing places or free some."),
    "little_used": ("Used in percent: {percent}; the policy wants {least}.", "Give places away or buy fewer at renewal."),
    "trial_size_not_stated": (
        "More is in use than is stated, under a trial of which nobody stated how much it permits.",
        "Enter the trial's quantity.",
    ),
    "nothing_counted": ("Nothing is counted against this pool.", ""),
}  # fmt: skip


def applies_where(applies: Applies, means: Mapping[str, str]) -> str:
    """When a control or regime applies, in words."""
    told = {
        word: means.get(word, word.split(".", 1)[-1].replace("_", " ")) for word in applies.words if word != "always"
    }
    if not told:
        return "everywhere"
    parts = [told[word] for word in applies.all if word in told]
    either = " or ".join(told[word] for word in applies.any if word in told)
    return "; and ".join([*parts, *([either] if either else [])])


def detail(reason: str, params: Mapping[str, Any], means: Mapping[str, str]) -> str:
    """What is so, with the figures. ``means`` says what each fact of the catalogue means, which the reasons name by its code."""
    return _filled(REASONS.get(reason, (reason.replace("_", " "), ""))[0], params, means)


def remedy(reason: str, params: Mapping[str, Any]) -> str:
    """What to do; "" where nothing is to be done."""
    return _filled(REASONS.get(reason, ("", ""))[1], params, {})


class _Figures(dict[str, Any]):
    def __missing__(self, _key: str) -> str:
        return "?"


def _filled(text: str, params: Mapping[str, Any], means: Mapping[str, str]) -> str:
    return text.format_map(_Figures({name: _shown(value, means) for name, value in params.items()}))


def _shown(value: Any, means: Mapping[str, str]) -> str:
    if isinstance(value, Mapping):
        between = "; " if any(name in means for name in value) else ", "
        return between.join(
            f"{means.get(name, str(name).replace('_', ' '))} = {_shown(one, means)}" for name, one in value.items()
        )
    if isinstance(value, list | tuple):
        between = "; " if any(one in means for one in value) else ", "
        return between.join(means.get(str(one), str(one).replace("_", " ")) for one in value) or "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
