"""Addresses: the calendar, and the feed that other calendars read."""

from django.urls import URLPattern, path

from reminders.views import calendar, feed

urlpatterns: list[URLPattern] = [
    path("calendar/", calendar.calendar, name="calendar"),
    path("calendar/feed/", feed.feed_settings, name="feed_settings"),
    path("calendar/feed/renew/", feed.renew, name="feed_renew"),
    path("calendar/feed/revoke/", feed.revoke, name="feed_revoke"),
    path("calendar/feed/<str:secret>.ics", feed.feed, name="feed"),
    path("calendar/<int:reminder_id>/", calendar.entry, name="calendar_entry"),
    path("calendar/<int:reminder_id>/move/", calendar.move, name="move"),
    path("calendar/<int:reminder_id>/move/<int:version>/undo/", calendar.move_undo, name="move_undo"),
]
