import pytest

from licet.tabular.encoding import detect

GERMAN = "Standort;Gerät\r\nMünchen;Kamera\r\nDüsseldorf;Kamera\r\nZürich;Straße\r\n"
FRENCH = "Numéro;Quantité\r\nGenève;à l'étage\r\n"
POLISH = "Miejsce;Ilość\r\nŁódź;później\r\nGdańsk;wrzesień\r\nRzeszów;żółty\r\n"
RUSSIAN = "Объект;Количество\r\nСанкт-Петербург;20\r\nМосква;8\r\n"
CHINESE = "地点;数量\r\n北京;20\r\n上海市浦东新区;8\r\n"


@pytest.mark.parametrize(
    ("text", "written_as", "found"),
    [
        (GERMAN, "utf-8", "utf-8"),
        (GERMAN, "utf-8-sig", "utf-8-sig"),
        (GERMAN, "cp1252", "cp1252"),
        (FRENCH, "cp1252", "cp1252"),
        (POLISH, "cp1250", "cp1250"),
        (RUSSIAN, "cp1251", "cp1251"),
        (CHINESE, "gb18030", "gb18030"),
        (RUSSIAN, "utf-8", "utf-8"),
        (GERMAN, "utf-16", "utf-16"),
        (GERMAN, "utf-16-le", "utf-16-le"),
        (GERMAN, "utf-16-be", "utf-16-be"),
        ("Product,Qty\r\nA,1\r\n", "ascii", "ascii"),
    ],
)
def test_the_encoding_of_a_file_is_found(text, written_as, found):
    data = text.encode(written_as)
    assert detect(data) == found
    assert data.decode(found) == text


def test_a_utf8_letter_cut_at_the_end_of_the_sample_is_still_utf8():
    assert detect(("a" * (1 << 18) + "é" * 10).encode()) == "utf-8"
    assert detect(("a" * ((1 << 18) - 1) + "é" * 10).encode()) == "utf-8"
