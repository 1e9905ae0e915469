"""The text of a sign before a filmed area, in several languages, with the reader's law. Pure.

First layer of EDPB Guidelines 3/2019 section 7.1 (place in the text not checked): who, why, whom to ask, rights, where more is told, how
long. Art. 13 of the (UK) GDPR; for California the notice at collection (regulations 7012).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from textwrap import wrap
from typing import Final

LANGUAGES: Final[dict[str, str]] = {
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "it": "Italiano",
    "nl": "Nederlands",
}
FIELDS: Final = ("controller", "purpose", "basis", "contact", "officer", "more", "days", "sound", "biometrics", "cloud")
_GDPR: Final[dict[str, dict[str, str]]] = {
    "en": {
        "head": "Video surveillance", "controller": "Controller", "purpose": "Purpose", "basis": "Legal basis", "contact": "Contact",
        "officer": "Data protection officer", "days": "Recordings are kept for {days} days at most.", "more": "Full information",
        "sound": "Sound is recorded.", "biometrics": "Faces are compared by software.",
        "cloud": "Recordings can be reached through a cloud service.",
        "rights": "You may ask for access, erasure or restriction, object, and complain to the supervisory authority.",
    },
    "de": {
        "head": "Videoüberwachung", "controller": "Verantwortlicher", "purpose": "Zweck", "basis": "Rechtsgrundlage", "contact": "Kontakt",
        "officer": "Datenschutzbeauftragte Person", "days": "Aufzeichnungen werden höchstens {days} Tage gespeichert.",
        "more": "Ausführliche Informationen", "sound": "Es wird auch Ton aufgezeichnet.", "biometrics": "Gesichter werden durch Software verglichen.",
        "cloud": "Aufzeichnungen sind über einen Cloud-Dienst erreichbar.",
        "rights": "Sie können Auskunft, Löschung oder Einschränkung verlangen, widersprechen und sich bei der Aufsichtsbehörde beschweren.",
    },
    "fr": {
        "head": "Vidéosurveillance", "controller": "Responsable du traitement", "purpose": "Finalité", "basis": "Base juridique", "contact": "Contact",
        "officer": "Délégué à la protection des données", "days": "Les enregistrements sont conservés {days} jours au maximum.",
        "more": "Informations complètes", "sound": "Le son est enregistré.", "biometrics": "Les visages sont comparés par un logiciel.",
        "cloud": "Les enregistrements sont accessibles par un service en nuage.",
        "rights": "Vous pouvez demander l’accès, l’effacement ou la limitation, vous opposer et saisir l’autorité de contrôle.",
    },
    "es": {
        "head": "Zona videovigilada", "controller": "Responsable del tratamiento", "purpose": "Finalidad", "basis": "Base jurídica", "contact": "Contacto",
        "officer": "Delegado de protección de datos", "days": "Las grabaciones se conservan {days} días como máximo.",
        "more": "Información completa", "sound": "Se graba sonido.", "biometrics": "Un programa compara los rostros.",
        "cloud": "Las grabaciones son accesibles a través de un servicio en la nube.",
        "rights": "Puede solicitar acceso, supresión o limitación, oponerse y reclamar ante la autoridad de control.",
    },
    "it": {
        "head": "Area videosorvegliata", "controller": "Titolare del trattamento", "purpose": "Finalità", "basis": "Base giuridica", "contact": "Contatto",
        "officer": "Responsabile della protezione dei dati", "days": "Le registrazioni sono conservate per {days} giorni al massimo.",
        "more": "Informativa completa", "sound": "Viene registrato l’audio.", "biometrics": "I volti sono confrontati da un software.",
        "cloud": "Le registrazioni sono accessibili tramite un servizio cloud.",
        "rights": "Può chiedere accesso, cancellazione o limitazione, opporsi e presentare reclamo all’autorità di controllo.",
    },
    "nl": {
        "head": "Cameratoezicht", "controller": "Verwerkingsverantwoordelijke", "purpose": "Doel", "basis": "Grondslag", "contact": "Contact",
        "officer": "Functionaris voor gegevensbescherming", "days": "Opnamen worden ten hoogste {days} dagen bewaard.",
        "more": "Volledige informatie", "sound": "Er wordt geluid opgenomen.", "biometrics": "Gezichten worden door software vergeleken.",
        "cloud": "Opnamen zijn bereikbaar via een clouddienst.",
        "rights": "U kunt inzage, wissing of beperking vragen, bezwaar maken en een klacht indienen bij de toezichthouder.",
    },
}  # fmt: skip
_CALIFORNIA: Final = (
    "We collect video images of you. They are not sold or shared. Notice at collection and your California rights"
)


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign: its language, heading and lines."""

    language: str
    head: str
    lines: tuple[str, ...]


class Law(StrEnum):
    """Whose rights a sign tells."""

    GDPR = "gdpr"  # of the European Union or the United Kingdom
    CALIFORNIA = "california"
    OTHER = "other"  # none whose text is known here


def law_of(facts: Mapping[str, bool | None]) -> Law:
    """The law of a site's sign by its facts; where nobody said which country it is, the strictest."""
    if facts.get("j.eu") or facts.get("j.uk"):
        return Law.GDPR
    if facts.get("j.us_ca"):
        return Law.CALIFORNIA
    return Law.OTHER if facts.get("j.eu") is False and facts.get("j.uk") is False else Law.GDPR


def sign(language: str, fields: Mapping[str, str], law: Law = Law.GDPR) -> Sign:
    """The sign in one language; raises ``KeyError`` for a language without a text. Nothing is invented for a field that is empty."""
    words = _GDPR[language]
    given = {name: fields.get(name, "").strip() for name in FIELDS}
    lines = [
        f"{words[name]}: {given[name]}"
        for name in ("controller", "purpose", "basis", "contact", "officer")
        if given[name]
    ]
    if given["days"].isdigit():
        lines.append(words["days"].format(days=int(given["days"])))
    lines += [words[name] for name in ("sound", "biometrics", "cloud") if given[name] in ("yes", "true", "1")]
    if law is Law.CALIFORNIA and language == "en":
        lines.append(f"{_CALIFORNIA}: {given['more']}" if given["more"] else _CALIFORNIA)
    else:
        if law is Law.GDPR:
            lines.append(words["rights"])
        if given["more"]:
            lines.append(f"{words['more']}: {given['more']}")
    return Sign(language, words["head"], tuple(lines))


def as_svg(found: Sign) -> str:
    """The sign as a drawing to print (A4 landscape), without any outside part. Text is escaped and broken into lines."""
    rows, y = [], 330
    for line in found.lines:
        for part in _broken(line, 62):
            rows.append(f'<text x="80" y="{y}" font-size="30">{escape(part)}</text>')
            y += 44
        y += 12
    height = max(840, y + 30)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1188 {height}" role="img" lang="{found.language}" font-family="sans-serif">'
        f'<rect width="1188" height="{height}" fill="#fff"/><rect x="20" y="20" width="1148" height="{height - 40}" rx="24" fill="none"'
        ' stroke="#111" stroke-width="6"/><path d="M90 110h150a14 14 0 0 1 14 14v20l56-28v94l-56-28v20a14 14 0 0 1-14 14H90a14 14 0 0'
        ' 1-14-14v-78a14 14 0 0 1 14-14z" fill="#111"/>'
        f'<text x="360" y="190" font-size="64" font-weight="700">{escape(found.head)}</text>{"".join(rows)}</svg>'
    )


def _broken(text: str, width: int) -> list[str]:
    return wrap(text, width, break_long_words=True) or [""]
