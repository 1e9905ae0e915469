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
    Undecided(
        "asset.no_proof_of_ownership", _M, "documents about single devices, such as invoice or label photo", "TS-12"
    ),
    Undecided(
        "vault.verification_code_missing", _M, "which devices have a code; Licet keeps those that were put in", "TS-13"
    ),
    Undecided(
        "vault.code_format_suspect", _L, "a reliable shape of verification codes, which no document states", "TS-13"
    ),
    Undecided(
        "cloud.mfa_contact_left_company", _H, "whose telephone or mailbox gets an account's second factor", "TS-16"
    ),
    Undecided("cloud.incompatible_firmware", _M, "the vendor's list of models and firmware for each platform", "TS-23"),
    Undecided("cloud.added_by_ip", _L, "how a device was added to its platform, which no list says", "TS-23"),
    Undecided(
        "software.upgrade_gap", _M, "the version that an upgrade is to reach, and the list of releases between", "TS-35"
    ),
    Undecided(
        "vault.key_suspect_characters", _L, "keys in the clear: they are checked on entry and then sealed", "TS-46"
    ),
    Undecided("firmware.stepping_required", _H, "the versions in between that release notes demand", "TS-52"),
    Undecided("cloud.region_locked_device", _M, "the sale region of EZVIZ models", "TS-53"),
    Undecided("network.discovery_blocked", _I, "the device's discovery mode", "TS-72"),
)
