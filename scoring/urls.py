"""Addresses of the pages of analysis."""

from django.urls import include, path

from accounts.access import requires
from scoring.views import choosing, export, new_and_repeat, profitability, settings, whatif
from scoring.views.cases import acting, board
from scoring.views.clients import PROFIT
from ui import lists

app_name = "scoring"
urlpatterns = [
    path("profitability/", profitability.page, name="profitability"),
    path("profitability/clients/", include(lists.urls(PROFIT, requires("sales.see_profit")))),
    path("profitability/export/", export.export, name="export"),
    path("profitability/moved/", profitability.moved, name="moved"),
    path("profitability/way/", profitability.way, name="way"),
    path("profitability/new-and-repeat/", new_and_repeat.page, name="new_and_repeat"),
    path("profitability/new-and-repeat/export/", new_and_repeat.export, name="new_and_repeat_export"),
    path("profitability/waterfall/", profitability.waterfall, name="waterfall"),
    path("profitability/choose/", choosing.choose, name="choose"),
    path("profitability/choose/condition/", choosing.condition, name="choose_condition"),
    path("profitability/chosen/", choosing.chosen, name="chosen"),
    path("profit-settings/", settings.settings, name="settings"),
    path("profit-settings/undo/<int:entry_id>/", settings.undo, name="settings_undo"),
    path("profitability/what-if/pool/", whatif.pool, name="whatif_pool"),
    path("profitability/what-if/client/<int:pk>/", whatif.client, name="whatif_client"),
    path("profitability/what-if/client/<int:pk>/propose/", whatif.propose, name="whatif_propose"),
    path("cases/", board.board, name="cases"),
    path("cases/of-client/<int:pk>/open/", board.open_one, name="open_case"),
    path("cases/<int:pk>/", board.page, name="case"),
    path("cases/<int:pk>/decide/", acting.edit, name="case_decide"),
    path("cases/<int:pk>/terms/", acting.terms, name="case_terms"),
    path("cases/<int:pk>/terms/<int:term_id>/drop/", acting.drop_terms, name="case_drop_terms"),
    path("cases/<int:pk>/act/", acting.act, name="case_act"),
    path("cases/<int:pk>/act/undo/", acting.undo_act, name="case_undo_act"),
    path("cases/<int:pk>/stop/", acting.stop, name="case_stop"),
    path("cases/<int:pk>/close/", acting.close, name="case_close"),
    path("cases/<int:pk>/reopen/", acting.reopen, name="case_reopen"),
]
