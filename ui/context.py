"""What the shell of every page needs. Everything is worked out when a template asks for it: fragments pay nothing."""

from functools import cached_property
from typing import Any

from django.apps import apps
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language, get_language_bidi, gettext

from ui import navigation, shell_parts


class Shell:
    """The frame of one page for one user."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @cached_property
    def links(self) -> list[navigation.Link]:
        return navigation.links_for(self.request.user, self.request.path)

    @cached_property
    def groups(self) -> list[navigation.Group]:
        return navigation.grouped(self.links)

    @cached_property
    def tabs(self) -> list[navigation.Link]:
        return navigation.tabs(self.links)

    @cached_property
    def parts(self) -> dict[str, list[shell_parts.ShownPart]]:
        return shell_parts.parts_for(self.request)

    @property
    def scripts(self) -> list[str]:
        """The static files that the parts on this page need."""
        return list(dict.fromkeys(shown.part.script for place in self.parts.values() for shown in place if shown.part.script))

    @property
    def language(self) -> str:
        return get_language() or "en"

    @property
    def direction(self) -> str:
        return "rtl" if get_language_bidi() else "ltr"

    @property
    def time_zone(self) -> str:
        """The user's time zone: times that scripts write agree with those of the page, whatever zone the device is in."""
        return timezone.get_current_timezone_name()

    @property
    def theme(self) -> str:
        """The theme that the user chose ("light", "dark"), or "" for the system's."""
        return getattr(self.request.user, "theme", "")

    @property
    def letter_keys(self) -> bool:
        return getattr(self.request.user, "letter_keys", True)

    @cached_property
    def company(self) -> Any:
        # by name, as with AUTH_USER_MODEL: `ui` and `accounts` stand side by side and don't import each other
        return apps.get_model("accounts", "Company").current()

    @property
    def words(self) -> dict[str, str]:
        """What the scripts say."""
        return {
            "close": gettext("Close"),
            "undo": gettext("Undo"),
            "go_on": gettext("Go on"),
            "remove": gettext("Remove"),
            # requests
            "offline": gettext("The server did not answer. Nothing is lost: try again in a moment."),
            "forbidden": gettext("You may look at this, but not change it."),
            "gone": gettext("This is not there any more. Reload the page to see how things stand."),
            "too_large": gettext("This is too large to be sent. Make it smaller, then try again."),
            "too_often": gettext("Too many requests. Wait a minute, then try again."),
            "failed": gettext("This did not work, and the fault is ours. Try again; if it stays so, tell your administrator."),
            "press_again": gettext("This page had been open for long. It is ready again: press once more."),
            "signed_in_again": gettext("You are signed in again. Repeat what you were doing."),
            # forms
            "draft_kept": gettext("Draft kept at {time}"),
            "draft_restored": gettext("Draft of {time} restored"),
            "draft_drop": gettext("Start afresh"),
            "fill_in": gettext("Fill this in"),
            "email": gettext("Write the e-mail in full, for example name@company.com"),
            "url": gettext("Write the address in full, for example https://company.com"),
            "too_long": gettext("Shorten this to {max} characters"),
            # pickers
            "start_typing": gettext("Start typing"),
            "nothing_found": gettext("Nothing found"),
            "searching": gettext("Searching…"),
        }


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return `shell`, the frame of the page."""
    return {"shell": Shell(request)}
