"""The list of clients: who sees it, what it asks of the database, and what a strange address does to it."""

from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from clients import custom_indexes
from clients.models import Client, CustomField, Industry, LineOfBusiness, Source
from clients.tables import ClientTable

pytestmark = pytest.mark.django_db


def make(count: int, **values: Any) -> list[Client]:
    return Client.objects.bulk_create(Client(full_name=f"Client {number:03}", is_customer=True, **values) for number in range(count))


def names(answer: Any) -> list[str]:
    return [record.full_name for record in answer.context["list"].records]


def test_everybody_with_a_role_sees_the_whole_registry(client: Browser, anna: User, clara: User) -> None:
    make(1, manager=anna)
    client.force_login(clara)
    assert names(client.get("/clients/")) == ["Client 000"]


def test_an_account_without_a_role_is_refused(client: Browser, eve: User) -> None:
    client.force_login(eve)
    assert client.get("/clients/").status_code == 403


def test_nobody_is_led_to_the_sign_in_page(client: Browser, company: Any) -> None:
    assert client.get("/clients/").status_code == 302


@pytest.mark.parametrize("count", [1, 3, 10, 50])
def test_the_number_of_queries_does_not_grow_with_the_rows(client: Browser, anna: User, boris: User, count: int) -> None:
    for number in range(count):
        source = Source.objects.create(name=f"Source {number}")
        Client.objects.create(full_name=f"Client {number}", manager=boris if number % 2 else anna, source=source)
    client.force_login(anna)
    client.get("/clients/new/")  # the navigation's figures are counted once a minute
    with CaptureQueriesContext(connection) as asked:
        answer = client.get("/clients/?columns=name,manager,source,industry,completeness,role")
    assert len(answer.context["list"].records) == count
    assert len(asked) <= 16


@pytest.mark.parametrize("count", [1, 3])
def test_nor_with_all_columns(client: Browser, anna: User, count: int) -> None:
    for name in ("fleet", "size"):
        CustomField.objects.create(key=name, label=name.title(), kind="text")
    columns = ",".join([*ClientTable.base_columns, "custom_fleet", "custom_size"])
    source, industry = Source.objects.create(name="One"), Industry.objects.create(name="One")
    line = LineOfBusiness.objects.create(name="One")
    for number in range(count):
        Client.objects.create(
            full_name=f"Client {number}", manager=anna, source=source, industry=industry, line_of_business=line, custom={"fleet": "3"}
        )
    client.force_login(anna)
    client.get("/clients/new/")
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(f"/clients/?columns={columns}")
    assert len(answer.context["list"].columns) == len(columns.split(","))
    assert len(asked) <= 17


def test_where_a_client_is_and_what_it_was_called_are_columns(client: Browser, anna: User) -> None:
    Client.objects.create(
        full_name="Irina", kind="person", birth_date="1984-03-07", former_names="Roma", website="https://roma.example/shop",
        address="ul. Mira, 5", postal_code="01067", region="Tver", country="RU",
    )  # fmt: skip
    client.force_login(anna)
    page = client.get("/clients/?columns=name,address,postal_code,region,country,website,former_names,birth_date").content.decode()
    for shown in ("ul. Mira, 5", "01067", "Tver", "Russia", ">roma.example/shop</a>", "Roma", "7 March 1984"):
        assert shown in page


def test_archived_clients_are_left_out_unless_asked_for(client: Browser, anna: User) -> None:
    make(1)
    Client.objects.update(archived_at="2026-01-01T00:00Z")
    client.force_login(anna)
    assert names(client.get("/clients/")) == []
    assert names(client.get("/clients/?archived=yes")) == ["Client 000"]


def test_filters_say_in_words_what_they_do(client: Browser, anna: User, boris: User) -> None:
    make(2, manager=anna)
    make(1, manager=boris, lifecycle="former")
    client.force_login(anna)
    answer = client.get(f"/clients/?manager=me&manager={boris.pk}&lifecycle=former&touch=under&touch_days=200&completeness_below=60")
    assert [(chip.label, chip.words) for chip, _url in answer.context["list"].chips] == [
        ("Manager", "me, Boris Lind"),
        ("Lifecycle", "former"),
        ("Last touch", "under 200 days"),
        ("Completeness", "below 60\N{NO-BREAK SPACE}%"),
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("manager=me", ["Client 000"]),
        ("manager=none", ["Client 001"]),
        ("team=me", ["Client 000"]),
        ("role=supplier", ["Client 001"]),
        ("city=ж", ["Client 001"]),
        ("city=zh", ["Client 001"]),
        ("touch=never", ["Client 001"]),
        ("touch=over&touch_days=30", ["Client 000", "Client 001"]),
        ("next_step=none", ["Client 000", "Client 001"]),
        ("targeted=yes", ["Client 000"]),
        ("custom_fleet_min=10&custom_fleet_max=20", ["Client 000"]),
        ("custom_ends_from=2026-01-01&custom_ends_until=2026-12-31", ["Client 000"]),
        ("custom_size=large", ["Client 000"]),
        ("custom_news=no", ["Client 001"]),
        ("custom_erp=sa", ["Client 000"]),
        ("registered_from=2001-01-01", ["Client 000", "Client 001"]),
        ("registered_until=2001-01-01", []),
        ("falls_short=no", ["Client 000", "Client 001"]),
    ],
)
def test_each_filter_leaves_what_it_says(client: Browser, anna: User, query: str, expected: list[str]) -> None:
    for key, kind, choices in [
        ("fleet", "number", []),
        ("ends", "date", []),
        ("size", "choice", ["large"]),
        ("news", "boolean", []),
        ("erp", "text", []),
    ]:
        CustomField.objects.create(key=key, label=key.title(), kind=kind, choices=choices)
    source = Source.objects.create(name="Target list", targeted=True)
    facts = {"fleet": 12, "ends": "2026-05-01", "size": "large", "news": True, "erp": "SAP"}
    Client.objects.create(
        full_name="Client 000", manager=anna, is_customer=True, last_touch_at="2020-01-01T00:00Z", source=source, custom=facts
    )
    Client.objects.create(full_name="Client 001", is_supplier=True, city="Жуковский", custom={"news": False, "fleet": 9})
    client.force_login(anna)
    answer = client.get(f"/clients/?{query}")
    assert names(answer) == expected
    assert answer.context["list"].notices == []


@pytest.mark.parametrize(
    "query",
    [
        "page=1000000000000000000",
        "manager=1%00",
        "manager=99999999999999999999999",
        "lifecycle=nonsense",
        "touch=over&touch_days=" + "9" * 40,
        "registered_from=9999-12-31",
        "completeness_below=NaN",
        "custom_x=1&__class__=2&manager__password=3",
        "after=nonsense",
        "before=" + quote("WyJhIl0:abc"),
        "sort=password",
        "sort=-name;DROP TABLE clients_client",
        "columns=password",
        "view=99999999999999999999999",
        "q=%ED%A0%80%00",
        "city=%ED%A0%80",
        "manager=" + "&manager=".join(map(str, range(900))),
    ],
)
def test_a_strange_address_gets_the_list_and_a_notice_and_never_a_fault(client: Browser, anna: User, query: str) -> None:
    make(1)
    client.force_login(anna)
    answer = client.get(f"/clients/?{query}")
    assert answer.status_code == 200
    if not query.startswith(("columns", "view", "q", "city")):
        assert answer.context["list"].notices


def test_the_filter_that_hides_most_is_named_where_nothing_matches(client: Browser, anna: User) -> None:
    make(2, manager=anna)
    make(1, lifecycle="former")
    client.force_login(anna)
    answer = client.get("/clients/?manager=me&lifecycle=former")
    assert b"would be 2" in answer.content
    assert answer.context["list"].hider.label == "Lifecycle"


def test_htmx_gets_only_what_moves(client: Browser, anna: User) -> None:
    make(1)
    client.force_login(anna)
    answer = client.get("/clients/?lifecycle=potential", headers={"HX-Request": "true"})
    assert b"<html" not in answer.content
    assert answer["HX-Push-Url"] == "/clients/?lifecycle=potential"


def test_the_finder_names_clients_as_somebody_types(client: Browser, anna: User) -> None:
    Client.objects.create(full_name="ООО «Ромашка»")
    client.force_login(anna)
    assert "Ромашка" in client.get("/find/?q=romash").content.decode()


def test_an_odd_value_of_a_custom_field_breaks_no_filter(client: Browser, anna: User) -> None:
    CustomField.objects.create(key="fleet", label="Fleet", kind="number")
    Client.objects.create(full_name="Odd", custom={"fleet": "many"})
    Client.objects.create(full_name="Even", custom={"fleet": 4})
    client.force_login(anna)
    assert names(client.get("/clients/?custom_fleet_min=1")) == ["Even"]


def test_custom_fields_get_an_index_and_lose_it_when_they_retire(db: Any) -> None:
    for kind in ("number", "date", "text", "boolean"):
        CustomField.objects.create(key=kind, label=kind, kind=kind)
    assert len(custom_indexes.keep_indexes(beside=False)) == 3
    assert custom_indexes.keep_indexes(beside=False) == []
    CustomField.objects.update(retired=True)
    custom_indexes.keep_indexes(beside=False)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_indexes WHERE starts_with(indexname, 'client_custom_field_')")
        assert cursor.fetchone() == (0,)
