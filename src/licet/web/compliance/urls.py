from django.urls import path

from licet.web.compliance import asking, control, forms, named, purposes, requests, views, waivers

urlpatterns = [
    path("", views.overview, name="compliance"),
    path("judge/", views.judge, name="compliance-judge"),
    path("results/", views.results, name="compliance-results"),
    path("results/export/", views.results_export, name="compliance-results-export"),
    path("results/<int:pk>/", views.result, name="compliance-result"),
    path("results/<int:pk>/waive/", waivers.ask, name="compliance-waive"),
    path("controls/", views.controls, name="compliance-controls"),
    path("controls/export/", views.statement, name="compliance-statement"),
    path("controls/<slug:code>/", control.control, name="compliance-control"),
    path("controls/<slug:code>/attest/", control.attest, name="compliance-attest"),
    path("attestations/<int:pk>/withdraw/", control.withdraw, name="compliance-withdraw"),
    path("waivers/<int:pk>/", waivers.waiver, name="compliance-waiver"),
    path("questions/", asking.questions, name="compliance-questions"),
    path("limits/", asking.limits, name="compliance-limits"),
    path("forms/<slug:form>/", forms.listed, name="compliance-forms"),
    path("forms/<slug:form>/export/", forms.export, name="compliance-forms-export"),
    path("forms/<slug:form>/<int:pk>/", forms.one, name="compliance-form"),
    path("signs/<int:pk>/drawing/", forms.drawing, name="compliance-sign"),
    path("named/", named.named, name="compliance-named"),
    path("named/export/", named.export, name="compliance-named-export"),
    path("purposes/", purposes.purposes, name="compliance-purposes"),
    path("purposes/export/", purposes.export, name="compliance-purposes-export"),
    path("purposes/state/", purposes.state, name="compliance-purpose-state"),
    path("requests/", requests.requests, name="compliance-requests"),
    path("requests/export/", requests.export, name="compliance-requests-export"),
    path("requests/add/", requests.add, name="compliance-request-add"),
    path("requests/<int:pk>/", requests.one, name="compliance-request"),
    path("timeline/", views.timeline, name="compliance-timeline"),
]
