from django.urls import path

from licet.web.renewals import looking, views, working

urlpatterns = [
    path("", views.renewals, name="renewals"),
    path("export/", views.export, name="renewals-export"),
    path("board/", views.board, name="renewals-board"),
    path("start/", working.start, name="renewal-start"),
    path("<int:pk>/", working.renewal, name="renewal"),
    path("forecast/", looking.forecast, name="renewals-forecast"),
    path("forecast/export/", looking.forecast_export, name="renewals-forecast-export"),
    path("unused/", looking.unused, name="renewals-unused"),
    path("unused/export/", looking.unused_export, name="renewals-unused-export"),
]
