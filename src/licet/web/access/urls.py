from django.urls import path

from licet.web.access import campaigns, deciding, views

urlpatterns = [
    path("", views.accounts, name="access"),
    path("export/", views.export, name="access-export"),
    path("decide/", deciding.decide, name="access-decide"),
    path("state/", deciding.state, name="access-state"),
    path("campaigns/", campaigns.campaigns, name="access-campaigns"),
    path("campaigns/<int:pk>/", campaigns.campaign, name="access-campaign"),
    path("campaigns/<int:pk>/export/", campaigns.export, name="access-campaign-export"),
    path("campaigns/<int:pk>/decide/", campaigns.decide, name="access-campaign-decide"),
]
