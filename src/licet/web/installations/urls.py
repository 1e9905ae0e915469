from django.urls import path

from licet.web.installations import adding, connecting, drifting, figures, host, members, versions, views

urlpatterns = [
    path("", views.installations, name="installations"),
    path("add/", adding.installation, name="installation-add"),
    path("export/", views.export, name="installations-export"),
    path("<int:pk>/", views.installation, name="installation"),
    path("<int:pk>/connect/", connecting.server, name="installation-connect"),
    path("<int:pk>/ask/", connecting.ask_server, name="installation-ask"),
    path("<int:pk>/totals/", figures.totals, name="installation-totals"),
    path("<int:pk>/members/", members.members, name="installation-members"),
    path("reader/", host.reader, name="installation-reader"),
    path("<int:pk>/host/", host.host, name="installation-host"),
    path("<int:pk>/version/", versions.version, name="installation-version"),
    path("<int:pk>/count/", views.count, name="installation-count"),
    path("listed/", drifting.listed, name="installation-drift"),
    path("listed/export/", drifting.listed_export, name="installation-drift-export"),
    path("unmanaged/", drifting.unmanaged, name="unmanaged"),
    path("unmanaged/export/", drifting.unmanaged_export, name="unmanaged-export"),
]
