"""Keys of imported licences: sealed in the vault, found again where another licence has them, compared with the product's pattern."""

from collections.abc import Callable, Sequence

from licet.dates.reading import Choice
from licet.register.intake import Asked, LicenceRecord
from licet.register.keys import shapes
from licet.register.keys_pattern import Shape
from licet.register.models import KeyMark, Licence, LicenceKey
from licet.sites.scope import Actor
from licet.vault import purpose
from licet.vault import record as vault


class KeyKeeper:
    """Keeps the keys of batches of one file. ``answer`` gives what a person chose about the key of a line."""

    def __init__(
        self, actor: Actor, column: str = "key", answer: Callable[[int], str | None] = lambda _line: None
    ) -> None:
        self._actor = actor
        self._column = column
        self._answer = answer
        self._shapes: dict[str, Shape] = shapes()
        self._others: dict[str, Licence] = {}
        self.remarks: list[tuple[int | None, str]] = []

    def begin(self, records: Sequence[LicenceRecord]) -> None:
        """Look up the keys of a batch; one query."""
        marks = {mark for record in records for mark in record.key_marks}
        rows = KeyMark.objects.filter(fingerprint__in=marks).select_related("licence__site").order_by("-id")
        self._others = {row.fingerprint: row.licence for row in rows}

    def question(self, record: LicenceRecord) -> Asked | None:
        """What to ask about a new licence whose key another licence has already (case C096); None where nothing is to be asked."""
        other = next((self._others[mark] for mark in record.key_marks if mark in self._others), None)
        if other is None or self._answer(record.line) == "import":
            return None
        named = f"licence {other.pk}" if self._actor.may("view", other.site.path) else "a licence that you may not see"
        choices = (Choice("import", "take it as another licence"),)
        return Asked(record.line, self._column, choices, f"its key is already kept for {named}")

    def keep(self, new: Sequence[tuple[LicenceRecord, Licence]], known: Sequence[tuple[LicenceRecord, Licence]]) -> int:
        """Seal the keys of new licences, and those of known ones that were kept as a fingerprint alone; how many are new."""
        marks = [(record, KeyMark(licence=row, fingerprint=mark)) for record, row in new for mark in record.key_marks]
        KeyMark.objects.bulk_create([mark for _, mark in marks])
        self._seal([*marks, *self._bare(known)])
        for record, _ in new:
            self._compare(record)
        return len(marks)

    def _bare(self, known: Sequence[tuple[LicenceRecord, Licence]]) -> list[tuple[LicenceRecord, KeyMark]]:
        records = {row.pk: record for record, row in known if record.key_marks}
        rows = KeyMark.objects.filter(licence__in=records, key=None) if records else ()
        return [(records[row.licence_id], row) for row in rows if row.fingerprint in records[row.licence_id].key_marks]

    def _seal(self, marks: Sequence[tuple[LicenceRecord, KeyMark]]) -> None:
        texts = []
        for record, mark in marks:
            key = record.keys[record.key_marks.index(mark.fingerprint)]
            texts.append((key.original or key.text).strip())
        secrets = vault.put_many(purpose.LICENCE_KEY, texts)
        LicenceKey.objects.bulk_create(
            LicenceKey(
                licence_id=mark.licence_id,
                mark=mark,
                secret=secret,
                # The quantity of the line is that of its key where it has one only.
                quantity=record.quantity if len(record.key_marks) == 1 and (record.quantity or 0) > 0 else None,
                state=LicenceKey.State.ACTIVE if record.activated_on else LicenceKey.State.UNUSED,
            )
            for (record, mark), secret in zip(marks, secrets, strict=True)
        )

    def _compare(self, record: LicenceRecord) -> None:
        shape = self._shapes.get(record.product_code)
        if shape is not None and not all(shape.fits(key.text) for key in record.keys):
            text = "the key has not the shape that is set for this product; compare it with the document"
            self.remarks.append((record.line, text))
