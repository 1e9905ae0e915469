from django.urls import path

from licet.web.orders import views

urlpatterns = [
    path("", views.orders, name="orders"),
    path("export/", views.export, name="orders-export"),
    path("add/", views.add, name="order-add"),
    path("vendors/", views.vendors, name="vendors"),
    path("vendors/export/", views.vendors_export, name="vendors-export"),
    path("vendors/<int:pk>/", views.vendor, name="vendor"),
    path("<int:pk>/", views.order, name="order"),
    path("<int:pk>/change/", views.change, name="order-change"),
]
