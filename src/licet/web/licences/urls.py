from django.urls import path

from licet.web.licences import views

urlpatterns = [
    path("", views.licences, name="licences"),
    path("export/", views.export, name="licences-export"),
    path("<int:pk>/", views.licence, name="licence"),
]
