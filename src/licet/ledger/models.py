"""The record's tables. Triggers refuse every change but one: old entries may go once a signed summary of them stands."""

from django.db import models


class Entry(models.Model):
    """One line of the record: who did what to what, why, and what changed. Append-only by database trigger.

    ``text`` is what the digest is of (:mod:`licet.ledger.chain`); the other columns say the same, for filters. Entries of version 1
    have no text; their content is in ``reason``, ``before``, ``after`` and ``previous``, which are empty since.
    """

    seq = models.BigIntegerField(primary_key=True)
    at = models.CharField(max_length=32)  # as hashed: UTC, ISO 8601 with microseconds
    actor = models.CharField(max_length=200)  # a pseudonym, or the label of a part of the program
    action = models.CharField(max_length=80)
    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=80)
    site = models.BigIntegerField(null=True)
    reason = models.TextField(blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    previous = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64)
    part = models.CharField(max_length=40, default="")  # the first part of the action
    reason_digest = models.CharField(max_length=64, default="", blank=True)
    text = models.TextField(default="", blank=True)

    class Meta:
        ordering = ["seq"]
        indexes = [
            models.Index(fields=["object_type", "object_id", "seq"], name="ledger_object"),
            models.Index(fields=["actor", "seq"], name="ledger_actor"),
            models.Index(fields=["part", "seq"], name="ledger_part"),
            models.Index(fields=["site", "seq"], name="ledger_site"),
            models.Index(fields=["at"], name="ledger_at"),
        ]
        verbose_name_plural = "entries"

    def __str__(self) -> str:
        return f"{self.seq} {self.action}"


class Reason(models.Model):
    """The reason of an entry, in a person's words, beside the chain: the chain holds its salted digest."""

    seq = models.BigIntegerField(primary_key=True)
    salt = models.CharField(max_length=32)
    text = models.TextField()

    def __str__(self) -> str:
        return f"reason of {self.seq}"


class Name(models.Model):
    """Who a pseudonym in the chain stands for. Forgetting empties the label and the salt and keeps the pseudonym.

    The pseudonym is the label's salted digest. Those of 14 characters were drawn at random; for them an entry holds the digest.
    """

    pseudonym = models.CharField(max_length=40, primary_key=True)
    salt = models.CharField(max_length=32, default="", blank=True)
    label = models.CharField(max_length=200, null=True, unique=True)
    person = models.BigIntegerField(null=True)
    forgotten_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.pseudonym


class Checkpoint(models.Model):
    """A signed statement of an entry's number and digest. ``text`` is what is signed."""

    seq = models.BigIntegerField(db_index=True)
    text = models.TextField()
    signature = models.CharField(max_length=88)  # Ed25519, base64
    key = models.CharField(max_length=64)  # the public key, hex
    stamp = models.TextField(blank=True)  # an RFC 3161 time stamp of the signature, base64

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"checkpoint at {self.seq}"


class Summary(models.Model):
    """What stands for entries that were taken out. ``text`` is what is signed: range, digests, counts, the archive's digest."""

    first_seq = models.BigIntegerField(unique=True)
    last_seq = models.BigIntegerField(unique=True)
    last_digest = models.CharField(max_length=64)
    text = models.TextField()
    signature = models.CharField(max_length=88)
    key = models.CharField(max_length=64)

    class Meta:
        ordering = ["first_seq"]
        verbose_name_plural = "summaries"

    def __str__(self) -> str:
        return f"summary of {self.first_seq} to {self.last_seq}"
