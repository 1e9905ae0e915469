from django.urls import path

from licet.web.licences import acts, allocated, bulk, editing, papers, views

urlpatterns = [
    path("", views.licences, name="licences"),
    path("export/", views.export, name="licences-export"),
    path("bulk/", bulk.bulk, name="licences-bulk"),
    path("bulk/edits/", bulk.edits, name="licences-bulk-edits"),
    path("allocated/", allocated.allocated, name="allocations"),
    path("allocated/export/", allocated.export, name="allocations-export"),
    path("add/", editing.add, name="licence-add"),
    path("fields/", views.fields, name="licence-fields"),
    path("<int:pk>/", views.licence, name="licence"),
    path("<int:pk>/change/", editing.change, name="licence-change"),
    path("<int:pk>/renew/", acts.renewing, name="licence-renew"),
    path("<int:pk>/return/", acts.returning, name="licence-return"),
    path("<int:pk>/transfer/", acts.transferring, name="licence-transfer"),
    path("<int:pk>/replace/", acts.replacing, name="licence-replace"),
    path("<int:pk>/allocate/", acts.allocating, name="licence-allocate"),
    path("<int:pk>/activate/", acts.activating, name="licence-activate"),
    path("<int:pk>/rehost/", acts.moving, name="licence-rehost"),
    path("<int:pk>/note/", acts.noting, name="licence-note"),
    path("<int:pk>/documents/", papers.papers, name="licence-papers"),
    path("<int:pk>/tags/", acts.tagging, name="licence-tags"),
]
