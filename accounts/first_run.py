"""The first run: there is no user yet, so whoever comes first makes the administrator and the company."""

from accounts.models import User

_over = False


def is_over() -> bool:
    """Whether there has ever been a user. Asks the database only until the answer is yes: users are never deleted."""
    global _over  # noqa: PLW0603  (one bit, per process)
    if not _over:
        _over = User.objects.exists()
    return _over
