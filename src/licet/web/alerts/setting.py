"""Rules, steps, channels and the mail server."""

from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from licet.alerts import channels as ways
from licet.alerts import read, record
from licet.sites.models import Person
from licet.sites.people import manageable
from licet.sites.record import NotPossible
from licet.web.alerts import words
from licet.web.alerts.forms import AddressForm, ChannelForm, MailForm, RuleForm, StepsForm
from licet.web.base.asked import PageRequest, needs, number_in


def rules(request: PageRequest) -> HttpResponse:
    """Who hears of what; each person sees and makes his own, administrators those of their sites."""
    administers = request.actor.may_anywhere("administer")
    shared = [(f"channel:{row.id}", row.name) for row in read.channels(request.actor)]
    people = [(str(row.pk), str(row)) for row in manageable(request.actor)[:500]] if administers else []
    form = RuleForm(request.actor, shared, people, request.POST if request.POST.get("do") == "add" else None)
    if request.method == "POST":
        done = _add_rule(request, form) if request.POST.get("do") == "add" else _change_rule(request)
        if done:
            return HttpResponseRedirect(reverse("alert-rules"))
    listed = [
        (row, [str(words.PATTERN_TITLES.get(event, event)) for event in row.events], words.SEVERITIES[row.severity])
        for row in read.rules(request.actor)
    ]
    return render(
        request,
        "alerts/rules.html",
        {"form": form, "rules": listed, "administers": request.actor.may_anywhere("administer"), "tab": "rules"},
    )


def _add_rule(request: PageRequest, form: RuleForm) -> bool:
    if not form.is_valid():
        return False
    given = form.cleaned_data
    kind, _colon, value = given["who"].partition(":")
    person: Person | None = request.user if kind == "me" else None
    if kind == "person":
        person = manageable(request.actor).filter(pk=value).first()
    channel = (
        read.find_channel(request.actor, given["way"].removeprefix("channel:")) if given["way"] != "mail" else None
    )
    try:
        record.add_rule(
            request.actor, [given["event"]], datetime.now(UTC), severity=given["severity"], site=form.place(), person=person,
            permission=value if kind == "may" else "", channel=channel, at_once=given["at_once"],
        )  # fmt: skip
    except NotPossible as error:
        form.add_error(None, str(error))
        return False
    messages.success(request, _("The rule holds from now on."))
    return True


def _change_rule(request: PageRequest) -> bool:
    row = read.find_rule(request.actor, number_in(request.POST.get("rule", "")))
    if row is None:
        raise Http404
    try:
        if request.POST.get("do") == "remove":
            record.remove_rule(request.actor, row)
        else:
            record.switch_rule(request.actor, row, active=request.POST.get("do") == "on")
    except NotPossible as error:
        messages.error(request, str(error))
    return True


def steps(request: PageRequest) -> HttpResponse:
    """How many days before and after somebody is told, by place; single licences have theirs by the command line."""
    may = request.actor.may_anywhere("administer")
    form = StepsForm(request.actor, request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            if request.POST.get("do") == "clear":
                record.clear_steps(request.actor, site=form.place())
            else:
                record.set_steps(request.actor, site=form.place(), before=given["before"], repeat=given["repeat"])
            messages.success(request, _("Set."))
            return HttpResponseRedirect(reverse("alert-steps"))
        except NotPossible as error:
            form.add_error(None, str(error))
    context = {
        "form": form if may else None,
        "places": read.steps_in_force(request.actor),
        "administers": request.actor.may_anywhere("administer"),
        "tab": "steps",
    }
    return render(request, "alerts/steps.html", context)


@needs("administer")
@sensitive_post_parameters("url")
@sensitive_variables("form", "given")
def channels(request: PageRequest) -> HttpResponse:
    """Webhooks and services: add, try, switch off, remove."""
    adding = request.method == "POST" and request.POST.get("do") == "add"
    form = ChannelForm(request.actor, request.POST if adding else None)
    signing = ""
    if adding and form.is_valid():
        given = form.cleaned_data
        try:
            row, signing = ways.add_channel(
                request.actor,
                given["name"],
                given["kind"],
                given["url"],
                site=form.place(),
                allow_plain=given["allow_plain"],
            )
            messages.success(request, _("%(name)s is added. Try it now.") % {"name": row.name})
            form = ChannelForm(request.actor)
        except NotPossible as error:
            form.add_error(None, str(error))
    elif request.method == "POST" and not adding:
        _change_channel(request)
        return HttpResponseRedirect(reverse("alert-channels"))
    told = {row.channel: row for row in read.change_feeds(request.actor)}
    context: dict[str, Any] = {
        "form": form,
        "channels": [(row, told.get(row.id)) for row in read.channels(request.actor)],
        "signing": signing,
        "administers": request.actor.may_anywhere("administer"),
        "tab": "channels",
    }
    return render(request, "alerts/channels.html", context)


def _change_channel(request: PageRequest) -> None:
    row = read.find_channel(request.actor, str(number_in(request.POST.get("channel", ""))))
    if row is None:
        raise Http404
    do = request.POST.get("do")
    try:
        if do == "test":
            _tell(request, ways.send_test(request.actor, datetime.now(UTC), channel=row))
        elif do == "remove":
            ways.remove_channel(request.actor, row)
            messages.success(request, _("Removed."))
        elif do == "changes":
            ways.set_changes(request.actor, row, datetime.now(UTC))
            messages.success(request, _("%(name)s is told what changes from now on.") % {"name": row.name})
        elif do == "no-changes":
            ways.end_changes(request.actor, row)
            messages.success(request, _("%(name)s is told of changes no more.") % {"name": row.name})
        else:
            ways.switch_channel(request.actor, row, active=do == "on")
    except NotPossible as error:
        messages.error(request, str(error))


def _tell(request: PageRequest, message: Any) -> None:
    if message.state == "sent":
        messages.success(request, _("The test went out."))
    else:
        messages.error(request, _("The test did not go out: %(why)s") % {"why": message.last_error})


@needs("administer")
@sensitive_post_parameters("password")
@sensitive_variables("form", "given")
def mail(request: PageRequest) -> HttpResponse:
    """The mail server, a test to oneself, and the address of the pages."""
    everywhere = request.actor.may("administer", "")
    kept = read.mail_server() if everywhere else None
    form = MailForm(request.POST) if request.POST.get("do") == "set" else MailForm.of(kept)
    address = AddressForm(initial={"public_url": read.state().public_url})
    if request.method == "POST":
        try:
            if _done(request, form):
                return HttpResponseRedirect(reverse("alert-mail"))
        except NotPossible as error:
            if request.POST.get("do") == "set":
                form.add_error(None, str(error))
            else:
                messages.error(request, str(error))
                return HttpResponseRedirect(reverse("alert-mail"))
    context = {
        "form": form if everywhere else None, "address": address if everywhere else None, "kept": kept, "state": read.state(),
        "administers": request.actor.may_anywhere("administer"), "tab": "mail",
    }  # fmt: skip
    return render(request, "alerts/mail.html", context)


def _done(request: PageRequest, form: MailForm) -> bool:
    do = request.POST.get("do")
    if do == "set":
        if not form.is_valid():
            return False
        given = dict(form.cleaned_data)
        given["password"] = given["password"] or None
        ways.set_mail_server(request.actor, **given)
        messages.success(request, _("Set. Send a test to yourself."))
    elif do == "remove":
        ways.remove_mail_server(request.actor)
        messages.success(request, _("Removed."))
    elif do == "address":
        ways.set_public_url(request.actor, request.POST.get("public_url", ""), datetime.now(UTC))
        messages.success(request, _("Set."))
    else:
        _tell(request, ways.send_test(request.actor, datetime.now(UTC), person=request.user))
    return True
