"""Words in date cells, in the languages of the files seen: no date, no end, month names. Data; keys are folded by :func:`fold`."""

import unicodedata
from functools import lru_cache
from typing import Final


def fold(text: str) -> str:
    """A text for comparison: full-width letters mapped, no accents, no case, single blanks (so that İzmir is izmir)."""
    return " ".join(text.lower().split()) if text.isascii() else _fold_letters(text)


@lru_cache(maxsize=4096)
def _fold_letters(text: str) -> str:
    mapped = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    bare = "".join(char for char in mapped if not unicodedata.combining(char)).replace("ı", "i")
    return " ".join(unicodedata.normalize("NFC", bare).split())


def _folded(text: str) -> frozenset[str]:
    return frozenset(fold(word) for word in text.split("|"))


NO_VALUE: Final = _folded(
    "n/a|na|n.a.|n. a.|#n/a|none|null|nil|-|--|---|–|—|.|/|?|unknown|not available|not applicable|not set|not specified|tbd|t.b.d.|"
    "to be confirmed|unbekannt|keine|kein|keiner|keine angabe|k.a.|k. a.|entfällt|offen|inconnu|aucun|aucune|néant|s/o|non applicable|"
    "desconocido|ninguno|no aplica|sin fecha|desconhecido|nenhum|não se aplica|sconosciuto|nessuno|нет|неизвестно|н/д|не указано|"
    "yok|bilinmiyor|onbekend|geen|brak|无|未知|没有|暂无|不适用|なし|없음"
)
NO_END: Final = _folded(
    "perpetual|perpetually|perpetual licence|perpetual license|lifetime|life time|permanent|forever|never|never expires|no expiry|"
    "no expiration|no end|does not expire|unlimited|indefinite|infinite|∞|unbefristet|unbegrenzt|dauerhaft|nie|kein ablauf|lebenslang|"
    "perpétuel|perpétuelle|illimité|illimitée|permanente|perpetua|perpetuo|perpetuidad|vitalicio|vitalicia|sin vencimiento|ilimitado|"
    "vitalício|vitalícia|perpétua|perpétuo|sem vencimento|illimitato|illimitata|бессрочно|бессрочная|бессрочный|навсегда|постоянно|"
    "süresiz|sınırsız|ömür boyu|kalıcı|onbeperkt|eeuwigdurend|bezterminowo|bezterminowa|wieczysta|永久|永久有效|无限期|无期限|永続|영구"
)
_MONTHS: Final = (
    "january|jan|januar|jän|jänner|enero|ene|janeiro|janvier|janv|gennaio|gen|январь|января|янв|ocak|oca|januari|styczeń|stycznia|sty",
    "february|feb|februar|febrero|fevereiro|fev|février|févr|fév|febbraio|февраль|февраля|фев|şubat|şub|februari|luty|lutego|lut",
    "march|mar|märz|mrz|mär|marzo|março|mars|март|марта|мар|mart|maart|mrt|marzec|marca",
    "april|apr|abril|abr|avril|avr|aprile|апрель|апреля|апр|nisan|nis|kwiecień|kwietnia|kwi",
    "may|mai|mayo|maio|maggio|mag|май|мая|mayıs|mei|maj|maja",
    "june|jun|juni|junio|junho|juin|giugno|giu|июнь|июня|июн|haziran|haz|czerwiec|czerwca|cze",
    "july|jul|juli|julio|julho|juillet|juil|luglio|lug|июль|июля|июл|temmuz|tem|lipiec|lipca|lip",
    "august|aug|agosto|ago|août|aout|август|августа|авг|ağustos|ağu|augustus|sierpień|sierpnia|sie",
    "september|sep|sept|septiembre|setiembre|setembro|set|septembre|settembre|сентябрь|сентября|сен|сент|eylül|eyl|wrzesień|września|wrz",
    "october|oct|oktober|okt|octubre|outubro|out|octobre|ottobre|ott|октябрь|октября|окт|ekim|eki|październik|października|paź",
    "november|nov|noviembre|novembro|novembre|ноябрь|ноября|ноя|нояб|kasım|kas|listopad|listopada|lis",
    "december|dec|dezember|dez|diciembre|dic|dezembro|décembre|déc|dicembre|декабрь|декабря|дек|aralık|ara|grudzień|grudnia|gru",
)
MONTHS: Final = {fold(word): number for number, words in enumerate(_MONTHS, 1) for word in words.split("|")}
