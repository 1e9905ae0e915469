from django.urls import path

from licet.web.collectors import machine, views

urlpatterns = [
    path("collector/v1/<slug:kind>/", machine.machine, name="collector-machine"),
    path("collectors/", views.collectors, name="collectors"),
    path("collectors/export/", views.export, name="collectors-export"),
    path("collectors/add/", views.add, name="collector-add"),
    path("collectors/accept/", views.accept, name="collector-accept"),
    path("collectors/<int:pk>/", views.one, name="collector"),
    path("collectors/<int:pk>/devices/", views.devices, name="collector-devices"),
]
