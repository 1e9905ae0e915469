from django.urls import path

from licet.web.jobs import rhythms, views

urlpatterns = [
    path("", views.jobs, name="jobs"),
    path("export/", views.export, name="jobs-export"),
    path("sweep/", views.sweep, name="sweep-now"),
    path("rhythms/", rhythms.rhythms, name="rhythms"),
    path("<int:pk>/", views.one, name="job"),
]
