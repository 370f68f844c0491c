"""Saved views of lists."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class SavedView(models.Model):
    """A list's filters, sort and columns under a name: a user's own, or shared with everybody."""

    page = models.CharField(max_length=40, help_text="the list page's key")
    name = models.CharField(_("name"), max_length=80)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views")
    shared = models.BooleanField(_("shared with everybody"), default=False)
    query = models.TextField(blank=True, help_text="filters and sort as in the address bar")
    columns = models.JSONField(default=list)
    position = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("saved view")
        default_permissions = ()
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint("page", "owner", "name", name="saved_view_name_once")]

    def __str__(self) -> str:
        return self.name


class ListChoice(models.Model):
    """What one user chose for one list: its default view and columns."""

    page = models.CharField(max_length=40)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="list_choices")
    view = models.ForeignKey(SavedView, models.SET_NULL, null=True, blank=True)
    columns = models.JSONField(default=list)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint("page", "user", name="list_choice_once")]

    def __str__(self) -> str:
        return f"{self.page}, {self.user}"
