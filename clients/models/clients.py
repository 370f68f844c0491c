"""The client: any counterparty of the company, a customer, a supplier or both."""

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce, Concat, Left, Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.duplicates import marks
from clients.freshness import Confirmation, Freshness
from clients.models.marking import marking
from clients.models.references import Industry, LineOfBusiness, Source
from clients.querysets import ClientQuerySet


class Kind(models.TextChoices):
    ORGANISATION = "organisation", _("organisation")
    PERSON = "person", _("person")


class Lifecycle(models.TextChoices):
    """Where a client stands. A former client is never struck off: it may come back."""

    POTENTIAL = "potential", pgettext_lazy("lifecycle", "potential")
    CURRENT = "current", pgettext_lazy("lifecycle", "current")
    FORMER = "former", pgettext_lazy("lifecycle", "former")


COVERED = [
    "lifecycle",
    "kind",
    "sort_city",
    "is_customer",
    "is_supplier",
    "source",
    "industry",
    "line_of_business",
    "in_target",
    "created_at",
    "last_touch_at",
    "next_step_at",
]
"""What the list's filters ask and an index holds besides its order: a walk along the index then never visits the row."""

NAMES = Concat(F("full_name"), Value(" "), F("short_name"), Value(" "), F("former_names"))
"""All names of a client, as its search columns read them."""


WORKED_OUT = [
    "sort_name",
    "sort_city",
    "core_name",
    "search_text",
    "search_digits",
    "search_keys",
    "last_touch_at",
    "in_target",
    "version",
    "updated_at",
]
"""What the history has no need of."""


@pghistory.track(
    # a confirmation alone is no change, but a change keeps how sure one was before it, so that its undo is exact
    pghistory.UpdateEvent(
        "changed",
        row=pghistory.Old,
        condition=pghistory.AnyChange(exclude=[*WORKED_OUT, "fact_dates", "facts_confirmed_at", "facts_confirmed_by"]),
    ),
    pghistory.DeleteEvent("removed", row=pghistory.Old),  # the undo of an import is the only one that may
    exclude=WORKED_OUT,
    append_only=True,
)
class Client(models.Model):
    """One row of the shared registry. Never deleted: archived, or (right to be forgotten) emptied.

    Its history keeps the row as it was before each change (`ClientEvent`), written by a trigger, so that
    bulk and raw updates are caught too. `version` rises with each change made through the services.
    """

    Kind = Kind
    Lifecycle = Lifecycle

    # who it is
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.ORGANISATION)
    full_name = models.CharField(_("full name"), max_length=300, blank=True)
    short_name = models.CharField(_("short name"), max_length=150, blank=True)
    former_names = models.CharField(
        _("other names"), max_length=300, blank=True, help_text=_("earlier names and trade marks; the search finds them")
    )
    tax_number = models.CharField(_("tax number"), max_length=32, blank=True)
    external_id = models.CharField(_("own id"), max_length=64, blank=True, help_text=_("the number that your other systems know it by"))
    birth_date = models.DateField(_("birth date"), null=True, blank=True)
    industry = models.ForeignKey(Industry, models.PROTECT, null=True, blank=True, related_name="clients", verbose_name=_("industry"))
    employees = models.PositiveIntegerField(_("employees"), null=True, blank=True)

    # how to reach it
    phones = ArrayField(
        models.CharField(max_length=16), default=list, blank=True, verbose_name=_("phones"), help_text=_("E.164, the first is the main one")
    )
    emails = ArrayField(models.EmailField(), default=list, blank=True, verbose_name=_("e-mails"))
    website = models.URLField(_("web site"), blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    region = models.CharField(_("region"), max_length=100, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=16, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True, help_text=_("ISO 3166 code"))
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    may_call = models.BooleanField(_("may be called"), null=True, blank=True)
    may_write = models.BooleanField(_("may be written to"), null=True, blank=True)
    consent_on = models.DateField(_("consent asked on"), null=True, blank=True)

    # how we work
    is_customer = models.BooleanField(_("customer"), default=False)
    is_supplier = models.BooleanField(_("supplier"), default=False)
    lifecycle = models.CharField(_("lifecycle"), max_length=10, choices=Lifecycle, default=Lifecycle.POTENTIAL)
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="clients", verbose_name=_("source"))
    referrer = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="referred", verbose_name=_("referred by"))
    manager = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="clients", verbose_name=_("manager")
    )
    line_of_business = models.ForeignKey(
        LineOfBusiness, models.PROTECT, null=True, blank=True, related_name="clients", verbose_name=_("line of business")
    )
    works_since = models.DateField(_("works with us since"), null=True, blank=True)
    worked_until = models.DateField(_("worked with us until"), null=True, blank=True)
    went_well = models.TextField(_("what went well"), blank=True)
    went_wrong = models.TextField(_("what went wrong"), blank=True)
    stands_now = models.TextField(_("how things stand now"), blank=True)
    next_step = models.CharField(_("next step"), max_length=300, blank=True)
    next_step_at = models.DateTimeField(_("next step due"), null=True, blank=True)
    in_target = models.BooleanField(_("inside the target profile"), null=True, blank=True, editable=False)
    custom = models.JSONField(_("custom fields"), default=dict, blank=True)

    # how sure we are (clients.freshness tells how the three go together)
    facts_confirmed_at = models.DateTimeField(_("facts confirmed"), null=True, blank=True, editable=False)
    facts_confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    fact_dates = models.JSONField(
        default=dict, blank=True, editable=False, help_text="field -> [moment, id of the user] of what was set or confirmed on its own"
    )
    last_touch_at = models.DateTimeField(_("last touch"), null=True, blank=True, editable=False)

    # the row itself
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("registered"), auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+")
    updated_at = models.DateTimeField(_("changed"), auto_now=True)
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True, editable=False)
    archived_reason = models.CharField(_("why archived"), max_length=300, blank=True, editable=False)
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="aliases", editable=False, db_index=False, verbose_name=_("merged into")
    )

    # how it is found (made by the database; see sql/folding.sql)
    sort_name = models.GeneratedField(
        expression=Left(Func(Coalesce(Func(F("short_name"), Value(""), function="NULLIF"), F("full_name")), function="seraph_fold"), 80),
        output_field=models.CharField(max_length=80),
        db_persist=True,
    )
    sort_city = models.GeneratedField(
        expression=Func(F("city"), function="seraph_sortable"), output_field=models.CharField(max_length=80), db_persist=True
    )
    core_name = models.GeneratedField(
        expression=Func(F("short_name"), F("full_name"), function="seraph_core_name"),
        output_field=models.CharField(max_length=80),
        db_persist=True,
    )
    search_text = models.GeneratedField(
        expression=Func(NAMES, function="seraph_searchable"), output_field=models.TextField(), db_persist=True
    )
    search_digits = models.GeneratedField(
        expression=Func(F("phones"), function="seraph_digits"), output_field=models.TextField(), db_persist=True
    )
    search_keys = models.GeneratedField(
        expression=Func(F("emails"), F("tax_number"), F("website"), F("external_id"), function="seraph_joined"),
        output_field=models.TextField(),
        db_persist=True,
    )

    objects = ClientQuerySet.as_manager()

    class Meta:
        verbose_name = _("client")
        verbose_name_plural = _("clients")
        permissions = [
            ("change_any_client", "Can change the clients of others"),
            ("hand_over_client", "Can hand clients over to another manager"),
            ("export_client", "Can export the registry"),
            ("import_client", "Can import into the registry"),
            ("erase_client", "Can erase the personal data of a client"),
            ("share_view", "Can share saved views with everybody"),
            ("set_rules", "Can set entry criteria, custom fields and reference lists"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="client_kind_known"),
            models.CheckConstraint(condition=Q(lifecycle__in=Lifecycle.values), name="client_lifecycle_known"),
            models.CheckConstraint(condition=Q(version__gte=1), name="client_version_positive"),
            models.CheckConstraint(
                condition=Q(worked_until=None) | Q(works_since=None) | Q(worked_until__gte=F("works_since")), name="client_period_in_order"
            ),
            models.CheckConstraint(condition=~Q(referrer=F("id")), name="client_not_own_referrer"),
            models.CheckConstraint(condition=Q(merged_into=None) | Q(archived_at__isnull=False), name="client_merged_is_archived"),
            models.CheckConstraint(condition=~Q(merged_into=F("id")), name="client_not_merged_into_itself"),
            # a merged client keeps its own id, so that other systems still find where it went
            models.UniqueConstraint("external_id", condition=Q(merged_into=None) & ~Q(external_id=""), name="client_external_id_once"),
        ]
        indexes = [
            # the list: one index for each sort, over the rows that the default filter shows
            models.Index(fields=["sort_name", "id"], include=["manager", *COVERED], condition=Q(archived_at=None), name="client_by_name"),
            models.Index("sort_city", "sort_name", "id", condition=Q(archived_at=None), name="client_by_city"),
            models.Index(
                Coalesce("last_touch_at", Value("-infinity"), output_field=models.DateTimeField()),
                "id",
                include=["last_touch_at"],
                condition=Q(archived_at=None),
                name="client_by_touch",
            ),
            models.Index(
                Coalesce("next_step_at", Value("infinity"), output_field=models.DateTimeField()),
                "id",
                include=["next_step_at"],
                condition=Q(archived_at=None),
                name="client_by_next_step",
            ),
            models.Index("created_at", "id", condition=Q(archived_at=None), name="client_by_registered"),
            # the list's filters that pick few rows, in the order of the default sort
            models.Index(fields=["manager", "sort_name", "id"], include=COVERED, condition=Q(archived_at=None), name="client_of_manager"),
            models.Index("source", "sort_name", "id", condition=Q(archived_at=None), name="client_of_source"),
            models.Index("industry", "sort_name", "id", condition=Q(archived_at=None), name="client_of_industry"),
            models.Index("lifecycle", "sort_name", "id", condition=Q(archived_at=None), name="client_of_lifecycle"),
            models.Index("sort_name", "id", condition=Q(archived_at__isnull=False, merged_into=None), name="client_archived"),
            models.Index("merged_into", condition=Q(merged_into__isnull=False), name="client_aliases"),
            models.Index("external_id", condition=Q(merged_into__isnull=False) & ~Q(external_id=""), name="client_alias_external_id"),
            GinIndex(OpClass("custom", name="jsonb_path_ops"), name="client_custom"),
            # the search: beginnings of names, fragments of names, phone digits, and keys
            models.Index("core_name", "id", name="client_by_core_name"),
            # whom a file names by the full name, where the short one makes the core name
            models.Index(
                Func(F("full_name"), function="seraph_fold"),
                condition=~Q(short_name="") & ~Q(full_name=""),
                name="client_by_full_name",
            ),
            GinIndex(OpClass("search_text", name="gin_trgm_ops"), name="client_search_text"),
            GinIndex(OpClass("search_digits", name="gin_trgm_ops"), name="client_search_digits"),
            GinIndex(OpClass("search_keys", name="gin_trgm_ops"), name="client_search_keys"),
            # what the importer knows a client by: tax number, any e-mail, any phone together with the name
            models.Index(Upper("tax_number"), condition=~Q(tax_number=""), name="client_tax_number"),
            # (no fastupdate: a lookup reads all that is pending, and an import looks up each row after those that it wrote)
            GinIndex(Func(F("emails"), function="seraph_lower"), fastupdate=False, name="client_emails"),
            GinIndex(Func(F("phones"), F("core_name"), function="seraph_named_phones"), fastupdate=False, name="client_phone_and_name"),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            # Once for a statement: fired by row, a COPY of many rows takes time that grows with their square.
            pgtrigger.Trigger(
                name="standing",
                level=pgtrigger.Statement,
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                referencing=pgtrigger.Referencing(new="new_clients"),  # type: ignore[no-untyped-call]  # the library has no types
                func="INSERT INTO clients_clientstanding (client_id, manager_id, listed)"
                " SELECT id, manager_id, archived_at IS NULL FROM new_clients; RETURN NULL;",
            ),
            pgtrigger.Trigger(
                name="standing_of_manager",
                operation=pgtrigger.Update,
                when=pgtrigger.After,
                condition=pgtrigger.Condition(
                    "OLD.manager_id IS DISTINCT FROM NEW.manager_id OR (OLD.archived_at IS NULL) <> (NEW.archived_at IS NULL)"
                ),
                func="UPDATE clients_clientstanding SET manager_id = NEW.manager_id, listed = NEW.archived_at IS NULL"
                " WHERE client_id = NEW.id; RETURN NULL;",
            ),
            *marking("clients", added=marks.CLIENTS_ADDED, changed=marks.CLIENTS_CHANGED, removed=marks.CLIENTS_REMOVED),
        ]

    def __str__(self) -> str:
        return self.short_name or self.full_name or str(_("No name yet"))

    def get_absolute_url(self) -> str:
        return reverse("clients:card", args=[self.pk])

    def confirmation(self, field: str) -> Confirmation:
        """When and by whom the fact `field` was last set or confirmed; at the latest when the client was registered."""
        return Freshness.of(self).at(field) or Confirmation(self.created_at, self.created_by_id)

    @property
    def phone(self) -> str:
        """The main phone (E.164), or an empty string."""
        return self.phones[0] if self.phones else ""

    @property
    def email(self) -> str:
        """The main e-mail, or an empty string."""
        return self.emails[0] if self.emails else ""


class ClientStanding(models.Model):
    """How far a client meets the entry criteria: worked out, never typed, so it stands beside the facts.

    A table of its own, because a change of criteria rewrites all of it and must not rewrite the client's indexes.
    The row is made by a trigger with its client; `clients.criteria` keeps it right. Triggers also copy here whose client it is
    and whether the list shows it, so that what a manager has to mend is read from one index.
    """

    client = models.OneToOneField(Client, models.CASCADE, primary_key=True, related_name="standing")
    completeness = models.PositiveSmallIntegerField(
        _("completeness"), db_default=0, help_text=_("%, the share of the criteria that the record meets")
    )
    required_missing = models.PositiveSmallIntegerField(_("required facts missing"), db_default=0)
    recommended_missing = models.PositiveSmallIntegerField(_("recommended facts missing"), db_default=0)
    required_share = models.PositiveSmallIntegerField(db_default=0, help_text="%, the same of the required criteria alone")
    recommended_share = models.PositiveSmallIntegerField(db_default=0, help_text="%, the same of the recommended criteria alone")
    stale = models.PositiveSmallIntegerField(_("facts out of date"), db_default=0)
    mend_by = models.DateField(_("to be mended by"), null=True, blank=True)
    short_of = ArrayField(models.BigIntegerField(), db_default=[], default=list, editable=False, help_text="ids of the criteria not met")
    manager = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, related_name="+", db_index=False, db_constraint=False, editable=False
    )
    likeness = models.PositiveSmallIntegerField(
        db_default=0, editable=False, help_text="%, the highest of the open pairs of the client; kept by triggers of the pairs"
    )
    listed = models.BooleanField(db_default=True, editable=False, help_text="the client is not archived")
    entered_late = models.PositiveIntegerField(
        db_default=0,
        editable=False,
        help_text="days, each begun one counts, from the first touch to the registration; kept by triggers of the touches",
    )

    class Meta:
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=Q(completeness__lte=100), name="standing_completeness_percent")]
        indexes = [
            # the clients that fall short of one criterion
            GinIndex("short_of", name="standing_short_of"),
            models.Index("completeness", "client", name="standing_by_completeness"),
            models.Index("client", condition=Q(required_missing__gt=0), name="standing_falls_short"),
            # the filters that ask for the standing, together with the manager
            models.Index(
                fields=["manager", "client"],
                include=[
                    "completeness",
                    "required_missing",
                    "short_of",
                    "recommended_missing",
                    "mend_by",
                    "stale",
                    "entered_late",
                    "likeness",
                ],
                condition=Q(listed=True),
                name="standing_of_manager",
            ),
            # the measures of data quality
            models.Index("client", condition=Q(recommended_missing__gt=0), name="standing_lacks_recommended"),
            models.Index("mend_by", "client", condition=Q(mend_by__isnull=False), name="standing_by_deadline"),
            models.Index("client", condition=Q(stale__gt=0), name="standing_stale"),
            models.Index("entered_late", "client", condition=Q(entered_late__gt=0), name="standing_entered_late"),
            models.Index("likeness", "client", condition=Q(likeness__gt=0), name="standing_alike"),
        ]

    def __str__(self) -> str:
        return f"{self.completeness} %"
