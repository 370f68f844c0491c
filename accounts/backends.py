"""How a user is recognised."""

from allauth.account.auth_backends import AuthenticationBackend


class ActiveUserBackend(AuthenticationBackend):
    """allauth's sign-in; Django's ModelBackend rules refuse users who were deactivated."""
