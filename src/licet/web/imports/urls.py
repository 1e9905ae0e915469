from django.urls import path

from licet.web.imports import views

urlpatterns = [
    path("", views.imports, name="imports"),
    path("export/", views.export, name="imports-export"),
    path("register/", views.register, name="register-export"),
    path("<int:pk>/", views.one, name="import"),
    path("<int:pk>/report/", views.report, name="import-report"),
    path("<int:pk>/undo/", views.take_back, name="import-undo"),
]
