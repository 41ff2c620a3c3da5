"""One typed object with every setting, made once by a front door from the environment; the core never reads it itself."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from graphfraud.errors import DiskError, SettingError


@dataclass(frozen=True)
class Setting:
    """One environment variable, for `graphfraud doctor`, the documentation and its test."""

    name: str
    default: str
    says: str
    secret: bool = False


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "GRAPHFRAUD_HOME", "./graphfraud-data", "data folder: embedded store, state database, projection, scans, rejects, key"
    ),
    Setting("GRAPHFRAUD_STORE", "embedded:$GRAPHFRAUD_HOME/store", "embedded:FOLDER, bolt://HOST:PORT or neo4j+s://HOST"),
    Setting("GRAPHFRAUD_STORE_USER", "neo4j", "user of a Neo4j store"),
    Setting("GRAPHFRAUD_STORE_PASSWORD", "", "password of a Neo4j store, or …_FILE with a file that holds it", secret=True),
    Setting("GRAPHFRAUD_STORE_DATABASE", "neo4j", "database of a Neo4j store"),
    Setting("GRAPHFRAUD_STORE_CA", "", "PEM file of a private certificate authority for bolt+s:// and neo4j+s://"),
    Setting(
        "GRAPHFRAUD_STORE_MEMORY", "a quarter of the memory, at most 4g", "heap of the embedded engine, such as 2g or 1500m"
    ),
    Setting("GRAPHFRAUD_STORE_IDLE", "600", "seconds without a command after which the embedded engine stops"),
    Setting(
        "GRAPHFRAUD_TOKEN_KEY",
        "made on first run in $GRAPHFRAUD_HOME/token.key",
        "64 hexadecimal digits that tokenise identifiers, or …_FILE with a file that holds them",
        secret=True,
    ),
    Setting("GRAPHFRAUD_TIME_ZONE", "Asia/Shanghai", "time zone of times that name none"),
    Setting("GRAPHFRAUD_PHONE_REGION", "CN", "region of phone numbers that name no country"),
    Setting("GRAPHFRAUD_CURRENCY", "CNY", "currency of amounts"),
    Setting(
        "GRAPHFRAUD_STATE",
        "sqlite:$GRAPHFRAUD_HOME/state.db",
        "application state (keys, lists, answers, audit): sqlite:FILE or postgresql://USER:PASSWORD@HOST/DATABASE, "
        "or …_FILE with a file that holds it",
        secret=True,
    ),
    Setting("GRAPHFRAUD_KEEP_ANSWERS", "400", "days that answers of the fraud check are kept"),
    Setting("GRAPHFRAUD_KEEP_IDEMPOTENCY", "48", "hours that an idempotency key stands for its answer"),
    Setting(
        "GRAPHFRAUD_WEBHOOK_PRIVATE",
        "no",
        "yes lets webhooks go to loopback and private addresses, and over plain http: for tests and closed networks",
    ),
)


@dataclass(frozen=True)
class Conventions:
    """How naive values are read: time zone name, phone region (ISO 3166), currency (ISO 4217)."""

    time_zone: str = "Asia/Shanghai"
    phone_region: str = "CN"
    currency: str = "CNY"

    @property
    def zone(self) -> ZoneInfo:
        """The time zone."""
        return ZoneInfo(self.time_zone)


@dataclass(frozen=True)
class Settings:
    """Everything configurable; paths are absolute. store is the URL, store_password and token_key are secrets.

    store_memory is the embedded engine's heap ("" leaves it to the engine's rule), store_idle its idle time in seconds.
    """

    home: Path
    store: str
    store_user: str = "neo4j"
    store_password: str = ""
    store_database: str = "neo4j"
    store_ca: Path | None = None
    store_memory: str = ""
    store_idle: float = 600.0
    token_key_setting: str = ""
    conventions: Conventions = Conventions()
    state: str = ""
    keep_answers_days: int = 400
    keep_idempotency_hours: int = 48
    webhook_private: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read `GRAPHFRAUD_*`; raise SettingError that names the variable, its value and what would do."""
        env = os.environ if environment is None else environment
        known = {s.name for s in SETTINGS} | {s.name + "_FILE" for s in SETTINGS if s.secret}
        for name in env:
            if name.startswith("GRAPHFRAUD_") and name not in known:
                raise SettingError(f"{name} is no setting of graphfraud. {_nearest(name, known)}")
        home = Path(env.get("GRAPHFRAUD_HOME") or "./graphfraud-data").expanduser().absolute()
        ca = env.get("GRAPHFRAUD_STORE_CA")
        if ca and not Path(ca).is_file():
            raise SettingError(f"GRAPHFRAUD_STORE_CA names {ca}, which is no file; give the PEM file of the authority")
        return cls(
            home=home,
            store=_store_url(env.get("GRAPHFRAUD_STORE", ""), home),
            store_user=env.get("GRAPHFRAUD_STORE_USER") or "neo4j",
            store_password=_secret(env, "GRAPHFRAUD_STORE_PASSWORD"),
            store_database=env.get("GRAPHFRAUD_STORE_DATABASE") or "neo4j",
            store_ca=Path(ca).absolute() if ca else None,
            store_memory=_memory(env.get("GRAPHFRAUD_STORE_MEMORY", "")),
            store_idle=_seconds(env.get("GRAPHFRAUD_STORE_IDLE") or "600"),
            token_key_setting=_token_key_setting(env),
            conventions=_conventions(env),
            state=_state_url(_secret(env, "GRAPHFRAUD_STATE")),
            keep_answers_days=_count(env, "GRAPHFRAUD_KEEP_ANSWERS", "400", "days"),
            keep_idempotency_hours=_count(env, "GRAPHFRAUD_KEEP_IDEMPOTENCY", "48", "hours"),
            webhook_private=_yes(env, "GRAPHFRAUD_WEBHOOK_PRIVATE"),
        )

    @property
    def embedded_folder(self) -> Path | None:
        """Folder of the embedded store, None when the store is a Neo4j server."""
        return Path(self.store.removeprefix("embedded:")) if self.store.startswith("embedded:") else None

    @property
    def state_url(self) -> str:
        """Where application state is: sqlite:FILE or a URL of PostgreSQL, which may hold a password."""
        return self.state or f"sqlite:{self.home / 'state.db'}"

    def token_key(self) -> bytes:
        """Return the 32 bytes of the token key, making a key file (mode 600) in the data folder on first use."""
        if self.token_key_setting:
            return parse_token_key(self.token_key_setting, "GRAPHFRAUD_TOKEN_KEY")
        path = self.home / "token.key"
        try:
            if not path.exists():
                self.home.mkdir(parents=True, exist_ok=True)
                _make_key_file(path)
        except OSError as error:
            raise DiskError(
                f"cannot write the token key to {path}: {error.strerror}; set GRAPHFRAUD_HOME to a folder you can write"
            ) from error
        return parse_token_key(_read_file(path, "the token key"), str(path))


def parse_token_key(text: str, where: str) -> bytes:
    """Return the key's 32 bytes; refuse everything that is not 64 hexadecimal digits, without repeating it."""
    text = text.strip()
    if not re.fullmatch(r"[0-9a-fA-F]{64}", text):
        raise SettingError(
            f"{where} holds {len(text)} characters that are no key; a token key is 64 hexadecimal digits (openssl rand -hex 32)"
        )
    if len(set(text)) == 1:
        raise SettingError(f"{where} is one digit repeated, which anybody can guess; make one with openssl rand -hex 32")
    return bytes.fromhex(text)


def _make_key_file(path: Path) -> None:
    """Make a key file, whole or not at all; where another process is first, its key stands.

    It is on the disk before anybody uses it: a store that was filled under a lost key is lost too.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _store_url(value: str, home: Path) -> str:
    if not value:
        return f"embedded:{home / 'store'}"
    if value.startswith("embedded:"):
        folder = value.removeprefix("embedded:")
        if not folder:
            raise SettingError("GRAPHFRAUD_STORE is 'embedded:' without a folder; write embedded:FOLDER")
        return f"embedded:{Path(folder).expanduser().absolute()}"
    if re.fullmatch(r"(bolt|neo4j)(\+s|\+ssc)?://[^/@\s]+/?", value):
        return value
    if "@" in value:
        raise SettingError(
            "GRAPHFRAUD_STORE holds a user or password; put them in GRAPHFRAUD_STORE_USER and GRAPHFRAUD_STORE_PASSWORD"
        )
    raise SettingError(f"GRAPHFRAUD_STORE is {value!r}; write embedded:FOLDER, bolt://HOST:PORT or neo4j+s://HOST")


def _state_url(value: str) -> str:
    if not value:
        return ""
    if value.startswith("sqlite:"):
        file = re.sub(r"^sqlite:(//(?=/))?", "", value)
        if not file or file.startswith("//"):
            raise SettingError("GRAPHFRAUD_STATE names no file; write sqlite:FILE")
        return f"sqlite:{Path(file).expanduser().absolute()}"
    if re.fullmatch(r"postgres(ql)?://\S+", value):
        return re.sub("^postgres://", "postgresql://", value)
    # The value may hold a password, and is not repeated.
    raise SettingError("GRAPHFRAUD_STATE is no address of a database; write sqlite:FILE or postgresql://USER@HOST/DATABASE")


def _memory(value: str) -> str:
    if value and not re.fullmatch(r"[1-9][0-9]*[mg]", value.lower()):
        raise SettingError(f"GRAPHFRAUD_STORE_MEMORY is {value!r}; write megabytes or gigabytes, such as 1500m or 2g")
    return value.lower()


def _seconds(value: str) -> float:
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", value):
        raise SettingError(f"GRAPHFRAUD_STORE_IDLE is {value!r}; write a number of seconds, such as 600")
    return float(value)


def _count(env: Mapping[str, str], name: str, default: str, unit: str) -> int:
    value = env.get(name) or default
    if not re.fullmatch(r"[1-9][0-9]{0,5}", value):
        raise SettingError(f"{name} is {value!r}; write a whole number of {unit}, such as {default}")
    return int(value)


def _yes(env: Mapping[str, str], name: str) -> bool:
    value = (env.get(name) or "no").lower()
    if value not in ("yes", "no"):
        raise SettingError(f"{name} is {value!r}; write yes or no")
    return value == "yes"


def _conventions(env: Mapping[str, str]) -> Conventions:
    zone = env.get("GRAPHFRAUD_TIME_ZONE") or "Asia/Shanghai"
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        raise SettingError(f"GRAPHFRAUD_TIME_ZONE is {zone!r}, which is no time zone; write one like Asia/Shanghai") from error
    region = (env.get("GRAPHFRAUD_PHONE_REGION") or "CN").upper()
    if not re.fullmatch(r"[A-Z]{2}", region):
        raise SettingError(f"GRAPHFRAUD_PHONE_REGION is {region!r}; write two letters like CN")
    currency = (env.get("GRAPHFRAUD_CURRENCY") or "CNY").upper()
    if not re.fullmatch(r"[A-Z]{3}", currency):
        raise SettingError(f"GRAPHFRAUD_CURRENCY is {currency!r}; write three letters like CNY")
    return Conventions(zone, region, currency)


def _token_key_setting(env: Mapping[str, str]) -> str:
    """Return the token key as it was set, "" if it was not; one that is no key is refused before anything is done."""
    text = _secret(env, "GRAPHFRAUD_TOKEN_KEY")
    if text:
        parse_token_key(text, "GRAPHFRAUD_TOKEN_KEY")
    return text


def _secret(env: Mapping[str, str], name: str) -> str:
    path = env.get(name + "_FILE", "")
    if path and env.get(name):
        raise SettingError(f"both {name} and {name}_FILE are set; keep one")
    return _read_file(Path(path), f"{name}_FILE").strip() if path else env.get(name, "")


def _read_file(path: Path, what: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"cannot read {what} from {path}: {getattr(error, 'strerror', None) or 'not text'}") from error


def _nearest(name: str, known: set[str]) -> str:
    import difflib

    close = difflib.get_close_matches(name, sorted(known), 1)
    return f"Did you mean {close[0]}?" if close else "See graphfraud doctor for the list."
