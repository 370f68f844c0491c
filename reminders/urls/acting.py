"""Addresses of what one does with reminders: planning, moving, closing, handing over, and their list."""

from django.urls import URLPattern, URLResolver, include, path

from accounts.access import requires
from reminders.views.acting import closing, holiday, moving, planning, projects
from reminders.views.acting.list import REMINDERS, acts
from ui import lists

urlpatterns: list[URLPattern | URLResolver] = [
    path("clients/<int:pk>/reminders/plan/", planning.plan, name="plan"),
    path("clients/<int:pk>/reminders/time/", planning.told_of_time, name="told_of_time"),
    path("clients/<int:pk>/work-finished/", projects.finish, name="finish_work"),
    path("clients/<int:pk>/work-finished/<int:touch_id>/undo/<int:event_id>/", projects.undo, name="finish_undo"),
    path("reminders/", include(lists.urls(REMINDERS, requires("reminders.view_reminder")))),
    path("reminders/hand-over/", holiday.hand_over_many, name="hand_over_many"),
    path("reminders/hand-back/", holiday.hand_back, name="hand_back"),
    path("reminders/<int:pk>/acts/", acts, name="acts"),
    path("reminders/<int:pk>/edit/", planning.edit, name="edit"),
    path("reminders/<int:pk>/put-off/", moving.snooze, name="snooze"),
    path("reminders/<int:pk>/hand-over/", moving.hand_over, name="hand_over"),
    path("reminders/<int:pk>/done/", closing.done, name="done"),
    path("reminders/<int:pk>/cancel/", closing.cancel, name="cancel"),
    path("reminders/<int:pk>/reopen/", closing.reopen, name="reopen"),
    path("reminders/<int:pk>/undo/<int:act_id>/", moving.undo, name="undo"),
]
