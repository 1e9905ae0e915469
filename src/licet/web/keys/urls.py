from django.urls import path

from licet.web.keys import answering, checking, setting, showing, views

urlpatterns = [
    path("", views.keys, name="keys"),
    path("export/", views.export, name="keys-export"),
    path("<int:pk>/", showing.key, name="key"),
    path("<int:pk>/reveal/", showing.reveal, name="key-reveal"),
    path("<int:pk>/change/", views.change, name="key-change"),
    path("add/<int:pk>/", views.add, name="key-add"),
    path("check/", checking.check, name="key-check"),
    path("compare/", checking.compare, name="key-compare"),
    path("requests/", answering.requests, name="key-requests"),
    path("requests/export/", answering.requests_export, name="key-requests-export"),
    path("requests/<int:pk>/", answering.answer, name="key-answer"),
    path("patterns/", setting.patterns, name="key-patterns"),
    path("rules/", setting.rules, name="key-rules"),
]
