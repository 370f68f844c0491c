"""Users, for the administrator."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import deactivation
from accounts.access import requires
from accounts.forms.people import DeactivateForm, InviteForm, UserForm
from accounts.models import ApiToken, OneTimeToken, State, StoredMail, User
from accounts.querysets import UserQuerySet
from accounts.services import people

if TYPE_CHECKING:
    from accounts.access import SignedInRequest

_STATES: dict[str, Callable[[UserQuerySet], UserQuerySet]] = {
    State.ACTIVE: UserQuerySet.active,
    State.INVITED: UserQuerySet.invited,
    State.DEACTIVATED: UserQuerySet.deactivated,
}


@requires("accounts.manage_users")
def users(request: "SignedInRequest") -> HttpResponseBase:
    """List the users of one state, by name."""
    state = request.GET.get("state", State.ACTIVE)
    state = state if state in _STATES else State.ACTIVE.value
    text = request.GET.get("q", "").strip()[:100].replace("\0", "")
    listed = _STATES[state](User.objects.for_people_page()).matching(text)
    context = {
        "users": listed,
        "state": state,
        "text": text,
        "tabs": [(value.value, value.label, number) for value, number in _numbers().items()],
        "mail_is_stored": not settings.EMAIL_URL,
    }
    return render(request, "accounts/users.html#list" if request.headers.get("HX-Request") else "accounts/users.html", context)


@requires("accounts.manage_users")
def invite(request: "SignedInRequest") -> HttpResponseBase:
    """Invite a user by mail."""
    form = InviteForm(request.POST or None, by=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            invited = people.invite_user(by=request.user, **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("Invitation for %(name)s written to %(email)s") % {"name": invited, "email": invited.email})
            return redirect("accounts:user", invited.pk)
    return render(request, "accounts/invite.html", {"form": form, "mail_is_stored": not settings.EMAIL_URL})


@requires("accounts.manage_users")
def user(request: "SignedInRequest", pk: int) -> HttpResponseBase:
    """Show a user, and change who it is."""
    person = get_object_or_404(User.objects.for_people_page(), pk=pk)
    names = ("full_name", "email", "username", "team", "role")
    form = UserForm(request.POST or None, by=request.user, initial={name: getattr(person, name) for name in names})
    if request.method == "POST" and form.is_valid():
        try:
            people.change_user(by=request.user, user_id=pk, **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("%(name)s saved") % {"name": form.cleaned_data["full_name"]})
            return redirect("accounts:user", pk)
    context = {
        "person": person,
        "form": form,
        "invitation": person.one_time_tokens.filter(purpose=OneTimeToken.Purpose.INVITATION).order_by("-created_at").first(),
        "now": timezone.now(),
        "factors": Authenticator.objects.filter(user=person).order_by("type", "created_at"),
        "tokens": ApiToken.objects.filter(user=person, revoked_at=None),
        "mail_is_stored": not settings.EMAIL_URL,
        "letter": StoredMail.objects.to(person.email).defer("body").first() if person.state is State.INVITED else None,
    }
    return render(request, "accounts/user.html", context)


@requires("accounts.manage_users")
def deactivate(request: "SignedInRequest", pk: int) -> HttpResponseBase:
    """Say what a user holds, ask who takes it over, and shut the user out."""
    person = get_object_or_404(User.objects.with_role(), pk=pk)
    form = DeactivateForm(request.POST or None, leaver=person)
    if request.method == "POST" and form.is_valid():
        try:
            people.deactivate_user(by=request.user, user_id=pk, successor=form.cleaned_data["successor"])
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("%(name)s deactivated") % {"name": person})
            return redirect("accounts:user", pk)
    return render(request, "accounts/deactivate.html", {"person": person, "form": form, "held": deactivation.held_by(person)})


@requires("accounts.manage_users")
@require_POST
def reactivate(request: "SignedInRequest", pk: int) -> HttpResponseBase:
    """Let a user in again."""
    return _act(request, pk, lambda: people.reactivate_user(by=request.user, user_id=pk), _("%(name)s may come in again"))


@requires("accounts.manage_users")
@require_POST
def invite_again(request: "SignedInRequest", pk: int) -> HttpResponseBase:
    """Mail a new invitation."""
    return _act(request, pk, lambda: people.invite_again(by=request.user, user_id=pk), _("New invitation for %(name)s written"))


@requires("accounts.manage_users")
@require_POST
def remove_second_factor(request: "SignedInRequest", pk: int) -> HttpResponseBase:
    """Take the second factor away from a user who lost it."""
    return _act(request, pk, lambda: people.remove_second_factor(by=request.user, user_id=pk), _("Second factor of %(name)s removed"))


@requires("accounts.manage_users")
@require_POST
def end_devices_of_user(request: "SignedInRequest", pk: int) -> HttpResponseBase:
    """Sign a user out on every device."""
    return _act(request, pk, lambda: people.sign_out_user(by=request.user, user_id=pk), _("%(name)s signed out on every device"))


@requires("accounts.manage_users")
@require_POST
def revoke_token_of_user(request: "SignedInRequest", pk: int, token: int) -> HttpResponseBase:
    """Stop an API token of a user."""
    return _act(
        request, pk, lambda: people.revoke_token_of_user(by=request.user, user_id=pk, token_id=token), _("API token of %(name)s revoked")
    )


def _act(request: "SignedInRequest", pk: int, act: Callable[[], User], done: str) -> HttpResponseBase:
    """Do one thing to a user, say how it went, and go back to the user's page."""
    get_object_or_404(User, pk=pk)
    try:
        messages.success(request, done % {"name": act()})
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    return redirect("accounts:user", pk)


def _numbers() -> dict[State, int]:
    """Return how many users stand in each state."""
    active = Q(is_active=True)
    counted = User.objects.aggregate(
        active=Count("pk", filter=active),
        invited=Count("pk", filter=~active & Q(deactivated_at=None)),
        deactivated=Count("pk", filter=~active & Q(deactivated_at__isnull=False)),
    )
    return {state: counted[state.value] for state in State}
