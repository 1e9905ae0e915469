"""What the columns of registers and device lists are called, as data: field -> headings, folded by :func:`heading_key`.

Sources: the import files' own headings (Snipe-IT, SADP, OpenSADP, iVMS-4200, HikCentral, Hik-Partner Pro), those of GLPI from its
search options (glpi-project/glpi: SoftwareLicense.php, NetworkEquipment.php), of Snipe-IT assets from its sample file
(snipe/snipe-it: assets-sample.csv) and asset report, and the trade's words in English, German, Spanish, Portuguese, French, Italian,
Russian, Turkish, Dutch, Polish and Chinese. ``-`` = known, and not read.
"""

import re
from functools import lru_cache
from typing import Final

from licet.dates.words import fold

_JOINTS: Final = re.compile(r"[\W_]+")

_LICENCES: Final = {
    "product": "product|product name|license item|licence item|item name|item|software name|software|licence|license|licence name|license name|licence product|"
    "license product|product description|article|produkt|artikel|lizenz|lizenzname|software produkt|bezeichnung|producto|nombre del producto|"
    "licencia|articulo|produto|nome do produto|licença|produit|désignation|nom du produit|licence produit|prodotto|licenza|продукт|товар|"
    "лицензия|наименование|название|ürün|ürün adı|lisans|produkt naam|licentie|licencja|nazwa produktu|产品|产品名称|产品型号|许可证|授权|商品|製品",
    "sku": "sku|part number|part no|partnumber|pn|p n|article number|product code|order code|artikelnummer|teilenummer|bestellnummer artikel|"
    "referencia|código|código do produto|référence|réf|codice|артикул|parça no|stok kodu|numer katalogowy|料号|编码|物料号|部件号",
    "quantity": "quantity|qty|seats|seat|count|number|amount of licences|units|licences|licenses|pcs|licence qty|licence quantity|license qty|"
    "number of licences|number of licenses|anzahl|menge|stück|stückzahl|cantidad|unidades|cant|quantidade|qtd|qtde|quantité|qté|nombre|"
    "quantità|qta|количество|кол во|кол|miktar|adet|aantal|ilość|liczba|数量|授权数量|点数|許可数",
    "key": "key|keys|licence key|license key|serial number|serial|activation code|activation key|product key|licence code|license code|"
    "schlüssel|lizenzschlüssel|aktivierungscode|produktschlüssel|clave|clave de licencia|código de activación|chave|chave de licença|"
    "código de ativação|clé|clé de licence|code d activation|chiave|ключ|лицензионный ключ|код активации|anahtar|lisans anahtarı|"
    "aktivasyon kodu|sleutel|licentiesleutel|klucz|klucz licencyjny|密钥|激活码|许可证密钥|授权码|序列号",
    "order": "order|order number|order no|order id|po|po number|purchase order|bestellung|bestellnummer|bestellnr|auftrag|auftragsnummer|"
    "auftragsnr|rechnung|rechnungsnummer|invoice|invoice number|pedido|número de pedido|n de pedido|nº de pedido|orden de compra|"
    "ordem de compra|número do pedido|commande|numéro de commande|n de commande|bon de commande|ordine|numero ordine|заказ|номер заказа|"
    "sipariş|sipariş no|sipariş numarası|bestelnummer|zamówienie|numer zamówienia|订单|订单号|采购单号|合同号",
    "purchase_order": "purchase order number",
    "purchased": "purchased|purchase date|purchased on|bought|bought on|date of purchase|order date|ordered|ordered on|kaufdatum|gekauft|"
    "gekauft am|bestelldatum|rechnungsdatum|invoice date|fecha de compra|comprado|data de compra|data da compra|date d achat|acheté le|"
    "data di acquisto|data acquisto|дата покупки|дата приобретения|куплено|satın alma tarihi|alış tarihi|aankoopdatum|data zakupu|购买日期|采购日期|购买时间",
    "starts": "starts|start|start date|starts on|from|valid from|begin|begins|term from|effective date|gültig ab|gültig von|beginn|von|ab|"
    "laufzeit von|desde|válido desde|fecha de inicio|inicio|válido de|início|data de início|data inicial|valable du|valable à partir du|début|date de début|du|"
    "valido dal|inizio|действует с|начало|дата начала|с|başlangıç|başlangıç tarihi|geçerlilik başlangıcı|ingangsdatum|ważna od|od|"
    "开始日期|生效日期|起始日期|开始时间|有效期从",
    "expires": "expires|expires on|expiry time|expiration time|expiry|expiry date|expiration|expiration date|expire date|end|end date|ends|valid until|valid to|valid till|"
    "until|to|term to|due date|gültig bis|ablauf|ablaufdatum|läuft ab|läuft ab am|bis|ende|laufzeit bis|laufzeitende|hasta|válido hasta|"
    "vence|vencimiento|fecha de vencimiento|fecha de caducidad|caducidad|fin|válido até|até|vencimento|data de vencimento|validade|"
    "data de validade|valable jusqu au|date d expiration|expire le|échéance|date de fin|au|scadenza|data di scadenza|valido fino al|"
    "действует до|срок действия|дата окончания|окончание|до|истекает|bitiş|bitiş tarihi|son kullanma tarihi|geçerlilik bitişi|"
    "geldig tot|vervaldatum|ważna do|data ważności|data wygaśnięcia|do|到期日期|到期日|有效期至|截止日期|到期时间|失效日期|有効期限",
    "terminates": "termination date|terminates|terminates on|terminated|cancelled on|kündigung|kündigungsdatum|gekündigt zum|"
    "fecha de rescisión|data de rescisão|date de résiliation|дата расторжения|fesih tarihi|终止日期",
    "notice": "notice by|notice|notice date|notice until|decide by|cancel by|renewal date|renew by|kündigen bis|kündigungsfrist|"
    "kündbar bis|verlängerung am|preavis|préavis|preaviso|aviso hasta|уведомить до|ihbar tarihi|通知日期|续订日期",
    "auto_renew": "auto renew|autorenew|auto renewal|automatic renewal|renews|automatische verlängerung|renovación automática|"
    "renovação automática|renouvellement automatique|автопродление|otomatik yenileme|自动续订",
    "activated": "activated|activated on|activation date|activation|date of activation|aktiviert|aktiviert am|aktivierungsdatum|activado|"
    "fecha de activación|ativado|data de ativação|activé le|date d activation|attivato il|активировано|дата активации|"
    "aktivasyon tarihi|geactiveerd op|data aktywacji|激活日期|激活时间",
    "maintenance": "maintenance end|ssp expiry|sup expiry|ssp expiry date|maintenance until|maintenance ends|maintenance expires|maintenance|support end|support until|support ends|"
    "sup until|sup end|ssp until|ssp end|wartung bis|wartungsende|supportende|support bis|fin de mantenimiento|mantenimiento hasta|"
    "fim da manutenção|manutenção até|fin de maintenance|maintenance jusqu au|fine manutenzione|поддержка до|bakım bitişi|维护到期|维保到期|服务到期",
    "term": "term|licence term|license term|laufzeit|dauer|duration|plazo|duración|prazo|durée|durata|срок|süre|looptijd|期限|授权期限",
    "kind": "type|licence type|license type|kind|art|typ|lizenztyp|lizenzart|tipo|tipo de licencia|tipo de licença|type de licence|тип|"
    "тип лицензии|tür|lisans türü|rodzaj|类型|许可证类型|授权类型",
    "price": "price|cost|purchase cost|net price|purchase net price|amount|total price|value|preis|preis netto|nettopreis|betrag|kosten|"
    "kaufpreis|einkaufspreis|precio|precio neto|coste|costo|importe|preço|custo|valor|prix|prix net|prix ht|coût|montant|prezzo|costo netto|"
    "цена|стоимость|сумма|fiyat|tutar|prijs|bedrag|cena|kwota|价格|金额|单价|总价|費用",
    "currency": "currency|währung|moneda|divisa|moeda|devise|monnaie|valuta|валюта|para birimi|döviz|waluta|货币|币种",
    "vendor": "vendor|supplier|reseller|distributor|seller|lieferant|händler|anbieter|proveedor|fornecedor|fournisseur|revendeur|fornitore|"
    "поставщик|продавец|tedarikçi|satıcı|leverancier|dostawca|供应商|经销商",
    "customer": "customer|company|client|customer name|end customer|end user|organisation|organization|kunde|firma|kundenname|endkunde|"
    "cliente|empresa|compañía|société|entreprise|client final|azienda|клиент|заказчик|компания|организация|müşteri|şirket|klant|bedrijf|"
    "klient|客户|客户名称|公司|最终用户",
    "site": "site|site name|location|customer site|branch|building|standort|niederlassung|gebäude|objekt|ort|sitio|ubicación|sede|local|"
    "unidade|emplacement|lieu|site client|luogo|объект|площадка|место|филиал|адрес объекта|saha|lokasyon|şube|konum|locatie|vestiging|"
    "lokalizacja|站点|地点|位置|场所|项目",
    "pool": "pool|server|installation|system|host|vms|servidor|serveur|сервер|sunucu|服务器",
    "note": "note|notes|comment|comments|remark|remarks|description|bemerkung|bemerkungen|notiz|notizen|anmerkung|kommentar|hinweis|nota|"
    "notas|observaciones|comentario|comentarios|observações|observação|remarque|remarques|commentaire|commentaires|osservazioni|"
    "примечание|примечания|комментарий|заметки|not|notlar|açıklama|opmerking|opmerkingen|uwagi|notatki|备注|说明|注释|備考",
    "person": "full name|assigned to|assignee|assigned|user|user name|allocated to|zugewiesen|zugewiesen an|benutzer|asignado a|atribuído a|"
    "attribué à|utilisateur|назначено|atanan|分配给",
    "username": "username|login",
    "email": "email|user email|e mail",
    "reference": "licet reference",
    "family": "licet product",
    "grants": "licet grants",
    "activation": "licet activation",
    "more": "licet more",
    "licensed_to": "licensed to name|licensed to|licensee",
    "-": "id|no|nr|position|pos|valid|allow over quota|father|creation date|last update|inventory number|purchase version|version in use|"
    "number of installations|affected items|entity|used|available|depreciation|updated at|deleted at|created at|created by|fully depreciated|licenses available|"
    "maintained|manufacturer|category|min qty|reassignable|licensed to email|hersteller|kategorie|status|vat|mwst|序号",
}
_DEVICES: Final = {
    "serial": "serial|serial no|serial number|serialnumber|device serial no|device serial|device serial number|devicesn|sn|s n|seriennummer|"
    "serien nr|geräteseriennummer|número de serie|n de serie|nº de serie|número de série|nº de série|numéro de série|n de série|"
    "numero di serie|matricola|серийный номер|серийный|seri no|seri numarası|serienummer|numer seryjny|序列号|设备序列号|シリアル番号",
    "model": "model|device model|model name|modell|gerätetyp|modelo|modèle|modello|модель|модель устройства|devicedescription|device description|"
    "model adı|型号|设备型号|规格型号",
    "type": "device type|type|device kind|typ|tipo|tipo de dispositivo|тип|тип устройства|tür|设备类型|类型",
    "name": "name|device name|asset name|item name|device|nickname|alias|camera|camera name|gerät|gerätename|bezeichnung|kamera|dispositivo|nombre|"
    "nombre del dispositivo|cámara|nome|nome do dispositivo|appareil|nom|nom de l appareil|имя|имя устройства|название|устройство|камера|"
    "cihaz|cihaz adı|apparaat|urządzenie|nazwa|名称|设备名称|设备",
    "address": "address|ip|ip address|ipv4|ipv4 address|ipv4address|ip addr|host|hostname|host name|device address|adresse|ip adresse|"
    "dirección|dirección ip|endereço|endereço ip|adresse ip|indirizzo|indirizzo ip|адрес|ip адрес|адрес устройства|ip adresi|adres|adres ip|"
    "地址|ip地址|设备地址",
    "port": "port|device port|commandport|command port|sdk port|server port|puerto|porta|порт|bağlantı noktası|端口|设备端口",
    "http_port": "http|http port|httpport|web port|http порт|http端口",
    "mac": "mac|mac address|mac adresse|macaddress|dirección mac|endereço mac|adresse mac|mac адрес|mac adresi|mac地址",
    "firmware": "firmware|firmware version|firmwareversion|software version|softwareversion|version|device version|fw|softwareversion des geräts|"
    "versión|versión de firmware|versão|versão do firmware|version du firmware|versione|версия|версия по|прошивка|sürüm|yazılım sürümü|"
    "wersja|版本|固件版本|软件版本|主控版本",
    "build": "build|firmwarereleaseddate|firmware released date|build date",
    "status": "status|network status|activated|active|activation status|online|state|device status|aktiviert|zustand|estado|activado|statut|"
    "activé|stato|статус|состояние|активирован|durum|staat|stan|状态|网络状态|激活状态|在线状态",
    "hik_supported": "support hik connect|supporthcplatform",
    "hik_enabled": "hik connect status|hcplatformenable|hik connect|hik connect enabled",
    "started": "start time|boottime|boot time",
    "customer": "customer|company|client|kunde|firma|cliente|empresa|société|клиент|müşteri|客户",
    "site": "site|site name|location|area|building|group|standort|bereich|ort|sitio|ubicación|área|local|emplacement|zone|объект|область|"
    "saha|bölge|konum|locatie|lokalizacja|站点|区域|位置|所属区域",
    "owner": "site owner|owner|eigentümer|propietario|proprietário|propriétaire|владелец|sahip|所有者",
    "note": "note|notes|asset notes|remark|remarks|comment|comments|bemerkung|notiz|nota|notas|observaciones|remarque|примечание|not|açıklama|uwagi|备注",
    "username": "user name|username|user|login|benutzername|benutzer|usuario|usuário|utilisateur|пользователь|kullanıcı adı|用户名",
    "password": "password|passwort|kennwort|device password|contraseña|senha|mot de passe|пароль|şifre|parola|wachtwoord|hasło|密码",
    "code": "device verification code|verification code|verifizierungscode|código de verificación|код проверки|doğrulama kodu|验证码",
    "health": "health monitoring|health monitoring service|health status service",
    "service_end": "service expiry date|service expiry|service expires|service end|service until|service valid until",
    "maker": "manufacturer|maker|brand|hersteller|marke|fabricante|marca|fabricant|marque|produttore|производитель|üretici|fabrikant|producent|"
    "制造商|厂商|品牌",
    "adding_mode": "adding mode",
    "device_info": "device information",
    "cloud_account": "hik connect account",
    "cloud_password": "hik connect password",
    "-": "id|no|nr|uuid|types|devicetype|enhanced sdk service port|ipv4 gateway|ipv4gateway|subnet mask|ipv4subnetmask|encoding channel s|"
    "dsp version|dspversion|ipv6 address|ipv6address|ipv6 gateway|ipv6gateway|ipv6 prefix length|ipv6masklen|support ipv6|ipv6 modifiable|"
    "support dhcp|ipv4 dhcp status|dhcp|analogchannelnum|digitalchannelnum|channelnum|encrypt|resetability|disknumber|passwordresetability|"
    "passwordresetmodesecond|detailoemcode|supportsecurityquestion|ismodifyverificationcode|salt|devicelock|sdkserverstatus|"
    "sdkovertlsserverstatus|sdkovertlsport|supportmailbox|supportezvizunbind|add offline device|export to group|channel number|"
    "alarm input number|serial port no|baud rate|dip|time zone|asset tag|category|supplier|order number|purchase date|purchase cost|cost|eol|"
    "warranty|warranty expires|model notes|checkout type|checked out|checked out to username|checked out to first name|"
    "checked out to last name|checked out to email|checked out to location|checkout date|default location|inventory number|"
    "alternate username|alternate username number|last update|creation date|entity|network|序号",
}
SECRET_FIELDS: Final = frozenset({"key", "password", "code", "cloud_password"})


@lru_cache(maxsize=8192)
def heading_key(heading: str) -> str:
    """A heading as it is looked up: without case, accents and punctuation."""
    return _JOINTS.sub(" ", fold(heading)).strip()


def _by_heading(fields: dict[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for field, words in fields.items():
        for word in words.split("|"):
            found.setdefault(heading_key(word), field)
    return found


LICENCE_HEADINGS: Final = _by_heading(_LICENCES)
DEVICE_HEADINGS: Final = _by_heading(_DEVICES)
LICENCE_FIELDS: Final = frozenset(_LICENCES)
DEVICE_FIELDS: Final = frozenset(_DEVICES)


def recognise(heading: str) -> bool:
    """Whether a text is a known heading of any kind of file."""
    key = heading_key(heading)
    return key in LICENCE_HEADINGS or key in DEVICE_HEADINGS or _last(heading) in LICENCE_HEADINGS


def _last(heading: str) -> str:
    return heading_key(heading.rpartition(" / ")[2])


def field_of(heading: str, headings: dict[str, str]) -> str | None:
    """The field of a heading; a grouped one (``Term / to``) by both words, then by its own, then by its group."""
    for text in (heading, heading.rpartition(" / ")[2], heading.partition(" / ")[0]):
        found = headings.get(heading_key(text))
        if found is not None:
            return found
    return None
