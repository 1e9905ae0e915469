from django.urls import path

from licet.web.pools import views

urlpatterns = [
    path("", views.pools, name="pools"),
    path("export/", views.export, name="pools-export"),
    path("<int:pk>/", views.pool, name="pool"),
]
