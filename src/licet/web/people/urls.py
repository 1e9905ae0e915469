from django.urls import path

from licet.web.people import account, administration, confirm, invitation, roles, sso, tokens, views

urlpatterns = [
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-in/second/", views.second, name="sign-in-second"),
    path("sign-in/passkey/", views.passkey, name="sign-in-passkey"),
    path("sign-in/sso/", sso.sso_begin, name="sso-begin"),
    path("sign-in/sso/return/", sso.sso_return, name="sso-return"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("confirm-identity/", confirm.confirm_identity, name="confirm-identity"),
    path("invitation/<str:token>/", invitation.invitation, name="invitation"),
    path("account/", account.account, name="account"),
    path("account/password/", account.password, name="password"),
    path("account/sessions/", account.sessions, name="sessions"),
    path("account/second-factors/", account.second_factors, name="second-factors"),
    path("account/second-factors/totp/", account.totp_add, name="totp-add"),
    path("account/second-factors/passkey/", account.passkey_add, name="passkey-add"),
    path("account/second-factors/passkey/options/", account.passkey_options, name="passkey-options"),
    path("account/second-factors/<int:pk>/remove/", account.factor_remove, name="factor-remove"),
    path("account/recovery-codes/", account.recovery_codes, name="recovery-codes"),
    path("account/tokens/", tokens.tokens, name="tokens"),
    path("account/tokens/<int:pk>/revoke/", tokens.token_revoke, name="token-revoke"),
    path("people/", administration.people, name="people"),
    path("people/export/", administration.export, name="people-export"),
    path("people/invite/", administration.invite, name="person-invite"),
    path("people/<int:pk>/", administration.person, name="person"),
    path("people/roles/", roles.roles, name="roles"),
    path("people/roles/new/", roles.role_add, name="role-add"),
    path("people/roles/<str:name>/", roles.role, name="role"),
    path("people/policy/", roles.rules, name="policy"),
    path("people/single-sign-on/", sso.single_sign_on, name="single-sign-on"),
]
