from django.urls import path

from licet.web.estate import views

urlpatterns = [
    path("", views.devices, name="estate"),
    path("export/", views.export, name="estate-export"),
    path("<int:pk>/", views.device, name="device"),
]
