"""History keeps the versions of rows, so that what is put back goes on from there; weights by hand have a history too."""

from pathlib import Path

import django.core.validators
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from decimal import Decimal
from django.db import migrations, models


SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0011_likeness_beside_standing'),
        ('pghistory', '0007_auto_20250421_0444'),
        ('sales', '0002_functions_and_views'),
    ]

    operations = [
        migrations.RunSQL((SQL / "functions.sql").read_text(), migrations.RunSQL.noop),  # the settings are locked while a writer looks
        migrations.CreateModel(
            name='LedgerCheck',
            fields=[
                ('id', models.SmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ('checked_at', models.DateTimeField()),
                ('differences', models.PositiveIntegerField(default=0)),
                ('first_month', models.DateField(help_text='the earliest month that differed', null=True)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='PoolWeightEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('weight', models.DecimalField(decimal_places=4, max_digits=14, validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='weight')),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='complaint',
            name='changed_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='complaint',
            name='removed_delete',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='cost',
            name='changed_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='cost',
            name='removed_delete',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='costpool',
            name='changed_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='costpool',
            name='removed_delete',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='document',
            name='changed_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='document',
            name='removed_delete',
        ),
        migrations.AddField(
            model_name='complaintevent',
            name='version',
            field=models.PositiveIntegerField(default=1, editable=False),
        ),
        migrations.AddField(
            model_name='costevent',
            name='version',
            field=models.PositiveIntegerField(default=1, editable=False),
        ),
        migrations.AddField(
            model_name='costpoolevent',
            name='version',
            field=models.PositiveIntegerField(default=1, editable=False),
        ),
        migrations.AddField(
            model_name='documentevent',
            name='version',
            field=models.PositiveIntegerField(default=1, editable=False),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='complaint',
            trigger=pgtrigger.compiler.Trigger(name='changed_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."client_id" IS DISTINCT FROM (NEW."client_id") OR OLD."cost" IS DISTINCT FROM (NEW."cost") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."created_by_id" IS DISTINCT FROM (NEW."created_by_id") OR OLD."day" IS DISTINCT FROM (NEW."day") OR OLD."document_id" IS DISTINCT FROM (NEW."document_id") OR OLD."fault" IS DISTINCT FROM (NEW."fault") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."resolution" IS DISTINCT FROM (NEW."resolution") OR OLD."resolved_on" IS DISTINCT FROM (NEW."resolved_on") OR OLD."severity" IS DISTINCT FROM (NEW."severity") OR OLD."what" IS DISTINCT FROM (NEW."what"))', func='INSERT INTO "sales_complaintevent" ("client_id", "cost", "created_at", "created_by_id", "day", "document_id", "fault", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "resolution", "resolved_on", "severity", "version", "what") VALUES (OLD."client_id", OLD."cost", OLD."created_at", OLD."created_by_id", OLD."day", OLD."document_id", OLD."fault", OLD."id", _pgh_attach_context(), NOW(), \'changed\', OLD."id", OLD."resolution", OLD."resolved_on", OLD."severity", OLD."version", OLD."what"); RETURN NULL;', hash='3bc80d432e09735d6bcd86786726142dc4332e58', operation='UPDATE', pgid='pgtrigger_changed_update_18efc', table='sales_complaint', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='complaint',
            trigger=pgtrigger.compiler.Trigger(name='removed_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "sales_complaintevent" ("client_id", "cost", "created_at", "created_by_id", "day", "document_id", "fault", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "resolution", "resolved_on", "severity", "version", "what") VALUES (OLD."client_id", OLD."cost", OLD."created_at", OLD."created_by_id", OLD."day", OLD."document_id", OLD."fault", OLD."id", _pgh_attach_context(), NOW(), \'removed\', OLD."id", OLD."resolution", OLD."resolved_on", OLD."severity", OLD."version", OLD."what"); RETURN NULL;', hash='9e4abb8b34702c84b250bf0828d014afec2b5d83', operation='DELETE', pgid='pgtrigger_removed_delete_4b48f', table='sales_complaint', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='cost',
            trigger=pgtrigger.compiler.Trigger(name='changed_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."category_id" IS DISTINCT FROM (NEW."category_id") OR OLD."client_id" IS DISTINCT FROM (NEW."client_id") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."created_by_id" IS DISTINCT FROM (NEW."created_by_id") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."day" IS DISTINCT FROM (NEW."day") OR OLD."document_id" IS DISTINCT FROM (NEW."document_id") OR OLD."hours" IS DISTINCT FROM (NEW."hours") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."note" IS DISTINCT FROM (NEW."note") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."rate" IS DISTINCT FROM (NEW."rate") OR OLD."source_id" IS DISTINCT FROM (NEW."source_id"))', func='INSERT INTO "sales_costevent" ("amount", "category_id", "client_id", "created_at", "created_by_id", "currency", "day", "document_id", "hours", "id", "note", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rate", "source_id", "version") VALUES (OLD."amount", OLD."category_id", OLD."client_id", OLD."created_at", OLD."created_by_id", OLD."currency", OLD."day", OLD."document_id", OLD."hours", OLD."id", OLD."note", OLD."number", _pgh_attach_context(), NOW(), \'changed\', OLD."id", OLD."rate", OLD."source_id", OLD."version"); RETURN NULL;', hash='1175a73ee3e3546e56965b9f7d65df405caee85f', operation='UPDATE', pgid='pgtrigger_changed_update_c80b8', table='sales_cost', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='cost',
            trigger=pgtrigger.compiler.Trigger(name='removed_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "sales_costevent" ("amount", "category_id", "client_id", "created_at", "created_by_id", "currency", "day", "document_id", "hours", "id", "note", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rate", "source_id", "version") VALUES (OLD."amount", OLD."category_id", OLD."client_id", OLD."created_at", OLD."created_by_id", OLD."currency", OLD."day", OLD."document_id", OLD."hours", OLD."id", OLD."note", OLD."number", _pgh_attach_context(), NOW(), \'removed\', OLD."id", OLD."rate", OLD."source_id", OLD."version"); RETURN NULL;', hash='4ecdddbcd5962d611f9a9e0ae4b36100956280b7', operation='DELETE', pgid='pgtrigger_removed_delete_4c885', table='sales_cost', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='costpool',
            trigger=pgtrigger.compiler.Trigger(name='changed_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."created_by_id" IS DISTINCT FROM (NEW."created_by_id") OR OLD."driver" IS DISTINCT FROM (NEW."driver") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."month" IS DISTINCT FROM (NEW."month") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."note" IS DISTINCT FROM (NEW."note"))', func='INSERT INTO "sales_costpoolevent" ("amount", "created_at", "created_by_id", "driver", "id", "month", "name", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "version") VALUES (OLD."amount", OLD."created_at", OLD."created_by_id", OLD."driver", OLD."id", OLD."month", OLD."name", OLD."note", _pgh_attach_context(), NOW(), \'changed\', OLD."id", OLD."version"); RETURN NULL;', hash='89da49ac0f415704cbfb5a2898b85b6026315b77', operation='UPDATE', pgid='pgtrigger_changed_update_d58dc', table='sales_costpool', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='costpool',
            trigger=pgtrigger.compiler.Trigger(name='removed_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "sales_costpoolevent" ("amount", "created_at", "created_by_id", "driver", "id", "month", "name", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "version") VALUES (OLD."amount", OLD."created_at", OLD."created_by_id", OLD."driver", OLD."id", OLD."month", OLD."name", OLD."note", _pgh_attach_context(), NOW(), \'removed\', OLD."id", OLD."version"); RETURN NULL;', hash='756e193419587137b79f8822abbf7f79f3438430', operation='DELETE', pgid='pgtrigger_removed_delete_99a6c', table='sales_costpool', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='document',
            trigger=pgtrigger.compiler.Trigger(name='changed_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."client_id" IS DISTINCT FROM (NEW."client_id") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."created_by_id" IS DISTINCT FROM (NEW."created_by_id") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."day" IS DISTINCT FROM (NEW."day") OR OLD."direct_cost" IS DISTINCT FROM (NEW."direct_cost") OR OLD."discount" IS DISTINCT FROM (NEW."discount") OR OLD."due_on" IS DISTINCT FROM (NEW."due_on") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."line_of_business_id" IS DISTINCT FROM (NEW."line_of_business_id") OR OLD."note" IS DISTINCT FROM (NEW."note") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."rate" IS DISTINCT FROM (NEW."rate") OR OLD."reverses_id" IS DISTINCT FROM (NEW."reverses_id"))', func='INSERT INTO "sales_documentevent" ("amount", "client_id", "created_at", "created_by_id", "currency", "day", "direct_cost", "discount", "due_on", "id", "kind", "line_of_business_id", "note", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rate", "reverses_id", "version") VALUES (OLD."amount", OLD."client_id", OLD."created_at", OLD."created_by_id", OLD."currency", OLD."day", OLD."direct_cost", OLD."discount", OLD."due_on", OLD."id", OLD."kind", OLD."line_of_business_id", OLD."note", OLD."number", _pgh_attach_context(), NOW(), \'changed\', OLD."id", OLD."rate", OLD."reverses_id", OLD."version"); RETURN NULL;', hash='0c2dd78f47f4318f56cdefcf6cb34081611314ba', operation='UPDATE', pgid='pgtrigger_changed_update_a5431', table='sales_document', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='document',
            trigger=pgtrigger.compiler.Trigger(name='removed_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "sales_documentevent" ("amount", "client_id", "created_at", "created_by_id", "currency", "day", "direct_cost", "discount", "due_on", "id", "kind", "line_of_business_id", "note", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rate", "reverses_id", "version") VALUES (OLD."amount", OLD."client_id", OLD."created_at", OLD."created_by_id", OLD."currency", OLD."day", OLD."direct_cost", OLD."discount", OLD."due_on", OLD."id", OLD."kind", OLD."line_of_business_id", OLD."note", OLD."number", _pgh_attach_context(), NOW(), \'removed\', OLD."id", OLD."rate", OLD."reverses_id", OLD."version"); RETURN NULL;', hash='e8238c05cc8cce6244b1348f8f80942314845ec3', operation='DELETE', pgid='pgtrigger_removed_delete_8e718', table='sales_document', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='poolweight',
            trigger=pgtrigger.compiler.Trigger(name='changed_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "sales_poolweightevent" ("client_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pool_id", "weight") VALUES (OLD."client_id", OLD."id", _pgh_attach_context(), NOW(), \'changed\', OLD."id", OLD."pool_id", OLD."weight"); RETURN NULL;', hash='fd2ef6aa954d1eec536336dd3a0ff6a0bf4831a7', operation='UPDATE', pgid='pgtrigger_changed_update_9e8a2', table='sales_poolweight', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='poolweight',
            trigger=pgtrigger.compiler.Trigger(name='removed_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "sales_poolweightevent" ("client_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pool_id", "weight") VALUES (OLD."client_id", OLD."id", _pgh_attach_context(), NOW(), \'removed\', OLD."id", OLD."pool_id", OLD."weight"); RETURN NULL;', hash='446ca921747140140ea0acd2bd571497aa46d99d', operation='DELETE', pgid='pgtrigger_removed_delete_db39c', table='sales_poolweight', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='ledgercheck',
            constraint=models.CheckConstraint(condition=models.Q(('id', 1)), name='ledger_check_is_one'),
        ),
        migrations.AddField(
            model_name='poolweightevent',
            name='client',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='clients.client'),
        ),
        migrations.AddField(
            model_name='poolweightevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='poolweightevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='sales.poolweight'),
        ),
        migrations.AddField(
            model_name='poolweightevent',
            name='pool',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='sales.costpool'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='poolweightevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='966497a113a9c9bcdeb91285b4e4fd01767a7c03', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_3af22', table='sales_poolweightevent', when='BEFORE')),
        ),
    ]
