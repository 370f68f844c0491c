"""Pages of accounts."""

from accounts.views.links import sign_in_link
from accounts.views.theme import set_theme

__all__ = ["set_theme", "sign_in_link"]
