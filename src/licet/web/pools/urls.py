from django.urls import path

from licet.web.pools import views

urlpatterns = [
    path("", views.pools, name="pools"),
    path("<int:pk>/", views.pool, name="pool"),
]
