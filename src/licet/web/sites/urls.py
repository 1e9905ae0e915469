from django.urls import path

from licet.web.sites.views import sites

urlpatterns = [path("", sites, name="sites")]
