"""What answers, reasons, feeds and steps are called, and what to do about them."""

from typing import Any

from django.utils.translation import gettext_lazy as _

ANSWERS: dict[str, Any] = {
    "affected": _("Affected"),
    "possibly_affected": _("Possibly affected"),
    "cannot_tell": _("Cannot tell"),
    "not_affected": _("Not affected"),
    "no_rule": _("No rule"),
}
MEANINGS: dict[str, Any] = {
    "affected": _("The notice names the model, and the version lies in its range."),
    "possibly_affected": _(
        "The notice names the model, but gives no range or no clear one, or the name fits by its beginning only."
    ),
    "cannot_tell": _("The notice names the model, but a fact is missing or the version cannot be compared."),
    "not_affected": _("The notice names the model, and its range leaves this version out."),
    "no_rule": _("No notice here names the model. That is not the same as being safe."),
}
REASONS: dict[str, Any] = {
    "in_range": _("model and version are in the published range"),
    "no_range": _("the source names the model without a range of versions: check the build by hand"),
    "named_in_cpe": _("only a CPE name of NVD fits; such names lose builds and are mistyped at times"),
    "name_begins_so": _("the model only begins like the name in the notice, or does not print its hardware letter"),
    "family_differs": _("the notice is about another kind of product than this device seems to be"),
    "on_the_edge": _(
        "it is the version that the text ends with, and the text or its sources leave open whether it belongs"
    ),
    "version_unknown": _("the version is not known: sweep the device, or enter the version"),
    "unreadable": _("the version cannot be read"),
    "other_line": _("the version is of another line than the notice's; numbers of two lines say nothing of age"),
    "build_missing": _("the build date decides, and the device does not report it"),
    "build_against_numbers": _("number and build date point to different ages: two platforms share this line"),
    "patch_missing": _("the patch level decides, and it is not reported"),
    "other_version_named": _("the notice names one tested version and says nothing of others"),
    "between_last_affected_and_fixed": _(
        "it is newer than the last affected and older than the fixed version: update, not confirmed affected"
    ),
    "fix_unknown": _("it is newer than the printed range, but the source says that it was not mended then"),
    "model_unknown": _("the model is not known"),
    "fixed": _("it is the fixed version or newer"),
    "above_range": _("it is newer than the published range"),
    "below_range": _("it is older than the published range"),
    "stated_not_affected": _("a statement of the publisher clears this version"),
    "model_not_named": _("the notice does not name the model"),
    "other_family": _("the notice is about other products"),
}
SEVERITIES: dict[str, Any] = {
    "critical": _("Critical"),
    "high": _("High"),
    "medium": _("Medium"),
    "low": _("Low"),
    "none": _("None"),
    "unknown": _("Not scored"),
}
FEEDS: dict[str, Any] = {
    "shipped": _("Shipped with Licet"),
    "nvd": _("NVD"),
    "kev": _("CISA known exploited"),
    "epss": _("EPSS"),
    "csaf": _("CSAF and VEX"),
    "notices": _("Vendor notices"),
}
STATEMENTS: dict[str, Any] = {
    "not_affected": _("Not affected, as stated"),
    "mitigated": _("Mitigated"),
    "accepted": _("Accepted"),
}
EXPOSED: dict[str, Any] = {
    "public_address": _("public address"),
    "cloud": _("cloud on"),
    "uplink": _("ISUP uplink on"),
    "plain_http": _("HTTP, not HTTPS"),
    "basic_login": _("Basic sign-in allowed"),
    "outdated_tls": _("outdated encryption allowed"),
}
STEPS: dict[str, Any] = {
    "state_the_version": _("First have its version read: sweep it with a credential that it takes."),
    "state_the_version_of_software": _("First have its version read: connect the server and sweep it."),
    "check_by_hand": _("Only possibly affected: check model, hardware letter and build before installing anything."),
    "no_fix_published": _(
        "No update found: no source here names a version. Ask the vendor for one for this model and hardware."
    ),
    "newer_than": _("No fixed version is published: install one that is newer than the one named."),
    "platform_unknown": _(
        "The platform is not known: take the package that the vendor's page gives for this model and hardware version, never by model alone."
    ),
    "other_brand": _("Sold under another name: do not take the brand's own package."),
    "release_notes": _(
        "Read the release notes first: some updates need a version in between. No list of such steps is known to Licet."
    ),
    "cannot_ask_unreachable": _(
        "Cannot ask: the device did not answer the last sweep, so its version may be another by now."
    ),
    "cannot_ask_refused": _("Cannot ask: the device refuses the password. Replace the credential, then sweep."),
    "cannot_ask_locked_out": _("Cannot ask: the device has locked the account. Wait, then sweep."),
    "cannot_ask_never": _("Cannot ask: the device was never asked. Sweep it."),
    "cannot_ask_other": _("Cannot ask: the device gave no signed-in answer."),
    "customised_build": _(
        "A customised build: ask the local branch before any upgrade; the standard installer must not be used."
    ),
    "build_kind_unknown": _("Look up the full version under About: it tells whether the build is customised."),
    "redesign": _("The first digit changes: that is a redesign. Ask the vendor for the way up."),
    "many_hops": _("More than five releases lie between: the vendor has not tested this in one go. Go in steps."),
    "hops_unknown": _("How many releases lie between is not known here."),
    "maintenance_valid": _("Maintenance is valid: upgrades are included."),
    "maintenance_lapsed": _("Maintenance has lapsed: buy it before the upgrade; the right to use is not touched."),
    "maintenance_unknown": _(
        "Whether maintenance is valid is not known: enter the activation day or the maintenance bought."
    ),
    "statement_mitigated": _("Stated as mitigated; the update is still due."),
}


def steps(codes: list[str]) -> list[str]:
    """The sentences of a plan item's steps."""
    return [str(STEPS.get(code, code.replace("_", " "))) for code in codes]
