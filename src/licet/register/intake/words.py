"""Words in cells of registers and device lists: kinds of licences, lengths of terms, yes and no, nobody."""

import re
from functools import lru_cache
from typing import Final

from licet.dates.words import fold


def _each(words: dict[str, str]) -> dict[str, str]:
    return {fold(word): meaning for meaning, text in words.items() for word in text.split("|")}


def _set(text: str) -> frozenset[str]:
    return frozenset(fold(word) for word in text.split("|"))


_KINDS: Final = _each(
    {
        "base": "base|base licence|base license|basis|basislizenz|grundlizenz|básica|licencia base|licença base|licence de base|базовая|temel|基础|基础授权",
        "expansion": "expansion|expansion licence|expansion license|extension|add-on|addon|add on|erweiterung|erweiterungslizenz|expansión|ampliación|"
        "expansão|расширение|genişletme|扩展|扩容",
        "subscription": "subscription|abo|abonnement|suscripción|assinatura|подписка|abonelik|subskrypcja|订阅",
        "trial": "trial|demo|test|evaluation|testlizenz|prueba|avaliação|essai|пробная|deneme|试用",
        "upgrade": "upgrade|upgrade licence|aktualisierung|actualización|mise à niveau|обновление|yükseltme|升级",
        "maintenance": "maintenance|support|wartung|mantenimiento|manutenção|manutenzione|поддержка|bakım|维保|sup|ssp",
        "bundle": "bundle|paket|paquete|pacote|комплект|paket lisans|套装",
        "perpetual": "perpetual|perpetual licence|kauf|kauflizenz|dauerlizenz|perpetua|perpétua|perpétuelle|бессрочная|kalıcı|永久",
    }
)
_LENGTH: Final = re.compile(r"(\d{1,3})\s*[- ]?\s*([^\W\d_]+)\.?")
_MONTHS: Final = _set(
    "m|mo|month|months|monat|monate|monaten|mes|meses|mês|mois|mese|mesi|месяц|месяца|месяцев|мес|ay|maand|maanden|个月|月"
)
_YEARS: Final = _set(
    "y|yr|yrs|year|years|jahr|jahre|jahren|año|años|ano|anos|an|ans|anno|anni|год|года|лет|yıl|jaar|年"
)
_BOOLEANS: Final = {
    fold(word): meaning
    for meaning, text in (
        (
            True,
            "true|yes|y|1|on|active|activated|enabled|ja|wahr|sí|si|sim|oui|vrai|да|evet|是|aktiv|aktiviert|已激活|активен|активировано|активировано да",
        ),
        (
            False,
            "false|flase|no|n|0|off|inactive|not activated|disabled|nein|falsch|não|non|faux|нет|hayır|否|inaktiv|nicht aktiviert|未激活|не активен|не активировано",
        ),
    )
    for word in text.split("|")
}
_ONLINE: Final = {
    fold(word): meaning
    for meaning, text in (
        (True, "online|connected|verbunden|en línea|conectado|en ligne|connecté|в сети|çevrimiçi|在线"),
        (False, "offline|disconnected|getrennt|desconectado|hors ligne|не в сети|офлайн|çevrimdışı|离线"),
    )
    for word in text.split("|")
}
_NOBODY: Final = _set(
    "available|free|unassigned|not assigned|nobody|spare|stock|pool|frei|verfügbar|nicht zugewiesen|disponible|libre|disponível|livre|"
    "свободно|не назначено|boş|boşta|可用|未分配"
)


_ROOT: Final = "root entity"  # the top of GLPI's entities as it is installed


@lru_cache(maxsize=1024)
def kind_of_word(text: str) -> str:
    """The kind of licence that a cell names; "" = none known."""
    return _KINDS.get(fold(text), "") if text else ""


@lru_cache(maxsize=1024)
def months_of(text: str) -> int | None:
    """The months in ``12 months`` or ``3 Jahre``; None = no such length."""
    found = _LENGTH.fullmatch(fold(text)) if text else None
    if found is None or not int(found[1]):
        return None
    if found[2] in _MONTHS:
        return int(found[1])
    return int(found[1]) * 12 if found[2] in _YEARS else None


@lru_cache(maxsize=1024)
def yes_or_no(text: str) -> bool | None:
    """Yes or no, also ``flase`` (case C019) and active; None = empty or another word."""
    return _BOOLEANS.get(fold(text)) if text else None


@lru_cache(maxsize=1024)
def online_or_not(text: str) -> bool | None:
    """Online or offline; None = neither."""
    return _ONLINE.get(fold(text)) if text else None


@lru_cache(maxsize=1024)
def nobody(text: str) -> bool:
    """Whether a name says that nobody has it (case C052)."""
    return fold(text) in _NOBODY


def level(text: str, at: int) -> str:
    """One level of a place that GLPI writes as a path (``Root entity > Alpha > Berlin``): the first of a location, the last of an entity."""
    if ">" not in text:
        return "" if fold(text) == _ROOT else text
    levels = [part for part in (part.strip() for part in text.split(">")) if part and fold(part) != _ROOT]
    return levels[at] if levels else ""
