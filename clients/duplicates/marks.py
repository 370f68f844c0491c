"""Who is to be compared anew: triggers mark each client whose compared facts change, in the transaction that changes them.

Once for a statement: an import of many rows pays one small insert for each of its statements, and a touch, which changes
nothing that clients are compared by, marks nobody. What the triggers say stands in SQL, so that no writer gets past them.
"""

COMPARED = (
    "kind",
    "full_name",
    "short_name",
    "former_names",
    "tax_number",
    "external_id",
    "birth_date",
    "phones",
    "emails",
    "website",
    "address",
    "city",
    "region",
    "postal_code",
    "country",
    "archived_at",
    "erased_at",
    "merged_into_id",
)
"""The columns of a client that say whether and by what it is compared."""
COMPARED_OF_CONTACT = ("client_id", "full_name", "phones", "emails")


def _differ(columns: tuple[str, ...]) -> str:
    was, now = (", ".join(f"{row}.{column}" for column in columns) for row in ("was", "now"))
    return f"({was}) IS DISTINCT FROM ({now})"


_GONE = "(now.erased_at IS NOT NULL OR now.archived_at IS NOT NULL AND now.merged_into_id IS NULL AND pair.state = 'open')"

CLIENTS_ADDED = "INSERT INTO clients_duplicatemark (client_id) SELECT id FROM now_clients; RETURN NULL;"

# An erased client leaves no pair behind: the reasons name phones and people. Open pairs of an archived client go too;
# those of a merged one are left to the merge, which says what became of them.
CLIENTS_CHANGED = f"""
INSERT INTO clients_duplicatemark (client_id)
  SELECT now.id FROM now_clients AS now JOIN was_clients AS was USING (id) WHERE {_differ(COMPARED)};
IF EXISTS (SELECT FROM now_clients WHERE archived_at IS NOT NULL OR erased_at IS NOT NULL) THEN
  DELETE FROM clients_duplicatepair AS pair USING now_clients AS now
  WHERE pair.first_id = now.id AND {_GONE};
  DELETE FROM clients_duplicatepair AS pair USING now_clients AS now
  WHERE pair.second_id = now.id AND {_GONE};
END IF;
RETURN NULL;
"""

# Only the undo of an import takes clients out, past Django: their pairs and keys go with them.
CLIENTS_REMOVED = """
DELETE FROM clients_duplicatepair AS pair USING was_clients AS was WHERE pair.first_id = was.id;
DELETE FROM clients_duplicatepair AS pair USING was_clients AS was WHERE pair.second_id = was.id;
DELETE FROM clients_duplicatekey AS key USING was_clients AS was WHERE key.client_id = was.id;
RETURN NULL;
"""

CONTACTS_ADDED = "INSERT INTO clients_duplicatemark (client_id) SELECT DISTINCT client_id FROM now_contacts; RETURN NULL;"
CONTACTS_CHANGED = f"""
INSERT INTO clients_duplicatemark (client_id)
  SELECT DISTINCT unnest(ARRAY[was.client_id, now.client_id]) FROM now_contacts AS now JOIN was_contacts AS was USING (id)
  WHERE {_differ(COMPARED_OF_CONTACT)};
RETURN NULL;
"""
CONTACTS_REMOVED = "INSERT INTO clients_duplicatemark (client_id) SELECT DISTINCT client_id FROM was_contacts; RETURN NULL;"


def _likeness_of(rows: str) -> str:
    """Note beside the standing of the clients of some pairs how alike the most alike of their open pairs is."""
    highest = ", ".join(
        f"COALESCE((SELECT max(p.score) FROM clients_duplicatepair AS p WHERE p.{side} = s.client_id AND p.state = 'open'), 0)"
        for side in ("first_id", "second_id")
    )
    return f"UPDATE clients_clientstanding AS s SET likeness = GREATEST({highest}) WHERE s.client_id IN ({rows}); RETURN NULL;"


PAIRS_ADDED = _likeness_of("SELECT first_id FROM now_pairs UNION SELECT second_id FROM now_pairs")
PAIRS_REMOVED = _likeness_of("SELECT first_id FROM was_pairs UNION SELECT second_id FROM was_pairs")
PAIRS_CHANGED = PAIRS_REMOVED  # a pair never changes whose it is
