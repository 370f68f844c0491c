"""Addresses: rules that make reminders, and kinds of reminders."""

from django.urls import URLPattern, path

from reminders.views import kinds, rules

urlpatterns: list[URLPattern] = [
    path("reminders/rules/", rules.rules, name="rules"),
    path("reminders/rules/new/", rules.new_rule, name="new_rule"),
    path("reminders/rules/preview/", rules.rule_preview, name="new_rule_preview"),
    path("reminders/rules/condition/", rules.rule_condition, name="rule_condition"),
    path("reminders/rules/<int:pk>/", rules.rule, name="rule"),
    path("reminders/rules/<int:pk>/preview/", rules.rule_preview, name="rule_preview"),
    path("reminders/rules/<int:pk>/switch/", rules.switch, name="rule_switch"),
    path("reminders/rules/<int:pk>/on/", rules.switched_back, {"on": True}, name="rule_on"),
    path("reminders/rules/<int:pk>/off/", rules.switched_back, {"on": False}, name="rule_off"),
    path("reminders/rules/<int:pk>/retire/", rules.retire, name="rule_retire"),
    path("reminders/rules/<int:pk>/bring-back/", rules.bring_back, name="rule_back"),
    path("reminders/kinds/", kinds.kinds, name="kinds"),
    path("reminders/kinds/<int:pk>/", kinds.kind, name="kind"),
    path("reminders/kinds/<int:pk>/move/", kinds.move_kind, name="kind_move"),
    path("reminders/kinds/<int:pk>/retire/", kinds.retire_kind, name="kind_retire"),
    path("reminders/kinds/<int:pk>/bring-back/", kinds.kind_back, name="kind_back"),
]
