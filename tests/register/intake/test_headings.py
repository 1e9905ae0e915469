"""Registers and device lists in the languages that people keep them in, and what tells one form from another."""

from datetime import date

import pytest
from tests.register.intake.test_cases import only, reading

from licet.register.intake import shapes
from licet.register.intake.headings import DEVICE_HEADINGS, LICENCE_HEADINGS, field_of, heading_key, recognise


@pytest.mark.parametrize(
    "heading",
    [
        "Customer;Product;Quantity;Licence key;Valid from;Valid until",
        "Kunde;Produkt;Anzahl;Schlüssel;Gültig von;Gültig bis",
        "Cliente;Producto;Cantidad;Clave de licencia;Válido desde;Fecha de vencimiento",
        "Empresa;Produto;Quantidade;Chave;Início;Válido até",
        "Société;Produit;Quantité;Clé de licence;Valable du;Date d’expiration",
        "客户;产品;数量;激活码;开始日期;到期日期",
        "Заказчик;Продукт;Количество;Лицензионный ключ;Действует с;Действует до",
        "MÜŞTERİ;ÜRÜN;MİKTAR;LİSANS ANAHTARI;BAŞLANGIÇ TARİHİ;BİTİŞ TARİHİ",
        " customer ;PRODUCT; qty. ;Licence-Key;valid_from;Valid  Until:",
    ],
)
def test_a_register_in_any_language_is_read(heading):
    result = reading(f"{heading}\nAlpha;HikCentral-P-VSS-1Ch;3;LICT-AAAA-0000-EX01;2026-01-01;2026-12-31\n")
    record = only(result.records)
    assert result.as_ == "licences"
    assert (
        record.customer,
        record.product,
        record.quantity,
        len(record.keys),
        record.starts_on,
        record.expires_on,
    ) == (
        "Alpha",
        "HikCentral-P-VSS-1Ch",
        3,
        1,
        date(2026, 1, 1),
        date(2026, 12, 31),
    )


@pytest.mark.parametrize(
    "heading",
    [
        "Site;Device name;Serial number;IP address",
        "Standort;Gerät;Seriennummer;IP-Adresse",
        "Ubicación;Dispositivo;Número de serie;Dirección IP",
        "Local;Dispositivo;Número de série;Endereço IP",
        "Emplacement;Appareil;Numéro de série;Adresse IP",
        "站点;设备名称;序列号;IP地址",
        "Объект;Устройство;Серийный номер;IP-адрес",
        "Saha;Cihaz adı;Seri numarası;IP adresi",
    ],
)
def test_a_device_list_in_any_language_is_read(heading):
    result = reading(f"{heading}\nGate;CAM-01;DS-2CD2032-I20150615CCWR600003007;192.0.2.63\n")
    record = only(result.records)
    assert result.as_ == "devices"
    assert (record.site, record.name, record.short_serial, record.address) == (
        "Gate",
        "CAM-01",
        "600003007",
        "192.0.2.63",
    )


@pytest.mark.parametrize(
    ("headings", "name"),
    [
        (("Item name", "serial number", "seats"), "Snipe-IT licence import"),
        (("Nickname", "Adding Mode", "Address", "Device Information"), "iVMS-4200 device list"),
        (("Product", "Qty"), "licence register"),
        (("Device name", "IP"), "device list"),
    ],
)
def test_the_form_of_a_file_is_named(headings, name):
    assert shapes.detect(headings, "auto").name == name


def test_a_grouped_heading_is_known_by_both_words_or_its_own():
    assert field_of("Term / to", LICENCE_HEADINGS) == "expires"
    assert field_of("Whatever / Qty", LICENCE_HEADINGS) == "quantity"
    assert field_of("Whatever / Else", LICENCE_HEADINGS) is None


def test_a_sheet_of_passwords_is_told():
    assert shapes.holds(("Device", "User", "Password")).startswith("passwords")
    assert shapes.holds(("Apples", "Pears")) == "nothing known"
    assert shapes.holds(("Product", "Qty")).startswith("licences")


def test_every_heading_is_a_heading():
    assert all(
        recognise(heading) and heading_key(heading) == heading for heading in (*LICENCE_HEADINGS, *DEVICE_HEADINGS)
    )


def test_a_key_that_lost_digits_is_refused():
    refused = only(reading("Product,Quantity,Key\nHikCentral-P-VSS-1Ch,1,8.93901E+18\n").rejected)
    assert (refused.column, refused.value) == ("Key", "…")
    assert "lost digits" in refused.reason
