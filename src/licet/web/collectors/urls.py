from django.urls import path

from licet.web.collectors import machine

urlpatterns = [
    path("collector/v1/<slug:kind>/", machine.machine, name="collector-machine"),
]
