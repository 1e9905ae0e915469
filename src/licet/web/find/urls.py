from django.urls import path

from licet.web.find.views import search

urlpatterns = [path("", search, name="search")]
