"""Features of devices: analytics engines and apps, by what was stated of them."""

from licet.audits.rule import Question, Rule, Severity

RULES = (
    Rule(
        "feature.engine_overcommitted",
        "Recorders with more analytics than engine slots",
        Severity.HIGH,
        Question.VALID,
        "authorization",
        applies={"right": "feature.engine"},
        fails=lambda _: {"reason": "engines_over"},
        shows=("right",),
        detail="{right}: more channels or tasks want an analytics engine than it has slots; those beyond are not analysed live.",
        remedy="Switch analysis off for some channels, or move them to another recorder; then state the slots anew.",
        source="troubleshooting TS-61",
    ),
    Rule(
        "feature.app_license_expired",
        "Apps whose licence is over",
        Severity.HIGH,
        Question.VALID,
        "authorization",
        applies={"right__startswith": "feature.app:"},
        fails=lambda _: {"reason": "app_licence_over"},
        shows=("right",),
        detail="{right}: the licence that was stated is over.",
        remedy="Renew it at the app's maker, or stop the app; then state the new end.",
        source="troubleshooting TS-62",
    ),
    Rule(
        "feature.app_not_running",
        "Apps that were bought and do not run",
        Severity.MEDIUM,
        Question.USED,
        "authorization",
        applies={"right__startswith": "feature.app:"},
        fails=lambda _: {"reason": "app_bought_not_running"},
        shows=("right",),
        detail="{right}: bought, and not running as far as the device says.",
        remedy="Start it, or let the licence end.",
        source="troubleshooting TS-60",
    ),
)
