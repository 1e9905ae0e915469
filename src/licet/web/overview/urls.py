from django.urls import path

from licet.web.overview.views import overview

urlpatterns = [path("", overview, name="overview")]
