"""What is too long is refused by its name and the number of characters that are kept; nothing is cut in silence."""

import ast
from pathlib import Path

import pytest
from tests import factories as make

import licet
from licet.register.bulk_add import Wanted, add_many
from licet.register.record import LENGTHS, NewLicence, add_licence
from licet.sites.record import NotPossible
from licet.sites.scope import SYSTEM
from licet.sites.text import fitting


def test_what_fits_is_kept_without_blanks_around_it():
    assert fitting("reason", "  as agreed\x00 ", 9) == "as agreed"
    assert fitting("reason", None, 9) == ""
    with pytest.raises(NotPossible, match=r"^The cost centre has 10 characters; 9 are kept\.$"):
        fitting("cost_centre", "0123456789", 9)


@pytest.mark.django_db
@pytest.mark.parametrize("name", LENGTHS)
def test_a_new_licence_is_refused_rather_than_cut(name):
    site = make.site("Berlin")
    words = f"The {name.replace('_', ' ')} has {LENGTHS[name] + 1} characters; {LENGTHS[name]} are kept."
    new = NewLicence(**{"title": "Base", name: "x" * (LENGTHS[name] + 1)})
    with pytest.raises(NotPossible, match=words):
        add_licence(SYSTEM, site, new)
    assert add_many(SYSTEM, [Wanted(site, new)]) == [words]


# What is searched for, what files and devices say (their reports tell it), and a code made of a title.
CUT = {
    "wanted.text.strip()[:100]", "new.title.strip()[:200]", "wanted.title.strip()[:200]", "one.name.strip()[:120]",
    "re.sub('[^a-z0-9]+', '_', title.casefold()).strip('_')[:40]",
}  # fmt: skip


def test_no_write_cuts_what_a_person_gave():
    package, found = Path(licet.__file__).parent, set()
    for path in [*package.glob("*/record.py"), *package.glob("*/*_record.py"), *package.glob("register/*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Subscript(slice=ast.Slice(), value=ast.Call(func=ast.Attribute(attr="strip"))):
                    found.add(ast.unparse(node))
    assert found == CUT
