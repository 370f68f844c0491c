"""Mail is kept first: for the mail server to take, or, without one, for the administrator to read."""

import socket
import socketserver
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.mail import send_waiting_mail
from accounts.models import StoredMail, User

STORE = {"default": {"BACKEND": "accounts.mail.StoredMailBackend"}}


@pytest.fixture
def kept(settings: Any) -> None:
    """No mail server, as on a fresh installation (the test runner would collect the mail itself)."""
    settings.MAILERS = STORE


class Server(socketserver.ThreadingTCPServer):
    """A mail server on loopback that keeps what it is given, and refuses while `refusing`."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.refusing = False
        super().__init__(("127.0.0.1", 0), Conversation)


class Conversation(socketserver.StreamRequestHandler):
    server: Server

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        for line in self.rfile:
            word = line.strip().upper().partition(b" ")[0]
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                letter = b""
                while not letter.endswith(b"\r\n.\r\n"):
                    letter += self.rfile.readline()
                self.server.taken.append(letter.decode())
            elif word == b"RCPT" and self.server.refusing:
                self.wfile.write(b"450 not now\r\n")
                continue
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
            if word == b"QUIT":
                return


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    with Server() as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        options = {"host": "127.0.0.1", "port": running.server_address[1], "timeout": 5}
        settings.MAILERS = {**STORE, "server": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}}
        settings.EMAIL_URL = "smtp://127.0.0.1"
        yield running
        running.shutdown()


def write(subject: str = "Привет") -> None:
    EmailMessage(subject, "A link: http://localhost:8000/x/", to=["anna@kestrel.example"]).send()


def test_without_a_server_mail_waits_for_the_administrator(db: None, kept: None, client: Client, admin: User) -> None:
    write()
    client.force_login(admin)
    page = client.get("/mail/").content.decode()
    assert "No mail server is set" in page
    assert "Привет" in page
    stored = StoredMail.objects.get()
    letter = client.get(f"/mail/{stored.pk}/").content.decode()
    assert '<a href="http://localhost:8000/x/"' in letter
    assert "anna@kestrel.example" in letter
    assert "No mail server is set" in client.get("/users/").content.decode()
    assert "No mail server is set" in client.get("/users/invite/").content.decode()


def test_an_invitation_read_there_lets_in(db: None, kept: None, client: Client, admin: User) -> None:
    client.force_login(admin)
    client.post("/users/invite/", {"full_name": "Gleb", "email": "g@kestrel.example", "role": "Manager", "language": "en"})
    letter = StoredMail.objects.get()
    invited = User.objects.get(email="g@kestrel.example")
    assert f'href="/mail/{letter.pk}/"' in client.get(f"/users/{invited.pk}/").content.decode()
    body = letter.body
    path = body.split("http://localhost:8000")[1].split()[0]
    assert Client().get(path).status_code == 200


def test_a_letter_is_text_and_no_page(db: None, kept: None, client: Client, admin: User) -> None:
    EmailMessage("<script>alert(1)</script>", "<script>alert(2)</script> javascript:alert(3)", to=["x@kestrel.example"]).send()
    client.force_login(admin)
    for path in ("/mail/", f"/mail/{StoredMail.objects.get().pk}/"):
        page = client.get(path).content.decode()
        assert "<script>alert" not in page
        assert 'href="javascript' not in page


def test_what_was_kept_without_a_server_is_never_sent_later(db: None, kept: None, settings: Any) -> None:
    write()
    assert StoredMail.objects.get().send_at is None
    assert send_waiting_mail(now=timezone.now() + timedelta(days=1)) == 0


def test_the_server_takes_what_waits_and_nothing_is_kept(db: None, server: Server) -> None:
    write()
    assert server.taken == []  # the request did not wait for the server
    assert send_waiting_mail() == 1
    assert "To: anna@kestrel.example" in server.taken[0]
    assert "Message-ID: <" in server.taken[0]
    assert not StoredMail.objects.exists()
    assert send_waiting_mail() == 0


def test_a_refused_mail_is_tried_again_later_and_then_left_with_the_reason(db: None, server: Server, client: Client, admin: User) -> None:
    server.refusing = True
    write()
    now = timezone.now()
    waits = []
    for _ in range(6):
        assert send_waiting_mail(now=now) == 0
        mail = StoredMail.objects.get()
        if mail.send_at is None:
            break
        waits.append(mail.send_at - now)
        assert send_waiting_mail(now=mail.send_at - timedelta(seconds=1)) == 0
        now = mail.send_at
    assert [wait.total_seconds() // 60 for wait in waits] == [1, 5, 30, 120, 480]
    assert (mail.send_at, mail.tries) == (None, 6)
    client.force_login(admin)
    page = client.get("/mail/").content.decode()
    assert "A mail server is set" in page
    assert "not now" in page


def test_a_server_that_is_down_fails_nothing(db: None, settings: Any) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = {"host": "127.0.0.1", "port": port, "timeout": 1}
    settings.MAILERS = {**STORE, "server": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}}
    write("first")
    write("second")
    assert send_waiting_mail() == 0
    assert set(StoredMail.objects.values_list("tries", flat=True)) == {1}
    assert "refused" in StoredMail.objects.first().problem  # type: ignore[union-attr]


def test_one_refused_mail_does_not_hold_up_the_others(db: None, server: Server) -> None:
    StoredMail.objects.create(recipients=["not an address\r\n"], subject="x", body="x", send_at=timezone.now() - timedelta(hours=1))
    write()
    assert send_waiting_mail() == 1
    assert len(server.taken) == 1


def test_mail_that_would_lose_something_is_refused_loudly(db: None, kept: None) -> None:
    letter = EmailMultiAlternatives("x", "x", to=["x@kestrel.example"])
    letter.attach_alternative("<p>x</p>", "text/html")
    with pytest.raises(ValueError, match="plain text"):
        letter.send()


def test_a_mail_of_a_transaction_that_fails_was_never_written(db: None, kept: None) -> None:
    from django.db import transaction

    with transaction.atomic():
        write()
        transaction.set_rollback(True)
    assert not StoredMail.objects.exists()


def test_the_list_asks_the_same_for_one_mail_and_for_many(db: None, kept: None, client: Client, admin: User) -> None:
    client.force_login(admin)
    write()
    client.get("/mail/")

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get("/mail/")
        return len(queries)

    one = asked()
    for number in range(60):
        write(f"Mail {number}")
    assert asked() == one
    assert "Page 1 of 2" in client.get("/mail/").content.decode()
    assert client.get("/mail/?page=" + "9" * 30).status_code == 200
    assert client.get("/mail/?page=x").status_code == 200
