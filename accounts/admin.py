"""The Django admin: a look at the roles, nothing to change. Rules live in services, which an admin form would step around.

A site of our own: what other apps register with Django's default one can't be reached.
"""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver
from django.utils.decorators import method_decorator


@method_decorator(secure_admin_login, name="login")
class SeraphAdminSite(admin.AdminSite):
    """Signing in to the admin is signing in to Seraph: one page, one set of limits, the second factor included."""

    site_header = site_title = "Seraph"
    enable_nav_sidebar = False

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Leave out the way to any row's page: no row here has one, and it takes any text for an id."""
        return [route for route in super().get_urls() if getattr(route, "name", None) != "view_on_site"]

    def password_change(  # type: ignore[override]  # a page of ours stands where Django draws one
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to Seraph's own page: Django's counts no wrong guesses of the old password and leaves open links alive."""
        return redirect("account_change_password")


class RoleAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # it takes no type at run time
    """The roles and what each may do, as the apps granted it."""

    fields = ["name", "permissions"]

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Nothing filters the list by its address: a lookup there (?name__regex=) goes to the database as it stands."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return request.user.has_perm("accounts.manage_users")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return False


site = SeraphAdminSite(name="admin")
site.register(Group, RoleAdmin)
