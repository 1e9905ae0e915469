from django.urls import URLPattern, URLResolver, include, path

from licet.web.base.views import theme

handler500 = "licet.web.base.views.failed"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("licet.web.overview.urls")),
    path("", include("licet.web.health.urls")),
    path("setup/", include("licet.web.setup.urls")),
    path("", include("licet.web.people.urls")),
    path("theme/", theme, name="theme"),
    path("search/", include("licet.web.find.urls")),
    path("views/", include("licet.web.saved.urls")),
    path("sites/", include("licet.web.sites.urls")),
    path("words/", include("licet.web.words.urls")),
    path("estate/", include("licet.web.estate.urls")),
    path("credentials/", include("licet.web.credentials.urls")),
    path("installations/", include("licet.web.installations.urls")),
    path("cloud/", include("licet.web.cloud.urls")),
    path("licences/", include("licet.web.licences.urls")),
    path("imports/", include("licet.web.imports.urls")),
    path("keys/", include("licet.web.keys.urls")),
    path("orders/", include("licet.web.orders.urls")),
    path("documents/", include("licet.web.documents.urls")),
    path("what-if/", include("licet.web.whatif.urls")),
    path("pools/", include("licet.web.pools.urls")),
    path("renewals/", include("licet.web.renewals.urls")),
    path("", include("licet.web.alerts.urls")),
    path("authorizations/", include("licet.web.authorizations.urls")),
    path("compliance/", include("licet.web.compliance.urls")),
    path("access/", include("licet.web.access.urls")),
    path("audits/", include("licet.web.audits.urls")),
    path("updates/", include("licet.web.updates.urls")),
    path("doctor/", include("licet.web.doctor.urls")),
    path("record/", include("licet.web.record.urls")),
    path("", include("licet.web.collectors.urls")),
    path("jobs/", include("licet.web.jobs.urls")),
    path("api/", include("licet.api.urls")),
]
