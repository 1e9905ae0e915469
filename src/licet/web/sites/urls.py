from django.urls import path

from licet.web.sites.views import add, change, sites

urlpatterns = [
    path("", sites, name="sites"),
    path("add/", add, name="site-add"),
    path("<int:pk>/", change, name="site-change"),
]
