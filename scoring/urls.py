"""Addresses of the pages of analysis."""

from django.urls import include, path

from accounts.access import requires
from scoring.views import profitability
from scoring.views.clients import PROFIT
from ui import lists

app_name = "scoring"
urlpatterns = [
    path("profitability/", profitability.page, name="profitability"),
    path("profitability/clients/", include(lists.urls(PROFIT, requires("sales.see_profit")))),
    path("profitability/moved/", profitability.moved, name="moved"),
    path("profitability/waterfall/", profitability.waterfall, name="waterfall"),
]
