from django.urls import path

from licet.web.credentials import changing, views

urlpatterns = [
    path("", views.credentials, name="credentials"),
    path("export/", views.export, name="credentials-export"),
    path("add/", changing.add, name="credential-add"),
    path("<int:pk>/", views.credential, name="credential"),
    path("<int:pk>/export/", views.devices_export, name="credential-devices-export"),
    path("<int:pk>/password/", changing.password, name="credential-password"),
    path("<int:pk>/use/", changing.use, name="credential-use"),
    path("<int:pk>/remove/", changing.remove, name="credential-remove"),
]
