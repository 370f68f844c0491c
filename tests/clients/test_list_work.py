"""Saved views, bulk changes and exports of the list of clients, as each of the cast."""

import csv
import io
from typing import Any

import pytest
from django.test import Client as Browser
from openpyxl import load_workbook

from accounts.models import User
from clients.models import Client, Criterion, CustomField, Industry
from ui.models import ExportLog, ListWork, SavedView

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def save(browser: Browser, user: User, name: str = "Mine", state: str = "manager=me", **more: str) -> SavedView:
    browser.force_login(user)
    browser.post("/clients/list/views/save/", {"name": name, "state": state, **more}, headers=HTMX)
    return SavedView.objects.get(owner=user, name=name)


def test_a_saved_view_keeps_the_filters_and_stands_as_a_tab(client: Browser, anna: User) -> None:
    view = save(client, anna, state="manager=me&sort=-touch&columns=name,phone")
    answer = client.get(f"/clients/?view={view.pk}&{view.query}")
    assert view.query == "manager=me&sort=-touch&columns=name%2Cphone"
    assert [(tab.name, tab.current, tab.changed) for tab in answer.context["list"].tabs] == [
        ("Whole registry", False, False),
        ("Mine", True, False),
    ]
    assert list(answer.context["list"].columns) == ["name", "phone"]


def test_the_list_opens_with_the_default_view(client: Browser, anna: User) -> None:
    view = save(client, anna, default="on")
    assert client.get("/clients/")["Location"] == f"/clients/?view={view.pk}&manager=me"
    assert client.get("/clients/?view=all").status_code == 200


def test_only_those_who_may_share_share(client: Browser, anna: User, dmitri: User) -> None:
    assert save(client, anna, shared="on").shared is False
    assert save(client, dmitri, shared="on").shared is True


def test_the_views_of_another_are_not_there(client: Browser, anna: User, clara: User) -> None:
    view = save(client, anna)
    client.force_login(clara)
    assert [tab.name for tab in client.get(f"/clients/?view={view.pk}").context["list"].tabs] == ["Whole registry"]
    assert client.get(f"/clients/list/views/{view.pk}/").status_code == 404
    for part in ("", "update/", "remove/", "bring-back/"):
        assert client.post(f"/clients/list/views/{view.pk}/{part}", {"name": "Stolen"}, headers=HTMX).status_code == 404
    view.refresh_from_db()
    assert (view.name, view.query, view.removed_at) == ("Mine", "manager=me", None)


def test_a_shared_view_is_seen_by_all_and_changed_by_its_owner_alone(client: Browser, anna: User, dmitri: User) -> None:
    view = save(client, dmitri, name="Ours", state="lifecycle=former", shared="on")
    client.force_login(anna)
    assert "Ours" in [tab.name for tab in client.get("/clients/").context["list"].tabs]
    assert client.post(f"/clients/list/views/{view.pk}/remove/", headers=HTMX).status_code == 404


def test_a_deleted_view_can_be_brought_back(client: Browser, anna: User) -> None:
    view = save(client, anna)
    client.post(f"/clients/list/views/{view.pk}/remove/", headers=HTMX)
    assert len(client.get("/clients/").context["list"].tabs) == 1
    client.post(f"/clients/list/views/{view.pk}/bring-back/", headers=HTMX)
    assert len(client.get("/clients/").context["list"].tabs) == 2


def test_a_view_that_comes_back_takes_a_name_that_is_free(client: Browser, anna: User) -> None:
    view = save(client, anna)
    client.post(f"/clients/list/views/{view.pk}/remove/", headers=HTMX)
    save(client, anna, name="Mine (2)")
    client.post("/clients/list/views/save/", {"name": "Mine", "state": ""}, headers=HTMX)
    assert client.post(f"/clients/list/views/{view.pk}/bring-back/", headers=HTMX).status_code == 200
    view.refresh_from_db()
    assert (view.name, view.removed_at) == ("Mine (3)", None)


def test_a_view_saved_twice_at_once_is_one_view(client: Browser, anna: User, monkeypatch: pytest.MonkeyPatch) -> None:
    view = save(client, anna)
    other = save(client, anna, name="Other")
    monkeypatch.setattr("ui.lists.forms.ViewForm.clean_name", lambda form: form.cleaned_data["name"])  # it saw no other yet
    for part in ("save/", f"{other.pk}/"):
        answer = client.post(f"/clients/list/views/{part}", {"name": "Mine", "state": "lifecycle=former"}, headers=HTMX)
        assert answer.status_code == 422
        assert "You have a view of this name already." in answer.content.decode()
    view.refresh_from_db()
    assert (view.query, SavedView.objects.count()) == ("manager=me", 2)


def test_tabs_stand_in_the_order_that_their_user_gave_them(client: Browser, anna: User) -> None:
    first, second = save(client, anna, "First"), save(client, anna, "Second")
    client.post("/clients/list/views/order/", {"view": [second.pk, first.pk, 10**17]}, headers=HTMX)
    assert [tab.name for tab in client.get("/clients/").context["list"].tabs] == ["Whole registry", "Second", "First"]


def test_views_are_counted_when_the_page_stands(client: Browser, anna: User) -> None:
    Client.objects.create(full_name="One", manager=anna)
    view = save(client, anna)
    answer = client.get("/clients/list/counts/", headers=HTMX)
    assert f'hx-target="#view-count-{view.pk}">1<' in answer.content.decode()


def test_columns_are_kept_for_their_user(client: Browser, anna: User) -> None:
    client.force_login(anna)
    client.post("/clients/list/columns/", {"column": ["phone", "password", "source"], "state": ""}, headers=HTMX)
    assert list(client.get("/clients/").context["list"].columns) == ["name", "phone", "source"]


def hand_over(browser: Browser, to: User, **chosen: Any) -> Any:
    return browser.post("/clients/list/do/hand-over/", {"go": "1", "manager": to.pk, **chosen}, headers=HTMX)


def test_a_manager_hands_over_own_clients_and_no_others(client: Browser, anna: User, boris: User, clara: User) -> None:
    own = Client.objects.create(full_name="Own", manager=anna, is_customer=True)
    foreign = Client.objects.create(full_name="Foreign", manager=clara, is_customer=True)
    client.force_login(anna)
    answer = hand_over(client, boris, id=[own.pk, foreign.pk])
    assert list(Client.objects.order_by("pk").values_list("manager", flat=True)) == [boris.pk, clara.pk]
    assert "1: left as they are, because they are not yours" in answer["HX-Trigger"]


def test_the_whole_view_means_what_its_filters_leave(client: Browser, dmitri: User, anna: User, boris: User) -> None:
    for name, lifecycle in [("A", "former"), ("B", "former"), ("C", "current")]:
        Client.objects.create(full_name=name, manager=anna, lifecycle=lifecycle, is_customer=True)
    client.force_login(dmitri)
    hand_over(client, boris, all="1", state="lifecycle=former")
    assert list(Client.objects.order_by("pk").values_list("manager", flat=True)) == [boris.pk, boris.pk, anna.pk]


def test_rows_that_the_filters_hide_can_not_be_sneaked_in(client: Browser, dmitri: User, anna: User, boris: User) -> None:
    hidden = Client.objects.create(full_name="C", manager=anna, lifecycle="current", is_customer=True)
    client.force_login(dmitri)
    hand_over(client, boris, id=[hidden.pk], state="lifecycle=former")
    hidden.refresh_from_db()
    assert hidden.manager == anna


def test_a_bulk_change_is_taken_back(client: Browser, dmitri: User, anna: User, boris: User, clara: User) -> None:
    for manager in (anna, clara, None):
        Client.objects.create(full_name="A", manager=manager, is_customer=True)
    client.force_login(dmitri)
    hand_over(client, boris, all="1", state="")
    work = ListWork.objects.get()
    assert client.post(f"/clients/list/work/{work.pk}/undo/").status_code == 204
    assert list(Client.objects.order_by("pk").values_list("manager", flat=True)) == [anna.pk, clara.pk, None]
    assert "3 rows are as they were before." in client.get("/clients/").content.decode(), "the page that follows says nothing"


def test_a_manager_takes_back_what_she_gave_away_unless_it_moved_on(client: Browser, anna: User, boris: User, clara: User) -> None:
    for name in ("A", "B"):
        Client.objects.create(full_name=name, manager=anna, is_customer=True)
    client.force_login(anna)
    hand_over(client, boris, all="1", state="")
    Client.objects.filter(full_name="B").update(manager=clara)
    client.post(f"/clients/list/work/{ListWork.objects.get().pk}/undo/")
    assert dict(Client.objects.values_list("full_name", "manager")) == {"A": anna.pk, "B": clara.pk}
    assert "1 row is as it was before." in client.get("/clients/").content.decode()


def test_the_work_of_another_is_not_there(client: Browser, dmitri: User, anna: User, boris: User) -> None:
    Client.objects.create(full_name="A", manager=anna, is_customer=True)
    client.force_login(dmitri)
    hand_over(client, boris, all="1", state="")
    work = ListWork.objects.get()
    client.force_login(anna)
    assert client.get(f"/clients/list/work/{work.pk}/").status_code == 404
    assert client.post(f"/clients/list/work/{work.pk}/undo/").status_code == 404


def test_a_field_is_set_for_many(client: Browser, dmitri: User) -> None:
    Client.objects.create(full_name="A", is_customer=True)
    client.force_login(dmitri)
    client.post(
        "/clients/list/do/set-field/", {"go": "1", "what": "lifecycle", "lifecycle": "former", "all": "1", "state": ""}, headers=HTMX
    )
    assert Client.objects.get().lifecycle == "former"


def test_a_set_field_is_taken_back_though_its_value_is_no_longer_offered(client: Browser, dmitri: User) -> None:
    Client.objects.create(full_name="A", is_customer=True)
    baking = Industry.objects.create(name="Baking")
    client.force_login(dmitri)
    client.post(
        "/clients/list/do/set-field/", {"go": "1", "what": "industry", "industry": baking.pk, "all": "1", "state": ""}, headers=HTMX
    )
    assert Client.objects.get().industry == baking
    Industry.objects.update(retired=True)
    assert client.post(f"/clients/list/work/{ListWork.objects.get().pk}/undo/", headers=HTMX).status_code == 204
    assert Client.objects.get().industry is None


def test_a_field_without_a_value_is_refused_in_words(client: Browser, dmitri: User) -> None:
    client.force_login(dmitri)
    answer = client.post("/clients/list/do/set-field/", {"go": "1", "what": "source", "all": "1"}, headers=HTMX)
    assert answer.status_code == 422
    assert b"Choose what it shall be" in answer.content


def exported(browser: Browser, file_format: str, **more: str) -> bytes:
    data = {"go": "1", "file_format": file_format, "which": "shown", "all": "1", **more}
    answer = browser.post("/clients/list/export/", data)
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


FORMULAS = ["=1+1", "+SUM(A1)", "-2", "@x", "\t=1", "  =cmd|' /C calc'!A0", "\r=1"]


def test_a_csv_holds_what_is_shown_and_no_formulas(client: Browser, anna: User) -> None:
    for name in FORMULAS:
        Client.objects.create(full_name=name, city="Псков", phones=["+79215550142"])
    client.force_login(anna)
    data = exported(client, "csv", state="columns=name,phone")
    assert data.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert lines[0] == ["Full name", "Short name", "City", "Phones"]
    assert sorted(line[0] for line in lines[1:]) == sorted(f"'{name}" for name in FORMULAS)
    assert {line[2] for line in lines[1:]} == {"Псков"}


def test_the_headings_of_a_csv_are_no_formulas_either(client: Browser, anna: User) -> None:
    CustomField.objects.create(key="evil", label="=HYPERLINK(A1)", kind="text")
    client.force_login(anna)
    assert b"'=HYPERLINK(A1)" in exported(client, "csv", state="columns=name,custom_evil")


def test_a_workbook_has_typed_cells_and_no_formulas(client: Browser, anna: User) -> None:
    for name in FORMULAS:
        Client.objects.create(full_name=name, last_touch_at="2026-11-03T10:00Z")
    client.force_login(anna)
    sheet = load_workbook(io.BytesIO(exported(client, "xlsx", state="columns=name,touch,completeness"))).active
    assert sheet is not None
    cells = list(sheet.iter_rows(min_row=2))
    assert all(cell.data_type != "f" for row in cells for cell in row)
    assert {str(row[3].value)[:10] for row in cells} == {"2026-11-03"}
    assert {row[4].data_type for row in cells} == {"n"}


def test_it_is_noted_who_exported_what(client: Browser, anna: User) -> None:
    Client.objects.create(full_name="A", manager=anna)
    client.force_login(anna)
    exported(client, "csv", state="manager=me")
    log = ExportLog.objects.get()
    assert (log.user, log.page, log.rows, log.words, log.file_format) == (anna, "clients", 1, "Manager: me", "csv")


def test_an_account_without_a_role_exports_nothing(client: Browser, eve: User) -> None:
    client.force_login(eve)
    assert client.post("/clients/list/export/", {"go": "1", "file_format": "csv", "which": "all", "all": "1"}).status_code == 403
    assert client.post("/clients/list/do/hand-over/", {"go": "1"}).status_code == 403
    assert not ExportLog.objects.exists()


KINDS = [
    # kind, what is typed, what is kept, what can't be
    ("text", "  Yard 4 ", "Yard 4", "x" * 1_001),
    ("number", "12,5", 12.5, "many"),
    ("date", "2026-05-01", "2026-05-01", "tomorrow"),
    ("boolean", "false", False, "perhaps"),
    ("choice", "Partner", "Partner", "Stranger"),
]


def own_field(kind: str, key: str = "own", **more: Any) -> CustomField:
    choices = ["Standard", "Partner"] if kind == "choice" else []
    return CustomField.objects.create(key=key, label=f"Own {kind}", kind=kind, choices=choices, **more)


def set_own(browser: Browser, value: str, key: str = "own", **chosen: Any) -> Any:
    data = {"go": "1", "what": f"custom.{key}", f"custom.{key}": value, "all": "1", "state": "", **chosen}
    return browser.post("/clients/list/do/set-field/", data, headers=HTMX)


@pytest.mark.parametrize(("kind", "typed", "kept"), [row[:3] for row in KINDS])
def test_a_custom_field_is_set_for_many_and_taken_back(client: Browser, dmitri: User, kind: str, typed: str, kept: Any) -> None:
    own_field(kind)
    before = {"A": {}, "B": {"own": kept}, "C": {"other": 1}}
    for name, custom in before.items():
        Client.objects.create(full_name=name, is_customer=True, custom=custom)
    client.force_login(dmitri)
    answer = set_own(client, typed)
    assert "2 clients changed. 1: stood like this already." in answer["HX-Trigger"]
    assert dict(Client.objects.values_list("full_name", "custom")) == {
        "A": {"own": kept},
        "B": {"own": kept},
        "C": {"own": kept, "other": 1},
    }
    client.post(f"/clients/list/work/{ListWork.objects.get().pk}/undo/", headers=HTMX)
    assert dict(Client.objects.values_list("full_name", "custom")) == before


@pytest.mark.parametrize(("kind", "wrong"), [row[::3] for row in KINDS])
def test_a_value_that_a_custom_field_can_not_keep_is_refused_in_words(client: Browser, dmitri: User, kind: str, wrong: str) -> None:
    own_field(kind)
    Client.objects.create(full_name="A", is_customer=True)
    client.force_login(dmitri)
    for value in (wrong, " "):
        answer = set_own(client, value)
        assert answer.status_code == 422
        assert [bool(errors) for name, errors in answer.context["form"].errors.items()] == [True]
        assert list(answer.context["form"].errors) == ["custom.own"]
    assert (Client.objects.get().custom, ListWork.objects.exists()) == ({}, False)


@pytest.mark.parametrize("key", ["gone", "nothing", "own__x", "own' OR 1=1"])
def test_only_the_custom_fields_that_are_offered_can_be_set(client: Browser, dmitri: User, key: str) -> None:
    own_field("text")
    own_field("text", key="gone", retired=True)
    Client.objects.create(full_name="A", is_customer=True)
    client.force_login(dmitri)
    assert set_own(client, "x", key=key).status_code == 422
    assert (Client.objects.get().custom, ListWork.objects.exists()) == ({}, False)


@pytest.mark.parametrize(
    ("who", "changed"), [("anna", {"Anna's"}), ("boris", set()), ("clara", set()), ("dmitri", {"Anna's", "Nobody's"}), ("eve", None)]
)
def test_a_custom_field_is_set_only_where_one_may_change_the_client(
    client: Browser, request: pytest.FixtureRequest, anna: User, who: str, changed: set[str] | None
) -> None:
    own_field("choice")
    Client.objects.create(full_name="Anna's", manager=anna, is_customer=True)
    Client.objects.create(full_name="Nobody's", is_customer=True)
    Client.objects.create(full_name="Archived", manager=anna, is_customer=True, archived_at="2026-01-01T00:00Z")
    client.force_login(request.getfixturevalue(who))
    answer = set_own(client, "Partner")
    assert answer.status_code == (403 if changed is None else 200)
    assert set(Client.objects.filter(custom__own="Partner").values_list("full_name", flat=True)) == (changed or set())
    if changed is not None and len(changed) < 2:
        assert f"{2 - len(changed)}: left as they are, because they are not yours" in answer["HX-Trigger"]


def test_a_custom_field_that_a_criterion_asks_for_obeys_it(client: Browser, dmitri: User) -> None:
    own_field("number")
    Criterion.objects.create(
        fact="custom.own", level="required", state="published", valid_from="2020-01-01", grace_days=0, at_least=1, at_most=10
    )
    Client.objects.create(full_name="A", is_customer=True, custom={"own": 5})
    client.force_login(dmitri)
    answer = set_own(client, "11")
    assert "1: left as they are, because they would break the entry criteria." in answer["HX-Trigger"]
    assert Client.objects.get().custom == {"own": 5}


def test_the_dialog_draws_the_field_that_is_chosen(client: Browser, dmitri: User) -> None:
    for kind, *_rest in KINDS:
        own_field(kind, key=kind)
    client.force_login(dmitri)
    page = client.post("/clients/list/do/set-field/", {"all": "1"}, headers=HTMX).content.decode()
    assert 'name="source"' in page
    assert '<optgroup label="Your own fields">' in page
    for kind, control in [("text", 'type="text"'), ("number", 'inputmode="decimal"'), ("date", 'type="date"'), ("boolean", 'type="radio"')]:
        data = {"go": "1", "what": f"custom.{kind}", "source": "", "all": "1"}
        answer = client.post("/clients/list/do/set-field/?again=1", data, headers=HTMX)
        assert answer.status_code == 200
        assert list(answer.context["form"].fields) == ["what", f"custom.{kind}"]
        assert control in answer.content.decode()
        assert not answer.context["form"].errors
    assert not ListWork.objects.exists()


def test_a_custom_field_that_was_retired_since_keeps_what_was_set(client: Browser, dmitri: User) -> None:
    own_field("text")
    Client.objects.create(full_name="A", is_customer=True)
    client.force_login(dmitri)
    set_own(client, "x")
    CustomField.objects.update(retired=True)
    answer = client.post(f"/clients/list/work/{ListWork.objects.get().pk}/undo/", headers=HTMX)
    assert (answer.status_code, "0 rows" in answer["HX-Trigger"]) == (204, True)
    assert Client.objects.get().custom == {"own": "x"}
