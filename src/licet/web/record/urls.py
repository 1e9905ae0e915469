from django.urls import path

from licet.web.record import views

urlpatterns = [
    path("", views.record, name="record"),
    path("verify/", views.verify, name="record-verify"),
]
