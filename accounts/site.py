"""Where Seraph is to be found."""

from django.conf import settings


def absolute(path: str) -> str:
    """Return `path` on the site's own address (SITE_URL), for links in mails: a request's Host header is the visitor's to choose."""
    return f"{settings.SITE_URL.rstrip('/')}{path}"
