"""Addresses: Today."""

from django.urls import URLPattern, path

from reminders.views.today import closing, moving, page, pane

urlpatterns: list[URLPattern] = [
    path("today/", page.page, name="today"),
    path("today/<int:pk>/", pane.pane, name="today_pane"),
    path("today/<int:pk>/done/", closing.done, name="today_done"),
    path("today/<int:pk>/tick/", closing.tick, name="today_tick"),
    path("today/<int:pk>/put-off/", moving.put_off, name="put_off"),
    path("today/clients/<int:pk>/", pane.client_pane, name="today_client"),
    path("today/clients/<int:pk>/log/", closing.log, name="today_log"),
    path("today/clients/<int:client_id>/take-back/<int:touch_id>/<int:event_id>/<int:pk>/", closing.take_back, name="today_take_back"),
]
