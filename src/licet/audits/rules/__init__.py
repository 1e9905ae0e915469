"""Every rule, found by being in a module of this folder."""

import importlib
import pkgutil

from licet.audits.rule import Rule, Undecided


def _collected() -> tuple[dict[str, Rule], dict[str, Undecided]]:
    rules: dict[str, Rule] = {}
    undecided: dict[str, Undecided] = {}
    for module in pkgutil.iter_modules(__path__):
        for value in vars(importlib.import_module(f"{__name__}.{module.name}")).values():
            for one in value if isinstance(value, tuple) else (value,):
                if isinstance(one, Rule):
                    known = rules.setdefault(one.code, one)
                    if known is not one:
                        raise ValueError(f"two rules are called {one.code}")
                elif isinstance(one, Undecided):
                    undecided[one.code] = one
    return dict(sorted(rules.items())), dict(sorted(undecided.items()))


RULES, UNDECIDED = _collected()
EVERYWHERE = tuple(code for code, rule in RULES.items() if rule.everywhere)
