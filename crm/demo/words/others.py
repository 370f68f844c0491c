"""The few clients from elsewhere: Poland, Germany, Greece, Japan."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from crm.demo.words.tongue import Notes, Person, Place, Tongue

type Spelled = tuple[str, str]
"""A name and how it stands in an e-mail address."""


def _person(rng: Random, given: Sequence[Spelled], family: Sequence[Spelled], *, family_first: bool = False) -> Person:
    one, two = rng.choice(given), rng.choice(family)
    return Person(f"{two[0]} {one[0]}" if family_first else f"{one[0]} {two[0]}", f"{one[1]}.{two[1]}")


# --- Poland --------------------------------------------------------------------------------------

_PL_GIVEN = (
    ("Agnieszka", "agnieszka"), ("Bożena", "bozena"), ("Grażyna", "grazyna"), ("Łucja", "lucja"), ("Małgorzata", "malgorzata"),
    ("Bartłomiej", "bartlomiej"), ("Grzegorz", "grzegorz"), ("Łukasz", "lukasz"), ("Paweł", "pawel"), ("Wojciech", "wojciech"),
)  # fmt: skip
_PL_FAMILY = (
    ("Bąk", "bak"), ("Cieślak", "cieslak"), ("Gołąb", "golab"), ("Jeż", "jez"), ("Mróz", "mroz"), ("Śliwa", "sliwa"), ("Wróbel", "wrobel"),
    ("Zając", "zajac"), ("Żuk", "zuk"), ("Łoś", "los"),
)  # fmt: skip
_PL_TRADES = ("Zakład Stolarski", "Piekarnia", "Drukarnia", "Hurtownia", "Fabryka Opakowań", "Warsztat", "Zakłady Mięsne", "Tartak")
_PL_NAMES = ("Jarzębina", "Pod Żurawiem", "Źródło", "Dąbrowa", "Świt", "Wisełka", "Kłos", "Ostoja")


def _polish(rng: Random) -> tuple[str, str]:
    name = f"{rng.choice(_PL_TRADES)} {rng.choice(_PL_NAMES)}"
    return f"{name} {rng.choice(('Sp. z o.o.', 'S.A.', 'Sp.k.', 'Sp. j.'))}", name


POLISH = Tongue(
    code="pl",
    country="PL",
    time_zone="Europe/Warsaw",
    mailboxes=("biuro", "kontakt"),
    mobile="+48500000###",
    places=(
        Place("Kraków", "małopolskie", "30-001", "+4812000####"),
        Place("Łódź", "łódzkie", "90-001", "+4842000####"),
        Place("Poznań", "wielkopolskie", "60-101", "+4861000####"),
    ),
    person=lambda rng: _person(rng, _PL_GIVEN, _PL_FAMILY),
    organisation=_polish,
    street=lambda rng: f"ul. {rng.choice(('Młyńska', 'Źródlana', 'Kowalska', 'Nadrzeczna', 'Ogrodowa'))} {rng.randint(1, 90)}",
    positions=("dział zaopatrzenia", "magazyn", "utrzymanie ruchu", "księgowość"),
    heads=("zarząd", "dyrekcja"),
    things=("rękawice ochronne", "wciągniki łańcuchowe", "kartony", "folia stretch", "buty robocze"),
    notes=Notes(
        reached=(
            "Prosi o ofertę: {thing}, {n} szt.",
            "Zadowolony z ostatniej dostawy.",
            "Konkurencja tańsza o {p} %, omówiliśmy terminy.",
            "Wróci do tematu po inwentaryzacji.",
        ),
        meeting=("Wizyta w zakładzie, trzy maszyny do wymiany.", "Pokaz udany, wysłać ofertę na {n} szt."),
        email=("Wysłana oferta: {thing}, {n} szt.", "Wysłany cennik na ten rok."),
        no_answer=("Nie odbiera.", ""),
        busy=("Na spotkaniu, oddzwonić po 15.",),
        refused=("Ma stałego dostawcę.",),
    ),
    next_steps=("Przypomnieć o ofercie", "Zadzwonić ponownie", "Odwiedzić zakład"),
    no_next_step=("W tym roku bez potrzeb",),
    went_well=("Płaci w terminie.", "Polecił nas sąsiadom."),
    went_wrong=("Dwie spóźnione dostawy zimą.",),
    stands_now=("Stabilnie, czeka na ofertę roczną.",),
    archived=("Firma zlikwidowana",),
)

# --- Germany -------------------------------------------------------------------------------------

_DE_GIVEN = (
    ("Anneliese", "anneliese"),
    ("Bärbel", "baerbel"), ("Greta", "greta"), ("Käthe", "kaethe"), ("Sigrid", "sigrid"), ("Günther", "guenther"),
    ("Jörg", "joerg"), ("Lothar", "lothar"), ("Matthias", "matthias"), ("Uwe", "uwe"),
)  # fmt: skip
_DE_FAMILY = (
    ("Ährenfeld", "aehrenfeld"), ("Brückner", "brueckner"), ("Eßlinger", "esslinger"), ("Gerstäcker", "gerstaecker"), ("Hölzl", "hoelzl"),
    ("Köhler", "koehler"), ("Lindhof", "lindhof"), ("Müllenbach", "muellenbach"), ("Rößler", "roessler"), ("Weißgerber", "weissgerber"),
)  # fmt: skip
_DE_TRADES = ("Bäckerei", "Tischlerei", "Schlosserei", "Druckerei", "Metallbau", "Spedition", "Gärtnerei", "Brauerei", "Maschinenbau")


def _german(rng: Random) -> tuple[str, str]:
    name = f"{rng.choice(_DE_TRADES)} {rng.choice(_DE_FAMILY)[0]}"
    return f"{name} {rng.choice(('GmbH', 'GmbH & Co. KG', 'e.K.', 'AG', 'OHG'))}", name


GERMAN = Tongue(
    code="de",
    country="DE",
    time_zone="Europe/Berlin",
    mailboxes=("info", "kontakt", "buero"),
    mobile="+4917139200##",
    places=(
        Place("Berlin", "Berlin", "10999", "+493023125###"),
        Place("Frankfurt am Main", "Hessen", "60311", "+496990009###"),
        Place("Hamburg", "Hamburg", "20457", "+494066969###"),
        Place("Köln", "Nordrhein-Westfalen", "50667", "+492214710###"),
        Place("München", "Bayern", "80331", "+498999998###"),
    ),
    person=lambda rng: _person(rng, _DE_GIVEN, _DE_FAMILY),
    organisation=_german,
    street=lambda rng: f"{rng.choice(('Mühlstraße', 'Gerbergasse', 'Bahnhofstraße', 'Am Hafen', 'Schmiedeweg'))} {rng.randint(1, 120)}",
    positions=("Einkauf", "Werkstattleitung", "Buchhaltung", "Lager"),
    heads=("Geschäftsführung", "Geschäftsleitung"),
    things=("Schnittschutzhandschuhe", "Kettenzüge", "Faltkartons", "Stretchfolie", "Sicherheitsschuhe"),
    notes=Notes(
        reached=(
            "Bittet um ein Angebot: {thing}, {n} Stück.",
            "Mit der letzten Lieferung zufrieden.",
            "Mitbewerber {p} % günstiger; Lieferzeiten besprochen.",
            "Bedarf erst nach der Inventur, dann wieder anrufen.",
        ),
        meeting=(
            "Rundgang durch die Werkstatt, drei Maschinen stehen zur Ablösung an.",
            "Vorführung gelungen, Angebot über {n} Stück folgt.",
        ),
        email=("Angebot verschickt: {thing}, {n} Stück.", "Preisliste für dieses Jahr verschickt."),
        no_answer=("Mailbox, nichts hinterlassen.", ""),
        busy=("In einer Besprechung, nach 16 Uhr anrufen.",),
        refused=("Bis Jahresende an den Konzernvertrag gebunden.",),
    ),
    next_steps=("Angebot nachfassen", "Wieder anrufen", "Werkstatt besuchen"),
    no_next_step=("Dieses Jahr kein Bedarf",),
    went_well=("Zahlt pünktlich.", "Hat uns zwei Nachbarn empfohlen."),
    went_wrong=("Zwei verspätete Lieferungen im Winter.",),
    stands_now=("Stabil, wartet auf unser Jahresangebot.",),
    archived=("Firma aufgelöst",),
)

# --- Greece --------------------------------------------------------------------------------------

_GR_GIVEN = (
    ("Αικατερίνη", "aikaterini"), ("Δέσποινα", "despoina"), ("Ευαγγελία", "evangelia"), ("Αντώνης", "antonis"), ("Γιώργος", "giorgos"),
    ("Σπύρος", "spyros"),
)  # fmt: skip
_GR_FAMILY = (
    ("Αλεξίου", "alexiou"), ("Θαλασσινού", "thalassinou"), ("Καλογήρου", "kalogirou"), ("Παπαδάκη", "papadaki"), ("Χατζή", "chatzi"),
    ("Ψαρρού", "psarrou"),
)  # fmt: skip


def _greek(rng: Random) -> tuple[str, str]:
    name = f"{rng.choice(('Αφοί', 'Υιοί', 'Εργαστήρια', 'Αρτοποιεία', 'Εκτυπώσεις'))} {rng.choice(_GR_FAMILY)[0]}"
    return f"{name} {rng.choice(('Ο.Ε.', 'Α.Ε.', 'Ε.Π.Ε.', 'Ι.Κ.Ε.'))}", name


GREEK = Tongue(
    code="el",
    country="GR",
    time_zone="Europe/Athens",
    mailboxes=("info", "contact"),
    mobile="+306900000###",
    places=(
        Place("Αθήνα", "Αττική", "105 51", "+302100000###"),
        Place("Θεσσαλονίκη", "Κεντρική Μακεδονία", "546 21", "+302310000###"),
    ),
    person=lambda rng: _person(rng, _GR_GIVEN, _GR_FAMILY),
    organisation=_greek,
    street=lambda rng: f"{rng.choice(('Οδός Μύλων', 'Ερμού', 'Λεωφόρος Λιμένος', 'Αγίου Νικολάου'))} {rng.randint(1, 90)}",
    positions=("προμήθειες", "λογιστήριο", "αποθήκη"),
    heads=("διεύθυνση",),
    things=("γάντια εργασίας", "χαρτοκιβώτια", "παπούτσια ασφαλείας"),
    notes=Notes(
        reached=("Ζητά προσφορά: {thing}, {n} τεμ.", "Ικανοποιημένος από την τελευταία παράδοση.", "Ανταγωνιστής φθηνότερος κατά {p} %."),
        meeting=("Επίσκεψη στο εργαστήριο, τρία μηχανήματα προς αντικατάσταση.",),
        email=("Στάλθηκε προσφορά: {thing}, {n} τεμ.",),
        no_answer=("Δεν απαντά.", ""),
        busy=("Σε σύσκεψη, να καλέσω το απόγευμα.",),
        refused=("Έχει μόνιμο προμηθευτή.",),
    ),
    next_steps=("Υπενθύμιση προσφοράς", "Νέο τηλεφώνημα"),
    no_next_step=("Καμία ανάγκη φέτος",),
    went_well=("Πληρώνει στην ώρα του.",),
    went_wrong=("Δύο καθυστερημένες παραδόσεις.",),
    stands_now=("Σταθερός πελάτης.",),
    archived=("Η εταιρεία έκλεισε",),
)

# --- Japan ---------------------------------------------------------------------------------------

_JA_GIVEN = (
    ("彩香", "ayaka"), ("美咲", "misaki"), ("遥", "haruka"), ("健太", "kenta"), ("直樹", "naoki"), ("悠斗", "yuto"),
)  # fmt: skip
_JA_FAMILY = (
    ("青柳", "aoyagi"), ("石動", "isurugi"), ("霧島", "kirishima"), ("白鳥", "shiratori"), ("月岡", "tsukioka"), ("若宮", "wakamiya"),
)  # fmt: skip


def _japanese(rng: Random) -> tuple[str, str]:
    name = f"{rng.choice(('青葉', '若松', '白川', '富士見', '瑞穂'))}{rng.choice(('製作所', '印刷', '工業', '運輸', '食品'))}"
    return (f"株式会社{name}" if rng.random() < 0.7 else f"{name}有限会社"), name


JAPANESE = Tongue(
    code="ja",
    country="JP",
    time_zone="Asia/Tokyo",
    mailboxes=("info", "contact"),
    mobile="+817000000###",
    places=(
        Place("東京都", "関東", "101-0000", "+81300000###"),
        Place("大阪市", "関西", "530-0000", "+81600000###"),
    ),
    person=lambda rng: _person(rng, _JA_GIVEN, _JA_FAMILY, family_first=True),
    organisation=_japanese,
    street=lambda rng: f"{rng.choice(('中央', '本町', '港', '緑'))}{rng.randint(1, 9)}丁目{rng.randint(1, 30)}番{rng.randint(1, 20)}号",
    positions=("購買担当", "経理", "工場長"),
    heads=("代表取締役", "社長"),
    things=("作業手袋", "段ボール箱", "安全靴"),
    notes=Notes(
        reached=("見積もり依頼：{thing}、{n}個。", "前回の納品に満足。", "他社は{p}％安いとのこと。納期を説明した。"),
        meeting=("工場を見学。機械三台が更新時期。",),
        email=("見積書を送付：{thing}、{n}個。",),
        no_answer=("応答なし。", ""),
        busy=("会議中。夕方に再度電話。",),
        refused=("今年度は予算なし。",),
    ),
    next_steps=("見積もりの確認", "再度電話する"),
    no_next_step=("今年は不要",),
    went_well=("支払いが早い。",),
    went_wrong=("納品の遅れが二回あった。",),
    stands_now=("安定。年間契約を検討中。",),
    archived=("廃業",),
)
