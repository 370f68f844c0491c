"""Made-up lists of companies with known duplicates, spelt differently, and with neighbours that only look like duplicates.

Two lists of different words, spoilt by two different hands: weights and thresholds were chosen on "clerk" alone, "scanner"
is only ever reported. English, French, German and Russian names; Russian ones now and then in Latin letters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Any

ORIGINALS = 3_000
TWICE = 0.35
"""So many of the originals come again."""
LOOKALIKES = 0.3
"""For so many of the originals a neighbour is made that is another company."""


@dataclass(frozen=True)
class Company:
    """One line of a list; `truth` is the same for lines of one company."""

    truth: int
    tongue: str
    stem: str
    trade: str
    form: str
    number: str = ""
    street: str = ""
    house: str = ""
    city: str = ""
    postcode: str = ""
    phone: str = ""
    email: str = ""
    website: str = ""
    tax_number: str = ""
    contact: str = ""
    name: str = ""
    """As it stands in the list; put together from the pieces unless a hand wrote it."""
    address: str = ""

    def values(self) -> dict[str, object]:
        """Return it as a service keeps a client."""
        return {
            "kind": "organisation",
            "full_name": (self.name or _written(self))[:300],
            "tax_number": self.tax_number,
            "phones": [self.phone] if self.phone else [],
            "emails": [self.email] if self.email else [],
            "website": self.website,
            "address": (self.address or _located(self))[:300],
            "city": self.city,
            "postal_code": self.postcode,
            "country": _COUNTRY[self.tongue],
        }


def _written(one: Company) -> str:
    words = [one.stem, one.trade, one.number]
    if one.tongue == "ru":
        return f"{one.form} «{' '.join(filter(None, words))}»"
    if one.tongue == "fr":
        return " ".join(filter(None, [one.form, one.trade, one.stem, one.number]))
    return " ".join(filter(None, [*words, one.form]))


def _located(one: Company) -> str:
    if not one.street:
        return ""
    match one.tongue:
        case "ru":
            return f"ул. {one.street}, д. {one.house}"
        case "fr":
            return f"{one.house} rue {one.street}"
        case "de":
            return f"{one.street}straße {one.house}"
        case _:
            return f"{one.house} {one.street} Street"


_COUNTRY = {"en": "GB", "fr": "FR", "de": "DE", "ru": "RU"}
_DIALLING = {"en": "+4420", "fr": "+331", "de": "+4930", "ru": "+7495"}
_LENGTH = {"en": 8, "fr": 8, "de": 8, "ru": 7}


@dataclass(frozen=True)
class Vocabulary:
    """The words of one list, by language."""

    syllables: dict[str, tuple[str, ...]]
    trades: dict[str, tuple[str, ...]]
    forms: dict[str, tuple[str, ...]]
    streets: dict[str, tuple[str, ...]]
    cities: dict[str, tuple[str, ...]]
    people: dict[str, tuple[str, ...]]


def _split(**words: str) -> dict[str, tuple[str, ...]]:
    return {tongue: tuple(text.split("|")) for tongue, text in words.items()}


CLERK_WORDS = Vocabulary(
    syllables=_split(
        en="har|ton|wick|ber|ley|mor|dale|stan|field|bro|ker|win|ford|gal|es|ham|lin|cot",
        fr="mar|tin|del|or|vau|quer|bel|lan|gue|rin|cha|bert|mon|tal|ro|sier|fon|ner",
        de="wer|ner|hof|mann|stein|bach|lin|den|rot|ham|kel|ler|brand|vogt|eich|ger|schu|ber",
        ru="ро|мет|аль|вол|сев|гра|нит|тех|сиб|кро|мир|ас|тор|вей|лан|дон|бал|ст",
    ),
    trades=_split(
        en="Trading|Logistics|Engineering|Foods|Timber|Electrical Supplies|Consulting|Motor Parts|Printing|Cleaning Services",
        fr="Transports|Menuiserie|Boulangerie|Garage|Établissements|Imprimerie|Plomberie Générale|Négoce|Bâtiment",
        de="Maschinenbau|Handel|Elektrotechnik|Möbel|Logistik|Metallbau|Druckerei|Getränkehandel",
        ru="Трейд|Сервис|Строй|Логистика|Торговый дом|Инжиниринг|Продукт|Снаб|Мебель",
    ),
    forms=_split(en="Ltd|Limited|LLP|plc", fr="SARL|SAS|S.A.|EURL", de="GmbH|AG|GmbH & Co. KG|OHG", ru="ООО|АО|ЗАО|ИП"),
    streets=_split(
        en="High|Station|Church|Victoria|Mill|Park|King|Queen|Bridge|Albert",
        fr="de la Gare|Victor Hugo|des Lilas|de l'Église|Pasteur|Jean Jaurès|du Moulin|Gambetta",
        de="Haupt|Bahnhof|Goethe|Schiller|Linden|Garten|Berg|Mühlen",
        ru="Ленина|Гагарина|Советская|Мира|Садовая|Лесная|Пушкина|Заводская",
    ),
    cities=_split(
        en="London|Leeds|Bristol|Cardiff|Norwich|Derby|Exeter",
        fr="Paris|Lyon|Lille|Nantes|Dijon|Rennes|Reims",
        de="Berlin|Köln|München|Bremen|Leipzig|Essen",
        ru="Москва|Санкт-Петербург|Казань|Самара|Тула|Пермь",
    ),
    people=_split(
        en="John Miller|Susan Clarke|Peter Holt|Ann Webb|George Dale",
        fr="Jean Morel|Claire Petit|Luc Garnier|Anne Roche",
        de="Karl Weiss|Ute Lang|Jörg Kuhn|Ilse Brandt",
        ru="Иванов Пётр|Смирнова Анна|Кузнецов Олег|Орлова Юлия",
    ),
)
SCANNER_WORDS = Vocabulary(
    syllables=_split(
        en="ash|combe|thorn|ridge|whit|more|pem|broke|cal|der|oak|hurst|sel|wyn|tre|lis|bram|well",
        fr="au|bry|ches|nel|dur|rand|pel|le|tier|gas|con|vil|lard|ber|thier|ga|lois|fer",
        de="feld|kamp|sied|ler|horn|burg|lutz|wald|reich|ert|pfaff|en|dorf|kess|tann|heim|gross|kopf",
        ru="век|полюс|рус|пром|нор|ди|ка|маг|эл|бит|ран|све|тлан|га|ома|зен|урал|лед",
    ),
    trades=_split(
        en="Instruments|Marine|Coatings|Catering Equipment|Freight|Holdings|Plumbing & Heating|Textiles|Software|Garden Centre",
        fr="Charpente|Électricité|Pharmacie|Cave|Traiteur|Carrelage et Sols|Matériaux|Informatique|Auto",
        de="Werkzeuge|Bau|Feinmechanik|Brauerei|Spedition|Heizung und Sanitär|Textil|Apotheke|Autohaus",
        ru="Групп|Комплект|Энерго|Медиа|Строительная компания|Электро|Фарм|Авто|Хлебозавод",
    ),
    forms=_split(en="Ltd.|PLC|LLC|Limited", fr="SNC|SAS|SARL|SA", de="GmbH|KG|UG|e.K.", ru="ОАО|ООО|ПАО|НПО"),
    streets=_split(
        en="Market|Castle|North|Chapel|Orchard|Grange|Wellington|Abbey|Quarry|Meadow",
        fr="de la République|Voltaire|des Écoles|Saint-Michel|du Château|Émile Zola|des Acacias|Carnot",
        de="Kirch|Schul|Wiesen|Rosen|Dorf|Park|Burg|Post",
        ru="Кирова|Чехова|Победы|Набережная|Школьная|Октябрьская|Тургенева|Полевая",
    ),
    cities=_split(
        en="Manchester|Oxford|Plymouth|Swansea|Hull|York|Preston",
        fr="Marseille|Toulouse|Bordeaux|Nice|Angers|Metz|Tours",
        de="Hamburg|Nürnberg|Hannover|Dresden|Kassel|Bonn",
        ru="Екатеринбург|Новосибирск|Нижний Новгород|Омск|Воронеж|Тверь",
    ),
    people=_split(
        en="Alan Fisher|Mary Dunn|Hugh Price|Jane Ward|Neil Shaw",
        fr="Paul Blanc|Sophie Marchal|Hervé Aubert|Odile Renard",
        de="Heinz Vogel|Petra Sommer|Jürgen Ott|Heike Busch",
        ru="Соколов Игорь|Попова Елена|Зайцев Роман|Белова Дарья",
    ),
)

Hand = Callable[[Random, Company], Company]


def tuned_on() -> list[Company]:
    """The list that weights and thresholds were chosen on."""
    return list(_listed(Random(11), CLERK_WORDS, clerk))


def reported() -> list[Company]:
    """The list that is only reported: other words, another hand."""
    return list(_listed(Random(23), SCANNER_WORDS, scanner))


def lean(companies: list[Company]) -> list[Company]:
    """Return the list with what a trade directory prints: name, address, city, phone."""
    return [replace(one, tax_number="", email="", website="", contact="", postcode="") for one in companies]


def _listed(random: Random, words: Vocabulary, hand: Hand) -> Iterator[Company]:
    truth = 0
    for _number in range(ORIGINALS):
        truth += 1
        one = _original(random, words, truth)
        yield one
        if random.random() < TWICE:
            yield hand(random, one)
            if random.random() < 0.15:
                yield hand(random, one)
        if random.random() < LOOKALIKES:
            truth += 1
            yield _lookalike(random, words, replace(one, truth=truth))


def _original(random: Random, words: Vocabulary, truth: int) -> Company:
    tongue = random.choices(("en", "fr", "de", "ru"), (30, 25, 15, 30))[0]
    stem = "".join(random.choice(words.syllables[tongue]) for _ in range(random.choice((2, 2, 3)))).capitalize()
    if random.random() < 0.25:
        stem += " " + "".join(random.choice(words.syllables[tongue]) for _ in range(2)).capitalize()
    domain = f"{_plain(stem)}{truth}.example"
    own = random.random() < 0.5
    return Company(
        truth, tongue, stem, random.choice(words.trades[tongue]) if random.random() < 0.85 else "", random.choice(words.forms[tongue]),
        number=str(random.randint(1, 60)) if random.random() < 0.06 else "",
        street=random.choice(words.streets[tongue]) if random.random() < 0.85 else "",
        house=str(random.randint(1, 150)), city=random.choice(words.cities[tongue]),
        postcode=_digits(random, 5) if random.random() < 0.7 else "",
        phone=_phone(random, tongue) if random.random() < 0.8 else "",
        email=f"info@{domain}" if own and random.random() < 0.7 else f"{_plain(stem)}{truth}@gmail.com" if random.random() < 0.3 else "",
        website=f"https://www.{domain}/" if own and random.random() < 0.6 else "",
        tax_number=_digits(random, 10) if random.random() < 0.4 else "",
        contact=_person(random, words.people[tongue]) if random.random() < 0.5 else "",
    )  # fmt: skip


def _lookalike(random: Random, words: Vocabulary, one: Company) -> Company:
    """Another company that shares something telling with `one`."""
    other = _original(random, words, one.truth)
    while other.tongue != one.tongue or other.stem == one.stem:
        other = _original(random, words, one.truth)
    elsewhere = random.choice([city for city in words.cities[one.tongue] if city != one.city])
    match random.randrange(6):
        case 0:  # the same name in another city
            return replace(other, stem=one.stem, trade=one.trade, city=elsewhere)
        case 1:  # a branch: name, site and mail of the house, all else its own
            phone = _phone(random, one.tongue)
            email = f"branch{one.truth}@{one.email.partition('@')[2]}" if "info@" in one.email else ""
            house: dict[str, Any] = {"form": one.form, "website": one.website, "email": email, "phone": phone, "tax_number": ""}
            return replace(other, stem=one.stem, trade=one.trade, city=elsewhere, **house)
        case 2:  # the same family in another trade, in the same city
            trades = [trade for trade in words.trades[one.tongue] if trade != one.trade]
            return replace(other, stem=one.stem, trade=random.choice(trades), city=one.city, phone=_phone(random, one.tongue))
        case 3:  # another firm at the same address, under the same switchboard
            return replace(other, street=one.street, house=one.house, city=one.city, postcode=one.postcode, phone=one.phone)
        case 4:  # number 12 and number 14
            return replace(other, stem=one.stem, trade=one.trade, number=str(random.randint(61, 99)), city=one.city)
        case _:  # a name one letter away, elsewhere in the city
            return replace(other, stem=_slip(random, one.stem), trade=one.trade, city=one.city, phone=_phone(random, one.tongue))


def _person(random: Random, people: tuple[str, ...]) -> str:
    return f"{random.choice(people).split()[0]} {random.choice('BCDFGHKLMNPRST')}{random.choice(people).split()[-1].lower()}"


def _digits(random: Random, count: int) -> str:
    return "".join(random.choice("0123456789") for _ in range(count))


def _phone(random: Random, tongue: str) -> str:
    return _DIALLING[tongue] + _digits(random, _LENGTH[tongue])


def _plain(text: str) -> str:
    return re.sub(r"\W", "", _latin(text, _GOST).lower())


def _slip(random: Random, text: str) -> str:
    """Change one letter: left out, doubled, changed places with the next, or another."""
    if len(text) < 4:
        return text
    at = random.randrange(1, len(text) - 1)
    match random.randrange(4):
        case 0:
            return text[:at] + text[at + 1 :]
        case 1:
            return text[:at] + text[at] + text[at:]
        case 2:
            return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
        case _:
            return text[:at] + random.choice("аеиостр" if "а" <= text[at] <= "я" else "aeinrst") + text[at + 1 :]


_GOST = dict(zip("абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
                 "a b v g d e e zh z i y k l m n o p r s t u f kh ts ch sh shch  y  e yu ya".split(" "), strict=True))  # fmt: skip
_FREELY = _GOST | {"х": "h", "ц": "c", "щ": "sch", "ю": "iu", "я": "ia", "й": "i", "ж": "j", "ё": "yo", "ы": "i"}


def _latin(text: str, letters: dict[str, str]) -> str:
    return "".join(
        letters.get(letter.lower(), letter) if letter.islower() else letters.get(letter.lower(), letter).capitalize() for letter in text
    )


# --- the clerk: types by ear, in a hurry, and shortens ----------------------------------------

_LONG_FORMS = {
    "Ltd": "Limited", "Limited": "Ltd", "ООО": "Общество с ограниченной ответственностью", "АО": "Акционерное общество",
    "SARL": "S.A.R.L.", "S.A.": "Société Anonyme", "GmbH": "Gesellschaft mit beschränkter Haftung", "plc": "PLC",
}  # fmt: skip
_SHORT_TRADES = {
    "Engineering": "Eng.", "Trading": "Trade", "Logistics": "Logistic", "Services": "Svcs", "Établissements": "Ets", "Торговый дом": "ТД",
    "Logistik": "Logistics", "Логистика": "Логистик", "Supplies": "Supply", "Transports": "Transport",
}  # fmt: skip


def clerk(random: Random, one: Company) -> Company:
    """Write a company again as a clerk would."""
    form = random.choice((one.form, one.form, "", _LONG_FORMS.get(one.form, one.form)))
    stem, trade = one.stem, one.trade
    for _ in range(random.choice((0, 1, 1, 2))):
        if random.random() < 0.7 or not trade:
            stem = _slip(random, stem)
        else:
            trade = _slip(random, trade)
    if random.random() < 0.3:
        for long, short in _SHORT_TRADES.items():
            trade = trade.replace(long, short)
    elif random.random() < 0.15:
        trade = ""
    words = [stem, trade, one.number]
    if random.random() < 0.25:
        words = [trade, stem, one.number]
    name = " ".join(filter(None, [*words, form] if random.random() < 0.6 else [form, *words]))
    if one.tongue == "ru" and random.random() < 0.3:
        name = _latin(name, _GOST)
    changed = replace(one, name=name.replace(" & ", random.choice((" and ", " & ", " + "))))
    changed = replace(changed, address=_shortened(random, changed))
    return _with_gaps(random, changed)


def _shortened(random: Random, one: Company) -> str:
    address = _located(one)
    for long, short in ((" Street", " St."), ("straße", "str."), ("ул. ", "улица "), (" rue ", " r. "), ("д. ", "")):
        if random.random() < 0.5:
            address = address.replace(long, short)
    return _slip(random, address) if random.random() < 0.2 else address


def _with_gaps(random: Random, one: Company) -> Company:
    changes: dict[str, Any] = {}
    for field, share in (("phone", 0.2), ("email", 0.3), ("website", 0.3), ("tax_number", 0.4), ("postcode", 0.25), ("contact", 0.3)):
        if random.random() < share:
            changes[field] = ""
    if one.phone and "phone" not in changes and random.random() < 0.15:
        changes["phone"] = _phone(random, one.tongue)
    if random.random() < 0.1:
        changes |= {"street": "", "address": ""}
    if random.random() < 0.06:
        changes["city"] = ""
    return replace(one, **changes)


# --- the scanner: reads letters wrongly, cuts, joins, translates ------------------------------

_READ_WRONGLY = (("rn", "m"), ("m", "rn"), ("l", "1"), ("o", "0"), ("cl", "d"), ("h", "b"), ("e", "c"), ("н", "п"), ("и", "н"), ("л", "п"),
                 ("ш", "щ"), ("ü", "u"), ("ö", "oe"), ("é", "e"), ("ph", "f"), ("ck", "k"))  # fmt: skip
_OTHER_CITIES = {
    "Екатеринбург": "Yekaterinburg", "Новосибирск": "Novosibirsk", "Нижний Новгород": "Н. Новгород", "Nürnberg": "Nuremberg",
    "Hannover": "Hanover", "Воронеж": "Voronezh", "Омск": "Omsk", "Тверь": "Tver",
}  # fmt: skip
_DEPARTMENTS = {"en": "Purchasing Dept", "fr": "service achats", "de": "Abt. Einkauf", "ru": "отдел закупок"}


def scanner(random: Random, one: Company) -> Company:
    """Write a company again as a scanned and merged directory would."""
    name = _written(one)
    name = re.sub(r" & | et | und ", random.choice((" & ", " and ", "/")), name)
    for _ in range(random.choice((0, 1, 2))):
        wrong, read = random.choice([pair for pair in _READ_WRONGLY if pair[0] in name] or [("", "")])
        at = name.rfind(wrong) if wrong else -1
        name = name[:at] + read + name[at + len(wrong) :] if at > 0 else name
    name = _recast(random, one, name)
    changes: dict[str, Any] = {"name": name}
    house, street = one.house, one.street
    if street:
        written = {"ru": f"{street} {house}", "fr": f"{house}, r {street}", "de": f"{street}str {house}", "en": f"{house} {street} St"}
        changes["address"] = random.choice(
            (written[one.tongue].upper(), f"{written[one.tongue]}, office {random.randint(1, 40)}", written[one.tongue])
        )
        if random.random() < 0.1:
            changes["address"] = ""
            changes["street"] = ""
    if random.random() < 0.3:
        changes["city"] = _OTHER_CITIES.get(one.city, one.city.upper())
    if one.phone:
        draw = random.random()
        changes["phone"] = "" if draw < 0.15 else _digits_swapped(random, one.phone) if draw < 0.23 else one.phone
    for field, share in (("email", 0.4), ("website", 0.2), ("tax_number", 0.3), ("postcode", 0.35)):
        if random.random() < share:
            changes[field] = ""
    return replace(one, **changes)


def _digits_swapped(random: Random, phone: str) -> str:
    at = random.randrange(6, len(phone) - 1)
    return phone[:at] + phone[at + 1] + phone[at] + phone[at + 2 :]


def _recast(random: Random, one: Company, name: str) -> str:
    match random.randrange(8):
        case 0:
            name = name.upper()
        case 1:
            name = re.sub(r"[«»\"'.,]", "", name)
        case 2:
            name = name.replace(one.form, "").strip(" «»")
        case 3:
            name = f"{name}, {_DEPARTMENTS[one.tongue]}"
        case 4 if " " in one.stem:
            name = name.replace(one.stem, one.stem.replace(" ", random.choice(("", "-"))))
        case 5:
            name = f"{name.replace(one.form, '').strip(' «»')} ({one.form})"
        case 6:
            words = name.split()
            name = " ".join([*words[1:], words[0]])
        case _:
            name = name[: max(14, len(name) - 6)]
    if one.tongue == "ru" and random.random() < 0.25:
        name = _latin(name, _FREELY)
    return name
