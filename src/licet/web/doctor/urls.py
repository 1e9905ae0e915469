from django.urls import path

from licet.web.doctor import bundles, knowledge, looking, ports

urlpatterns = [
    path("", looking.doctor, name="doctor"),
    path("look/", looking.look, name="doctor-look"),
    path("key/", looking.look_key, name="doctor-key"),
    path("runs/<int:pk>/", looking.run, name="doctor-run"),
    path("runs/<int:pk>/bundle/", bundles.bundle, name="doctor-bundle"),
    path("knowledge/", knowledge.cases, name="doctor-knowledge"),
    path("knowledge/<str:code>/", knowledge.case, name="doctor-case"),
    path("hosts/", ports.hosts, name="doctor-hosts"),
]
