"""What each reason says to a person: one sentence with its figures, and what to do, in an installer's words.

The code of a reason is stable; its sentence may be improved. ``{name}`` is filled from the reason's params.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop


@dataclass(frozen=True, slots=True)
class Words:
    """The sentence and the remedy of a reason; an empty remedy = nothing to do."""

    detail: str
    remedy: str = ""


def _w(detail: str, remedy: str = "") -> Words:
    return Words(gettext_noop(detail), gettext_noop(remedy) if remedy else "")


WORDS: dict[str, Words] = {
    "activated": _w("The device has been activated."),
    "not_activated": _w(
        "The device has no administrator password: anybody on its network may claim it.",
        "Activate it with a password of your own (SADP tool or the recorder), then add its credential here.",
    ),
    "activation_not_said": _w(
        "The device does not say whether it is activated; old firmware has no such answer.",
        "Add a credential: a device that accepts a sign-in is activated.",
    ),
    "stale": _w(
        "Last seen {seen}; that is too long ago to rely on.",
        "Find out why it no longer answers (power, network, address), then sweep it again.",
    ),
    "unreachable": _w(
        "It did not answer when it was last asked ({since}).",
        "Check power, network and address, then sweep it again.",
    ),
    "never_asked": _w("It has never been asked.", "Sweep its site."),
    "no_address": _w(
        "No address is known, so it cannot be asked directly.", "Enter its address, or sweep the recorder it is behind."
    ),
    "locked_by_device": _w(
        "Locked by the device, {seconds} s left at the time it was asked.",
        "Wait until {until}; nothing is tried before. Then replace the credential with the right password.",
    ),
    "credential_refused": _w(
        "The device refused the stored password; it is not tried again.",
        "Replace the credential with the right password; the next sweep then makes one try.",
    ),
    "needs_sign_in": _w(
        "The device refused the stored password, so this could not be asked.",
        "Replace the credential with the right password.",
    ),
    "needs_activation": _w(
        "The device is not activated, so this could not be asked.", "Activate the device first."
    ),
    "no_credential": _w("No credential is stored for it.", "Add a credential for its site."),
    "never_signed_in": _w("No sign-in has been accepted yet.", "Sweep it, or check the credential."),
    "signed_in": _w("The device accepts our credential."),
    "basic_only": _w(
        "It offers only Basic sign-in over plain HTTP; the password was not sent.",
        "Turn on HTTPS or Digest, update its firmware, or allow an exception for this one device.",
    ),
    "address_not_asked": _w(
        "Its address is the machine's that Licet runs on, link-local, or no device's; nothing was sent there.",
        "Correct its address; if something of the estate really stands there, let the operator name the address in LICET_ALSO_ASK.",
    ),
    "certificate_changed": _w(
        "Its certificate is not the one that was accepted before; no credential was sent.",
        "Find out why it changed (new firmware, factory reset, another device), then accept the new fingerprint.",
    ),
    "identity_disputed": _w(
        "It answers with the serial number of another device that is known elsewhere or still answers; nothing of it is believed.",
        "Find out what really stands at this address: a copied device, a wrong forwarding, or an attacker.",
    ),
    "identity_retired": _w(
        "It answers with the serial number of a device that is retired at another site; nothing of it is believed.",
        "If that device was brought here, let somebody who edits the estate at both sites move it here; else find out what answers at this address.",
    ),
    "certificate_unpinned": _w("Its certificate has not been accepted yet.", "Compare the fingerprint and accept it."),
    "tls_outdated": _w(
        "It offers only outdated encryption; no credential was sent.",
        "Update its firmware, or allow an exception for this one device.",
    ),
    "plain_http_on_tls_port": _w(
        "Plain HTTP answers where HTTPS is expected; no credential was sent.", "Correct port or scheme of the device."
    ),
    "region_fits": _w("Its serial number is of region {region}."),
    "region_not_readable": _w("The region cannot be read from its serial number.", "Nothing, unless updates are refused."),
    "country_missing": _w("Its serial number is of region {region}, but the site has no country.", "Enter the site's country."),
    "region_mismatch": _w(
        "A unit for the Chinese market (region {region}) stands in {country}: it gets no updates and no cloud there.",
        "Ask the seller for an international unit; do not change its firmware.",
    ),
    "registered": _w("Registered with Hik-Connect."),
    "enabled_offline": _w(
        "Hik-Connect is on, but the device is not registered.",
        "Check its way to the internet and its DNS, or turn Hik-Connect off if it is not wanted.",
    ),
    "hik_connect_off": _w("Hik-Connect is off."),
    "cloud_not_said": _w("The device does not say how it stands with Hik-Connect.", "Sweep it with a credential that may see network settings. Where its page says that this model does not offer that, look at its own settings and state who may act on it."),
    "bound_to_us": _w("Bound to an account of ours."),
    "bound_to_other": _w(
        "Bound to an account that is none of ours.",
        "Find out whose account it is; have it transferred or unbound (proof of purchase is asked for).",
    ),
    "bound_by_account": _w("An account of ours lists it as its own and online; the device itself was not asked."),
    "shared_to_us": _w(
        "An account of ours sees it only because another owner shares it.",
        "Ask the owner to transfer it, if it is yours; the one who shares can end it at any time.",
    ),
    "off_but_listed": _w(
        "An account of ours lists it, but Hik-Connect is switched off at the device.",
        "Switch Hik-Connect on at the device, or remove it from the account.",
    ),
    "third_party_in_order": _w("Somebody outside may act on it ({kind}), by contract or until {until}."),
    "third_party_over": _w(
        "Somebody outside may still act on it ({kind}) although that was to end on {until}.",
        "Take the right away where it was given, then end it here: licet cloud third-party end.",
    ),
    "third_party_not_reviewed": _w(
        "A cloud says that somebody outside may act on it ({kind}); nobody has looked at it yet.",
        "Find the contract; enter its document or an end: licet cloud third-party confirm.",
    ),
    "third_party_open_ended": _w(
        "Somebody outside may act on it ({kind}) without an end and without a contract on file.",
        "Enter the contract's document or an end date.",
    ),
    "online_unbound": _w("Not bound to any account.", "Add it to your Hik-Connect account, or turn Hik-Connect off."),
    "listed_but_not_bound": _w(
        "An account of ours lists it, but the device says it is not bound.", "Sweep again; if it stays, remove it from the account and add it anew."
    ),
    "no_account_list": _w(
        "Bound to some account, but no device list of an account of ours has been read.",
        "Import the device list of your Hik-Connect or Hik-Partner Pro account.",
    ),
    "no_uplink": _w("No ISUP uplink is set."),
    "isup_not_said": _w("The device does not say whether an ISUP uplink is set.", "Sweep it with a credential that may see network settings. Where its page says that this model does not offer that, look at its own settings and state who may act on it."),
    "uplink_not_reviewed": _w(
        "An ISUP uplink to {server} is on: whoever runs that server can reach the device.",
        "Find out who runs it and by what contract, or turn the uplink off.",
    ),
    "app_bought": _w("{app} runs and was bought, by what was stated here ({until})."),
    "app_bought_not_running": _w(
        "{app} was bought ({until}) and does not run: paid for and unused, as far as the device says.",
        "Start it, or let the licence end.",
    ),
    "app_licence_over": _w(
        "The licence of {app} ended on {until}.", "Renew it, or stop the app; then state the new end: licet device app."
    ),
    "feature_runs_undrawn": _w(
        "{app} runs on a camera that a server manages, and no {metric} licence is drawn for it.",
        "If the server uses it, say so: licet installation manage NAME --device SERIAL --metric camera --metric METRIC.",
    ),
    "feature_drawn_unused": _w(
        "A {metric} licence is drawn for it, but no app of that kind runs on the camera: paid for and perhaps unused.",
        "If the server does not use it, give the licence free: licet installation manage NAME --device SERIAL --metric camera.",
    ),
    "engines_over": _w(
        "{used} channels or tasks want an analytics engine, and it has {total} slots: those beyond are not analysed live.",
        "Switch analysis off for some channels, or move them to another recorder; then state the slots anew: licet device engines.",
    ),
    "engines_free": _w("{used} of {total} engine slots are in use: some are paid for and unused."),
    "engines_used": _w("All {total} engine slots are in use."),
    "included_with_hardware": _w("{app} is the maker's own app and included with the hardware."),
    "app_licence_not_readable": _w(
        "{app} runs, and no device tells the licence of an app.", "Keep the app's licence in the register."
    ),
    "no_installation": _w("No software installation manages it, so it needs no camera licence."),
    "covered": _w("Covered by {licence}."),
    "licence_expiring": _w(
        "Covered by {licence} until {expires_on} ({effect}).", "Renew it before that day, or buy a licence that lasts."
    ),
    "base_expiring": _w("Covered by {licence}, whose base ends on {expires_on}.", "Renew the base licence before that day."),
    "in_grace": _w("{licence} ended on {expires_on} and is in its grace time.", "Renew it now."),
    "licence_expired": _w("{licence} ended on {expires_on} ({effect}).", "Renew it, or free its place."),
    "pool_over_capacity": _w(
        "{demanded} are needed and the pool may use {entitled}.{idle}", "Buy more, remove members, or move free licences here.{idle_remedy}"
    ),
    "no_licence": _w("The pool has no licence for this.", "Buy licences for this pool, or move free ones here."),
    "base_missing": _w(
        "The pool holds {base_missing} as expansion, but the base licence is missing.", "Buy or activate the base licence; expansions alone permit nothing."
    ),
    "bought_not_activated": _w("{bought_not_activated} are bought but not activated.", "Activate them on the server, then enter the activation date."),
    "not_started": _w("{not_started} are bought but have not started.", "Nothing before they start; bridge the gap if it matters."),
    "returned": _w("The licence was returned.", "Buy another."),
    "superseded": _w("The licence was replaced by a newer one."),
    "base_active": _w("Base licence: {licence}."),
    "no_base": _w("No base licence of this product is in the register.", "Enter the base licence with its order, or buy one."),
    "product_unknown": _w("The catalogue does not know this product.", "Choose the product in the installation's settings."),
    "trial": _w("Runs on a trial until {expires_on}."),
    "trial_in_production": _w("A trial until {expires_on} is in production.", "Buy a base licence before that day."),
    "trial_size_not_stated": _w(
        "{licence} is in term until {expires_on}, but nobody stated how much it allows.",
        "Enter the trial's quantity, or buy licences for this pool.",
    ),
    "trial_expired": _w("The trial ended on {expires_on}.", "Buy and activate a base licence."),
    "free_product": _w("This product needs no licence."),
    "maintenance_covered": _w("Upgrades and support are covered until {ends_on}."),
    "maintenance_expiring": _w("Upgrades and support end on {ends_on}; the right to use stays.", "Decide on a maintenance renewal."),
    "maintenance_lapsed": _w("Upgrades and support ended on {ends_on}; the right to use stays.", "Buy maintenance before the next upgrade."),
    "activation_date_missing": _w("The service runs from activation, and the activation date is not known.", "Enter the activation date of the installation."),
    "maintenance_not_stated": _w("Nobody stated a maintenance term.", "Enter the maintenance end, if one was bought."),
    "owner_outside": _w("The account belongs to {owner}, outside the organisation.", "Have its devices transferred to an account of yours."),
    "no_second_factor": _w("The account has no second factor.", "Turn on two-step verification."),
    "second_factor_not_stated": _w("Nobody stated whether the account has a second factor.", "Look it up and enter it."),
    "users_never_reviewed": _w("The account's users were never reviewed.", "Review who can use the account and enter the date."),
    "review_overdue": _w("The account's users were last reviewed on {reviewed_on}.", "Review them again."),
    "account_in_order": _w("Owner, second factor and user review are in order."),
}  # fmt: skip

STATUS_WORDS: dict[str, str] = {
    "authorized": gettext_noop("Authorized"),
    "expiring": gettext_noop("Expiring"),
    "grace": gettext_noop("Grace"),
    "expired": gettext_noop("Expired"),
    "over_capacity": gettext_noop("Over capacity"),
    "unlicensed": gettext_noop("Unlicensed"),
    "not_activated": gettext_noop("Not activated"),
    "not_registered": gettext_noop("Not registered"),
    "suspended": gettext_noop("Suspended"),
    "unknown": gettext_noop("Unknown"),
    "not_required": gettext_noop("Not required"),
}

DIFFERENCES: dict[str, str] = {
    "bought_not_activated": gettext_noop("{quantity} bought but not activated"),
    "activation_not_stated": gettext_noop("{quantity} whose activation nobody stated"),
    "base_missing": gettext_noop("{quantity} without their base licence"),
    "expired": gettext_noop("{quantity} expired"),
    "reported_less_than_activated": gettext_noop("the software reports {quantity} fewer than activated"),
    "activated_not_bought": gettext_noop("{quantity} active without a purchase in the register"),
    "demanded_more_than_reported": gettext_noop("{quantity} needed that the software does not count"),
    "over": gettext_noop("{quantity} over"),
    "trial_size_not_stated": gettext_noop("{quantity} beyond what is stated; how much the trial permits is not known"),
}

EFFECTS: dict[str, str] = {
    "use_continues": gettext_noop("use continues afterwards"),
    "no_additions": gettext_noop("afterwards nothing can be added"),
    "stops": gettext_noop("it stops working afterwards"),
    "unknown": gettext_noop("what happens afterwards is not known"),
}


def sentence(reason: str, params: Mapping[str, Any] | None) -> str:
    """The detail of a reason with its figures, translated."""
    words = WORDS.get(reason)
    return _(words.detail).format_map(_filled(params)) if words else reason


def remedy(reason: str, params: Mapping[str, Any] | None) -> str:
    """What to do about a reason, translated; empty where nothing is to be done."""
    words = WORDS.get(reason)
    return _(words.remedy).format_map(_filled(params)) if words and words.remedy else ""


def difference(code: str, quantity: int) -> str:
    """One difference between the numbers of a position, in words."""
    return _(DIFFERENCES[code]).format(quantity=quantity) if code in DIFFERENCES else f"{code} {quantity}"


def _filled(params: Mapping[str, Any] | None) -> defaultdict[str, str]:
    given = dict(params or {})
    filled: defaultdict[str, str] = defaultdict(lambda: "?", {name: str(value) for name, value in given.items()})
    filled["effect"] = _(EFFECTS.get(str(given.get("effect", "unknown")), EFFECTS["unknown"]))
    idle = given.get("bought_not_activated") or 0
    filled["idle"] = " " + _("{n} more are bought but not activated.").format(n=idle) if idle else ""
    filled["idle_remedy"] = " " + _("First activate the {n} that are already bought.").format(n=idle) if idle else ""
    return filled
