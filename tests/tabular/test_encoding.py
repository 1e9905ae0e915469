import pytest

from licet.tabular.encoding import detect

GERMAN = "Standort;Gerät\r\nMünchen;Kamera\r\nDüsseldorf;Kamera\r\nZürich;Straße\r\n"
FRENCH = "Numéro;Quantité\r\nGenève;à l'étage\r\n"
POLISH = "Miejsce;Ilość\r\nŁódź;później\r\nGdańsk;wrzesień\r\nRzeszów;żółty\r\n"
RUSSIAN = "Объект;Количество\r\nСанкт-Петербург;20\r\nМосква;8\r\n"
CHINESE = "地点;数量\r\n北京;20\r\n上海市浦东新区;8\r\n"


OF_LANGUAGES = {
    "Polish": ("cp1250", "Klient;Lokalizacja;Ilość\r\nFirma;Kraków;5\r\nZakład;Poznań;3\r\n"),
    "Czech": ("cp1250", "Zákazník;Místo;Počet\r\nDůl;Plzeň;3\r\nŠkoda;Ústí nad Labem;4\r\n"),
    "Hungarian": ("cp1250", "Ügyfél;Hely;Mennyiség\r\nKövér Kft;Győr;3\r\n"),
    "Russian": ("cp1251", "Product;Site;Qty\r\nHikCentral-P-VSS-1Ch;Москва;3\r\n"),
    "Bulgarian": ("cp1251", "Клиент;Обект\r\nСофия;Пловдив\r\n"),
    "Chinese": ("gb18030", "产品,站点,数量,到期日期\r\nHikCentral-P-VSS-1Ch,上海,3,2027年3月1日\r\n"),
    "German": ("cp1252", "Kunde;Preis\r\nMüller & Söhne;5 €\r\nGröße;7\r\n"),
    "French": ("cp1252", "Numéro;Quantité;Expiré\r\nl’été;œuvre;où\r\n"),
    "Spanish": ("cp1252", "Número;Año\r\n¿España?;niño\r\n"),
    "Portuguese": ("cp1252", "Licença;Início\r\nSão Paulo;licenças e ações\r\n"),
    "Danish": ("cp1252", "Kunde;Sted\r\nKøbenhavn;Århus æble\r\n"),
    "several": ("cp1252", "Müller;Société;España;São Paulo;Ørsted\r\n"),
}


@pytest.mark.parametrize("language", sorted(OF_LANGUAGES))
def test_text_of_each_language_is_found_in_each_of_its_encodings(language):
    name, text = OF_LANGUAGES[language]
    for written_as in (name, "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"):
        data = text.encode(written_as)
        assert (written_as, detect(data)) == (written_as, written_as)


def test_a_few_stray_nuls_are_no_utf16():
    assert detect(b"Product,Qty\r\nA\x00B,1\r\n" * 20 + b"\x00") == "ascii"


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
