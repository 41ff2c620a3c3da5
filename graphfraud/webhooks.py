"""Tell endpoints of events: signed, tried again with growing pauses, given up visibly.

Messages are signed as Standard Webhooks (standardwebhooks.com) says, so that receivers find libraries: header
`webhook-signature` holds `v1,` and the Base64 of HMAC-SHA256(secret, `webhook-id` "." `webhook-timestamp` "." body).
Several workers may send at once: a delivery is leased while it is tried, for longer than the slowest endpoint can make that
take. A message can come twice all the same, after a crash; its id tells.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import json
import logging
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Self
from urllib.parse import urlsplit

import httpcore

from graphfraud.errors import GraphfraudError, SettingError, StateError
from graphfraud.state import State
from graphfraud.state.clock import HOUR, SECOND
from graphfraud.state.outbox import Delivery, Endpoint

_log = logging.getLogger(__name__)

FIRST_PAUSE, GROWTH, LONGEST_PAUSE = 5 * SECOND, 3, 6 * HOUR
TRIES = 12  # over about a day
JITTER = 0.2
CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 10.0
# However an endpoint spaces out what it says, and however many addresses it has, one message takes no longer; looking up its
# name (and, where private addresses may be told, trying each of them) is the system's business and comes on top.
SEND_SECONDS, LOOK_UP_SECONDS = 30.0, 60.0
TAKEN, AT_ONCE = 32, 4
LOOKS_EVERY = 1.0  # seconds
GONE = 410
ACTOR = "webhooks"  # who switches an endpoint off, in the log


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one attempt went: the HTTP status (None where nobody answered) and what was wrong ("" for a success)."""

    status: int | None
    error: str

    @property
    def arrived(self) -> bool:
        """Whether the endpoint took the message."""
        return self.error == ""


def sign(secret: bytes, event_id: str, timestamp: int, body: bytes) -> str:
    """Return the signature of a message; timestamp is in epoch seconds."""
    signed = b".".join([event_id.encode(), str(timestamp).encode(), body])
    return "v1," + base64.b64encode(hmac.digest(secret, signed, "sha256")).decode()


def pause_ms(event_id: str, endpoint_id: str, attempts: int) -> int:
    """Return how long to wait after so many failed attempts; spread so that many failures do not come back together.

    The spread follows from the ids: the same delivery waits equally long wherever it is tried.
    """
    seed = hashlib.sha256(f"{event_id} {endpoint_id} {attempts}".encode()).digest()
    spread = 1 + JITTER * (int.from_bytes(seed[:4], "big") / 2**31 - 1)
    grown = FIRST_PAUSE * int(GROWTH ** min(attempts - 1, 40))
    return round(min(grown, LONGEST_PAUSE) * spread)


def check_url(url: str, private: bool) -> str:
    """Return a URL that may be told of events; raise SettingError for one that may not.

    Without `private` it must be https and no address of this machine or its network: who can name an endpoint could
    otherwise make this program speak to services that trust it. Names are checked again at every connection.
    """
    parts = urlsplit(url)
    advice = "set GRAPHFRAUD_WEBHOOK_PRIVATE=yes to allow it"
    if parts.scheme not in ("http", "https") or not parts.hostname or any(c.isspace() for c in url):
        raise SettingError("a webhook needs an address such as https://example.com/hook")
    try:
        parts.port  # noqa: B018  # reading it is what checks it
        parts.hostname.encode("idna")  # refuses labels that are empty or too long
        parts.hostname.encode("ascii")
    except ValueError:
        raise SettingError("a webhook's address has no possible port or host; write names in ASCII (xn--)") from None
    if parts.username or parts.password:
        raise SettingError("a webhook's address must hold no user or password; check the signature instead")
    if private:
        return url
    if parts.scheme != "https":
        raise SettingError(f"{url} is not https; {advice}")
    try:
        address = ipaddress.ip_address(parts.hostname)
    except ValueError:
        forbidden = parts.hostname == "localhost" or parts.hostname.endswith((".localhost", ".local", ".internal"))
    else:
        forbidden = not is_public(str(address))
    if forbidden:
        raise SettingError(f"{parts.hostname} is an address of this machine or its network; {advice}")
    return url


def is_public(address: str) -> bool:
    """Say whether an IP address is one of the internet, also where it hides an IPv4 address in an IPv6 one."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        hidden = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if hidden is not None:
            return is_public(str(hidden))
        if found in ipaddress.ip_network("64:ff9b::/96"):
            return is_public(str(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)))
    return found.is_global and not found.is_multicast


class Sender:
    """Sends what waits in the outbox, now and then or in a thread of its own."""

    def __init__(self, state: State, private: bool = False) -> None:
        """Private allows plain http, loopback and private addresses (`Settings.webhook_private`)."""
        self._state, self._private = state, private
        self._ends_at = _EndsAt()
        timed = _Timed(httpcore.SyncBackend(), self._ends_at)
        self._connections = httpcore.ConnectionPool(
            ssl_context=ssl.create_default_context(),
            max_connections=2 * AT_ONCE,
            keepalive_expiry=30.0,
            network_backend=timed if private else _PublicOnly(timed),
        )
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhooks")
        self._ends = threading.Event()
        self._loop: threading.Thread | None = None

    def start(self) -> None:
        """Send in a thread until `close`."""
        self._loop = threading.Thread(target=self._send_on, name="webhooks", daemon=True)
        self._loop.start()

    def close(self) -> None:
        """End the thread after the message that it is sending."""
        self._ends.set()
        if self._loop is not None:
            self._loop.join(ANSWER_SECONDS + CONNECT_SECONDS)
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._connections.close()

    def send_due(self) -> int:
        """Try all that is due now, and return how many messages arrived; each endpoint's go one after the other."""
        arrived = 0
        while not self._ends.is_set() and self._state.outbox.due():
            taken = self._state.outbox.take(TAKEN)
            if not taken:
                return arrived  # other workers were faster
            by_endpoint: dict[str, list[Delivery]] = {}
            for delivery in taken:
                by_endpoint.setdefault(delivery.endpoint_id, []).append(delivery)
            arrived += sum(self._threads.map(self._send_all, by_endpoint.values()))
        return arrived

    def test(self, endpoint: Endpoint) -> Attempt:
        """Send a message of type `webhook.test` and return how that went; nothing is stored."""
        now = self._state.clock()
        event_id = f"test:{endpoint.endpoint_id}:{now}"
        body = json.dumps({"type": "webhook.test", "id": event_id, "created_at": now, "data": {}}).encode()
        return self._send(Delivery(event_id, "webhook.test", endpoint.endpoint_id, endpoint.url, endpoint.secret_file, body, 1))

    def _send_on(self) -> None:
        while not self._ends.wait(LOOKS_EVERY):
            try:
                self.send_due()
            except StateError:
                continue  # the database is away; what waits there waits a little longer
            except Exception:  # one message that cannot be sent must not end all the others
                _log.exception("webhooks could not be sent")

    def _send_all(self, deliveries: Sequence[Delivery]) -> int:
        arrived = 0
        for place, delivery in enumerate(deliveries):
            if self._ends.is_set():
                self._put_off(deliveries[place:], 0)
                break
            held = self._hold(delivery)
            if held is None:
                continue
            attempt = self._send(held)
            arrived += attempt.arrived
            self._settle(held, attempt)
            if attempt.status == GONE:  # what waited for it is dropped
                break
            if attempt.status is None:  # nobody answers there: the rest need not wait for that one by one
                self._put_off(deliveries[place + 1 :], FIRST_PAUSE)
                break
        return arrived

    def _hold(self, delivery: Delivery) -> Delivery | None:
        """Return a delivery whose lease outlasts its sending: those before it may have taken long. None: another has it."""
        left = delivery.until - self._state.clock()
        if left > (SEND_SECONDS + LOOK_UP_SECONDS) * SECOND:
            return delivery
        return self._state.outbox.hold(delivery)

    def _settle(self, delivery: Delivery, attempt: Attempt) -> None:
        if attempt.arrived:
            self._state.outbox.delivered(delivery, attempt.status or 0)
            return
        if attempt.status == GONE:  # as Standard Webhooks says
            self._state.outbox.gone(delivery, GONE, attempt.error, actor=ACTOR)
            _log.warning("%s answers %d and is told nothing more", delivery.endpoint_id, GONE)
            return
        last = delivery.attempts >= TRIES
        pause = pause_ms(delivery.event_id, delivery.endpoint_id, delivery.attempts)
        next_at = None if last else self._state.clock() + pause
        self._state.outbox.failed(delivery, attempt.status, attempt.error, next_at)

    def _put_off(self, deliveries: Iterable[Delivery], pause: int) -> None:
        for delivery in deliveries:
            self._state.outbox.put_off(delivery, self._state.clock() + pause)

    def _send(self, delivery: Delivery) -> Attempt:
        try:
            check_url(delivery.url, self._private)
            secret = self._state.outbox.secret(delivery.endpoint_id, delivery.secret_file)
        except GraphfraudError as error:
            return Attempt(None, str(error))
        now = self._state.clock() // SECOND
        headers = [
            ("content-type", "application/json"),
            ("user-agent", f"graphfraud/{version('graphfraud')}"),
            ("webhook-id", delivery.event_id),
            ("webhook-timestamp", str(now)),
            ("webhook-signature", sign(secret, delivery.event_id, now, delivery.body)),
        ]
        limits = {"connect": CONNECT_SECONDS, "read": ANSWER_SECONDS, "write": ANSWER_SECONDS, "pool": ANSWER_SECONDS}
        host = urlsplit(delivery.url).netloc
        self._ends_at.moment = time.monotonic() + SEND_SECONDS
        try:
            # The answer's body is left unread, and a redirection is not followed: it is an answer like any other.
            with self._connections.stream(
                "POST",
                delivery.url,
                headers=[("host", host), *headers],
                content=delivery.body,
                extensions={"timeout": limits},
            ) as response:
                status = response.status
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError, ValueError) as error:
            return Attempt(None, f"{type(error).__name__}: {error}".rstrip(": "))
        return Attempt(status, "" if 200 <= status < 300 else f"answered {status}")


class _PublicOnly(httpcore.NetworkBackend):
    """Connects to addresses of the internet only, whatever a name resolves to this time; to the first that answers."""

    def __init__(self, backend: httpcore.NetworkBackend) -> None:
        self._backend = backend

    def connect_tcp(self, host: str, port: int, *arguments: Any, **options: Any) -> httpcore.NetworkStream:
        found = dict.fromkeys(str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        last: Exception = httpcore.ConnectError(f"{host} leads to an address of this machine or its network")
        for address in filter(is_public, found):  # in the system's order: it knows which of them this machine can reach
            try:
                return self._backend.connect_tcp(address, port, *arguments, **options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
        raise last


class _EndsAt(threading.local):
    """When the message that this thread is sending must be through, on `time.monotonic()`'s clock."""

    moment = float("inf")

    def left(self, timeout: float | None, error: type[Exception]) -> float:
        """Return how long a step may take that has a limit of its own; raise the error where there is no time left."""
        left = self.moment - time.monotonic()
        if left <= 0:
            raise error(f"not through within {SEND_SECONDS:g} seconds")
        return left if timeout is None else min(timeout, left)


class _Timed(httpcore.NetworkBackend):
    """Limits the time of a message as a whole: the limits of the library begin anew with every byte that comes."""

    def __init__(self, backend: httpcore.NetworkBackend, ends_at: _EndsAt) -> None:
        self._backend, self._ends_at = backend, ends_at

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, *arguments: Any, **options: Any
    ) -> httpcore.NetworkStream:
        left = self._ends_at.left(timeout, httpcore.ConnectTimeout)
        return _TimedStream(self._backend.connect_tcp(host, port, left, *arguments, **options), self._ends_at)


class _TimedStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, ends_at: _EndsAt) -> None:
        self._stream, self._ends_at = stream, ends_at

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._ends_at.left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._ends_at.left(timeout, httpcore.WriteTimeout))

    def start_tls(self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None) -> Self:
        left = self._ends_at.left(timeout, httpcore.ConnectTimeout)
        return type(self)(self._stream.start_tls(ssl_context, server_hostname, left), self._ends_at)

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
