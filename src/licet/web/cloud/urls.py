from django.urls import path

from licet.web.cloud import parties, views
from licet.web.installations import adding, connecting, figures

urlpatterns = [
    path("", views.accounts, name="cloud"),
    path("add/", adding.account, name="cloud-add"),
    path("<int:pk>/", views.account, name="cloud-account"),
    path("<int:pk>/connect/", connecting.account, name="cloud-connect"),
    path("<int:pk>/ask/", connecting.ask_account, name="cloud-ask"),
    path("<int:pk>/services/", figures.services, name="cloud-services"),
    path("<int:pk>/export/", views.account_export, name="cloud-account-export"),
    path("ownership/", views.ownership, name="cloud-ownership"),
    path("ownership/export/", views.ownership_export, name="cloud-ownership-export"),
    path("third-parties/", parties.parties, name="third-parties"),
    path("third-parties/export/", parties.export, name="third-parties-export"),
    path("third-parties/add/", parties.add, name="third-party-add"),
    path("third-parties/<int:pk>/", parties.change, name="third-party"),
]
