from django.urls import path

from licet.web.audits import findings, runs, setting, waivers

urlpatterns = [
    path("", runs.audits, name="audits"),
    path("export/", runs.export, name="audits-export"),
    path("<int:pk>/", runs.audit, name="audit"),
    path("<int:pk>/pack/", runs.pack, name="audit-pack"),
    path("findings/", findings.findings, name="findings"),
    path("findings/export/", findings.export, name="findings-export"),
    path("findings/assign/", findings.assign, name="findings-assign"),
    path("findings/<int:pk>/", findings.finding, name="finding"),
    path("findings/<int:pk>/waive/", waivers.ask, name="waiver-ask"),
    path("waivers/", waivers.waivers, name="waivers"),
    path("waivers/export/", waivers.export, name="waivers-export"),
    path("waivers/<int:pk>/", waivers.waiver, name="waiver"),
    path("rules/", setting.rules, name="audit-rules"),
    path("setting/", setting.setting, name="audit-setting"),
]
