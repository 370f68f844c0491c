"""Addresses of the pages about clients that may be one."""

from django.urls import path

from clients.views.duplicates import clear, lately, pairs, search, settings

app_name = "duplicates"
urlpatterns = [
    path("duplicates/", pairs.queue, name="queue"),
    path("duplicates/lately/", lately.lately, name="lately"),
    path("duplicates/settings/", settings.settings, name="settings"),
    path("duplicates/search/", search.search, name="search"),
    path("duplicates/search/progress/", search.progress, name="search_progress"),
    path("duplicates/clear/", clear.clear, name="clear"),
    path("duplicates/clear/<int:pk>/", clear.cleared, name="cleared"),
    path("duplicates/<int:pk>/", pairs.pair, name="pair"),
    path("duplicates/<int:pk>/merge/", pairs.merge, name="merge"),
    path("duplicates/<int:pk>/apart/", pairs.apart, name="apart"),
    path("duplicates/<int:pk>/put-back/", pairs.put_back, name="rejoin"),
    path("duplicates/<int:pk>/skip/", pairs.skip, name="skip"),
    path("duplicates/merges/<int:pk>/undo/", lately.undo, name="merge_undo"),
]
