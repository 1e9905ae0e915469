from django.urls import path

from licet.web.documents import linking, views

urlpatterns = [
    path("", views.documents, name="documents"),
    path("export/", views.export, name="documents-export"),
    path("zip/", views.bundle, name="documents-zip"),
    path("add/", views.add, name="document-add"),
    path("<int:pk>/", views.document, name="document"),
    path("<int:pk>/about/", linking.about, name="document-about"),
    path("<int:pk>/contents/", views.contents, name="document-contents"),
    path("<int:pk>/replace/", views.replace, name="document-replace"),
]
