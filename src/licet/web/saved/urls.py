from django.urls import path

from licet.web.saved import views

urlpatterns = [
    path("", views.kept, name="saved-views"),
    path("save/", views.save, name="saved-view-save"),
    path("columns/", views.columns, name="list-columns"),
]
