from django.urls import path

from licet.web.words.views import words

urlpatterns = [path("", words, name="words")]
