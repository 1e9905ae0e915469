"""Rules of the knowledge base that cannot be decided from what Licet has today, each with the datum it would need."""

from licet.audits.rule import Severity, Undecided

_M, _L, _H, _I = Severity.MEDIUM, Severity.LOW, Severity.HIGH, Severity.INFO

UNDECIDED = (
    Undecided("device.activation_rejected", _M, "the answer to an activation, which Licet never tries", "TS-02"),
    Undecided(
        "device.session_pressure", _L, "the number of open sessions, which devices do not say over ISAPI", "TS-05"
    ),
    Undecided("cloud.offline_code", _I, "the device's error number, which only its own page shows", "TS-11"),
    Undecided("cloud.encryption_without_code", _M, "the encryption switch and the verification code together", "TS-14"),
    Undecided("cloud.conflicting_platform_access", _L, "the SIP state of intercoms", "TS-24"),
    Undecided("cloud.binding_creates_local_user", _M, "the user list of an alarm panel beside the cloud's", "TS-26"),
    Undecided("license.integration_requirement_unmet", _M, "what a partner's integration requires", "TS-32"),
    Undecided("license.holder_offline", _H, "which server holds which key, from the software itself", "TS-37"),
    Undecided("license.moves_exhausted", _M, "the vendor portal's deactivation counter", "TS-38"),
    Undecided("license.last_move", _L, "the vendor portal's deactivation counter", "TS-38"),
    Undecided(
        "license.auto_activation_failed",
        _H,
        "the date of the last automatic activation, from the software itself",
        "TS-41",
    ),
    Undecided("license.grace_devices", _M, "the software's own count of devices in grace", "TS-41"),
    Undecided("license.wrong_pool", _M, "which devices the software counts as third-party", "TS-42"),
    Undecided("license.reactivate_after_merge", _M, "a log of changes of topology", "TS-45"),
    Undecided("firmware.wrong_package", _M, "the answer to an upgrade, which Licet never tries", "TS-51"),
    Undecided("firmware.online_check_unavailable", _I, "the device's state of the online upgrade server", "TS-54"),
    Undecided("feature.app_conflict", _M, "the number of slots for analytics apps", "TS-60"),
    Undecided("feature.engine_overcommitted", _H, "the recorder's engine slots and channels with comparison", "TS-61"),
    Undecided("network.discovery_blocked", _I, "the device's discovery mode", "TS-72"),
)
