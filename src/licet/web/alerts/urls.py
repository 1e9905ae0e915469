from django.urls import path

from licet.web.alerts import days, feed, outbox, overview, own, setting

urlpatterns = [
    path("alerts/", overview.alerts, name="alerts"),
    path("alerts/run/", overview.run, name="alerts-run"),
    path("alerts/days/", days.days, name="alert-days"),
    path("alerts/days/export/", days.export, name="alert-days-export"),
    path("alerts/days/hush/", days.hush, name="alert-hush"),
    path("alerts/licence/<int:pk>/", days.explain, name="alert-explain"),
    path("alerts/outbox/", outbox.outbox, name="alert-outbox"),
    path("alerts/outbox/export/", outbox.export, name="alert-outbox-export"),
    path("alerts/outbox/<int:pk>/", outbox.message, name="alert-message"),
    path("alerts/rules/", setting.rules, name="alert-rules"),
    path("alerts/steps/", setting.steps, name="alert-steps"),
    path("alerts/channels/", setting.channels, name="alert-channels"),
    path("alerts/mail/", setting.mail, name="alert-mail"),
    path("alerts/mine/", own.mine, name="alert-mine"),
    path("calendar/<str:token>.ics", feed.calendar, name="calendar"),
]
