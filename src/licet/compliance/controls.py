"""What a catalogue of controls is made of, and reading one from plain data with every mistake named. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

SEVERITIES: Final = ("critical", "high", "medium", "low", "info")
FORCES: Final = (
    "law",
    "regulator_guidance",
    "statutory_code",
    "government_instruction",
    "contract",
    "standard",
)
RESULTS: Final = ("fail", "unknown", "manual", "waived", "informational", "pass", "not_applicable")
EVIDENCE: Final = ("measured", "attested")
SCOPES: Final = ("any", "organisation", "site", "device", "channel")
_CODE: Final = re.compile(r"[A-Z][A-Z0-9]{1,7}-[0-9]{2,4}")
_WORD: Final = re.compile(r"[a-z][a-z0-9_.]{0,59}")
_PARAMETER_TYPES: Final = {"integer": int, "string": str, "boolean": bool, "list": list, "map": dict}
_MOST: Final = 5000  # controls of one catalogue


@dataclass(frozen=True, slots=True)
class Applies:
    """``applies_when``: every word of ``all`` holds, and at least one of ``any`` where it has any."""

    all: tuple[str, ...] = ()
    any: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """All words that it asks for."""
        return (*self.all, *self.any)


@dataclass(frozen=True, slots=True)
class Regime:
    """A law, guidance, code, instruction, contract or standard."""

    code: str
    title: str
    force: str
    applies: Applies


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a regime asks for a control; ``checked`` False = nobody has looked the place up."""

    regime: str
    cite: str
    checked: bool = True


@dataclass(frozen=True, slots=True)
class Extra:
    """Documents that are needed besides where a fact holds."""

    when: str
    documents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Control:
    """One duty. A measured one reads ``data`` and decides by ``rule`` (in words); an attested one wants ``documents`` that state ``must_state``."""

    code: str
    title: str
    group: str
    evidence: str
    severity: str
    review_days: int
    applies: Applies
    citations: tuple[Citation, ...]
    data: tuple[str, ...] = ()
    rule: str = ""
    params: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    must_state: tuple[str, ...] = ()
    extra: tuple[Extra, ...] = ()
    valid_from: date | None = None
    precedents: tuple[str, ...] = ()

    @property
    def regimes(self) -> tuple[str, ...]:
        """The regimes that ask for it, each once."""
        return tuple(dict.fromkeys(one.regime for one in self.citations))


@dataclass(frozen=True, slots=True)
class FactWord:
    """A word of ``applies_when``: ``auto`` words come from the estate, the others are asked."""

    name: str
    scope: str
    means: str = ""
    auto: bool = False


@dataclass(frozen=True, slots=True)
class Parameter:
    """A threshold of a site's policy. ``floor_by`` names the rule that sets a floor, "" where it is policy alone."""

    name: str
    type: str
    default: Any
    unit: str = ""
    of: str = ""
    note: str = ""
    floor_by: str = ""


@dataclass(frozen=True, slots=True)
class Datum:
    """Where a measured control reads; ``seen`` is how well that is supported by public material."""

    name: str
    source: str
    seen: str = ""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """One catalogue, or the shipped one together with the owner's own."""

    id: str
    title: str
    version: str
    as_of: date | None
    regimes: Mapping[str, Regime] = field(default_factory=dict)
    facts: Mapping[str, FactWord] = field(default_factory=dict)
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    data: Mapping[str, Datum] = field(default_factory=dict)
    precedents: Mapping[str, str] = field(default_factory=dict)
    controls: Mapping[str, Control] = field(default_factory=dict)
    not_waivable: frozenset[str] = frozenset()

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups in the order of the catalogue."""
        return tuple(dict.fromkeys(control.group for control in self.controls.values()))


class CatalogueError(ValueError):
    """A catalogue that cannot be used; ``problems`` are sentences that name the place."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems[:3]))
        self.problems = tuple(problems)


def catalogue_of(plain: object, above: Catalogue | None = None) -> Catalogue:
    """The catalogue that plain data describes; raises :class:`CatalogueError` with every problem found.

    ``above`` is the catalogue whose regimes, facts, parameters and data it may use besides its own.
    """
    reader = _Reader(above)
    found = reader.catalogue(plain)
    if reader.problems or found is None:
        raise CatalogueError(reader.problems or ["it has no catalogue"])
    return found


def joined(first: Catalogue, second: Catalogue) -> Catalogue:
    """Both as one; raises :class:`CatalogueError` where a name is used twice."""
    problems = [
        f"{what} {name} is in {first.id} already"
        for what in ("regimes", "facts", "parameters", "data", "controls")
        for name in sorted(getattr(first, what).keys() & getattr(second, what).keys())
    ]
    if problems:
        raise CatalogueError(problems)
    return Catalogue(
        first.id, first.title, f"{first.version} + {second.id} {second.version}", first.as_of,
        {**first.regimes, **second.regimes}, {**first.facts, **second.facts}, {**first.parameters, **second.parameters},
        {**first.data, **second.data}, {**first.precedents, **second.precedents}, {**first.controls, **second.controls},
        first.not_waivable | second.not_waivable,
    )  # fmt: skip


class _Reader:
    """Reads a catalogue and gathers what is wrong with it."""

    def __init__(self, above: Catalogue | None) -> None:
        self.above = above
        self.problems: list[str] = []

    def _wrong(self, where: str, what: str) -> None:
        self.problems.append(f"{where}: {what}")

    def catalogue(self, plain: object) -> Catalogue | None:
        if not isinstance(plain, dict):
            self._wrong("file", "a mapping with the keys catalogue and controls is expected")
            return None
        for name in plain.keys() - {"catalogue", "regimes", "facts", "parameters", "data", "precedents", "controls"}:
            self._wrong(str(name)[:60], "is no part of a catalogue")
        head = self._mapping(plain, "catalogue")
        above = self.above
        regimes = dict(self._regimes(plain))
        facts = dict(self._facts(plain))
        parameters = dict(self._parameters(plain))
        data = {
            name: Datum(name, self._text(one, "source", f"data {name}"), str(one.get("seen", "")))
            for name, one in self._named(plain, "data")
        }
        precedents = {str(name): str(text) for name, text in self._mapping(plain, "precedents").items()}
        known = _Known(
            {**(above.regimes if above else {}), **regimes}.keys(), {**(above.facts if above else {}), **facts}.keys(),
            {**(above.parameters if above else {}), **parameters}.keys(), {**(above.data if above else {}), **data}.keys(),
            {**(above.precedents if above else {}), **precedents}.keys(),
        )  # fmt: skip
        for code, regime in regimes.items():
            self._words(regime.applies, known, f"regime {code}")
        controls: dict[str, Control] = {}
        listed = plain.get("controls")
        if not isinstance(listed, list) or not listed:
            self._wrong("controls", "a list with at least one control is expected")
            listed = []
        if len(listed) > _MOST:
            self._wrong("controls", f"there are more than {_MOST}")
        for number, one in enumerate(listed[:_MOST], 1):
            control = self._control(one, number, known)
            if control is None:
                continue
            if control.code in controls or (above and control.code in above.controls):
                self._wrong(control.code, "is there twice")
            controls[control.code] = control
        return Catalogue(
            self._text(head, "id", "catalogue"), self._text(head, "title", "catalogue"), self._text(head, "version", "catalogue"),
            self._day(head.get("as_of"), "catalogue"), regimes, facts, parameters, data, precedents, controls,
            self._not_waivable(head, controls),
        )  # fmt: skip

    def _not_waivable(self, head: Mapping[str, Any], controls: Mapping[str, Control]) -> frozenset[str]:
        rules = head.get("waiver_rules")
        named = rules.get("not_waivable", []) if isinstance(rules, dict) else []
        for code in named:
            if code not in controls:
                self._wrong("catalogue", f"not_waivable names {code}, which is no control of it")
        return frozenset(str(code) for code in named)

    def _regimes(self, plain: Mapping[str, Any]) -> Iterator[tuple[str, Regime]]:
        for code, one in self._named(plain, "regimes"):
            where = f"regime {code}"
            force = self._text(one, "force", where)
            if force and force not in FORCES:
                self._wrong(where, f"{force!r} is no force; there are {', '.join(FORCES)}")
            yield code, Regime(code, self._text(one, "title", where), force, self._applies(one, where))

    def _facts(self, plain: Mapping[str, Any]) -> Iterator[tuple[str, FactWord]]:
        for name, one in self._named(plain, "facts"):
            scope = self._text(one, "scope", f"fact {name}")
            if scope and scope not in SCOPES:
                self._wrong(f"fact {name}", f"{scope!r} is no scope; there are {', '.join(SCOPES)}")
            yield name, FactWord(name, scope, str(one.get("means", "")), one.get("auto") is True)

    def _parameters(self, plain: Mapping[str, Any]) -> Iterator[tuple[str, Parameter]]:
        for name, one in self._named(plain, "parameters"):
            kind = self._text(one, "type", f"parameter {name}")
            if kind not in _PARAMETER_TYPES:
                self._wrong(f"parameter {name}", f"{kind!r} is no type; there are {', '.join(_PARAMETER_TYPES)}")
            elif not isinstance(one.get("default"), _PARAMETER_TYPES[kind]):
                self._wrong(f"parameter {name}", f"its default is no {kind}")
            yield (
                name,
                Parameter(
                    name,
                    kind,
                    one.get("default"),
                    *(str(one.get(part, "")) for part in ("unit", "of", "note", "floor_by")),
                ),
            )

    def _control(self, one: object, number: int, known: "_Known") -> Control | None:
        if not isinstance(one, dict):
            self._wrong(f"control {number}", "a mapping is expected")
            return None
        code = str(one.get("id", ""))
        if not _CODE.fullmatch(code):
            self._wrong(f"control {number}", f"its id {code[:20]!r} is not like RET-01")
            return None
        for name in one.keys() - {
            "id", "title", "group", "evidence", "regimes", "measure", "applies_when", "severity", "review_days", "precedents",
        }:  # fmt: skip
            self._wrong(code, f"{str(name)[:60]} is no part of a control")
        evidence, severity = self._text(one, "evidence", code), self._text(one, "severity", code)
        if evidence not in EVIDENCE:
            self._wrong(code, f"evidence is measured or attested, not {evidence!r}")
        if severity not in SEVERITIES:
            self._wrong(code, f"{severity!r} is no severity; there are {', '.join(SEVERITIES)}")
        days = one.get("review_days")
        if not isinstance(days, int) or not 1 <= days <= 3660:
            self._wrong(code, "review_days is a number from 1 to 3660")
            days = 1
        measure = self._mapping(one, "measure", code)
        control = Control(
            code=code, title=self._text(one, "title", code), group=self._text(one, "group", code), evidence=evidence,
            severity=severity, review_days=days, applies=self._applies(one, code), citations=tuple(self._citations(one, code, known)),
            data=self._strings(measure, "data", code), rule=str(measure.get("rule", "")), params=self._strings(measure, "params", code),
            documents=self._strings(measure, "documents", code), must_state=self._strings(measure, "must_state", code),
            extra=tuple(self._extras(measure, code)), valid_from=self._day(measure.get("valid_from"), code),
            precedents=self._strings(one, "precedents", code),
        )  # fmt: skip
        self._agrees(control, known)
        return control

    def _agrees(self, control: Control, known: "_Known") -> None:
        self._words(control.applies, known, control.code)
        if not control.citations:
            self._wrong(control.code, "no regime asks for it")
        if control.evidence == "measured" and not (control.data and control.rule):
            self._wrong(control.code, "a measured control has data and a rule")
        if control.evidence == "attested" and not control.documents:
            self._wrong(control.code, "an attested control names its documents")
        for names, held, what in (
            (control.data, known.data, "datum"),
            (control.params, known.parameters, "parameter"),
            (control.precedents, known.precedents, "precedent"),
            (tuple(extra.when for extra in control.extra), known.facts, "fact"),
        ):
            for name in names:
                if name not in held:
                    self._wrong(control.code, f"there is no {what} {name}")

    def _citations(self, one: Mapping[str, Any], code: str, known: "_Known") -> Iterator[Citation]:
        listed = one.get("regimes")
        for entry in listed if isinstance(listed, list) else []:
            if not isinstance(entry, dict) or not isinstance(entry.get("ref"), str) or not entry.get("cite"):
                self._wrong(code, "each regime has ref and cite")
            elif entry["ref"] not in known.regimes:
                self._wrong(code, f"there is no regime {entry['ref']}")
            else:
                yield Citation(entry["ref"], str(entry["cite"]), entry.get("checked") is not False)

    def _extras(self, measure: Mapping[str, Any], code: str) -> Iterator[Extra]:
        listed = measure.get("extra", [])
        for entry in listed if isinstance(listed, list) else []:
            if isinstance(entry, dict) and isinstance(entry.get("when"), str):
                yield Extra(entry["when"], self._strings(entry, "documents", code))
            else:
                self._wrong(code, "extra has when and documents")

    def _applies(self, one: Mapping[str, Any], where: str) -> Applies:
        plain = one.get("applies_when")
        if not isinstance(plain, dict) or not plain or plain.keys() - {"all", "any"}:
            self._wrong(where, "applies_when has all, any or both")
            return Applies(("always",))
        return Applies(self._strings(plain, "all", where), self._strings(plain, "any", where))

    def _words(self, applies: Applies, known: "_Known", where: str) -> None:
        for word in applies.words:
            if word not in known.facts:
                self._wrong(where, f"applies_when asks for {word}, which is no fact")

    def _named(self, plain: Mapping[str, Any], part: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for name, one in self._mapping(plain, part).items():
            if not isinstance(name, str) or not _WORD.fullmatch(name):
                self._wrong(part, f"{str(name)[:60]!r} is no name")
            elif not isinstance(one, dict):
                self._wrong(f"{part} {name}", "a mapping is expected")
            else:
                yield name, one

    def _mapping(self, plain: Mapping[str, Any], name: str, where: str = "") -> Mapping[str, Any]:
        found = plain.get(name, {})
        if isinstance(found, dict):
            return found
        self._wrong(where or name, f"{name} is no mapping")
        return {}

    def _strings(self, plain: Mapping[str, Any], name: str, where: str) -> tuple[str, ...]:
        found = plain.get(name, [])
        if isinstance(found, list) and all(isinstance(one, str) for one in found):
            return tuple(found)
        self._wrong(where, f"{name} is a list of words")
        return ()

    def _text(self, plain: Mapping[str, Any], name: str, where: str) -> str:
        found = plain.get(name)
        if isinstance(found, str) and found.strip():
            return found.strip()
        self._wrong(where, f"{name} is missing")
        return ""

    def _day(self, value: object, where: str) -> date | None:
        if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
            return value
        self._wrong(where, f"{str(value)[:30]!r} is no day")
        return None


@dataclass(frozen=True, slots=True)
class _Known:
    """The names that a control may use."""

    regimes: Any
    facts: Any
    parameters: Any
    data: Any
    precedents: Any
