from django.urls import path

from licet.web.setup import views

urlpatterns = [
    path("", views.needed, name="setup-needed"),
    path("<str:token>/", views.setup, name="setup"),
]
