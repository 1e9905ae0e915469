from django.urls import path

from licet.web.record import views

urlpatterns = [
    path("", views.record, name="record"),
    path("export/", views.export, name="record-export"),
    path("verify/", views.verify, name="record-verify"),
]
