"""French clients."""

from __future__ import annotations

from random import Random

from crm.demo.words.tongue import Notes, Person, Place, Tongue

WOMEN = (
    "Adèle", "Agathe", "Apolline", "Béatrice", "Bérénice", "Camille", "Cécile", "Chloé", "Delphine", "Élodie", "Émeline", "Fanny",
    "Gaëlle", "Héloïse", "Inès", "Jeanne", "Juliette", "Léa", "Lucie", "Maëlys", "Margaux", "Nadège", "Noémie", "Océane", "Pauline",
    "Romane", "Sandrine", "Solène", "Valérie", "Yasmine",
)  # fmt: skip
MEN = (
    "Adrien", "Alexis", "Anatole", "Baptiste", "Benoît", "Cédric", "Clément", "Cyril", "Damien", "Étienne", "Fabrice", "Florian",
    "Gaëtan", "Gilles", "Jérôme", "Jean-Marc", "Karim", "Léo", "Loïc", "Mathieu", "Maxence", "Nicolas", "Olivier", "Pierre-Yves",
    "Quentin", "Rémi", "Sébastien", "Thibault", "Vincent", "Yann",
)  # fmt: skip
SURNAMES = (
    "Arnoux", "Aubertin", "Barbezat", "Beaulieu", "Bessonneau", "Boisrond", "Bourdelais", "Brévent", "Cazalet", "Chabrillac",
    "Chantereau", "Charpenet", "Corbière", "Coutanceau", "Dalmasso", "Delacourt", "Desprez", "Dorival", "Duchesnoy", "Escoffier",
    "Fabrègue", "Faucheux", "Flamerion", "Fontanel", "Gaillardon", "Garance", "Gaudry", "Guérandel", "Hautbois", "Hérault", "Jacquemet",
    "Jouvencel", "Kermadec", "Lachenal", "Lamotte", "Lanvaux", "Lepelletier", "Lescure", "Malaterre", "Marchandise", "Maubert",
    "Mercadier", "Mirebeau", "Montagnon", "Naudet", "Noirétable", "Orsini", "Paillard", "Péchard", "Perrachon", "Pontcarré", "Quémener",
    "Rabourdin", "Rivoire", "Rocheteau", "Saint-Amour", "Sauvageot", "Tavernier", "Thévenard", "Tournemine", "Urbain", "Vaugelas",
    "Verdier", "Villedieu", "Vernoux", "Ysengrin",
)  # fmt: skip
TRADES = (
    "Menuiserie", "Ébénisterie", "Charpente", "Serrurerie", "Métallerie", "Plomberie", "Électricité", "Peinture", "Imprimerie",
    "Boulangerie", "Fromagerie", "Conserverie", "Brasserie artisanale", "Cave", "Pépinières", "Scierie", "Carrosserie", "Garage",
    "Transports", "Logistique", "Entrepôts", "Papeterie", "Cartonnages", "Filature", "Tissages", "Maroquinerie", "Horlogerie",
    "Mécanique de précision", "Outillage", "Fonderie", "Emboutissage", "Plasturgie", "Verrerie", "Céramiques", "Maçonnerie",
    "Terrassement", "Isolation", "Couverture", "Nettoyage industriel", "Traiteur",
)  # fmt: skip
SIGNS = (
    "du Vieux Pont", "des Deux Rives", "de la Croix-Haute", "du Grand Chêne", "de l'Écluse", "des Quatre Vents", "de la Tour Ronde",
    "du Moulin Neuf", "de la Gare Basse", "des Trois Platanes", "du Pré Fleuri", "de la Combe", "des Hautes Roches", "du Canal",
    "de la Source Vive", "du Belvédère", "des Tilleuls", "de la Vallée Verte", "du Petit Port", "de l'Horloge",
)  # fmt: skip
BRANDS = (
    "Altiforge", "Boréalis Emballage", "Calypsine", "Dorémat", "Écorcia", "Ferronix", "Gallibois", "Hélioverre", "Isoplane", "Jurafonte",
    "Ligérium", "Mécanova", "Novapli", "Outilor", "Polyrhône", "Quadrafil", "Rhodalev", "Soliplast", "Tricastel", "Valmétal",
)  # fmt: skip
FORMS = ("SARL", "SARL", "SARL", "SAS", "SAS", "SASU", "EURL", "SA", "SCOP")
STREETS = (
    "rue des Tanneurs", "rue du Faubourg Neuf", "avenue de la Gare", "boulevard des Ateliers", "rue Haute", "impasse des Lilas",
    "chemin du Moulin", "quai des Mariniers", "rue de la Filature", "place du Marché Couvert", "allée des Érables", "route de la Plaine",
    "rue des Forges", "avenue des Frères Montagnon", "zone artisanale des Prés Longs", "rue du Puits Salé",
)  # fmt: skip


def person(rng: Random) -> Person:
    """Return "Solène Rivoire"."""
    given, family = rng.choice(rng.choice((WOMEN, MEN))), rng.choice(SURNAMES)
    return Person(f"{given} {family}", f"{given}.{family}")


def organisation(rng: Random) -> tuple[str, str]:
    """Return names such as "Menuiserie du Vieux Pont SARL", "Rivoire et Fils SAS", "Établissements Corbière"."""
    pick = rng.random()
    if pick < 0.3:
        name = f"{rng.choice(TRADES)} {rng.choice(SIGNS)}"
    elif pick < 0.55:
        name = f"{rng.choice(TRADES)} {rng.choice(SURNAMES)}"
    elif pick < 0.7:
        name = f"{rng.choice(SURNAMES)} {rng.choice(('et Fils', 'Frères', 'et Associés', '& Cie', 'Père et Fille'))}"
    elif pick < 0.82:
        name = f"{rng.choice(('Établissements', 'Ateliers', 'Maison', 'Comptoir', 'Groupe'))} {rng.choice(SURNAMES)}"
    elif pick < 0.92:
        name = f"{rng.choice(BRANDS)} {rng.choice(('Rhône', 'Auvergne', 'Industrie', 'Services', 'Distribution', 'France'))}"
    else:
        name = rng.choice(BRANDS)
    if rng.random() < 0.06:
        return f"Société coopérative « {name} »", name
    return f"{name} {rng.choice(FORMS)}", name


def street(rng: Random) -> str:
    """Return "14 bis rue des Tanneurs"."""
    return f"{rng.randint(1, 180)}{rng.choice(('', '', '', '', ' bis', ' ter'))} {rng.choice(STREETS)}"


TONGUE = Tongue(
    code="fr",
    country="FR",
    time_zone="Europe/Paris",
    mailboxes=("contact", "accueil", "bureau", "commandes"),
    mobile="+3363998####",
    places=(
        Place("Lyon", "Auvergne-Rhône-Alpes", "69003", "+3346571####"),
        Place("Lyon", "Auvergne-Rhône-Alpes", "69007", "+3346571####"),
        Place("Villeurbanne", "Auvergne-Rhône-Alpes", "69100", "+3346571####"),
        Place("Vénissieux", "Auvergne-Rhône-Alpes", "69200", "+3346571####"),
        Place("Grenoble", "Auvergne-Rhône-Alpes", "38000", "+3346571####"),
        Place("Saint-Étienne", "Auvergne-Rhône-Alpes", "42000", "+3346571####"),
        Place("Valence", "Auvergne-Rhône-Alpes", "26000", "+3346571####"),
        Place("Annecy", "Auvergne-Rhône-Alpes", "74000", "+3346571####"),
        Place("Bourg-en-Bresse", "Auvergne-Rhône-Alpes", "01000", "+3346571####"),
        Place("Clermont-Ferrand", "Auvergne-Rhône-Alpes", "63000", "+3346571####"),
        Place("Dijon", "Bourgogne-Franche-Comté", "21000", "+3335301####"),
        Place("Besançon", "Bourgogne-Franche-Comté", "25000", "+3335301####"),
        Place("Strasbourg", "Grand Est", "67000", "+3335301####"),
        Place("Lille", "Hauts-de-France", "59000", "+3335301####"),
        Place("Paris", "Île-de-France", "75011", "+3319900####"),
        Place("Montreuil", "Île-de-France", "93100", "+3319900####"),
        Place("Nantes", "Pays de la Loire", "44000", "+3326191####"),
        Place("Rennes", "Bretagne", "35000", "+3326191####"),
        Place("Toulouse", "Occitanie", "31000", "+3353649####"),
        Place("Bordeaux", "Nouvelle-Aquitaine", "33000", "+3353649####"),
        Place("Marseille", "Provence-Alpes-Côte d'Azur", "13002", "+3346571####"),
        Place("Avignon", "Provence-Alpes-Côte d'Azur", "84000", "+3346571####"),
    ),
    person=person,
    organisation=organisation,
    street=street,
    positions=(
        "responsable achats",
        "service achats",
        "responsable d'atelier",
        "secrétariat de direction",
        "comptable",
        "responsable maintenance",
        "responsable logistique",
        "responsable de chantier",
        "responsable sécurité",
        "magasin",
    ),
    heads=("gérance", "direction générale", "présidence", "direction"),
    things=(
        "gants anticoupure",
        "palans à chaîne",
        "caisses carton double cannelure",
        "film étirable",
        "chaussures de sécurité",
        "jeux de clés dynamométriques",
        "transpalettes",
        "produits dégraissants",
        "élingues textiles",
        "visseuses sans fil",
        "contrat d'entretien des ponts roulants",
        "casques de chantier",
    ),
    notes=Notes(
        reached=(
            "Demande un devis pour {thing}, {n} unités, livraison avant la fin du mois.",
            "Satisfait de la dernière livraison. Réassort à prévoir : {thing}.",
            "Compare avec un concurrent qui annonce {p} % de moins ; j'ai rappelé nos délais et le SAV.",
            "A bien reçu le catalogue. Veut essayer {thing} sur un atelier avant de généraliser.",
            "Le budget est voté. Commande de {n} unités attendue dès validation par la direction.",
            "Retard de trois jours sur la commande précédente, mal vécu. Je me suis excusé et j'ai offert le port.",
            "Changement de responsable achats le mois prochain, reprendre contact avec son successeur.",
            "Pas de besoin avant la saison ; rappeler quand le planning des chantiers sera connu.",
            "Confirme l'adresse de livraison et les horaires : fermé le vendredi après-midi.",
            "Souhaite regrouper ses achats chez deux fournisseurs. Nous sommes bien placés sur : {thing}.",
            "Question technique sur {thing} : fiche transmise, réponse du fournisseur attendue.",
            "Ravi de l'intervention du technicien. Accepte d'être cité comme référence.",
            "Facture contestée : écart de {n} € sur le transport. Avoir demandé à la comptabilité.",
            "Ouverture d'un second site l'an prochain, il leur faudra s'équiper.",
        ),
        meeting=(
            "Visite de l'atelier avec le gérant : parc vieillissant, trois machines à remplacer d'ici deux ans.",
            "Présentation de la gamme. Intérêt net pour {thing}, prix jugé correct.",
            "Revue annuelle : +{p} % de commandes, une seule réclamation, réglée.",
            "Démonstration sur site réussie. Devis de {n} unités à envoyer.",
            "Rencontre au salon, échange rapide, cartes échangées. Profil dans la cible.",
            "Négociation des conditions : 45 jours acceptés contre un engagement de volume.",
            "Tour du dépôt avec le responsable sécurité, liste des équipements à renouveler notée.",
        ),
        email=(
            "Devis envoyé : {thing}, {n} unités.",
            "Relance du devis, sans réponse pour l'instant.",
            "Envoi du tarif de l'année et de la fiche sécurité.",
            "Accusé de réception de la commande, date de livraison confirmée.",
            "Réponse à la réclamation, photos demandées.",
            "Compte rendu de la visite et proposition de contrat d'entretien.",
        ),
        no_answer=("Répondeur, pas de message laissé.", "Message laissé à l'accueil.", "Ligne occupée deux fois de suite.", ""),
        busy=("En réunion, rappeler en fin de journée.", "Sur un chantier, préfère demain matin.", "Inventaire toute la semaine."),
        refused=(
            "Travaille avec un cousin, ne changera pas de fournisseur.",
            "Ne veut plus être appelé avant l'an prochain.",
            "Prix trop élevés d'après lui, discussion close pour l'instant.",
        ),
    ),
    next_steps=(
        "Relancer le devis",
        "Rappeler après le comité d'achat",
        "Passer à l'atelier",
        "Proposer le renouvellement du contrat",
        "Envoyer les échantillons",
        "Prendre des nouvelles",
        "Présenter la nouvelle gamme",
        "Vérifier la livraison",
    ),
    no_next_step=("Pas de besoin cette année", "Attend la fin des travaux", "Reviendra vers nous"),
    went_well=(
        "Paie à l'heure, commande sans négocier chaque ligne.",
        "Prévient deux semaines avant les gros volumes, ce qui nous laisse le temps.",
        "Nous a recommandés à deux voisins de la zone artisanale.",
        "Équipe technique compétente, presque aucun retour.",
        "Relation de confiance depuis le premier chantier commun.",
    ),
    went_wrong=(
        "Deux livraisons en retard l'hiver dernier, le client en reparle encore.",
        "Factures longues à faire valider, trois services doivent signer.",
        "Retours fréquents de chaussures, les tailles étaient mal relevées.",
        "Beaucoup de petites commandes urgentes, le transport mange la marge.",
    ),
    stands_now=(
        "Stable. Attend notre proposition pour l'an prochain.",
        "En reconquête : un essai en cours sur un seul atelier.",
        "Nouveau responsable achats, tout est à présenter de nouveau.",
        "Prêt à signer un contrat annuel si nous tenons les délais.",
        "Ralentissement des commandes depuis l'été, raison inconnue.",
    ),
    archived=("Société liquidée", "Doublon d'une autre fiche", "Activité cédée, plus aucun besoin", "Hors de notre zone"),
    contact_notes=("Préfère les SMS", "Absente le mercredi", "Appeler avant 9 h", "Parle anglais"),
)
