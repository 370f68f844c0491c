"""The switch between light and dark in the foot of the side."""

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from accounts.access import requires
from accounts.models import Theme

if TYPE_CHECKING:
    from accounts.access import SignedInRequest


@requires()
@require_POST
def set_theme(request: "SignedInRequest") -> HttpResponse:
    """Keep the theme that the user just switched to; the page has changed already."""
    theme = request.POST.get("theme", "")
    if theme not in Theme.values:
        return HttpResponse(status=422)
    request.user.theme = theme
    request.user.save(update_fields=["theme"])
    return HttpResponse(status=204)
