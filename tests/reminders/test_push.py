"""Push messages: encrypted as the RFC says, to known services only, to devices on which somebody is signed in."""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.core.exceptions import ValidationError
from django.test import Client as Browser

from accounts.models import User
from accounts.services.people import sign_out_everywhere
from reminders.engine import push
from reminders.engine.delivering import deliver_waiting
from reminders.engine.firing import fire_due_reminders
from reminders.models import Delivery, PushDevice, PushKeys, ReminderPreferences
from reminders.services.hearing import MOST_DEVICES, add_push_device
from tests.clients.browsing import as_user
from tests.reminders.conftest import Plan, due_now

pytestmark = pytest.mark.django_db

KNOWN = "https://fcm.googleapis.com/fcm/send/abc"


class Phone:
    """A browser's half: its keys, and reading what was sealed for it."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.secret = b"0123456789abcdef"
        self.point = self.key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)

    def given(self, endpoint: str) -> dict[str, str]:
        return {"endpoint": endpoint, "public_key": push.encoded(self.point), "secret": push.encoded(self.secret)}

    def read(self, sealed: bytes) -> Any:
        salt, theirs, body = sealed[:16], sealed[21:86], sealed[86:]
        shared = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs))
        material = HKDF(hashes.SHA256(), 32, self.secret, b"WebPush: info\0" + self.point + theirs).derive(shared)
        key = HKDF(hashes.SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(material)
        nonce = HKDF(hashes.SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(material)
        return json.loads(AESGCM(key).decrypt(nonce, body, None).rstrip(b"\x02"))


class Service(HTTPServer):
    """A push service on loopback that notes what it got, and answers as told."""

    answers: list[int]
    got: list[tuple[str, dict[str, str], bytes]]
    address: str


class Answering(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 201)
        self.send_header("Location", f"{self.server.address}/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def service(settings: Any) -> Iterator[Service]:
    server = Service(("127.0.0.1", 0), Answering)
    server.answers, server.got = [], []
    server.address = f"http://127.0.0.1:{server.server_port}"
    settings.PUSH_STAND_IN = f"{server.address}/"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def phone() -> Phone:
    return Phone()


@pytest.fixture
def browser(anna: User) -> Browser:
    return as_user(anna)


@pytest.fixture(autouse=True)
def _at_any_hour(anna: User) -> None:
    """In the evening of those who run the tests nothing would be sent."""
    ReminderPreferences.objects.update_or_create(user=anna, defaults={"quiet_from": None, "quiet_until": None})


@pytest.fixture
def heard(service: Service, phone: Phone, browser: Browser) -> PushDevice:
    """Anna's phone, as it subscribed itself."""
    answer = browser.post("/settings/reminders/devices/", phone.given(f"{service.address}/push/1?x=2"))
    assert answer.status_code == 204
    return PushDevice.objects.get()


def due(plan: Plan, **given: Any) -> Delivery:
    due_now(plan(**given))
    fire_due_reminders()
    return Delivery.objects.get()


def test_it_is_sealed_as_in_the_example_of_rfc_8291() -> None:
    sealed = push.encrypt(
        b"When I grow up, I want to be a watermelon",
        public_key=push.decoded("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
        secret=push.decoded("BTBZMqHH6r4Tts7J_aSIgg"),
        salt=push.decoded("DGv6ra1nlYgDCS1FRnbzlw"),
        key=ec.derive_private_key(int.from_bytes(push.decoded("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")), ec.SECP256R1()),
    )
    assert push.encoded(sealed) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4M"
        "qgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_a_due_reminder_reaches_the_phone_sealed_for_it_and_signed_by_us(
    plan: Plan, heard: PushDevice, service: Service, phone: Phone
) -> None:
    delivery = due(plan, kind="call_back", subject="renewal")

    assert deliver_waiting().sent == 1

    (path, headers, body), *more = service.got
    assert (path, more) == ("/push/1?x=2", [])
    assert (headers["content-encoding"], headers["ttl"], headers["urgency"]) == ("aes128gcm", "43200", "high")
    assert phone.read(body) == {
        "title": "Ateliers Lefèvre",
        "body": "Call back: renewal\ndue now",
        "url": f"/clients/{delivery.reminder.client_id}/",
        "tag": str(delivery.key),
    }
    signed_by_us(headers["authorization"], service.address)


def signed_by_us(header: str, audience: str) -> None:
    token, point = (part.split("=", 1)[1] for part in header.removeprefix("vapid ").split(", "))
    head, claims, signature = token.split(".")
    said = json.loads(base64.urlsafe_b64decode(claims + "=="))
    assert said["aud"] == audience
    assert point == push.application_key()
    raw = push.decoded(signature)
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), push.decoded(point))
    der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    key.verify(der, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))


def test_a_kind_that_was_taken_off_the_phone_is_not_sent_there(plan: Plan, heard: PushDevice, anna: User) -> None:
    ReminderPreferences.objects.filter(user=anna).update(push_without=["call_back"])
    for kind in ("call_back", "birthday"):
        due_now(plan(kind=kind))
    fire_due_reminders()
    assert [delivery.reminder.kind.key for delivery in Delivery.objects.filter(channel="push")] == ["birthday"]


def test_taken_off_while_it_waited_it_is_dropped(plan: Plan, heard: PushDevice, service: Service, anna: User) -> None:
    due(plan, kind="call_back")
    ReminderPreferences.objects.filter(user=anna).update(push_without=["call_back"])
    assert (deliver_waiting().dropped, service.got) == (1, [])


def test_switched_off_altogether_while_it_waited_it_is_dropped(plan: Plan, heard: PushDevice, service: Service, anna: User) -> None:
    due(plan, kind="call_back")
    ReminderPreferences.objects.filter(user=anna).update(push=False)
    assert (deliver_waiting().dropped, service.got) == (1, [])


def test_in_the_language_of_whoever_reads_it(plan: Plan, heard: PushDevice, service: Service, phone: Phone, anna: User) -> None:
    User.objects.filter(pk=anna.pk).update(language="ru")
    due(plan)
    deliver_waiting()
    assert "due now" not in phone.read(service.got[0][2])["body"]


@pytest.mark.parametrize("status", [404, 410])
def test_a_phone_that_is_gone_is_removed(plan: Plan, heard: PushDevice, service: Service, status: int) -> None:
    due(plan)
    service.answers = [status]

    assert deliver_waiting().dropped == 1

    assert not PushDevice.objects.exists()


@pytest.mark.parametrize("status", [302, 307, 403, 429, 500])
def test_every_other_answer_is_a_failure_and_a_redirect_is_not_followed(
    plan: Plan, heard: PushDevice, service: Service, status: int
) -> None:
    due(plan)
    service.answers = [status]

    assert deliver_waiting().failed == 1

    assert [path for path, _headers, _body in service.got] == ["/push/1?x=2"]
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.problem) == ("waiting", f"PushRefused: {status} ")


def test_heard_on_one_device_is_heard(plan: Plan, heard: PushDevice, service: Service, browser: Browser) -> None:
    browser.post("/settings/reminders/devices/", Phone().given(f"{service.address}/push/2"))
    due(plan)
    service.answers = [500]

    assert deliver_waiting().sent == 1
    assert len(service.got) == 2


def signed_out(browser: Browser, anna: User) -> None:
    browser.post("/account/logout/")


def everywhere(browser: Browser, anna: User) -> None:
    sign_out_everywhere(user=anna)


def left(browser: Browser, anna: User) -> None:
    User.objects.filter(pk=anna.pk).update(is_active=False)


@pytest.mark.parametrize("go", [signed_out, everywhere, left])
def test_where_nobody_is_signed_in_nothing_is_shown(
    plan: Plan, heard: PushDevice, service: Service, browser: Browser, anna: User, go: Any
) -> None:
    due(plan)
    go(browser, anna)

    assert deliver_waiting().dropped == 1
    assert service.got == []


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/fcm/send/abc",
        "https://fcm.googleapis.com.evil.example/",
        "https://evil.example/fcm.googleapis.com",
        "https://fcm.googleapis.com@169.254.169.254/",
        "https://fcm.googleapis.com:8443/",
        "https://169.254.169.254/latest/meta-data/",
        "https://0x7f000001/",
        "https://127.0.0.1/",
        "https://push.apple.com/",
        "https://evilpush.apple.com.example/",
        "http://127.0.0.1:6379/",
        "file:///etc/passwd",
        "https://fcm.googleapis.com/a\r\nHost: evil",
        "https://fcm.googleapis.com/\x00",
        "https://[::1]/",
        "https://fcm.googleapis.com:bad/",
        "https://fcm.googleapis.com/" + "a" * 1100,
        "",
    ],
)
def test_only_known_services_are_posted_to(browser: Browser, phone: Phone, endpoint: str) -> None:
    answer = browser.post("/settings/reminders/devices/", phone.given(endpoint))

    assert (answer.status_code, answer.content.decode()) == (422, "This browser's push service is not one that Seraph knows.")
    assert not PushDevice.objects.exists()


@pytest.mark.parametrize("endpoint", [KNOWN, "https://web.push.apple.com/QK", "https://updates.push.services.mozilla.com/wpush/v2/x"])
def test_known_ones_are(endpoint: str) -> None:
    assert push.checked_endpoint(endpoint).hostname


def test_an_endpoint_that_got_in_otherwise_is_not_posted_to_either(heard: PushDevice, plan: Plan, service: Service) -> None:
    PushDevice.objects.update(endpoint="https://169.254.169.254/latest")
    due(plan)

    assert deliver_waiting().failed == 1
    assert service.got == []


@pytest.mark.parametrize("wrong", [{"public_key": "AAAA"}, {"public_key": "é"}, {"secret": "AAAA"}, {"secret": ""}])
def test_keys_that_are_none_are_refused(browser: Browser, phone: Phone, wrong: dict[str, str]) -> None:
    assert browser.post("/settings/reminders/devices/", phone.given(KNOWN) | wrong).status_code == 422


def test_a_browser_that_subscribes_again_is_one_device(browser: Browser, phone: Phone, clara: User) -> None:
    for who in (browser, browser, as_user(clara)):
        who.post("/settings/reminders/devices/", phone.given(KNOWN))

    assert [device.user for device in PushDevice.objects.all()] == [clara], "whoever signed in there last"


def test_of_one_user_so_many_devices_are_kept(anna: User) -> None:
    for number in range(MOST_DEVICES + 3):
        given = Phone().given(f"{KNOWN}{number}")
        add_push_device(
            user=anna, name="x", session_key="s", endpoint=given["endpoint"], public_key=given["public_key"], secret=given["secret"]
        )
    assert PushDevice.objects.count() == MOST_DEVICES


def test_the_last_one_removed_ends_it(browser: Browser, phone: Phone, anna: User, clara: User) -> None:
    browser.post("/settings/reminders/devices/", phone.given(KNOWN))
    device = PushDevice.objects.get()
    assert as_user(clara).post(f"/settings/reminders/devices/{device.pk}/remove/").status_code == 404
    assert ReminderPreferences.objects.get(user=anna).push

    browser.post(f"/settings/reminders/devices/{device.pk}/remove/")

    assert not PushDevice.objects.exists()
    assert not ReminderPreferences.objects.get(user=anna).push


def test_the_keys_are_made_once(anna: User) -> None:
    before = push.application_key()
    push.ship_push_keys("default")
    assert push.application_key() == before
    assert PushKeys.objects.count() == 1


def test_the_script_stands_at_the_root_for_the_whole_site(anna: User) -> None:
    answer = Browser().get("/sw.js")
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer["Service-Worker-Allowed"] == "/"
    assert answer["Cache-Control"] == "no-cache"
    assert "worker-src 'self'" in answer["Content-Security-Policy"]


def test_a_message_fits_whatever_stands_in_it(plan: Plan, heard: PushDevice, service: Service, phone: Phone) -> None:
    due(plan, subject="ж" * 300)
    deliver_waiting()
    assert len(service.got[0][2]) < 4096


def test_settings_of_other_environments_name_no_stand_in(settings: Any) -> None:
    settings.PUSH_STAND_IN = ""
    with pytest.raises(ValidationError):
        push.checked_endpoint("http://127.0.0.1:1/push")
