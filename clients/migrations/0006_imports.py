"""Imports: runs that can be left, found again and undone; what rows are compared by; standing made once a statement."""

from pathlib import Path

import clients.models.imports
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.core.serializers.json
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

COMPARING = (Path(__file__).parent.parent / "sql" / "imports.sql").read_text()


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0005_rules_history'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(COMPARING, migrations.RunSQL.noop),
        migrations.CreateModel(
            name='ImportedRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('row', models.PositiveIntegerField()),
                ('object_id', models.BigIntegerField()),
                ('version', models.PositiveIntegerField(help_text='of the object after the import')),
                ('before', models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder, help_text='attribute -> value before; null: added', null=True)),
                ('parts', models.JSONField(default=list, encoder=django.core.serializers.json.DjangoJSONEncoder)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='client',
            name='standing',
        ),
        migrations.RemoveIndex(
            model_name='client',
            name='client_emails',
        ),
        migrations.AddField(
            model_name='importrun',
            name='add_missing',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), default=list, help_text='reference fields whose lists take in new names'),
        ),
        migrations.AddField(
            model_name='importrun',
            name='attempts',
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='importrun',
            name='file_size',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='importrun',
            name='format',
            field=models.CharField(blank=True, max_length=4),
        ),
        migrations.AddField(
            model_name='importrun',
            name='header_row',
            field=models.PositiveIntegerField(default=0, verbose_name='headings in row'),
        ),
        migrations.AddField(
            model_name='importrun',
            name='kept',
            field=models.PositiveIntegerField(default=0, help_text='rows that were touched since, so not taken back'),
        ),
        migrations.AddField(
            model_name='importrun',
            name='missing',
            field=models.JSONField(default=dict, help_text='reference field -> {name that its list lacks: rows}'),
        ),
        migrations.AddField(
            model_name='importrun',
            name='profile',
            field=models.CharField(blank=True, help_text='name of the profile that was applied', max_length=100),
        ),
        migrations.AddField(
            model_name='importrun',
            name='read',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='importrun',
            name='seen_at',
            field=models.DateTimeField(help_text='its owner has seen how it ended', null=True),
        ),
        migrations.AddField(
            model_name='importrun',
            name='share',
            field=models.PositiveSmallIntegerField(default=0, help_text='percent of the work in hand'),
        ),
        migrations.AddField(
            model_name='importrun',
            name='stop_asked_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='importrun',
            name='tidied_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='importrun',
            name='undone',
            field=models.PositiveIntegerField(default=0, help_text='rows taken back'),
        ),
        migrations.AddField(
            model_name='importrun',
            name='undone_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='importrun',
            name='waits',
            field=models.BooleanField(default=False, help_text='another import is being written'),
        ),
        migrations.AddField(
            model_name='importrun',
            name='worked_at',
            field=models.DateTimeField(help_text='heartbeat of the worker', null=True),
        ),
        migrations.AlterField(
            model_name='importprofile',
            name='mapping',
            field=models.JSONField(default=dict, help_text='field -> list of headings'),
        ),
        migrations.AlterField(
            model_name='importprofile',
            name='name',
            field=models.CharField(max_length=100, verbose_name='name'),
        ),
        migrations.AlterField(
            model_name='importrun',
            name='error_file',
            field=models.FileField(blank=True, upload_to=clients.models.imports.random_name),
        ),
        migrations.AlterField(
            model_name='importrun',
            name='file',
            field=models.FileField(upload_to=clients.models.imports.random_name),
        ),
        migrations.AlterField(
            model_name='importrun',
            name='mapping',
            field=models.JSONField(default=dict, help_text='field -> list of headings'),
        ),
        migrations.AlterField(
            model_name='importrun',
            name='rows',
            field=models.PositiveIntegerField(help_text='known after the first full reading', null=True),
        ),
        migrations.AlterField(
            model_name='importrun',
            name='state',
            field=models.CharField(choices=[('uploaded', 'columns to be mapped'), ('trying', 'trial run'), ('tried', 'tried, not written'), ('writing', 'being written'), ('done', 'done'), ('stopped', 'stopped, nothing written'), ('failed', 'failed, nothing written'), ('undoing', 'being undone'), ('undone', 'undone')], default='uploaded', max_length=10),
        ),
        migrations.AddIndex(
            model_name='client',
            index=django.contrib.postgres.indexes.GinIndex(models.Func(models.F('emails'), function='seraph_lower'), name='client_emails'),
        ),
        migrations.AddIndex(
            model_name='client',
            index=django.contrib.postgres.indexes.GinIndex(models.Func(models.F('phones'), models.F('core_name'), function='seraph_named_phones'), name='client_phone_and_name'),
        ),
        migrations.AddIndex(
            model_name='importrun',
            index=models.Index(fields=['-created_at', '-id'], name='import_latest'),
        ),
        migrations.AddIndex(
            model_name='importrun',
            index=models.Index(condition=models.Q(('seen_at', None)), fields=['created_by'], name='import_unseen'),
        ),
        migrations.AddIndex(
            model_name='importrun',
            index=models.Index(condition=models.Q(('state__in', ['trying', 'writing', 'undoing'])), fields=['worked_at'], name='import_working'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='client',
            trigger=pgtrigger.compiler.Trigger(name='standing', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO clients_clientstanding (client_id) SELECT id FROM new_clients; RETURN NULL;', hash='ced477a1f21e5ff694f1f4341b0ca544af15d433', level='STATEMENT', operation='INSERT', pgid='pgtrigger_standing_f2470', referencing='REFERENCING NEW TABLE AS new_clients ', table='clients_client', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='client',
            trigger=pgtrigger.compiler.Trigger(name='removed_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "clients_clientevent" ("address", "archived_at", "archived_reason", "birth_date", "city", "consent_on", "country", "created_at", "created_by_id", "custom", "emails", "employees", "erased_at", "external_id", "former_names", "full_name", "id", "industry_id", "is_customer", "is_supplier", "kind", "lifecycle", "line_of_business_id", "manager_id", "may_call", "may_write", "next_step", "next_step_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phones", "postal_code", "referrer_id", "region", "short_name", "source_id", "stands_now", "tax_number", "time_zone", "website", "went_well", "went_wrong", "worked_until", "works_since") VALUES (OLD."address", OLD."archived_at", OLD."archived_reason", OLD."birth_date", OLD."city", OLD."consent_on", OLD."country", OLD."created_at", OLD."created_by_id", OLD."custom", OLD."emails", OLD."employees", OLD."erased_at", OLD."external_id", OLD."former_names", OLD."full_name", OLD."id", OLD."industry_id", OLD."is_customer", OLD."is_supplier", OLD."kind", OLD."lifecycle", OLD."line_of_business_id", OLD."manager_id", OLD."may_call", OLD."may_write", OLD."next_step", OLD."next_step_at", _pgh_attach_context(), NOW(), \'removed\', OLD."id", OLD."phones", OLD."postal_code", OLD."referrer_id", OLD."region", OLD."short_name", OLD."source_id", OLD."stands_now", OLD."tax_number", OLD."time_zone", OLD."website", OLD."went_well", OLD."went_wrong", OLD."worked_until", OLD."works_since"); RETURN NULL;', hash='59c149d92c5423b20f530d4a240837a37c1d1e57', operation='DELETE', pgid='pgtrigger_removed_delete_c6f74', table='clients_client', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='importprofile',
            constraint=models.UniqueConstraint(models.F('kind'), models.F('name'), name='import_profile_name_once'),
        ),
        migrations.AddConstraint(
            model_name='importrun',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['uploaded', 'trying', 'tried', 'writing', 'done', 'stopped', 'failed', 'undoing', 'undone'])), name='import_state_known'),
        ),
        migrations.AddField(
            model_name='importedrow',
            name='run',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='trail', to='clients.importrun'),
        ),
        migrations.AddIndex(
            model_name='importedrow',
            index=models.Index(fields=['run', 'object_id'], name='imported_row_of_run'),
        ),
    ]
