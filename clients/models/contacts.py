"""People at a client."""

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from clients.duplicates import marks
from clients.models.clients import Client
from clients.models.marking import marking


@pghistory.track(
    pghistory.UpdateEvent("changed", row=pghistory.Old),
    pghistory.DeleteEvent("removed", row=pghistory.Old),
    exclude=["search_text", "search_digits", "search_keys", "version", "updated_at"],
    append_only=True,
)
class Contact(models.Model):
    """A person (or an office) at a client. One may be its head, one the main contact."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="contacts")
    full_name = models.CharField(_("full name"), max_length=200)
    position = models.CharField(_("position"), max_length=150, blank=True)
    phones = ArrayField(models.CharField(max_length=16), default=list, blank=True, verbose_name=_("phones"))
    emails = ArrayField(models.EmailField(), default=list, blank=True, verbose_name=_("e-mails"))
    is_main = models.BooleanField(_("main contact"), default=False)
    is_head = models.BooleanField(_("head"), default=False)
    birth_date = models.DateField(_("birth date"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)

    search_text = models.GeneratedField(
        expression=Func(F("full_name"), function="seraph_searchable"), output_field=models.TextField(), db_persist=True
    )
    search_digits = models.GeneratedField(
        expression=Func(F("phones"), function="seraph_digits"), output_field=models.TextField(), db_persist=True
    )
    search_keys = models.GeneratedField(
        expression=Func(F("emails"), Value(""), Value(""), Value(""), function="seraph_joined"),
        output_field=models.TextField(),
        db_persist=True,
    )

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["-is_main", "-is_head", "full_name", "id"]
        constraints = [
            models.UniqueConstraint("client", condition=Q(is_main=True), name="contact_one_main"),
            models.UniqueConstraint("client", condition=Q(is_head=True), name="contact_one_head"),
            models.CheckConstraint(condition=~Q(full_name=""), name="contact_has_name"),
        ]
        indexes = [
            GinIndex(OpClass("search_text", name="gin_trgm_ops"), name="contact_search_text"),
            GinIndex(OpClass("search_digits", name="gin_trgm_ops"), name="contact_search_digits"),
            GinIndex(OpClass("search_keys", name="gin_trgm_ops"), name="contact_search_keys"),
        ]
        triggers = marking("contacts", added=marks.CONTACTS_ADDED, changed=marks.CONTACTS_CHANGED, removed=marks.CONTACTS_REMOVED)

    def __str__(self) -> str:
        return self.full_name

    @property
    def phone(self) -> str:
        """The main phone (E.164), or an empty string."""
        return self.phones[0] if self.phones else ""
