import pytest
from tests import factories as make

from licet.sites.scope import administrator


@pytest.fixture
def boss():
    return administrator("test")


@pytest.fixture
def server(db):
    return make.installation(make.site("Berlin"))


@pytest.fixture
def documents_folder(settings, tmp_path):
    settings.DATA = tmp_path
    return tmp_path / "documents"
