"""Names that a page must stand: long, quoted, mixed, and with marks that mean something elsewhere."""

UGLY: tuple[tuple[str, str], ...] = (
    (
        "Société coopérative d'intérêt collectif à responsabilité limitée pour la collecte, le tri et la valorisation des déchets "
        "de chantier du bassin de la Haute-Combe et de ses environs",
        "SCIC Valorisation Haute-Combe",
    ),
    (
        "ФЕДЕРАЛЬНОЕ ГОСУДАРСТВЕННОЕ БЮДЖЕТНОЕ УЧРЕЖДЕНИЕ «НАУЧНО-ИССЛЕДОВАТЕЛЬСКИЙ И ПРОЕКТНО-КОНСТРУКТОРСКИЙ ИНСТИТУТ ДЕРЕВООБРАБОТКИ И "
        "СМЕЖНЫХ ПРОИЗВОДСТВ ИМЕНИ П. П. РЯБИНИНА»",
        "ФГБУ НИПКИ Деревообработки",
    ),
    ("O'Driscoll & Sons' \"Best\" <Wrought> Iron, Ltd.", "O'Driscoll's"),
    ("=HYPERLINK & Partners, SARL", ""),
    ("Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft mbH & Co. KGaA", ""),
    ("N.", ""),
    ("  Llanfair Quay   Joinery (formerly Llanfair Quay Joinery & Boats) -- DO NOT USE OLD ADDRESS  ", "Llanfair Quay"),
    ("Žluťoučký Kůň / Φιλία & Co. — «Ямщиков» ☕", "Žluťoučký Kůň"),
    ("ЗАО Завод №7 «Северо-Западный» (бывш. з-д им. 50-летия)", ""),
    ("100 % Carton; 50/50 SAS", "100 % Carton"),
    ("株式会社ＡＢＣ－東京・大阪　合同製作所", "ＡＢＣ合同"),
    ("DROP Shipping'); -- Ltd", ""),
)
