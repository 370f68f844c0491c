"""Addresses of the rules of the registry."""

from django.urls import path

from clients.views import criteria, custom_fields, references, rule_history

app_name = "criteria"
urlpatterns = [
    path("criteria/", criteria.criteria_list, name="list"),
    path("criteria/table/", criteria.table, name="table"),
    path("criteria/new/", criteria.new, name="new"),
    path("criteria/history/", rule_history.history, name="history"),
    path("criteria/waivers/", rule_history.waivers, name="waivers"),
    path("criteria/waivers/<int:pk>/end/", rule_history.end, name="end_waiver"),
    path("criteria/waivers/<int:pk>/resume/", rule_history.resume, name="resume_waiver"),
    path("criteria/discarded/<int:change_id>/restore/", criteria.restore, name="restore"),
    path("criteria/<int:pk>/", criteria.criterion, name="criterion"),
    path("criteria/<int:pk>/effect/", criteria.effect, name="effect"),
    path("criteria/<int:pk>/change/", criteria.change, name="change"),
    path("criteria/<int:pk>/publish/", criteria.publish, name="publish"),
    path("criteria/<int:pk>/discard/", criteria.discard, name="discard"),
    path("criteria/<int:pk>/take-back/", criteria.take_back, name="take_back"),
    path("criteria/<int:pk>/retire/", criteria.retire, name="retire"),
    path("criteria/<int:pk>/bring-back/", criteria.bring_back, name="bring_back"),
    path("custom-fields/", custom_fields.fields, name="custom_fields"),
    path("custom-fields/new/", custom_fields.new, name="custom_field_new"),
    path("custom-fields/<int:pk>/", custom_fields.field, name="custom_field"),
    path("custom-fields/<int:pk>/choice/", custom_fields.choice, name="custom_field_choice"),
    path("custom-fields/<int:pk>/move/", custom_fields.move, name="custom_field_move"),
    path("custom-fields/<int:pk>/retire/", custom_fields.retire, name="custom_field_retire"),
    path("custom-fields/<int:pk>/bring-back/", custom_fields.bring_back, name="custom_field_back"),
    path("reference-lists/", references.entries, name="reference_lists"),
    path("reference-lists/usual-sources/", references.usual_sources, name="usual_sources"),
    path("reference-lists/<slug:kind>/", references.entries, name="references"),
    path("reference-lists/<slug:kind>/<int:pk>/", references.entry, name="reference"),
    path("reference-lists/<slug:kind>/<int:pk>/merge/", references.merge, name="reference_merge"),
    path("reference-lists/<slug:kind>/<int:pk>/retire/", references.retire, name="reference_retire"),
    path("reference-lists/<slug:kind>/<int:pk>/bring-back/", references.bring_back, name="reference_back"),
    path("target-profile/", references.target, name="target"),
    path("target-profile/share/", references.target_share, name="target_share"),
]
