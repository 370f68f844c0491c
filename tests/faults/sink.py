"""A mail server on loopback that keeps what it is given, and refuses whom it is told to refuse."""

from __future__ import annotations

import email
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from email.header import decode_header, make_header
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP


@dataclass(frozen=True)
class Mail:
    """What arrived: its Message-ID, its recipient, its subject, its text, and when by this process's clock."""

    key: str
    to: str
    subject: str
    text: str
    at: float


@dataclass
class Sink:
    """The mail server; `refused` holds addresses that it does not take, `slow` those that it answers late (seconds)."""

    port: int
    mails: list[Mail] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    slow: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self, server: type[SMTP] = SMTP) -> None:
        class At(Controller):
            def factory(self) -> SMTP:
                return server(self.handler, **self.SMTP_kwargs)

        self._controller = At(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()

    def clear(self) -> None:
        with self._lock:
            self.mails.clear()
        self.refused.clear()
        self.slow.clear()

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        import asyncio

        if address in self.refused:
            return "550 nobody of this name"
        if address in self.slow:
            await asyncio.sleep(self.slow[address])
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        message = email.message_from_bytes(envelope.content)
        subject = str(make_header(decode_header(message["Subject"] or "")))
        payload = message.get_payload(decode=True)
        text = payload.decode(errors="replace") if isinstance(payload, bytes) else ""
        with self._lock:
            self.mails.append(Mail(str(message["Message-ID"]), envelope.rcpt_tos[0], subject, text, time.monotonic()))
        return "250 kept"

    def by_reminder(self) -> dict[str, list[str]]:
        """Return the Message-IDs of each reminder, by the number that stands in its subject ("Nr 17.")."""
        found: dict[str, list[str]] = defaultdict(list)
        with self._lock:
            for mail in self.mails:
                number = (mail.subject + " " + mail.text).partition("Nr ")[2].partition(".")[0]
                found[number].append(mail.key)
        return found
