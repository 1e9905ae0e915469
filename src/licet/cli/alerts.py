import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from licet.cli.day import DAY
from licet.cli.output import COULD_NOT, Failed, as_json, counted, format_option, plain, rows, say
from licet.cli.session import named_site, open_data, secret
from licet.cli.several import Several

if TYPE_CHECKING:
    from collections.abc import Iterable

    from licet.alerts.models import Channel
    from licet.alerts.read import ChangesRow
    from licet.register.models import Licence
    from licet.sites.models import Person
    from licet.sites.scope import Actor

_KINDS = {"ends": "licence.ends", "maintenance": "licence.maintenance_ends", "notice": "licence.notice"}


@click.group()
def alerts() -> None:
    """Who must hear of what: coming days, rules, channels, the outbox, and why something was not told."""


@alerts.command("list")
@click.option("--kind", type=click.Choice(list(_KINDS)), default="ends", show_default=True)
@click.option(
    "--span", "spans", cls=Several, multiple=True, type=click.Choice(["past", "week", "month", "quarter", "year"])
)
@click.option("--hushed", type=click.Choice(["yes", "no"]), help="Only what is, or is not, acknowledged or snoozed.")
@click.option("--search", default="")
@click.option("--site")
@format_option
def list_(kind: str, spans: tuple[str, ...], hushed: str | None, search: str, site: str | None, form: str) -> None:
    """List the days that are open: which step each has reached, when it was told, when it is told next.

    Example: licet alerts list --span past --span month
    """
    actor = open_data()
    from licet.alerts.read import DayFilter, every_day

    wanted = DayFilter(code=_KINDS[kind], text=search, spans=spans, hushed=hushed or "", site=named_site(actor, site))
    columns = ["key", "title", "site", "day", "left", "step", "next_on", "told_at", "hushed", "hushed_until"]
    narrow = ["key", "title", "day", "left", "step", "hushed"]
    rows(form, (plain(row) for row in every_day(actor, wanted)), columns, narrow=narrow, empty="No such day is open.")


@alerts.command()
@click.argument("subject")
@format_option
def explain(subject: str, form: str) -> None:
    """Say of a licence's days who is told what and when, or why not. SUBJECT is a licence's number, renewal:NUMBER or request:NUMBER.

    Example: licet alerts explain 12
    """
    actor = open_data()
    from licet.alerts import words
    from licet.alerts.explain import of_licence, of_renewal, of_request

    kind, _, number = subject.rpartition(":")
    if not (number.isascii() and number.isdigit() and len(number) < 19) or kind not in {
        "",
        "licence",
        "renewal",
        "request",
    }:
        raise Failed(f"{subject!r} is no licence's number. List them: licet licence list")
    find = {"renewal": of_renewal, "request": of_request}.get(kind, of_licence)
    found = [{**plain(one), "why": words.NOT_SENT[one.state]} for one in find(actor, int(number), datetime.now(UTC))]
    columns = ["code", "day", "left", "name", "way", "step", "state", "why", "detail", "when"]
    rows(form, found, columns, narrow=["code", "day", "name", "step", "why"], empty=words.NOT_SENT["resolved"])


@alerts.command()
@click.option("--days", type=click.IntRange(1, 366), default=30, show_default=True)
@click.option("--site")
@format_option
def planned(days: int, site: str | None, form: str) -> None:
    """Say what will be told in the coming days if nothing is done, and what is not told and why.

    Example: licet alerts planned --days 30
    """
    actor = open_data()
    from licet.alerts import explain as dry

    where, now = named_site(actor, site), datetime.now(UTC)
    coming = [plain(one) for one in dry.planned(actor, now, where, days=days)]
    quiet = [plain(one) for one in dry.silent(actor, now, where)]
    if form == "json":
        as_json({"planned": coming, "not_told": quiet})
        return
    rows(
        form, coming, ["on", "name", "way", "number", "first"], narrow=["on", "name", "number"], empty="Nothing is due."
    )
    if form == "table":
        rows(form, quiet, ["state", "number", "detail"], empty="Nothing is kept back.")


@alerts.command()
@click.option("--days", is_flag=True, help="Look at all coming days even where nothing changed.")
@format_option
def run(days: bool, form: str) -> None:
    """Do now what the server does each minute: find what is due, tell it, send the outbox. Exit code 3 where a message failed.

    Example: licet alerts run
    """
    actor = open_data()
    from licet.alerts.tick import tick
    from licet.authorization.reconcile import due

    _administers(actor)
    due(datetime.now(UTC))
    done = tick(by="command", days=days)
    if form == "json":
        as_json(done)
    else:
        rows(form, [plain(done)], ["events", "notices", "messages", "sent", "failed", "seconds"])
    sys.exit(COULD_NOT if done.failed else 0)


@alerts.command()
@click.argument("channel", required=False)
@click.option("--user", "username", help="Send an e-mail to this person instead.")
def test(channel: str | None, username: str | None) -> None:
    """Send a test through a channel, or by mail to a person, and say how it went.

    Example: licet alerts test "Operations chat"
    """
    actor = open_data()
    from licet.alerts.channels import send_test

    if (channel is None) == (username is None):
        raise Failed("name a channel, or a person with --user")
    now = datetime.now(UTC)
    if username is not None:
        message = send_test(actor, now, person=_person(actor, username))
    else:
        message = send_test(actor, now, channel=_channel(actor, channel or ""))
    if message.state != "sent":
        raise Failed(f"it did not go out: {message.last_error.rstrip('.')}. It stays in the outbox.", COULD_NOT)
    say(f"Sent: {message.to or channel}.")


@alerts.command()
@click.option("--state", "states", cls=Several, multiple=True, type=click.Choice(["queued", "sending", "sent", "dead"]))
@click.option("--search", default="", help="Part of subject or address.")
@click.option("--resend", type=int, metavar="NUMBER", help="Put a dead or waiting message to the front.")
@click.option("--show", type=int, metavar="NUMBER", help="Print one message with every try.")
@format_option
def outbox(states: tuple[str, ...], search: str, resend: int | None, show: int | None, form: str) -> None:
    """List messages: sent, waiting, and those that could not be delivered.

    Example: licet alerts outbox --state dead
    """
    actor = open_data()
    from licet.alerts.outbox import resend as again
    from licet.alerts.read import MessageFilter, every_message, find_message, message_row, tries

    number = resend if resend is not None else show
    if number is not None:
        message = find_message(actor, number)
        if message is None:
            raise Failed(f"no message {number}. List them: licet alerts outbox")
        if resend is not None:
            again(actor, message, datetime.now(UTC))
            say("It is sent at the next tick: licet alerts run")
            return
        told = [
            {"at": one.at, "ok": one.ok, "status": one.status, "excerpt": one.excerpt}
            for one in reversed(tries(message))
        ]
        if form == "json":
            as_json({**plain(message_row(message)), "body": message.body, "tries": told})
        else:
            click.echo(f"To: {message.to}\nSubject: {message.subject}\n\n{message.body}")
            rows(form, told, ["at", "ok", "status", "excerpt"], empty="Not tried yet.")
        return
    wanted = MessageFilter(states=states, text=search)
    columns = [
        "id",
        "created_at",
        "to",
        "way",
        "subject",
        "items",
        "state",
        "attempts",
        "sent_at",
        "next_at",
        "last_error",
    ]
    narrow = ["id", "created_at", "to", "subject", "state"]
    rows(
        form, (plain(row) for row in every_message(actor, wanted)), columns, narrow=narrow, empty="The outbox is empty."
    )


@alerts.command()
@click.argument("keys", nargs=-1, required=True)
@click.option("--until", type=DAY, help="Snooze to the end of this day; without it the day is acknowledged.")
@click.option("--for-all", is_flag=True, help="For everybody (without a token: always).")
@click.option("--reason", default="")
@click.option("--end", is_flag=True, help="Tell of them again.")
def hush(keys: tuple[str, ...], until: datetime | None, for_all: bool, reason: str, end: bool) -> None:
    """Acknowledge days, or snooze them. KEYS are those of licet alerts list, as licence:12:ends:2027-01-31.

    Example: licet alerts hush licence:12:ends:2027-01-31 --until 2027-01-10 --reason "quote is under way"
    """
    actor = open_data()
    from licet.alerts.record import end_hush
    from licet.alerts.record import hush as keep

    now = datetime.now(UTC)
    if end:
        say(f"{end_hush(actor, keys, now)} are told again.")
        return
    number = keep(
        actor, keys, now, until=until.date() if until else None, for_all=for_all or actor.person is None, reason=reason
    )
    say(f"{number} {'snoozed to the end of ' + until.date().isoformat() if until else 'acknowledged'}.")


@alerts.command()
@click.option("--site", help="For this site and below; without site and licence everywhere.")
@click.option("--licence", type=int, help="For one licence.")
@click.option("--before", help="Days before, as 90,60,30,14,7,1.")
@click.option(
    "--repeat", type=int, default=7, show_default=True, help="Days between notices once it has passed; 0 = one only."
)
@click.option("--clear", is_flag=True, help="Take the steps of this place back.")
@format_option
def steps(site: str | None, licence: int | None, before: str | None, repeat: int, clear: bool, form: str) -> None:
    """Show or set how many days before and after somebody is told.

    Example: licet alerts steps --site Berlin --before 180,90,30,7 --repeat 14
    """
    actor = open_data()
    from licet.alerts.read import steps_in_force
    from licet.alerts.record import clear_steps, set_steps

    if before is None and not clear:
        shown = [
            {"where": where, "before": list(found.before), "repeat": found.repeat}
            for where, _kind, found in steps_in_force(actor)
        ]
        rows(form, shown, ["where", "before", "repeat"])
        return
    where, one = named_site(actor, site), _licence(actor, licence)
    if clear:
        clear_steps(actor, site=where, licence=one)
        say("Taken back.")
        return
    try:
        numbers = [int(part) for part in (before or "").replace(" ", "").split(",") if part]
    except ValueError:
        raise Failed("--before takes days with commas between, as 90,60,30,14,7,1") from None
    set_steps(actor, site=where, licence=one, before=numbers, repeat=repeat)
    say("Set.")


@alerts.group()
def rule() -> None:
    """Rules: who hears of which events, at once or in a digest."""


@rule.command("list")
@format_option
def rule_list(form: str) -> None:
    """List the rules.

    Example: licet alerts rule list
    """
    actor = open_data()
    from licet.alerts.read import rules

    columns = ["id", "events", "severity", "site", "who", "way", "at_once", "active"]
    rows(form, (plain(row) for row in rules(actor)), columns, empty="No rule: nobody is told of anything.")


@rule.command("add")
@click.argument("events", nargs=-1, required=True)
@click.option(
    "--severity", type=click.Choice(["info", "warning", "high", "critical"]), default="info", show_default=True
)
@click.option("--site")
@click.option("--user", "username", help="This person hears.")
@click.option("--permission", default="", help="All hear who hold this permission at the place, as edit_register.")
@click.option("--channel", help="Through this channel instead of e-mail.")
@click.option("--at-once", is_flag=True, help="At once instead of in the digest.")
def rule_add(
    events: tuple[str, ...], severity: str, site: str | None, username: str | None, permission: str, channel: str | None,
    at_once: bool,
) -> None:  # fmt: skip
    """Add a rule. EVENTS are codes (licence.ends), families (licence.*) or "*"; see: licet alerts rule events.

    Example: licet alerts rule add "licence.*" --user anna --site Berlin
    """
    actor = open_data()
    from licet.alerts.record import add_rule

    row = add_rule(
        actor, events, datetime.now(UTC), severity=severity, site=named_site(actor, site), permission=permission,
        person=_person(actor, username) if username else None, channel=_channel(actor, channel) if channel else None,
        at_once=at_once,
    )  # fmt: skip
    say(f"Rule {row.pk} added.")


@rule.command("remove")
@click.argument("number", type=int)
def rule_remove(number: int) -> None:
    """Remove a rule.

    Example: licet alerts rule remove 3
    """
    actor = open_data()
    from licet.alerts.read import find_rule
    from licet.alerts.record import remove_rule

    row = find_rule(actor, number)
    if row is None:
        raise Failed(f"no rule {number}. List them: licet alerts rule list")
    remove_rule(actor, row)
    say("Removed.")


@rule.command("events")
@format_option
def rule_events(form: str) -> None:
    """List the events that a rule can name.

    Example: licet alerts rule events
    """
    open_data()
    from licet.alerts.events import KINDS, SEVERITY_NAMES

    found = [
        {"event": code, "title": kind.title, "severity": SEVERITY_NAMES[kind.severity], "permission": kind.permission}
        for code, kind in KINDS.items()
    ]
    rows(form, found, ["event", "title", "severity", "permission"])


@alerts.group()
def channel() -> None:
    """Channels: webhooks and services beside e-mail."""


@channel.command("list")
@format_option
def channel_list(form: str) -> None:
    """List the channels; what opens them is not shown.

    Example: licet alerts channel list
    """
    actor = open_data()
    from licet.alerts.read import change_feeds, channels

    columns = ["id", "name", "kind", "shown", "site", "active", "last_ok_at", "failing_since", "last_error", "changes"]
    narrow = ["id", "name", "kind", "shown", "active", "failing_since", "changes"]
    rows(form, (plain(row) for row in channels(actor)), columns, narrow=narrow, empty="No channel; e-mail needs none.")
    _say_stopped(change_feeds(actor))


def _say_stopped(feeds: "Iterable[ChangesRow]") -> None:
    for one in feeds:
        if one.stopped:
            say(
                f"{one.name} is told no more changes: message {one.message} was given up. To go on:"
                f" licet alerts outbox --resend {one.message}"
            )


@channel.command("add")
@click.argument("name")
@click.option("--kind", type=click.Choice(["webhook", "apprise"]), default="webhook", show_default=True)
@click.option(
    "--url-file", metavar="FILE", help="File with the address (- = stdin); without it, it is asked for. It is a secret."
)
@click.option("--site", help="Whose administrators look after it.")
@click.option("--allow-plain", is_flag=True, help="A webhook without TLS.")
def channel_add(name: str, kind: str, url_file: str | None, site: str | None, allow_plain: bool) -> None:
    """Add a channel. Of a webhook the signing secret is printed, this once.

    Example: licet alerts channel add "Operations chat" --kind apprise --url-file url.txt
    """
    actor = open_data()
    from licet.alerts.channels import add_channel

    url = secret("Address", url_file)
    row, signing = add_channel(actor, name, kind, url, site=named_site(actor, site), allow_plain=allow_plain)
    say(f"Channel {row.pk} added: {row.shown}. Try it: licet alerts test {row.pk}")
    if signing:
        say("Its signing secret, shown this once:")
        click.echo(signing)


@channel.command("changes")
@click.argument("name", required=False)
@click.option("--part", "parts", multiple=True, help="Only of this part of Licet, as register; may be repeated.")
@click.option("--after", type=click.IntRange(0), help="Begin after this entry of the record instead of now.")
@click.option("--off", is_flag=True, help="Tell it no more.")
@format_option
def channel_changes(name: str | None, parts: tuple[str, ...], after: int | None, off: bool, form: str) -> None:
    """Have a webhook told what changes: things added, changed and removed, and statuses; without NAME, list those that are.

    Example: licet alerts channel changes "CMDB" --part estate --part status
    """
    actor = open_data()
    from licet.alerts.channels import end_changes, set_changes
    from licet.alerts.read import change_feeds
    from licet.sites.record import NotPossible

    if name is None:
        columns = [
            "channel",
            "name",
            "site",
            "active",
            "parts",
            "told_up_to",
            "behind",
            "waits",
            "stopped",
            "message",
            "failing_since",
            "last_error",
        ]
        nobody = "No webhook is told what changes. Have one told: licet alerts channel changes NAME"
        feeds = change_feeds(actor)
        rows(form, (plain(row) for row in feeds), columns, narrow=columns[1:9], empty=nobody)
        _say_stopped(feeds)
        return
    row = _channel(actor, name)
    try:
        if off:
            end_changes(actor, row)
            say(f"{row.name} is told of changes no more.")
        else:
            feed = set_changes(actor, row, datetime.now(UTC), parts=parts, after=after)
            say(
                f"{row.name} is told of changes in {', '.join(feed.parts) or 'every part'}, after entry {feed.seq} of the record."
            )
    except NotPossible as error:
        raise Failed(str(error)) from None


@channel.command("remove")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
def channel_remove(name: str, yes: bool) -> None:
    """Remove a channel with its rules and what waits in its outbox.

    Example: licet alerts channel remove "Operations chat"
    """
    actor = open_data()
    from licet.alerts.channels import remove_channel

    row = _channel(actor, name)
    if not yes:
        click.confirm(f"Remove {row.name} with its rules and its outbox?", abort=True, err=True)
    say(f"Removed, with {counted(remove_channel(actor, row), 'rule')}.")


@alerts.command()
@click.option("--host", help="Host of the mail server; without it the setting is shown.")
@click.option("--port", type=click.IntRange(1, 65535), default=587, show_default=True)
@click.option("--security", type=click.Choice(["tls", "starttls", "none"]), default="starttls", show_default=True)
@click.option("--sender", default="", help="The address that mail comes from.")
@click.option("--username", default="")
@click.option("--password-file", metavar="FILE", help="File with the password (- = stdin).")
@click.option("--public-url", help="Where people reach the pages, for links in messages.")
@click.option("--remove", is_flag=True)
@format_option
def mail(
    host: str | None, port: int, security: str, sender: str, username: str, password_file: str | None,
    public_url: str | None, remove: bool, form: str,
) -> None:  # fmt: skip
    """Show or set the mail server. LICET_SMTP_URL and LICET_MAIL_FROM go before what is set here.

    Example: licet alerts mail --host mail.example.org --sender licet@example.org --username licet --password-file pw.txt
    """
    actor = open_data()
    from licet.alerts.channels import remove_mail_server, set_mail_server, set_public_url
    from licet.alerts.read import state

    _administers(actor)
    if public_url is not None:
        set_public_url(actor, public_url, datetime.now(UTC))
        say("The address of the pages is set.")
    if remove:
        remove_mail_server(actor)
        say("Removed.")
    elif host is not None:
        password = secret("Password", password_file) if password_file or username else None
        set_mail_server(
            actor, host=host, port=port, security=security, sender=sender, username=username, password=password
        )
        say("Set. Try it: licet alerts test --user NAME")
    elif public_url is None:
        names = (
            "mail",
            "mail_shown",
            "mail_ok_at",
            "mail_failing_since",
            "mail_error",
            "public_url",
            "waiting",
            "dead",
            "last_tick_at",
        )
        found: Any = {name: plain(getattr(state(), name)) for name in names}
        rows(form, [found], list(names)) if form != "json" else as_json(found)


def _administers(actor: "Actor") -> None:
    if not actor.may("administer", ""):
        raise Failed("this is for who administers all sites")


def _person(actor: "Actor", username: str) -> "Person":
    from licet.sites.read import find_person

    row = find_person(actor, username)
    if row is None:
        raise Failed(f"no person {username!r} whom you administer")
    return row


def _channel(actor: "Actor", name: str) -> "Channel":
    from licet.alerts.read import find_channel

    row = find_channel(actor, name)
    if row is None:
        raise Failed(f"no channel {name!r}. List them: licet alerts channel list")
    return row


def _licence(actor: "Actor", number: int | None) -> "Licence | None":
    from licet.register.read import find_licence

    if number is None:
        return None
    row = find_licence(actor, number, "edit_register")
    if row is None:
        raise Failed(f"no licence {number}. List them: licet licence list")
    return row
