"""Weights of closed months may go over to another client; words leave the history of the ledger by one door."""

from pathlib import Path

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):

    dependencies = [
        ('sales', '0003_versions_in_history'),
    ]

    operations = [
        migrations.RunSQL((SQL / "forgetting.sql").read_text(), migrations.RunSQL.noop),
        pgtrigger.migrations.RemoveTrigger(
            model_name='poolweight',
            name='marked_changed',
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='poolweight',
            trigger=pgtrigger.compiler.Trigger(name='marked_changed', sql=pgtrigger.compiler.UpsertTriggerSql(func='PERFORM seraph_ledger_is_open((SELECT min(r.day) FROM (SELECT month AS day FROM (SELECT p.month FROM was_weights o JOIN now_weights n USING (id) JOIN sales_costpool p ON p.id = n.pool_id GROUP BY p.id, p.month HAVING sum(o.weight) <> sum(n.weight)) AS p) AS r)); INSERT INTO sales_ledgermark (client_id, month, pool) SELECT DISTINCT NULL::bigint, month, TRUE FROM (SELECT p.month FROM was_weights o JOIN now_weights n USING (id) JOIN sales_costpool p ON p.id = n.pool_id WHERE (o.weight, o.client_id) IS DISTINCT FROM (n.weight, n.client_id)) AS p; RETURN NULL;', hash='e9586fdb79e8dff6dc99407e143c27ea46034489', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_marked_changed_fdcc4', referencing='REFERENCING OLD TABLE AS was_weights  NEW TABLE AS now_weights ', table='sales_poolweight', when='AFTER')),
        ),
    ]
