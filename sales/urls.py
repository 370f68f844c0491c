"""The addresses of the ledger."""

from django.urls import URLPattern, URLResolver, include, path

from accounts.access import requires
from sales.views import complaints, costs, documents, entering, payments, pools, settings
from sales.views.guards import READ, for_who_sees_profit
from sales.views.lists import COMPLAINTS, COSTS, OPEN, SALES
from ui import lists

app_name = "sales"

urlpatterns: list[URLPattern | URLResolver] = [
    path("sales/", include(lists.urls(SALES, requires(READ)))),
    path("sales/open/", include(lists.urls(OPEN, requires(READ)))),
    path("sales/new/", entering.new, name="new"),
    path("sales/<int:pk>/", documents.document, name="document"),
    path("sales/<int:pk>/edit/", entering.edit, name="edit"),
    path("sales/<int:pk>/remove/", entering.remove, name="remove"),
    path("sales/<int:pk>/pay/", payments.pay, name="pay"),
    path("sales/<int:pk>/credit/", payments.credit, name="credit"),
    path("sales/removed/<int:event_id>/restore/", entering.restore, name="restore"),
    path("payments/<int:pk>/remove/", payments.remove, name="remove_payment"),
    path("payments/removed/<int:event_id>/restore/", payments.restore, name="restore_payment"),
    path("costs/", include(lists.urls(COSTS, for_who_sees_profit))),
    path("costs/new/", costs.new, name="new_cost"),
    path("costs/<int:pk>/", costs.cost, name="cost"),
    path("costs/<int:pk>/remove/", costs.remove, name="remove_cost"),
    path("costs/removed/<int:event_id>/restore/", costs.restore, name="restore_cost"),
    path("complaints/", include(lists.urls(COMPLAINTS, requires("sales.view_complaint")))),
    path("complaints/new/", complaints.new, name="new_complaint"),
    path("complaints/<int:pk>/", complaints.complaint, name="complaint"),
    path("complaints/<int:pk>/edit/", complaints.edit, name="edit_complaint"),
    path("complaints/<int:pk>/resolve/", complaints.resolve, name="resolve"),
    path("complaints/<int:pk>/reopen/", complaints.reopen, name="reopen_complaint"),
    path("complaints/<int:pk>/remove/", complaints.remove, name="remove_complaint"),
    path("complaints/removed/<int:event_id>/restore/", complaints.restore, name="restore_complaint"),
    path("cost-pools/", pools.pools, name="pools"),
    path("cost-pools/new/", pools.new, name="new_pool"),
    path("cost-pools/copy/", pools.copy, name="copy_pools"),
    path("cost-pools/<int:pk>/", pools.pool, name="pool"),
    path("cost-pools/<int:pk>/remove/", pools.remove, name="remove_pool"),
    path("cost-pools/removed/<int:event_id>/restore/", pools.restore, name="restore_pool"),
    path("ledger-settings/", settings.settings, name="settings"),
    path("ledger-settings/closed-before/<str:day>/", settings.closed_before, name="closed_before"),
    path("ledger-settings/categories/", settings.add_category, name="add_category"),
    path("ledger-settings/categories/<int:pk>/", settings.category, name="category"),
    path("ledger-settings/categories/<int:pk>/retire/", settings.retire, name="retire_category"),
    path("ledger-settings/categories/<int:pk>/bring-back/", settings.bring_back, name="category_back"),
]
