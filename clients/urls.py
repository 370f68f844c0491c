"""The addresses of the registry."""

from django.urls import URLPattern, URLResolver, include, path

from accounts.access import requires
from clients.views import card, card_contacts, card_facts, card_history, card_lifecycle, card_touches, card_waivers, find, new_client
from clients.views.duplicates import by_hand
from clients.views.list import CLIENTS
from ui import lists

app_name = "clients"

urlpatterns: list[URLPattern | URLResolver] = [
    path("clients/", include(lists.urls(CLIENTS, requires("clients.view_client")))),
    path("find/", find.find, name="find"),
    path("clients/new/", new_client.new, name="new"),
    path("clients/new/check/", new_client.check, name="new_check"),
    path("clients/referrers/", new_client.referrers, name="referrers"),
    path("clients/<int:pk>/", card.card, name="card"),
    path("clients/<int:pk>/edit/", card_facts.edit, name="edit"),
    path("clients/<int:pk>/facts/<str:key>/", card_facts.fact, name="fact"),
    path("clients/<int:pk>/changes/<int:event_id>/undo/", card_facts.undo, name="change_undo"),
    path("clients/<int:pk>/confirm/", card_touches.confirm, name="confirm"),
    path("clients/<int:pk>/touches/", card_touches.log, name="touch_log"),
    path("clients/<int:pk>/touches/<int:touch_id>/", card_touches.correct, name="touch"),
    path("clients/<int:pk>/touches/<int:touch_id>/undo/<int:event_id>/", card_touches.undo_log, name="touch_undo"),
    path("clients/<int:pk>/next-step/", card_touches.next_step, name="next_step"),
    path("clients/<int:pk>/next-step/undo/<int:event_id>/", card_touches.next_step_undo, name="next_step_undo"),
    path("clients/<int:pk>/contacts/new/", card_contacts.new, name="contact_new"),
    path("clients/<int:pk>/contacts/<int:contact_id>/", card_contacts.contact, name="contact"),
    path("clients/<int:pk>/contacts/<int:contact_id>/remove/", card_contacts.remove, name="contact_remove"),
    path("clients/<int:pk>/contacts/<int:contact_id>/put-back/", card_contacts.put_back, name="contact_put_back"),
    path("clients/<int:pk>/timeline/", card_history.timeline, name="timeline"),
    path("clients/<int:pk>/history/", card_history.history, name="history"),
    path("clients/<int:pk>/waive/<str:fact>/", card_waivers.waive, name="waive"),
    path("clients/<int:pk>/waivers/<int:waiver_id>/end/", card_waivers.end, name="waiver_end"),
    path("clients/<int:pk>/archive/", card_lifecycle.archive, name="archive"),
    path("clients/<int:pk>/restore/", card_lifecycle.restore, name="restore"),
    path("clients/<int:pk>/erase/", card_lifecycle.erase, name="erase"),
    path("clients/<int:pk>/merge/", by_hand.merge_with, name="merge"),
]
