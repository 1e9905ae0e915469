from django.urls import path

from licet.web.authorizations import views

urlpatterns = [
    path("", views.authorizations, name="authorizations"),
    path("export/", views.export, name="authorizations-export"),
]
