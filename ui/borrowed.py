"""Texts of the libraries that Seraph says in its own words: what to do, never "error" or "invalid".

They make the English catalogue; French and Russian translate them with everything else, because `catalogue` finds them
here. A text is a library's own msgid, to the letter.
"""

from dataclasses import dataclass

from django.utils.translation import gettext_noop, ngettext_lazy


@dataclass(frozen=True, slots=True)
class Borrowed:
    """A library's text and what Seraph says instead (two forms where it counts)."""

    text: str
    says: tuple[str, ...]
    plural: str = ""
    context: str = ""


# Keep each literal inside a call of gettext: the extraction reads calls.
ENGLISH = [
    # django.forms
    Borrowed(gettext_noop("This field is required."), ("Fill this in",)),
    Borrowed(gettext_noop("Enter a whole number."), ("Write a whole number, for example 12",)),
    Borrowed(gettext_noop("Enter a number."), ("Write a number, for example 12.5",)),
    Borrowed(gettext_noop("Enter a valid date."), ("Write a date, for example 2026-11-24",)),
    Borrowed(gettext_noop("Enter a valid time."), ("Write a time, for example 10:30",)),
    Borrowed(gettext_noop("Enter a valid date/time."), ("Write a date and a time, for example 2026-11-24 10:30",)),
    Borrowed(gettext_noop("Enter a valid URL."), ("Write the address in full, for example https://company.com",)),
    Borrowed(gettext_noop("Enter a valid email address."), ("Write the e-mail in full, for example name@company.com",)),
    Borrowed(gettext_noop("Enter a valid value."), ("Write this in another way",)),
    Borrowed(gettext_noop("Select a valid choice. That choice is not one of the available choices."), ("Choose one from the list",)),
    Borrowed(
        gettext_noop("Select a valid choice. %(value)s is not one of the available choices."),
        ("%(value)s is not in the list: choose another",),
    ),
    Borrowed(gettext_noop("“%(pk)s” is not a valid value."), ("%(pk)s is not in the list: choose another",)),
    Borrowed(gettext_noop("No file was submitted."), ("Choose a file",)),
    Borrowed(gettext_noop("The submitted file is empty."), ("The file is empty: choose another",)),
    Borrowed(gettext_noop("Null characters are not allowed."), ("Take out the characters that cannot be seen",)),
    Borrowed(gettext_noop("Ensure this value is greater than or equal to %(limit_value)s."), ("Write %(limit_value)s or more",)),
    Borrowed(gettext_noop("Ensure this value is less than or equal to %(limit_value)s."), ("Write %(limit_value)s or less",)),
]
_ = [
    # the English of these counts in its own two forms
    ngettext_lazy(
        "Ensure this value has at most %(limit_value)d character (it has %(show_value)d).",
        "Ensure this value has at most %(limit_value)d characters (it has %(show_value)d).",
        "limit_value",
    ),
]
ENGLISH.append(
    Borrowed(
        "Ensure this value has at most %(limit_value)d character (it has %(show_value)d).",
        (
            "Shorten this to %(limit_value)d character: it has %(show_value)d",
            "Shorten this to %(limit_value)d characters: it has %(show_value)d",
        ),
        plural="Ensure this value has at most %(limit_value)d characters (it has %(show_value)d).",
    )
)
