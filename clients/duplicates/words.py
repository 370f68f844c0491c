"""Words that say little of who a client is: legal forms, common words of business, parts of addresses, free mail.

All are written folded (`folding.fold`). What is common in one registry alone is counted there and kept with the scan.
"""

import re


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


LEGAL_PHRASES = re.compile(
    r"\b(?:(?:obshchestvo|tovarishchestvo) s ogranichenn?oy otvetstvennostyu|tovarystvo z obmezhenoyu vidpovidalnistyu"
    r"|(?:otkrytoe|zakrytoe|publichnoe|nepublichnoe)? ?aktsionernoe obshchestvo|individualnyy predprinimatel|s ?p z o ?o"
    r"|spolka z ograniczona odpowiedzialnoscia|spolka z o ?o|spolka akcyjna|sp k|sp j|s r o|a s|d o ?o|s l|s a|s p a|s r l|k s|e k"
    r"|societe a responsabilite limitee|societe par actions simplifiee(?: unipersonnelle)?|societe anonyme|entreprise individuelle"
    r"|gesellschaft mit beschrankter haftung|aktiengesellschaft|kommanditgesellschaft|offene handelsgesellschaft"
    r"|limited liability (?:company|partnership)|public limited company|sociedad (?:limitada|anonima)|sociedade (?:limitada|anonima)"
    r"|societa per azioni|societa a responsabilita limitata|besloten vennootschap|naamloze vennootschap)\b"
)
LEGAL_WORDS = _set(
    """
    ooo oao zao pao nao ao ip tov fop too odo chp uk mup gup fgup sarl eurl sas sasu snc sci gie sa scop ei earl selarl ltd limited llc
    llp lp plc inc incorporated corp corporation co pty pvt gmbh mbh ag kgaa kg ohg ug ek gbr ev sp spj zoo sro spol as ks kft zrt nyrt
    bt oy oyj ab hb asa aps nv bv vof cv srl srls spa sl slu lda ltda eood ood ead ad doo dd sia uab ou ehf hf ae epe ike oe se sca
    company compagnie cie gesellschaft societe ste
    """
)
JOINERS = _set(
    """
    and und et i y e en og och ja the le la les l d de du des der die das of for von van el los las di da do dos del della u s na v dlya
    a an & au aux zum zur im am
    """
)

CANON = {
    "intl": "international", "internat": "international", "interneshnl": "international", "internatsionalnyy": "international",
    "svc": "service", "svcs": "service", "services": "service", "servis": "service", "serviz": "service", "uslugi": "service",
    "mfg": "manufacturing", "manuf": "manufacturing", "bros": "brothers", "brother": "brothers", "assoc": "associates",
    "mgmt": "management", "menedzhment": "management", "natl": "national", "ets": "etablissements", "etabl": "etablissements",
    "gebr": "gebrueder", "gebruder": "gebrueder", "hnos": "hermanos", "saint": "st", "sankt": "st", "sainte": "ste",
    "trejd": "trading", "treyd": "trading", "treiding": "trading", "treyding": "trading", "trade": "trading", "grupp": "group",
    "gruppa": "group", "gruppe": "group", "groupe": "group", "grupa": "group", "grupo": "group", "gruppo": "group", "kholding": "holding",
    "holdings": "holding", "logistik": "logistics", "logistika": "logistics", "logistique": "logistics", "logistic": "logistics",
    "konsalting": "consulting", "consult": "consulting", "consultants": "consulting", "conseil": "consulting", "inzhiniring": "engineering",
    "engr": "engineering", "eng": "engineering", "sistema": "systems", "sistemy": "systems", "system": "systems", "systeme": "systems",
    "systemes": "systems", "tekhnologii": "technologies",
    "technology": "technologies", "technologie": "technologies", "tech": "technologies",
    "tekh": "technologies", "transports": "transport", "trans": "transport", "partners": "partners", "partnery": "partners",
    "partenaires": "partners", "partner": "partners", "solution": "solutions", "resheniya": "solutions", "prod": "products",
    "product": "products", "produkt": "products", "produits": "products", "produkty": "products", "torgovaya": "torgovyy",
    "torg": "torgovyy", "kompaniya": "kompaniya", "komp": "kompaniya", "equip": "equipment", "oborudovanie": "equipment",
    "electric": "electrical", "elec": "electrical", "dist": "distribution", "distrib": "distribution", "distribyutsiya": "distribution",
    "distributors": "distribution", "vertrieb": "distribution", "ind": "industries", "industry": "industries", "industrie": "industries",
    "centre": "center", "tsentr": "center", "zentrum": "center", "supplies": "supply", "snab": "supply", "snabzhenie": "supply",
    "construction": "construction", "constructions": "construction", "constr": "construction", "stroy": "construction",
    "stroitelnaya": "construction", "bau": "construction", "export": "export", "eksport": "export", "import": "import",
}  # fmt: skip
"""Other spellings of a word of business."""
COMPOUND = {"td": ("torgovyy", "dom"), "tpk": ("torgovyy", "kompaniya"), "importexport": ("import", "export")}

GENERIC = _set(
    """
    trading group holding company international service solutions systems consulting engineering logistics transport technologies
    management manufacturing industries distribution partners associates products equipment supply center construction export import
    national global general enterprise enterprises commercial industrial business agency agence studio shop store market marketing media
    design capital invest investment finance financial bank real estate immobilier immobilien development realty digital online web it
    software data energy energie energo power food foods alimentation auto automobile automobiles motors car cars parts garage
    restaurant cafe hotel bar bakery boulangerie pharmacy pharmacie apteka clinic klinika medical med dental school etablissements ets
    entreprise maison atelier ateliers domaine cave traiteur plomberie menuiserie maconnerie electricite brasserie imprimerie librairie
    freres fils sons brothers gebrueder hermanos sohne synowie familie family handel handels grosshandel werke werk maschinenbau technik
    elektrotechnik werkzeuge metall metallbau holz mobel druck torgovyy dom kompaniya firma predpriyatie proizvodstvennaya proizvodstvo
    zavod fabrika kombinat obedinenie npo nauchno stroitelnyy stroymontazh montazh remont magazin set otdel filial branch office
    division regional proekt project projects plus nova new pro expert experts profi master group1 electrical timber printing textiles
    marine freight coatings instruments ventures komplekt
    """
)
"""Words that thousands of companies carry; after CANON."""
GENERIC_BITS = 1.2

TITLES = _set(
    """
    mr mrs ms miss dr prof herr frau m mme mlle monsieur madame sir g n gn pan pani sr sra don dona
    """
)

STREET_WORDS = _set(
    """
    street st str strasse straat road rd avenue av ave avn boulevard bd blvd bvd bul bulvar lane ln drive dr court ct place pl plaza
    platz square sq circuit cct crescent cres close terrace tce parade pde way highway hwy esplanade esp rue r allee al chemin ch che
    quai impasse imp route rte cours passage pas ulitsa ul prospekt pr prosp prt pereulok per shosse sh ploshchad naberezhnaya nab
    proezd d dom house h kv korp korpus k stroenie of office ofis apt apartment flat unit suite ste bldg building floor fl etazh etage
    app appartement bat batiment bp gasse weg ring via viale corso piazza calle c cl carrer avda avenida rua travessa ulica aleja os
    osiedle nr no num n g gorod city de la le les du des the bei a
    """
)
STREET_ENDING = re.compile(r"(?:strasse|str|straat|gatan|gata|gade|katu|vagen)$")

FREE_MAIL = _set(
    """
    gmail.com googlemail.com yahoo.com yahoo.fr yahoo.co.uk yahoo.de ymail.com hotmail.com hotmail.fr hotmail.co.uk outlook.com
    outlook.fr live.com live.fr msn.com aol.com icloud.com me.com mac.com proton.me protonmail.com pm.me gmx.de gmx.net gmx.com gmx.at
    web.de t-online.de freenet.de orange.fr wanadoo.fr free.fr sfr.fr laposte.net bbox.fr neuf.fr mail.ru bk.ru inbox.ru list.ru
    internet.ru yandex.ru yandex.com ya.ru rambler.ru ukr.net i.ua qq.com 163.com 126.com seznam.cz wp.pl o2.pl onet.pl interia.pl
    libero.it virgilio.it tiscali.it terra.es btinternet.com comcast.net verizon.net att.net bigpond.com zoho.com mail.com fastmail.com
    facebook.com instagram.com vk.com linkedin.com twitter.com x.com t.me wa.me
    """
)
"""Mail and pages that anybody may have: sharing the domain says nothing."""

CITIES = {
    "moskva": "moscow", "moskau": "moscow", "moscou": "moscow", "msk": "moscow", "sankt peterburg": "saint petersburg",
    "st petersburg": "saint petersburg", "spb": "saint petersburg", "peterburg": "saint petersburg", "s peterburg": "saint petersburg",
    "saint petersbourg": "saint petersburg", "sankt petersburg": "saint petersburg", "nizhniy novgorod": "nizhny novgorod",
    "nizhni novgorod": "nizhny novgorod", "n novgorod": "nizhny novgorod", "ekaterinburg": "yekaterinburg", "kiev": "kyiv", "kiyiv": "kyiv",
    "koln": "cologne", "koeln": "cologne", "munchen": "munich", "muenchen": "munich", "wien": "vienna", "vienne": "vienna",
    "praha": "prague", "prag": "prague", "warszawa": "warsaw", "varshava": "warsaw", "varsovie": "warsaw", "warschau": "warsaw",
    "roma": "rome", "rom": "rome", "milano": "milan", "mailand": "milan", "torino": "turin", "napoli": "naples", "firenze": "florence",
    "venezia": "venice", "geneve": "geneva", "genf": "geneva", "zurich": "zuerich", "bern": "berne", "bruxelles": "brussels",
    "brussel": "brussels", "antwerpen": "antwerp", "anvers": "antwerp", "gent": "ghent", "gand": "ghent", "londres": "london",
    "londra": "london", "lissabon": "lisbon", "lisboa": "lisbon", "lisbonne": "lisbon", "athina": "athens", "athen": "athens",
    "athenes": "athens", "parizh": "paris", "berlin": "berlin", "nurnberg": "nuremberg", "nuernberg": "nuremberg", "hannover": "hanover",
    "strassburg": "strasbourg", "nizza": "nice", "kobenhavn": "copenhagen", "kopenhagen": "copenhagen", "copenhague": "copenhagen",
    "goteborg": "gothenburg", "goeteborg": "gothenburg", "krakow": "cracow",
    "krakau": "cracow", "gdansk": "danzig", "bucuresti": "bucharest",
    "bukarest": "bucharest", "beograd": "belgrade", "belgrad": "belgrade", "sevilla": "seville", "almaty": "almaty", "alma ata": "almaty",
    "minsk": "minsk", "rostov na donu": "rostov", "rostov on don": "rostov", "n y": "new york", "nyc": "new york", "ny": "new york",
}  # fmt: skip
"""Other names of large cities, folded."""
