"""What happens to the clients of a user who leaves (registered with `accounts.deactivation`)."""

from django.utils.translation import ngettext

from accounts.models import User
from clients.models import Client
from clients.services.bulk import hand_over_clients


def say_clients(number: int) -> str:
    """Return "23 clients"."""
    return ngettext("%(number)d client", "%(number)d clients", number) % {"number": number}


def count_clients_of(user: User) -> int:
    """Return how many clients of the registry `user` is in charge of."""
    return Client.objects.in_registry().filter(manager=user).count()


def hand_over_clients_of(*, by: User, leaver: User, successor: User) -> int:
    """Put the leaver's clients into the successor's hands; return how many."""
    ids = list(Client.objects.in_registry().filter(manager=leaver).values_list("pk", flat=True))
    return len(hand_over_clients(user=by, client_ids=ids, manager_id=successor.pk).changed)
