"""Every function that writes for a person has an entry in the record: read from the program's own text."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2] / "src" / "licet"
WRITERS = {"append", "note", "_note", "_write", "_record", "_write_down", "forget", "append_by_site"}
# Writes that are no act of a person: what they are a part of has the entry.
PARTS = {
    "access/gathering.py": "the sweep's entry tells of it",
    "vault/record.py": "a secret belongs to what it is put for",
    "vault/identity_provider.py": "sites/single_sign_on.py writes the entry",
    "register/held.py": "a file that waits is no part of the register; importing it has the entry",
    "sites/session.py": "the last use of a session is kept, which is no act",
}


def modules():
    for path in sorted(ROOT.glob("*/*.py")):
        part = path.relative_to(ROOT).parts[0]
        if part in {"access", "estate", "register", "sites", "vault"} and str(path.relative_to(ROOT)) not in PARTS:
            yield path


def atomic(function):
    return any("transaction.atomic" in ast.unparse(one) for one in function.decorator_list)


def calls(function):
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            yield node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def writing(tree):
    """The functions of a module that write an entry, themselves or by one of the module's own."""
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    found = {name for name, node in functions.items() if "ledger.append" in ast.unparse(node)} | WRITERS
    for _ in range(4):
        found |= {name for name, node in functions.items() if found & set(calls(node))}
    return functions, found


@pytest.mark.parametrize("path", list(modules()), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_public_write_has_an_entry(path):
    functions, found = writing(ast.parse(path.read_text("utf-8")))
    public = [node for name, node in functions.items() if not name.startswith("_") and atomic(node)]
    takes = [node for node in public if any(arg.arg == "actor" for arg in node.args.args)]
    assert [node.name for node in takes if node.name not in found] == []
