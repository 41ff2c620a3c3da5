"""Integers to text: the written form of every identifier, with its check digit, a whole column at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ingest.world.places import AREAS, BANKS, CITIES, LANDLINE
from ingest.world.population import GIVEN, MODELS, SURNAMES
from ingest.world.table import NONE, PLACEHOLDER, Ints

Bytes = NDArray[np.uint8]

ID_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])  # GB 11643
ID_CHECK = np.frombuffer(b"10X98765432", dtype=np.uint8)
VIN_WEIGHTS = np.array([8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2])  # ISO 3779, GB 16735
VIN_LETTERS = b"0123456789ABCDEFGHJKLMNPRSTUVWXYZ"
VIN_VALUES = np.zeros(256, dtype=np.int64)
VIN_VALUES[np.frombuffer(VIN_LETTERS, dtype=np.uint8)] = [
    *range(10), 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9,
]  # fmt: skip
YEAR_CODES = b"ABCDEFGHJKLMNPRSTVWXY123456789"  # 2010 is A
HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
BRANDS = "鑫宏盛达恒泰瑞丰华隆安信源通金鼎博远东方天成明德嘉和永兴润泽凯创众联启航"
INDUSTRIES = ("商贸", "物流", "科技", "建材", "餐饮", "教育", "医药", "电子", "纺织", "机械", "装饰", "服务")
BIG_INDUSTRIES = ("重工", "石化", "电力", "铁路工程", "港务", "钢铁", "通信", "航空", "汽车制造", "能源")
EMPLOYER_FORMS = ("有限公司", "有限责任公司", "公司", "(集团)有限公司", " 有限公司", "（集团）有限公司")


def digits(values: Ints, width: int) -> Bytes:
    """Write numbers as rows of ASCII digits, zeros in front; shape (n, width)."""
    text = np.empty((len(values), width), dtype=np.uint8)
    rest = values.copy()
    for i in range(width - 1, -1, -1):
        rest, digit = np.divmod(rest, 10)
        text[:, i] = digit + ord("0")
    return text


def fixed(text: Bytes, missing: NDArray[np.bool_] | None = None) -> pa.Array:
    """Return rows of ASCII characters as an Arrow string column."""
    n, width = text.shape
    offsets = pa.py_buffer(np.arange(n + 1, dtype=np.int64) * width)
    column = pa.Array.from_buffers(pa.large_string(), n, [None, offsets, pa.py_buffer(np.ascontiguousarray(text))])
    return column if missing is None else pc.if_else(pa.array(~missing), column, pa.scalar(None, pa.large_string()))


def lookup(texts: Sequence[str], index: Ints) -> pa.Array:
    """Return texts by their number."""
    return pa.array(list(texts), pa.large_string()).take(pa.array(index))


def joined(*parts: pa.Array | str) -> pa.Array:
    """Put columns and constant texts together, row by row."""
    as_text = [pa.scalar(p, pa.large_string()) if isinstance(p, str) else p for p in parts]
    return pc.binary_join_element_wise(*as_text, pa.scalar("", pa.large_string()))


def number(values: Ints) -> pa.Array:
    """Write numbers without zeros in front."""
    return pa.array(values).cast(pa.large_string())


def replaced(column: pa.Array, rows: Ints, texts: list[str]) -> pa.Array:
    """Return the column with other texts in some rows."""
    mask = np.zeros(len(column), dtype=bool)
    mask[rows] = True
    return pc.replace_with_mask(column, pa.array(mask), pa.array(texts, pa.large_string()))


def dates_of(days: Ints, epoch: date) -> NDArray[np.datetime64]:
    """Turn days since an epoch into dates."""
    return np.datetime64(epoch) + days.astype("timedelta64[D]")


def resident_ids(person: Ints) -> pa.Array:
    """Write resident ids: area, birthday, sequence number, check character."""
    area, birth, sequence = person // 40_000_000, person // 1_000 % 40_000, person % 1_000
    born = dates_of(np.arange(40_000), date(1955, 1, 1)).astype(str)
    as_number = np.array([int(text.replace("-", "")) for text in born])
    body = np.c_[digits(AREAS[area], 6), digits(as_number[birth], 8), digits(sequence, 3)]
    check = ID_CHECK[(body - ord("0")) @ ID_WEIGHTS % 11]
    return fixed(np.c_[body, check])


def names(surname: Ints, given: Ints) -> pa.Array:
    """Write names: surname and one or two characters."""
    k = len(GIVEN)
    return joined(lookup(SURNAMES, surname), lookup(GIVEN, given // (k + 1)), lookup([*GIVEN, ""], given % (k + 1)))


def phones(values: Ints, style: Ints) -> pa.Array:
    """Write mobile numbers; style 1–4 are the ways in which people write them, placeholders stay what they are."""
    column = fixed(digits(np.maximum(values, 0), 11), values == NONE)
    rows = np.flatnonzero((style > 0) & (values >= 0))
    texts = []
    for value, how in zip(values[rows].tolist(), style[rows].tolist(), strict=True):
        a, b, c = str(value)[:3], str(value)[3:7], str(value)[7:]
        texts.append((f"{a}-{b}-{c}", f"+86 {a} {b} {c}", f"{a} {b} {c}", f"+86{a}{b}{c}")[how - 1])
    column = replaced(column, rows, texts)
    return _placeholders(column, values, ("13800138000", "无", "0"))


def _placeholders(column: pa.Array, values: Ints, texts: tuple[str, ...]) -> pa.Array:
    rows = np.flatnonzero(values <= PLACEHOLDER)
    return replaced(column, rows, [texts[i] for i in PLACEHOLDER - values[rows]])


def devices(values: Ints) -> pa.Array:
    """Write device fingerprints: 16 hexadecimal digits."""
    shifts = np.arange(60, -1, -4)
    column = fixed(HEX[(values[:, None] >> shifts) & 15], values == NONE)
    return _placeholders(column, values, ("00000000", "unknown"))


def ips(values: Ints) -> pa.Array:
    """Write IPv4 addresses."""
    octet = [str(i) for i in range(256)]
    known = np.maximum(values, 0)
    parts = [lookup(octet, known >> shift & 255) for shift in (24, 16, 8, 0)]
    column = pc.binary_join_element_wise(*parts, pa.scalar(".", pa.large_string()))
    return pc.if_else(pa.array(values != NONE), column, pa.scalar(None, pa.large_string()))


def accounts(values: Ints) -> pa.Array:
    """Write bank cards of 16 to 19 digits with their Luhn digit."""
    columns, positions = [], []
    for width in sorted({bank[1] for bank in BANKS}):
        rows = np.flatnonzero((values >= 10 ** (width - 2)) & (values < 10 ** (width - 1)))
        if len(rows):
            columns.append(fixed(_with_luhn(digits(values[rows], width - 1))))
            positions.append(rows)
    back = np.argsort(np.concatenate(positions), kind="stable")
    return pa.concat_arrays(columns).take(pa.array(back))


def _with_luhn(body: Bytes) -> Bytes:
    doubled = (body[:, ::-1].astype(np.int64) - ord("0")) * (2 - np.arange(body.shape[1]) % 2)
    total = (doubled - 9 * (doubled > 9)).sum(axis=1)
    whole: Bytes = np.c_[body, (-total % 10 + ord("0")).astype(np.uint8)]
    return whole


def addresses(home: Ints, style: Ints) -> pa.Array:
    """Write addresses: city, compound, building, room; style 1–4 are other words for building and room, 2 a hostel."""
    city, compound = home // 10**12, home // 10**6 % 10**6
    place = joined(lookup([c[0] for c in CITIES], city), number(compound), "号小区")
    building = lookup(("栋", "幢", "栋", "号楼", "栋"), style)
    hostel = lookup(("", "", "宿舍", "", ""), style)
    flat = joined(
        place,
        hostel,
        number(home // 10_000 % 100),
        building,
        number(home % 10_000),
        lookup(("室", "室", "室", "室", "房"), style),
    )
    return pc.if_else(pa.array(home % 10**6 > 0), flat, place)


def employers(values: Ints, style: Ints, big: int) -> pa.Array:
    """Write firm names: city, two characters, trade, legal form in one of six spellings."""
    local = np.maximum(values - big, 0)
    is_big = values < big
    city = np.where(is_big, values % len(CITIES), local % len(CITIES))
    running = local // len(CITIES)
    k = len(BRANDS)
    pair = np.where(is_big, values * 97 + 5, running * 1_009 + 7) % (k * k)
    trade = np.where(is_big, len(INDUSTRIES) + values % len(BIG_INDUSTRIES), running // (k * k) % len(INDUSTRIES) + running * 0)
    trade = np.where(is_big, trade, (trade + pair) % len(INDUSTRIES))
    short = [c[0].removesuffix("市") for c in CITIES]
    return joined(
        lookup(short, city),
        lookup(BRANDS, pair // k),
        lookup(BRANDS, pair % k),
        lookup((*INDUSTRIES, *BIG_INDUSTRIES), trade),
        lookup(EMPLOYER_FORMS, style),
    )


def work_phones(values: Ints, big: int) -> pa.Array:
    """Write landlines with area code: the employer's own number, or a number that is no employer's."""
    own = values >= LANDLINE
    employer = np.maximum(np.where(own, 0, values), 0)
    city = np.where(employer < big, employer, employer - big) % len(CITIES)
    city = np.where(own, (values - LANDLINE) // 100_000_000, city)
    # A multiplication by a prime spreads the employers over the number range without a clash within a city.
    local = np.where(own, (values - LANDLINE) % 100_000_000, 20_000_000 + employer * 48_271 % 69_999_989)
    column = joined(lookup([c[1] for c in CITIES], city), "-", fixed(digits(local, 8)))
    column = pc.if_else(pa.array(values != NONE), column, pa.scalar(None, pa.large_string()))
    return _placeholders(column, values, ("无", "-"))


def vins(values: Ints) -> pa.Array:
    """Write vehicle identification numbers: maker, type, check digit, model year, plant, serial number."""
    known = np.maximum(values, 0)
    serial, plant, year = known % 10**6, known // 10**6 % 8, known // (8 * 10**6) % 100
    kind, model = known // (800 * 10**6) % 40, known // (32_000 * 10**6)
    letters = np.frombuffer(VIN_LETTERS, dtype=np.uint8)
    makers = np.array([list(m[1].encode()) for m in MODELS], dtype=np.uint8)
    # Five characters describe the type; they follow from model and kind.
    mix = (model * 40 + kind)[:, None] * np.array([7, 11, 13, 17, 19]) + np.array([3, 1, 4, 1, 5])
    codes = np.frombuffer(YEAR_CODES, dtype=np.uint8)
    text = np.c_[
        makers[model],
        letters[mix % len(letters)],
        np.full(len(known), ord("0"), dtype=np.uint8),
        codes[(year - 10) % 30],
        letters[10 + plant],
        digits(serial, 6),
    ]
    remainder = VIN_VALUES[text] @ VIN_WEIGHTS % 11
    text[:, 8] = np.where(remainder == 10, ord("X"), ord("0") + remainder)
    return fixed(text, values == NONE)


def times(day: Ints, second: Ints, start: date) -> pa.Array:
    """Write local times with their offset."""
    moments = np.datetime64(start, "s") + (day * 86_400 + second).astype("timedelta64[s]")
    return pc.strftime(pa.array(moments), "%Y-%m-%dT%H:%M:%S+08:00").cast(pa.large_string())
