"""Credentials and keys, by their keyed fingerprints; nothing here reads one."""

from licet.audits.rule import Question, Rule, Severity

RULES = (
    Rule(
        "credential.shared_across_devices",
        "Passwords that open very many devices",
        Severity.MEDIUM,
        Question.SECURE,
        "credential",
        applies={"devices__gt": 0},
        fails=lambda s: {"devices__gt": s.thresholds["shared_credential"]},
        shows=("devices",),
        detail="One password opens {devices} devices.",
        remedy="Give groups of devices passwords of their own.",
        source="troubleshooting TS-06",
    ),
    Rule(
        "vault.key_duplicate",
        "Licence keys that are entered twice",
        Severity.HIGH,
        Question.ASSIGNED,
        "key_mark",
        fails=lambda _: {"others__gt": 0},
        shows=("others",),
        detail="The same key stands under {others} other licences.",
        remedy="Compare with the documents and keep it under the licence it belongs to.",
        source="troubleshooting TS-46",
    ),
    Rule(
        "vault.key_without_document",
        "Licence keys without any document",
        Severity.LOW,
        Question.KNOWN,
        "licence_key",
        fails=lambda _: {"documents": 0},
        detail="No document about its licence or order proves where the key is from.",
        remedy="Add the invoice or licence certificate.",
        source="troubleshooting TS-46",
    ),
    Rule(
        "vault.key_invalid",
        "Licence keys that the vendor refused",
        Severity.MEDIUM,
        Question.VALID,
        "licence_key",
        fails=lambda _: {"state": "invalid"},
        shows=("host",),
        detail="It is marked as refused.",
        remedy="Compare with the document; ask the seller for another key.",
        source="troubleshooting TS-46",
    ),
)
