"""What the triggers of the ledger do: keep closed periods closed, sum up documents, and mark what reports must work out anew.

They run once for a statement and see all of its rows (clients.models.marking), so a COPY of many rows pays for one small
insert, and raw SQL, imports and merges are caught as the services are. The functions that they call stand in
`sales/sql/functions.sql`.
"""

_MONTH = "date_trunc('month', {row}.day)::date"


def _mark(rows: str) -> str:
    return f"INSERT INTO sales_ledgermark (client_id, month) SELECT DISTINCT r.client_id, {_MONTH.format(row='r')} FROM ({rows}) AS r;"


def _guard(rows: str) -> str:
    return f"PERFORM seraph_ledger_is_open((SELECT min(r.day) FROM ({rows}) AS r));"


class Marked:
    """The triggers of one kind of dated rows with a client: `figures` are the columns that reports and closed periods are about."""

    def __init__(self, rows: str, figures: tuple[str, ...], *, added: str = "", changed: str = "", removed: str = "") -> None:
        now, was = f"now_{rows}", f"was_{rows}"
        new, old = (", ".join(f"{row}.{column}" for column in figures) for row in ("n", "o"))
        both = f"{was} o JOIN {now} n USING (id) WHERE"
        moved = f"({old}) IS DISTINCT FROM ({new})"
        restated = f"SELECT unnest(ARRAY[o.day, n.day]) AS day FROM {both} {moved}"
        both_months = (
            f"SELECT o.client_id, o.day FROM {both} (o.client_id IS DISTINCT FROM n.client_id OR {moved})"
            f" UNION ALL SELECT n.client_id, n.day FROM {both} (o.client_id IS DISTINCT FROM n.client_id OR {moved})"
        )
        self.added = f"{_guard(f'SELECT day FROM {now}')} {_mark(f'SELECT client_id, day FROM {now}')} {added} RETURN NULL;"
        # whose a row is may change in a closed period too: two clients may turn out to be one
        self.changed = f"{_guard(restated)} {_mark(both_months)} {changed} RETURN NULL;"
        self.removed = f"{_guard(f'SELECT day FROM {was}')} {_mark(f'SELECT client_id, day FROM {was}')} {removed} RETURN NULL;"


# What a document reverses is owed less; and what is owed on it follows its own amount. The months of its payments go with its client.
DOCUMENTS = Marked(
    "documents",
    ("kind", "day", "home_amount", "home_discount", "home_direct_cost", "line_count"),
    added="PERFORM seraph_settle(ARRAY(SELECT reverses_id FROM now_documents WHERE reverses_id IS NOT NULL"
    " UNION SELECT id FROM now_documents WHERE due_on IS NOT NULL AND amount = 0));",
    changed="PERFORM seraph_settle(ARRAY(SELECT unnest(ARRAY[n.id, n.reverses_id, o.reverses_id])"
    " FROM was_documents o JOIN now_documents n USING (id)"
    " WHERE (o.amount, o.due_on, o.day, o.reverses_id) IS DISTINCT FROM (n.amount, n.due_on, n.day, n.reverses_id)));"
    " INSERT INTO sales_ledgermark (client_id, month) SELECT DISTINCT unnest(ARRAY[o.client_id, n.client_id]),"
    " date_trunc('month', p.day)::date FROM was_documents o JOIN now_documents n USING (id)"
    " JOIN sales_payment p ON p.document_id = n.id WHERE (o.client_id, o.rate, o.due_on) IS DISTINCT FROM (n.client_id, n.rate, n.due_on);",
    removed="PERFORM seraph_settle(ARRAY(SELECT reverses_id FROM was_documents WHERE reverses_id IS NOT NULL));",
)
COSTS = Marked("costs", ("day", "home_amount", "category_id", "source_id"))
COMPLAINTS = Marked("complaints", ("day", "cost", "severity", "fault"))

_SUM_UP = "PERFORM seraph_sum_up(ARRAY(SELECT DISTINCT document_id FROM ({rows}) AS r)); RETURN NULL;"
LINES_ADDED = _SUM_UP.format(rows="SELECT document_id FROM now_lines")
LINES_CHANGED = _SUM_UP.format(rows="SELECT document_id FROM was_lines UNION ALL SELECT document_id FROM now_lines")
LINES_REMOVED = _SUM_UP.format(rows="SELECT document_id FROM was_lines")


def _of_payments(rows: str) -> str:
    paid = f"SELECT d.client_id, p.day FROM ({rows}) AS p JOIN sales_document d ON d.id = p.document_id"
    return f"{_guard(rows)} {_mark(paid)} PERFORM seraph_settle(ARRAY(SELECT DISTINCT document_id FROM ({rows}) AS r)); RETURN NULL;"


PAYMENTS_ADDED = _of_payments("SELECT document_id, day FROM now_payments")
PAYMENTS_CHANGED = _of_payments("SELECT document_id, day FROM was_payments UNION ALL SELECT document_id, day FROM now_payments")
PAYMENTS_REMOVED = _of_payments("SELECT document_id, day FROM was_payments")


def _of_pools(rows: str, *, guarded: str = "") -> str:
    return (
        f"{_guard(f'SELECT month AS day FROM ({guarded or rows}) AS p')}"
        f" INSERT INTO sales_ledgermark (client_id, month, pool) SELECT DISTINCT NULL::bigint, month, TRUE FROM ({rows}) AS p; RETURN NULL;"
    )


POOLS_ADDED = _of_pools("SELECT month FROM now_pools")
POOLS_CHANGED = _of_pools("SELECT month FROM was_pools UNION ALL SELECT month FROM now_pools")
POOLS_REMOVED = _of_pools("SELECT month FROM was_pools")

_WEIGHTS = "SELECT p.month FROM {rows} w JOIN sales_costpool p ON p.id = w.pool_id"
WEIGHTS_ADDED = _of_pools(_WEIGHTS.format(rows="now_weights"))
# A merge moves weights from one client to another: that changes their shares, and no pool. A closed month is about the sums.
_BOTH_WEIGHTS = "FROM was_weights o JOIN now_weights n USING (id) JOIN sales_costpool p ON p.id = n.pool_id"
WEIGHTS_CHANGED = _of_pools(
    f"SELECT p.month {_BOTH_WEIGHTS} WHERE (o.weight, o.client_id) IS DISTINCT FROM (n.weight, n.client_id)",
    guarded=f"SELECT p.month {_BOTH_WEIGHTS} GROUP BY p.id, p.month HAVING sum(o.weight) <> sum(n.weight)",
)
WEIGHTS_REMOVED = _of_pools(_WEIGHTS.format(rows="was_weights"))
