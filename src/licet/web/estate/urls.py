from django.urls import path

from licet.web.estate import adding, changing, codes, engines, moving, retire, versions, views

urlpatterns = [
    path("", views.devices, name="estate"),
    path("export/", views.export, name="estate-export"),
    path("add/", adding.add, name="device-add"),
    path("<int:pk>/", views.device, name="device"),
    path("<int:pk>/change/", changing.change, name="device-change"),
    path("<int:pk>/move/", moving.device, name="device-move"),
    path("<int:pk>/retire/", retire.device, name="device-retire"),
    path("<int:pk>/code/", codes.verification_code, name="device-code"),
    path("<int:pk>/engines/", engines.slots, name="device-engines"),
    path("<int:pk>/version/", versions.version, name="device-version"),
    path("channels/<int:pk>/retire/", retire.channel, name="channel-retire"),
    path("installations/<int:pk>/retire/", retire.installation, name="installation-retire"),
]
