from django.urls import path

from licet.web.whatif import views

urlpatterns = [
    path("", views.what_if, name="what-if"),
    path("request/", views.request_file, name="what-if-request"),
]
