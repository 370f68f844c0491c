"""Pages of accounts."""

from accounts.views.links import sign_in_link

__all__ = ["sign_in_link"]
