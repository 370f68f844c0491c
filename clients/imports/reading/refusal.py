"""Why a file can't be read as a table."""

from django.utils.functional import Promise


class Unreadable(Exception):
    """The file can't be read: a stable code, and what to do in words."""

    def __init__(self, code: str, message: str | Promise) -> None:
        super().__init__(code)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return str(self.message)
