"""Push messages to phones and desktops: RFC 8030 (posting), RFC 8291 (encrypting) and RFC 8292 (VAPID: who posts).

The push service belongs to the maker of the browser, and cannot read what it hands on. Our own key pair is made here;
nobody issues it. A browser says itself where its messages are to be posted, so the address is not to be trusted: only
known services are posted to, over TLS, without following a redirect.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import ssl
import time
from typing import Any
from urllib.parse import SplitResult, urlsplit

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from accounts.models import zone_named
from reminders.engine.delivering import NotWanted
from reminders.models import Delivery, PushDevice, PushKeys, ReminderPreferences
from reminders.notices import word_of

SECONDS = 10
KEPT_FOR = 12 * 3600
"""How long the service keeps a message for a phone that is off, in seconds."""
_SIGNED_FOR = 12 * 3600
_RECORD = 4096
_GONE = {404, 410}
_MOST = 300


class PushRefused(Exception):
    """The push service did not take a message; the text holds its answer."""


def encoded(data: bytes) -> str:
    """Return base64url without padding, as these RFCs write bytes."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """Return the bytes of base64url text with or without padding. Raises `ValueError`."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


# --- what a browser gives ----------------------------------------------------------------------


def checked_endpoint(address: str) -> SplitResult:
    """Return the parts of an endpoint that we post to. Raises `ValidationError` for every other address."""
    refusal = ValidationError(_("This browser's push service is not one that Seraph knows."), code="push_service")
    if not address.isascii() or any(letter <= " " for letter in address) or len(address) > 1000:
        raise refusal
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise refusal from None
    if settings.PUSH_STAND_IN and address.startswith(settings.PUSH_STAND_IN):
        return parts
    known = any(host == one or (one.startswith(".") and host.endswith(one)) for one in settings.PUSH_SERVICES)
    if parts.scheme != "https" or not known or port not in {None, 443} or "@" in parts.netloc or parts.fragment:
        raise refusal
    return parts


def check_keys(public_key: str, secret: str) -> None:
    """Raise `ValidationError` unless these are a point on the curve and 16 bytes, as a browser gives them."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(public_key))
        if len(decoded(secret)) != 16:
            raise ValueError
    except ValueError:
        raise ValidationError(_("The browser gave keys that are none. Try again."), code="push_keys") from None


# --- our keys ----------------------------------------------------------------------------------


def ship_push_keys(using: str, **kwargs: Any) -> None:
    """Make the key pair of this installation, unless it has one (runs after each migration)."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    PushKeys.objects.using(using).bulk_create([PushKeys(private_key=pem.decode())], ignore_conflicts=True)


def own_key() -> ec.EllipticCurvePrivateKey:
    """Return our private key."""
    key = serialization.load_pem_private_key(PushKeys.objects.get().private_key.encode(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)  # we made it so
    return key


def _point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def application_key() -> str:
    """Return our public key, as a browser wants it for `pushManager.subscribe`."""
    return encoded(_point(own_key()))


def authorization(endpoint: SplitResult, *, now: float | None = None) -> str:
    """Return the header that says who posts: a token signed with our key for this service (RFC 8292)."""
    key = own_key()
    contact = settings.SITE_URL if settings.SITE_URL.startswith("https://") else "mailto:seraph@localhost"
    claims = {"aud": f"{endpoint.scheme}://{endpoint.netloc}", "exp": int(now or time.time()) + _SIGNED_FOR, "sub": contact}
    head = {"typ": "JWT", "alg": "ES256"}
    signed = ".".join(encoded(json.dumps(part, separators=(",", ":")).encode()) for part in (head, claims))
    r, s = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    return f"vapid t={signed}.{encoded(r.to_bytes(32) + s.to_bytes(32))}, k={encoded(_point(key))}"


def encrypt(
    body: bytes, *, public_key: bytes, secret: bytes, salt: bytes | None = None, key: ec.EllipticCurvePrivateKey | None = None
) -> bytes:
    """Return `body` so that only the browser with these keys can read it (RFC 8291, aes128gcm in one record).

    `salt` and `key` are made anew for each message; the RFC's example, which a test repeats, needs its own.
    """
    salt, key = salt or os.urandom(16), key or ec.generate_private_key(ec.SECP256R1())
    shared = key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public_key))
    ours = _point(key)
    material = _derive(shared, 32, salt=secret, info=b"WebPush: info\0" + public_key + ours)
    content_key = _derive(material, 16, salt=salt, info=b"Content-Encoding: aes128gcm\0")
    nonce = _derive(material, 12, salt=salt, info=b"Content-Encoding: nonce\0")
    sealed = AESGCM(content_key).encrypt(nonce, body + b"\x02", None)  # 2: the last record
    return salt + _RECORD.to_bytes(4) + bytes([len(ours)]) + ours + sealed


def _derive(material: bytes, length: int, *, salt: bytes, info: bytes) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(material)


# --- sending -----------------------------------------------------------------------------------


def send_push(delivery: Delivery) -> None:
    """Post one delivery to each device of its recipient; heard on one is heard.

    Raises `NotWanted` where no device is left or push, or this kind of it, was switched off since, else what the last one
    answered. A repeat has the same tag and replaces the first.
    """
    if not ReminderPreferences.of(delivery.recipient).push_for(delivery.reminder.kind.key):
        raise NotWanted
    devices = list(PushDevice.objects.living().filter(user=delivery.recipient))
    body = message_of(delivery)
    heard, problem = 0, None
    for device in devices:
        try:
            heard += post(device, body)
        except (OSError, http.client.HTTPException, PushRefused, ValidationError) as failure:
            problem = failure
    if heard:
        return
    raise problem or NotWanted


def message_of(delivery: Delivery) -> bytes:
    """Return what the phone shows, in its reader's language: who, why and when; cut, since a message holds 4 kB."""
    person = delivery.recipient
    with translation.override(person.language), timezone.override(zone_named(person.time_zone)):
        word = word_of(delivery.reminder, delivery.stage)
    said = {"title": word.client[:_MOST], "body": f"{word.why[:_MOST]}\n{word.when}", "url": word.url, "tag": str(delivery.key)}
    return json.dumps(said).encode()


def post(device: PushDevice, body: bytes) -> bool:
    """Post `body` to one device; return whether the service took it. A device that is gone is removed.

    Raises `PushRefused` for any other answer, redirects among them, and `OSError` where there is none.
    """
    parts = checked_endpoint(device.endpoint)
    headers = {
        "Authorization": authorization(parts),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(KEPT_FOR),
        "Urgency": "high",
    }
    sealed = encrypt(body, public_key=decoded(device.public_key), secret=decoded(device.secret))
    connection = _connect(parts)
    try:
        connection.request("POST", f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}", sealed, headers)
        answer = connection.getresponse()
        said = answer.read(200)
    finally:
        connection.close()
    if answer.status in _GONE:
        device.delete()
        return False
    if not 200 <= answer.status < 300:
        raise PushRefused(f"{answer.status} {said.decode(errors='replace')}")
    PushDevice.objects.filter(pk=device.pk).update(heard_at=timezone.now())
    return True


def _connect(parts: SplitResult) -> http.client.HTTPConnection:
    assert parts.hostname is not None  # it was checked
    if parts.scheme == "https":
        return http.client.HTTPSConnection(parts.hostname, parts.port, timeout=SECONDS, context=ssl.create_default_context())
    return http.client.HTTPConnection(parts.hostname, parts.port, timeout=SECONDS)  # the stand-in of the tests
