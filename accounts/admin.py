"""The Django admin: a look at the roles, nothing to change. Rules live in services, which an admin form would step around.

A site of our own: what other apps register with Django's default one can't be reached.
"""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.decorators import method_decorator


@method_decorator(secure_admin_login, name="login")
class SeraphAdminSite(admin.AdminSite):
    """Signing in to the admin is signing in to Seraph: one page, one set of limits, the second factor included."""

    site_header = site_title = "Seraph"
    enable_nav_sidebar = False


class RoleAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # it takes no type at run time
    """The roles and what each may do, as the apps granted it."""

    fields = ["name", "permissions"]

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
