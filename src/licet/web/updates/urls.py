from django.urls import path

from licet.web.updates import advisories, coverage, exposures, feeds, firmware, plans, statements, support

urlpatterns = [
    path("", advisories.updates, name="updates"),
    path("match/", advisories.match, name="updates-match"),
    path("advisories/", advisories.advisories, name="advisories"),
    path("advisories/export/", advisories.export, name="advisories-export"),
    path("advisories/import/", feeds.take, name="advisories-import"),
    path("advisories/<str:code>/", advisories.advisory, name="advisory"),
    path("devices/", exposures.exposures, name="exposures"),
    path("devices/export/", exposures.export, name="exposures-export"),
    path("uncovered/", coverage.uncovered, name="uncovered"),
    path("uncovered/export/", coverage.uncovered_export, name="uncovered-export"),
    path("behind/", coverage.behind, name="behind-recorders"),
    path("behind/export/", coverage.behind_export, name="behind-recorders-export"),
    path("firmware/", firmware.firmware, name="firmware"),
    path("firmware/export/", firmware.export, name="firmware-export"),
    path("support/", support.support, name="support-dates"),
    path("support/export/", support.export, name="support-dates-export"),
    path("statements/", statements.statements, name="vex-statements"),
    path("statements/table/", statements.table, name="vex-statements-export"),
    path("statements/export/", statements.export, name="vex-export"),
    path("statements/<int:pk>/withdraw/", statements.withdraw, name="vex-withdraw"),
    path("plans/", plans.plans, name="update-plans"),
    path("plans/new/", plans.new, name="update-plan-new"),
    path("plans/<int:pk>/", plans.plan, name="update-plan"),
    path("plans/<int:pk>/export/", plans.export, name="update-plan-export"),
    path("plans/<int:pk>/close/", plans.close, name="update-plan-close"),
]
