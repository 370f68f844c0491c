"""How a user is recognised, and what it may do."""

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.models import Permission
from django.db.models import QuerySet

from accounts.models import User


class ActiveUserBackend(AuthenticationBackend):
    """allauth's sign-in by e-mail or username. A user who is not active is nobody, from the next request on."""

    def get_user(self, user_id: int) -> User | None:
        user: User | None = User.objects.for_session().filter(pk=user_id).first()
        return user

    def _get_user_permissions(self, user_obj: User) -> QuerySet[Permission]:
        """None: permissions come with the role, so there is one place to look."""
        return Permission.objects.none()
