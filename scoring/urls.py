"""Addresses of the pages of analysis."""

from django.urls import path

from scoring.views import profitability

app_name = "scoring"
urlpatterns = [
    path("profitability/", profitability.page, name="profitability"),
    path("profitability/waterfall/", profitability.waterfall, name="waterfall"),
]
