"""British and Irish clients."""

from __future__ import annotations

from random import Random

from crm.demo.words.tongue import Notes, Person, Place, Tongue

WOMEN = (
    "Abigail", "Alice", "Beatrix", "Bronwen", "Charlotte", "Clementine", "Daisy", "Edith", "Eleanor", "Fiona", "Gemma", "Harriet",
    "Imogen", "Isla", "Jocelyn", "Kirsty", "Lorna", "Maisie", "Maya", "Niamh", "Olivia", "Philippa", "Priya", "Rosalind", "Saoirse",
    "Tamsin", "Verity", "Winifred", "Yvonne", "Zara",
)  # fmt: skip
MEN = (
    "Alastair", "Angus", "Barnaby", "Callum", "Cedric", "Darragh", "Desmond", "Edmund", "Fergus", "Gareth", "Giles", "Hamish", "Idris",
    "Jasper", "Kieran", "Lewis", "Malcolm", "Nathaniel", "Owen", "Percival", "Quentin", "Rhys", "Rupert", "Samir", "Tobias", "Tristan",
    "Vikram", "Wilfred", "Ruairi", "Douglas",
)  # fmt: skip
SURNAMES = (
    "Abernethy", "Ainsworth", "Applegarth", "Ashdown", "Barraclough", "Bickerstaff", "Blakeney", "Bracegirdle", "Brathwaite", "Burntwood",
    "Calloway", "Carmody", "Chattaway", "Clutterbuck", "Copplestone", "Cranmere", "Dalrymple", "Dunwoody", "Eastlake", "Elphinstone",
    "Fairweather", "Fothergill", "Garside", "Gilchrist", "Greenhalgh", "Hallowell", "Hathersage", "Hollingbury", "Inchbald", "Jessop",
    "Kinsella", "Lanyon", "Lockhart", "MacAllister", "Marchbanks", "McGarrigle", "Merriweather", "Nettlefold", "O'Driscoll", "Oakeshott",
    "Ormerod", "Pemberton", "Penhaligon", "Pettigrew", "Quayle", "Ravenscroft", "Redfern", "Rutherglen", "Satterthwaite", "Sedgemoor",
    "Stapleford", "Tattersall", "Thistlewood", "Tregarthen", "Underhill", "Vaisey", "Wetherby", "Whitlow", "Winterbourne", "Yelland",
)  # fmt: skip
TRADES = (
    "Joinery", "Fabrications", "Fittings", "Engineering", "Tooling", "Castings", "Packaging", "Print", "Bakeries", "Creamery", "Brewing",
    "Timber", "Roofing", "Scaffolding", "Plant Hire", "Haulage", "Freight", "Storage", "Coachworks", "Motors", "Marine", "Boatyard",
    "Textiles", "Knitwear", "Leather Goods", "Ceramics", "Glassworks", "Lighting", "Electrical", "Heating", "Landscapes", "Nurseries",
    "Orchards", "Catering", "Foods", "Instruments", "Precision", "Plastics", "Coatings", "Cleaning Services",
)  # fmt: skip
SIGNS = (
    "Harrowgate", "Millstone", "Kingfisher", "Blackthorn", "Silverdale", "Fox and Anchor", "Longmeadow", "Castle Quay", "Northgate",
    "Tanners Row", "Copper Lane", "Old Foundry", "Seven Arches", "Highmoor", "Saltmarsh", "Three Rivers", "Windmill Hill", "Greystone",
    "Harbour Light", "Weavers Yard",
)  # fmt: skip
BRANDS = (
    "Arcwell", "Brightforge", "Coldharbour", "Drumlin", "Everoak", "Fenwright", "Gritstone", "Hexhill", "Ironbridge Parcel", "Kelpwick",
    "Loomcraft", "Moorvale", "Norwick", "Oxbow", "Pennant Lift", "Quarrystone", "Ridgeline", "Stonechat", "Tidewell", "Wharfside",
)  # fmt: skip
FORMS = ("Ltd", "Ltd", "Ltd", "Limited", "Limited", "LLP", "plc", "CIC")
STREETS = (
    "Tannery Lane", "Station Road", "Foundry Street", "Canal Wharf", "Mill Lane", "Kingfisher Way", "Castle Street", "Harbour Road",
    "The Old Brewery", "Orchard Close", "Weavers Yard", "High Street", "Quarry Hill", "Bridge End", "Longmeadow Industrial Estate",
    "Blackthorn Business Park",
)  # fmt: skip


def person(rng: Random) -> Person:
    """Return "Imogen Satterthwaite"."""
    given, family = rng.choice(rng.choice((WOMEN, MEN))), rng.choice(SURNAMES)
    return Person(f"{given} {family}", f"{given}.{family}")


def organisation(rng: Random) -> tuple[str, str]:
    """Return names such as "Harrowgate Fittings Ltd", "Penhaligon & Daughters Limited", "Arcwell plc"."""
    pick = rng.random()
    if pick < 0.35:
        name = f"{rng.choice(SIGNS)} {rng.choice(TRADES)}"
    elif pick < 0.65:
        name = f"{rng.choice(SURNAMES)} {rng.choice(TRADES)}"
    elif pick < 0.8:
        name = f"{rng.choice(SURNAMES)} {rng.choice(('& Sons', '& Daughters', '& Co', 'Brothers', '& ' + rng.choice(SURNAMES)))}"
    elif pick < 0.92:
        name = f"{rng.choice(BRANDS)} {rng.choice(('UK', 'Group', 'Supplies', 'Works', 'Solutions', 'Holdings'))}"
    else:
        name = f"The {rng.choice(SIGNS)} {rng.choice(('Company', 'Works', 'Trading Company', 'Partnership'))}"
    return f"{name} {rng.choice(FORMS)}", name


def street(rng: Random) -> str:
    """Return "Unit 7, 12 Canal Wharf"."""
    unit = f"Unit {rng.randint(1, 24)}, " if rng.random() < 0.3 else ""
    return f"{unit}{rng.randint(1, 160)} {rng.choice(STREETS)}"


TONGUE = Tongue(
    code="en",
    country="GB",
    time_zone="Europe/London",
    mailboxes=("info", "sales", "office", "hello"),
    mobile="+447700900###",
    places=(
        Place("London", "Greater London", "SE1 4XX", "+442079460###"),
        Place("London", "Greater London", "E3 9XX", "+442079460###"),
        Place("Manchester", "Greater Manchester", "M4 7XX", "+441614960###"),
        Place("Leeds", "West Yorkshire", "LS10 9XX", "+441134960###"),
        Place("Sheffield", "South Yorkshire", "S3 9XX", "+441144960###"),
        Place("Birmingham", "West Midlands", "B5 9XX", "+441214960###"),
        Place("Nottingham", "Nottinghamshire", "NG2 9XX", "+441154960###"),
        Place("Leicester", "Leicestershire", "LE4 9XX", "+441164960###"),
        Place("Bristol", "Avon", "BS3 9XX", "+441174960###"),
        Place("Reading", "Berkshire", "RG2 9XX", "+441184960###"),
        Place("Liverpool", "Merseyside", "L3 9XX", "+441514960###"),
        Place("Newcastle upon Tyne", "Tyne and Wear", "NE1 9XX", "+441914980###"),
        Place("Edinburgh", "Lothian", "EH6 9XX", "+441314960###"),
        Place("Glasgow", "Strathclyde", "G4 9XX", "+441414960###"),
        Place("Cardiff", "South Glamorgan", "CF10 9XX", "+442920180###"),
        Place("Belfast", "Antrim", "BT3 9XX", "+442896496###"),
    ),
    person=person,
    organisation=organisation,
    street=street,
    positions=(
        "buyer",
        "purchasing manager",
        "workshop foreman",
        "office manager",
        "accounts",
        "maintenance lead",
        "stores",
        "site manager",
        "health and safety officer",
        "production planner",
    ),
    heads=("managing director", "owner", "director", "general manager", "partner"),
    things=(
        "cut-resistant gloves",
        "chain hoists",
        "double-wall boxes",
        "stretch wrap",
        "safety boots",
        "torque wrench sets",
        "pallet trucks",
        "degreaser",
        "webbing slings",
        "cordless drivers",
        "service contract for the overhead cranes",
        "hard hats",
    ),
    notes=Notes(
        reached=(
            "Wants a quote: {thing}, {n} pieces, delivered before month end.",
            "Happy with the last delivery. Restock soon: {thing}.",
            "Has a competing offer {p} % below ours; talked through lead times and after-sales.",
            "Catalogue arrived. Will trial {thing} in one shop first.",
            "Budget approved. Order of {n} expected once the director signs.",
            "Upset about the late delivery last month. Apologised, waived the carriage.",
            "The buyer leaves at the end of the month, introduce ourselves to whoever follows.",
            "Nothing needed before spring; call when the site schedule is out.",
            "Confirmed the delivery address: goods-in closes at noon on Fridays.",
            "Cutting down to two suppliers this year. We are in the running for: {thing}.",
            "Technical question about {thing}; datasheet sent, maker asked.",
            "Very pleased with the engineer's visit. Happy to act as a reference.",
            "Disputes an invoice, {n} pounds of carriage. Asked accounts for a credit note.",
            "Opening a second site next year and will need to equip it.",
        ),
        meeting=(
            "Walked the shop floor with the owner: old kit, three machines due for replacement within two years.",
            "Presented the range. Clear interest in {thing}, price thought fair.",
            "Annual review: orders up {p} %, one complaint, settled.",
            "Demonstration on site went well. Quote for {n} to follow.",
            "Met at the trade fair, brief chat, cards exchanged. Fits the profile.",
            "Terms agreed: 45 days against a volume commitment.",
            "Toured the depot with the safety officer and noted what has to be renewed.",
        ),
        email=(
            "Quote sent: {thing}, {n} pieces.",
            "Chased the quote, nothing back yet.",
            "Sent this year's price list and the safety sheet.",
            "Order acknowledged, delivery date confirmed.",
            "Answered the complaint and asked for photographs.",
            "Sent minutes of the visit and a proposal for a service contract.",
        ),
        no_answer=("Voicemail, left no message.", "Left a message with reception.", "Rang out twice.", ""),
        busy=("In a meeting, call back after four.", "On site, tomorrow morning suits better.", "Stocktaking all week."),
        refused=(
            "Tied to a group contract until next year.",
            "Asked not to be called again before the new year.",
            "Thinks we are too dear, not worth pressing for now.",
        ),
    ),
    next_steps=(
        "Chase the quote",
        "Call after the purchasing meeting",
        "Visit the workshop",
        "Offer to renew the contract",
        "Send samples",
        "Catch up",
        "Present the new range",
        "Check the delivery",
    ),
    no_next_step=("Nothing needed this year", "Waits for the building works to end", "Will come back to us"),
    went_well=(
        "Pays on the day and does not haggle over every line.",
        "Tells us of large orders two weeks ahead, so we can plan.",
        "Recommended us to two neighbours on the estate.",
        "Skilled crew, hardly any returns.",
        "Trust has been there since the first job we did together.",
    ),
    went_wrong=(
        "Two late deliveries last winter; still brought up in every call.",
        "Invoices take an age, three departments have to sign.",
        "Boots came back again and again, sizes had been taken down wrong.",
        "Many small rush orders, carriage eats the margin.",
    ),
    stands_now=(
        "Steady. Waiting for our proposal for next year.",
        "Being won back: a trial runs in one workshop.",
        "New buyer, everything has to be presented again.",
        "Ready for a yearly contract if we keep our lead times.",
        "Orders have slowed since summer, nobody knows why.",
    ),
    archived=("Company dissolved", "Duplicate of another record", "Business sold, no more needs", "Outside our area"),
    contact_notes=("Prefers text messages", "Not in on Wednesdays", "Call before 9", "Speaks French"),
)
