from django.urls import path

from licet.web.people import confirm, views

urlpatterns = [
    path("sign-in/", views.sign_in, name="sign-in"),
    path("confirm-identity/", confirm.confirm_identity, name="confirm-identity"),
    path("sign-out/", views.sign_out, name="sign-out"),
]
