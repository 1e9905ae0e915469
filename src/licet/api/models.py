"""Answers that are given again when a program sends the same request again."""

from django.db import models


class Answer(models.Model):
    """What a request with an ``Idempotency-Key`` was answered. It stands for a day; ``asked`` is a keyed digest, never the request."""

    who = models.CharField(max_length=40)  # token:<id>
    key = models.CharField(max_length=200)
    asked = models.CharField(max_length=64)
    held = models.CharField(
        max_length=64, blank=True, default="", db_default=""
    )  # a digest of what the token might do then
    status = models.PositiveSmallIntegerField(null=True)  # empty only inside the transaction that does the work
    body = models.TextField(blank=True)
    location = models.CharField(max_length=200, blank=True)
    etag = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["who", "key"], name="api_answer_once")]
        indexes = [models.Index(fields=["at"], name="api_answer_at")]

    def __str__(self) -> str:
        return f"{self.who} {self.status}"
