"""Names of made-up counterparties in several languages and scripts, as skewed as real ones: a few words are everywhere."""

from random import Random

CYRILLIC_STEMS = [
    "Ромашка",
    "Вектор",
    "Рассвет",
    "Альянс",
    "Гарант",
    "Импульс",
    "Стройсервис",
    "Промтех",
    "Северсталь",
    "Балтпром",
    "Волга",
    "Урал",
    "Сибирь",
    "Агро",
    "Торг",
    "Трейд",
    "Авто",
    "Транс",
    "Логистик",
    "Медиа",
    "Энерго",
    "Техно",
    "Мастер",
    "Профи",
    "Прогресс",
    "Горизонт",
    "Орион",
    "Сатурн",
    "Меридиан",
    "Атлант",
    "Феникс",
    "Лидер",
    "Престиж",
    "Восток",
    "Запад",
    "Юг",
    "Север",
    "Нева",
    "Ладога",
    "Онега",
    "Байкал",
    "Алтай",
    "Кристалл",
    "Изумруд",
    "Янтарь",
    "Гранит",
    "Монолит",
    "Квант",
    "Спектр",
    "Полюс",
    "Зенит",
]
CYRILLIC_TAILS = ("Трейд", "Сервис", "Строй", "Групп", "Плюс", "Инвест", "Комплект", "Снаб", "Торг", "Холдинг", "Сити", "Центр")
RUSSIAN_SURNAMES = [
    "Иванов",
    "Петров",
    "Сидоров",
    "Щербаков",
    "Кузнецов",
    "Смирнов",
    "Попов",
    "Соколов",
    "Лебедев",
    "Козлов",
    "Новиков",
    "Морозов",
    "Волков",
    "Соловьёв",
    "Васильев",
    "Зайцев",
    "Павлов",
    "Семёнов",
    "Голубев",
    "Виноградов",
    "Богданов",
    "Воробьёв",
    "Фёдоров",
    "Михайлов",
    "Беляев",
    "Тарасов",
    "Белов",
    "Комаров",
    "Орлов",
    "Киселёв",
    "Макаров",
    "Андреев",
]
RUSSIAN_GIVEN = [
    "Юлия",
    "Анна",
    "Мария",
    "Елена",
    "Ольга",
    "Наталья",
    "Иван",
    "Пётр",
    "Сергей",
    "Алексей",
    "Дмитрий",
    "Андрей",
    "Евгений",
    "Юрий",
    "Николай",
    "Михаил",
]
RUSSIAN_PATRONYMS = "Владимирович Сергеевич Иванович Алексеевич Николаевич Петрович Андреевич Юрьевич".split()
FRENCH_SURNAMES = [
    "Lefèvre",
    "Dupont",
    "Durand",
    "Moreau",
    "Guérin",
    "Lambert",
    "Rousseau",
    "Fontaine",
    "Chevalier",
    "Gauthier",
    "Perrin",
    "Mercier",
    "Blanchard",
    "Joly",
    "Bourgeois",
    "Renaud",
    "Picard",
    "Leclerc",
    "Marchand",
    "Dumont",
    "Colin",
    "Vidal",
    "Caron",
    "Aubry",
    "Rey",
    "Barbier",
    "Arnaud",
    "Schmitt",
    "Le-Goff",
    "Ngomo",
]
FRENCH_TRADES = [
    "Ateliers",
    "Boulangerie",
    "Brasserie",
    "Transports",
    "Menuiserie",
    "Garage",
    "Pharmacie",
    "Plomberie",
    "Imprimerie",
    "Librairie",
    "Scierie",
    "Fromagerie",
    "Établissements",
    "Société",
    "Maison",
    "Domaine",
    "Cave",
    "Traiteur",
    "Électricité",
    "Maçonnerie",
]
ENGLISH_SURNAMES = [
    "Hartley",
    "Whitcombe",
    "Featherstonehaugh",
    "Patel",
    "Adeyemi",
    "O’Riordan",
    "MacLeod",
    "Thompson",
    "Walker",
    "Clarke",
    "Hughes",
    "Edwards",
    "Green",
    "Wood",
    "Harris",
    "Turner",
    "Cooper",
    "Ward",
    "Morris",
    "Moore",
    "Clark",
    "Lee",
    "King",
    "Baker",
    "Harrison",
    "Morgan",
    "Allen",
    "James",
    "Scott",
    "Phillips",
]
ENGLISH_TRADES = [
    "Trading",
    "Timber",
    "Logistics",
    "Engineering",
    "Foods",
    "Textiles",
    "Trade",
    "Consulting",
    "Systems",
    "Marine",
    "Electrical",
    "Freight",
    "Holdings",
    "Partners",
    "Supplies",
    "Motors",
    "Printing",
    "Instruments",
    "Coatings",
    "Ventures",
]
ENGLISH_FIRSTS = [
    "Northwind",
    "Kestrel",
    "Bluebird",
    "Harbour",
    "Highland",
    "Redwood",
    "Silverline",
    "Summit",
    "Trident",
    "Unity",
    "Vanguard",
    "Westgate",
    "Oakfield",
]
GERMAN_SURNAMES = [
    "Müller",
    "Schmidt",
    "Schneider",
    "Fischer",
    "Weber",
    "Meyer",
    "Wagner",
    "Becker",
    "Schäfer",
    "Koch",
    "Bauer",
    "Richter",
    "Klein",
    "Wolf",
    "Schröder",
    "Neumann",
]
GERMAN_TRADES = "Maschinenbau Werkzeuge Handel Elektrotechnik Bau Getränke Logistik Feinmechanik Möbel Druck".split()
POLISH_SURNAMES = [
    "Kwiatkowski",
    "Nowak",
    "Kowalski",
    "Wiśniewski",
    "Wójcik",
    "Kamiński",
    "Lewandowski",
    "Zieliński",
    "Szymański",
    "Woźniak",
    "Dąbrowski",
]
NORDIC = "Söderström Lindqvist Åkesson Nyström Virtanen Korhonen Mäkinen Østergaard Sørensen Bjørk".split()
IBERIAN = "García Fernández López Muñoz Gutiérrez Núñez Ibáñez Peña Conceição Gonçalves".split()
JAPANESE = ["トヨタ商事", "山田製作所", "東京電子", "富士運輸", "大阪食品", "北海道水産"]
GREEK = ["Παπαδόπουλος", "Γεωργίου", "Αθηναϊκή", "Νικολάου", "Ελληνική"]

CITIES = {
    "ru": [
        "Москва",
        "Санкт-Петербург",
        "Новосибирск",
        "Псков",
        "Тверь",
        "Калуга",
        "Воронеж",
        "Казань",
        "Самара",
        "Томск",
        "Мурманск",
        "Вологда",
    ],
    "fr": "Paris Lyon Besançon Dijon Lille Beaune Quimper Vesoul Nantes Bordeaux Strasbourg Nîmes".split(),
    "en": "London Leeds Inverness Galway Leicester Manchester Bristol Dublin Glasgow Cardiff".split(),
    "de": ["Berlin", "Köln", "München", "Nürnberg", "Lübeck", "Hamburg", "Dresden"],
    "pl": ["Łódź", "Warszawa", "Kraków", "Gdańsk", "Poznań"],
    "fi": ["Helsinki", "Turku", "Malmö", "Göteborg", "Århus"],
    "es": ["Madrid", "Málaga", "Córdoba", "Porto", "Lisboa"],
    "jp": ["東京", "大阪", "札幌"],
    "gr": ["Αθήνα", "Θεσσαλονίκη", "Πάτρα"],
}
COUNTRIES = {"ru": "RU", "fr": "FR", "en": "GB", "de": "DE", "pl": "PL", "fi": "FI", "es": "ES", "jp": "JP", "gr": "GR"}
DIALLING = {"ru": "79", "fr": "336", "en": "447", "de": "4915", "pl": "4850", "fi": "35840", "es": "346", "jp": "8190", "gr": "3069"}
TONGUES = list(CITIES)
WEIGHTS = [40, 25, 15, 7, 5, 4, 3, 0.5, 0.5]


def few(random: Random, words: list[str] | tuple[str, ...]) -> str:
    """Return one of `words`; the first ones far more often than the last."""
    return words[int(len(words) * random.random() ** 2.2)]


def organisation(random: Random, tongue: str) -> str:
    """Return the name of a company as it stands on its letterhead."""
    number = f" {random.randint(1, 999)}" if random.random() < 0.15 else ""
    match tongue:
        case "ru":
            form = few(random, ("ООО", "АО", "ПАО", "ТД", "НПО", "ЗАО"))
            tail = f"{few(random, CYRILLIC_TAILS)}" if random.random() < 0.45 else ""
            middle = f"-{few(random, CYRILLIC_STEMS)}" if random.random() < 0.3 else ""
            end = tail.lower() if random.random() < 0.5 else f" {tail}".rstrip()
            return f"{form} «{few(random, CYRILLIC_STEMS)}{middle}{end}{number}»"
        case "fr":
            form = few(random, ("SARL", "SAS", "", "S.A.", "EURL", "SCOP"))
            return f"{form} {few(random, FRENCH_TRADES)} {few(random, FRENCH_SURNAMES)}{number}".strip()
        case "en":
            form = few(random, ("Ltd", "LLP", "plc", "Limited", "& Partners"))
            first = few(random, ENGLISH_FIRSTS) if random.random() < 0.5 else few(random, ENGLISH_SURNAMES)
            return f"{first} {few(random, ENGLISH_TRADES)}{number} {form}"
        case "de":
            return (
                f"{few(random, GERMAN_SURNAMES)} {few(random, GERMAN_TRADES)}{number} {few(random, ('GmbH', 'AG', 'GmbH & Co. KG', 'OHG'))}"
            )
        case "pl":
            return f"{few(random, POLISH_SURNAMES)} i Synowie{number} {few(random, ('Sp. z o.o.', 'S.A.', 'sp. j.'))}"
        case "fi":
            return f"{few(random, NORDIC)} Trading{number} {few(random, ('Oy', 'AB', 'A/S', 'ApS'))}"
        case "es":
            return f"{few(random, IBERIAN)} Hermanos{number} {few(random, ('S.L.', 'S.A.', 'Lda'))}"
        case "jp":
            return f"株式会社 {few(random, JAPANESE)}{number}"
        case _:
            return f"{few(random, GREEK)} ΑΕ{number}"


def person(random: Random, tongue: str) -> str:
    """Return the name of a person as it is written in that language."""
    match tongue:
        case "ru":
            return f"{few(random, RUSSIAN_SURNAMES)} {few(random, RUSSIAN_GIVEN)} {few(random, RUSSIAN_PATRONYMS)}"
        case "fr":
            return f"{random.choice(('Marie', 'Jean', 'Élodie', 'Luc', 'Chloé'))} {few(random, FRENCH_SURNAMES)}"
        case "de":
            return f"{random.choice(('Jürgen', 'Julia', 'Heike', 'Uwe'))} {few(random, GERMAN_SURNAMES)}"
        case "pl":
            return f"{random.choice(('Łukasz', 'Agnieszka', 'Paweł'))} {few(random, POLISH_SURNAMES)}"
        case "fi":
            return f"{random.choice(('Åsa', 'Mika', 'Søren'))} {few(random, NORDIC)}"
        case "es":
            return f"{random.choice(('José', 'María', 'Iñigo'))} {few(random, IBERIAN)}"
        case _:
            return f"{random.choice(('Rina', 'Ngozi', 'Siobhán', 'Owen', 'Kate'))} {few(random, ENGLISH_SURNAMES)}"
