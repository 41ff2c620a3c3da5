"""The tables people take away. Columns, order and bytes are a public contract.

The same functions make the frames of `graphfraud.find_rings` and the files of `graphfraud export`, so that they cannot
differ. Same scan in, same bytes out: rows have one order, floats one format (risk and strength six digits, exposure two),
times are ISO 8601 with the offset of the configured time zone, lines end in a line feed, text is UTF-8. See docs/export.md.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from graphfraud.errors import DiskError, NotFound
from graphfraud.results import MOST_REASONS, DealerRisk, LookAlike, Reason, Ring, Standing
from graphfraud.wording import Lang, by_share, evidence_share, feature_name, sentence, why_not

if TYPE_CHECKING:
    import pandas as pd

Format = Literal["csv", "parquet"]

RISK_DIGITS, MONEY_DIGITS = 6, 2
RING_COLUMNS = (
    "ring_id",
    "risk",
    "applications",
    "persons",
    "dealers",
    "first_seen",
    "last_seen",
    "exposure",
    "look_alike",
    *(f"reason_{number}" for number in range(1, MOST_REASONS + 1)),
    "q_chance",
    "q",
    "stability",
)
MEMBER_COLUMNS = ("ring_id", "application_id", "risk", "strength")
APPLICATION_COLUMNS = ("application_id", "risk", "ring_id", "anomaly", "score", "band")
MOST_UNUSUAL = 3
DEALER_COLUMNS = (
    "dealer_id",
    "applications",
    "risk",
    "anomaly",
    *(f"unusual_{number}" for number in range(1, MOST_UNUSUAL + 1)),
)
REASON_COLUMNS = ("application_id", "place", "code", "kind", "contribution", "reason", "share")
LOOK_ALIKE_COLUMNS = (
    "look_alike",
    "confidence",
    "folded",
    "applications",
    "persons",
    "dealers",
    "days",
    "members",
    "explanation",
)
NAMES = ("rings", "members", "applications", "dealers", "reasons", "look_alikes")
APPLICATIONS, DEALERS = "applications.parquet", "dealers.parquet"  # what a scan keeps in its folder
TOP_LOOK_ALIKES = 100  # of each class: those that look most like a ring


def ordered(rings: Sequence[Ring]) -> list[Ring]:
    """Return the rings most suspicious first; equal risks (to the digits that are written) by id."""
    return sorted(rings, key=lambda ring: (-round(ring.risk, RISK_DIGITS), ring.ring_id))


def rings_table(rings: Sequence[Ring], lang: Lang = "en", time_zone: str = "Asia/Shanghai") -> pd.DataFrame:
    """Make the table of rings, most suspicious first.

    Columns are RING_COLUMNS: text, but risk (float64 in [0, 1], higher is worse), applications, persons and dealers
    (int64), first_seen and last_seen (times of the first and last submission in the time zone, NaT without time),
    exposure (float64, sum of the loan amounts) and q_chance, q and stability (float64 in [0, 1], NaN where not computed;
    the lower a q and the higher the stability, the surer). Reasons are sentences in lang, those with the largest share of the
    evidence first, "" where there are fewer than four; the remainder is none of them.
    """
    import pandas as pd

    rows = ordered(rings)
    columns: dict[str, Any] = {
        "ring_id": _text([ring.ring_id for ring in rows]),
        "risk": _floats([round(ring.risk, RISK_DIGITS) for ring in rows]),
        "applications": _integers([ring.applications for ring in rows]),
        "persons": _integers([ring.persons for ring in rows]),
        "dealers": _integers([ring.dealers for ring in rows]),
        "first_seen": _times([ring.first_seen for ring in rows], time_zone),
        "last_seen": _times([ring.last_seen for ring in rows], time_zone),
        "exposure": _floats([round(ring.exposure, MONEY_DIGITS) for ring in rows]),
        "look_alike": _text([ring.look_alike for ring in rows]),
    }
    said = [[sentence(reason, lang) for reason in by_share(ring.reasons)][:MOST_REASONS] for ring in rows]
    for number in range(MOST_REASONS):
        columns[f"reason_{number + 1}"] = _text([reasons[number] if number < len(reasons) else "" for reasons in said])
    for name in ("q_chance", "q", "stability"):
        columns[name] = _floats([_rounded(getattr(ring, name)) for ring in rows])
    return pd.DataFrame(columns, columns=list(RING_COLUMNS))


def members_table(rings: Sequence[Ring]) -> pd.DataFrame:
    """Make the table of members: the ring's risk and the strength of the member's tie, both float64 in [0, 1].

    Rings are in the order of `rings_table`, members in order of submission.
    """
    import pandas as pd

    rows = [(ring, application, strength) for ring in ordered(rings) for application, strength in ring.members]
    columns = {
        "ring_id": _text([ring.ring_id for ring, _, _ in rows]),
        "application_id": _text([application for _, application, _ in rows]),
        "risk": _floats([round(ring.risk, RISK_DIGITS) for ring, _, _ in rows]),
        "strength": _floats([round(strength, RISK_DIGITS) for _, _, strength in rows]),
    }
    return pd.DataFrame(columns, columns=list(MEMBER_COLUMNS))


def applications_table(applications: pd.DataFrame) -> pd.DataFrame:
    """Make the table of all applications, one row each, in the order of their ids.

    applications has the columns application_id, risk (float64 in [0, 1]), ring_id ("" for none), anomaly (float64 in
    [0, 1]; may be left out, then NaN), score (int64, 300–1000) and band (pass, review or reject); others are left out. A scan
    of an earlier version has neither score nor band: then both are empty.
    """
    table = applications.reindex(columns=list(APPLICATION_COLUMNS))
    table = table.sort_values("application_id", kind="stable", ignore_index=True)
    return table.assign(
        application_id=table["application_id"].astype("str"),
        risk=table["risk"].astype("float64").round(RISK_DIGITS),
        ring_id=table["ring_id"].fillna("").astype("str"),
        anomaly=table["anomaly"].astype("float64").round(RISK_DIGITS),
        score=table["score"].astype("Int64" if table["score"].isna().any() else "int64"),
        band=table["band"].fillna("").astype("str"),
    )


def dealers_table(dealers: Sequence[DealerRisk], lang: Lang = "en") -> pd.DataFrame:
    """Make the table of dealers, the riskiest first, equal ones by how strange they are and by id.

    Columns are DEALER_COLUMNS: text, but applications (int64), risk and anomaly (float64 in [0, 1], higher is worse). The
    features in which a dealer is furthest from its peers are named in lang, the furthest first.
    """
    import pandas as pd

    rows = sorted(
        dealers,
        key=lambda dealer: (-round(dealer.risk, RISK_DIGITS), -round(dealer.anomaly, RISK_DIGITS), dealer.dealer_id),
    )
    columns: dict[str, Any] = {
        "dealer_id": _text([dealer.dealer_id for dealer in rows]),
        "applications": _integers([dealer.applications for dealer in rows]),
        "risk": _floats([round(dealer.risk, RISK_DIGITS) for dealer in rows]),
        "anomaly": _floats([round(dealer.anomaly, RISK_DIGITS) for dealer in rows]),
    }
    for number in range(MOST_UNUSUAL):
        named = [feature_name(dealer.unusual[number], lang) if number < len(dealer.unusual) else "" for dealer in rows]
        columns[f"unusual_{number + 1}"] = _text(named)
    return pd.DataFrame(columns, columns=list(DEALER_COLUMNS))


def reasons_table(reasons: Sequence[tuple[str, Sequence[Reason]]], lang: Lang = "en") -> pd.DataFrame:
    """Make the table of reasons of applications: one row a reason, in the order of the ids, the largest contribution first.

    Columns are REASON_COLUMNS: text, but place (int64 from 1), contribution (float64 in units of risk; those of an
    application add up to its risk, the remainder included) and share (float64 in [0, 1], of the evidence; NaN for the
    remainder).
    """
    import pandas as pd

    rows = [
        (application, place, reason)
        for application, found in sorted(reasons, key=lambda pair: pair[0])
        for place, reason in enumerate(found, 1)
    ]
    columns = {
        "application_id": _text([application for application, _, _ in rows]),
        "place": _integers([place for _, place, _ in rows]),
        "code": _text([reason.code for _, _, reason in rows]),
        "kind": _text([reason.kind for _, _, reason in rows]),
        "contribution": _floats([round(reason.contribution, RISK_DIGITS) for _, _, reason in rows]),
        "reason": _text([sentence(reason, lang) for _, _, reason in rows]),
        "share": _floats([_rounded(evidence_share(reason)) for _, _, reason in rows]),
    }
    return pd.DataFrame(columns, columns=list(REASON_COLUMNS))


def look_alikes_table(found: Sequence[LookAlike], lang: Lang = "en") -> pd.DataFrame:
    """Make the table of look-alikes, of each class those that look most like a ring first.

    Columns are LOOK_ALIKE_COLUMNS: text (members are ids, separated by blanks, the first 50), confidence (float64 in
    [0, 1]), folded (bool), applications, persons, dealers and days (int64, days -1 without times).
    """
    import numpy as np
    import pandas as pd

    columns = {
        "look_alike": _text([one.name for one in found]),
        "confidence": _floats([round(one.confidence, RISK_DIGITS) for one in found]),
        "folded": np.array([one.folded for one in found], dtype=bool),
        "applications": _integers([one.applications for one in found]),
        "persons": _integers([one.persons for one in found]),
        "dealers": _integers([one.dealers for one in found]),
        "days": _integers([-1 if one.days is None else one.days for one in found]),
        "members": _text([" ".join(one.members) for one in found]),
        "explanation": _text([why_not(one, lang) for one in found]),
    }
    return pd.DataFrame(columns, columns=list(LOOK_ALIKE_COLUMNS))


def scan_applications(folder: Path) -> pd.DataFrame:
    """Read the complete table of applications that a scan left in its folder; raise NotFound."""
    import pandas as pd

    path = folder / APPLICATIONS
    if not path.is_file():
        raise NotFound(
            f"the applications of scan {folder.name} are not in {path}; run graphfraud scan again with this data folder"
        )
    return pd.read_parquet(path).reindex(columns=list(APPLICATION_COLUMNS))


def standing_of(folder: Path, application_id: str) -> Standing | None:
    """Look one application up in a scan's table; None if the scan did not see it or its files are elsewhere."""
    import pyarrow.parquet as pq

    path = folder / APPLICATIONS
    if not path.is_file():
        return None
    columns = [name for name in ("risk", "score", "band") if name in pq.read_schema(path).names]
    found = pq.read_table(path, columns=columns, filters=[("application_id", "=", application_id)]).to_pylist()
    return Standing(**found[0]) if found else None


def scan_dealers(folder: Path) -> list[DealerRisk]:
    """Read what a scan says of dealers; none where it left nothing, as scans of earlier versions did."""
    import pyarrow.parquet as pq

    path = folder / DEALERS
    if not path.is_file():
        return []
    rows = pq.read_table(path).to_pylist()
    return [DealerRisk(**{**row, "unusual": tuple(row["unusual"])}) for row in rows if "risk" in row]


def scan_folder(home: Path, store_id: str, scan_id: str) -> Path:
    """Return where a scan keeps its files: beside those of the same store, since each scan sweeps the older ones there."""
    return home / "scans" / store_id / scan_id


def write_export(
    folder: Path,
    rings: Sequence[Ring],
    applications: pd.DataFrame,
    dealers: Sequence[DealerRisk] = (),
    reasons: Sequence[tuple[str, Sequence[Reason]]] = (),
    look_alikes: Sequence[LookAlike] = (),
    *,
    form: Format = "csv",
    lang: Lang = "en",
    time_zone: str = "Asia/Shanghai",
) -> list[Path]:
    """Write rings, members, applications, dealers, reasons and look-alikes into the folder and return their paths.

    All are written aside first and then renamed, so that a reader finds whole files and a failure leaves the old
    ones; nothing else in the folder is touched. Raises DiskError.
    """
    tables = (
        rings_table(rings, lang, time_zone),
        members_table(rings),
        applications_table(applications),
        dealers_table(dealers, lang),
        reasons_table(reasons, lang),
        look_alikes_table(look_alikes, lang),
    )
    write = _write_csv if form == "csv" else _write_parquet
    writers = {f"{name}.{form}": _writer(write, table, time_zone) for name, table in zip(NAMES, tables, strict=True)}
    return replace_files(folder, writers)


def replace_files(folder: Path, writers: dict[str, Callable[[Path], None]]) -> list[Path]:
    """Write each file aside, then rename all of them into place; raise DiskError with what to do."""
    with _disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        staged: list[tuple[Path, Path]] = []
        try:
            for name, write in writers.items():
                aside = folder / f".{name}.{os.getpid()}.new"
                staged.append((aside, folder / name))
                write(aside)
                with aside.open("rb+") as file:
                    os.fsync(file.fileno())
            for aside, final in staged:
                aside.replace(final)
        finally:
            for aside, _ in staged:
                aside.unlink(missing_ok=True)
    return [final for _, final in staged]


def _writer(write: Callable[[Path, pd.DataFrame, str], None], table: pd.DataFrame, time_zone: str) -> Callable[[Path], None]:
    return lambda path: write(path, table, time_zone)


def _write_csv(path: Path, table: pd.DataFrame, time_zone: str) -> None:
    printed = table.assign(**{name: _inert(table[name]) for name in table.columns if table[name].dtype == "str"})
    if "exposure" in table:
        printed = printed.assign(
            exposure=[f"{amount:.{MONEY_DIGITS}f}" for amount in table["exposure"]],
            first_seen=_iso(table["first_seen"], time_zone),
            last_seen=_iso(table["last_seen"], time_zone),
        )
    printed.to_csv(path, index=False, encoding="utf-8", lineterminator="\n", float_format=f"%.{RISK_DIGITS}f")


def _inert(texts: pd.Series[str]) -> pd.Series[str]:
    """Keep a spreadsheet from running what applicants wrote: it takes a cell that begins so for a formula."""
    return texts.str.replace(r"^([=+\-@\t\r])", r"'\1", regex=True)


def _write_parquet(path: Path, table: pd.DataFrame, time_zone: str) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {
        **dict.fromkeys(("risk", "strength", "anomaly", "exposure", "q_chance", "q", "stability"), pa.float64()),
        **dict.fromkeys(("contribution", "share", "confidence"), pa.float64()),
        **dict.fromkeys(("applications", "persons", "dealers", "place", "days", "score"), pa.int64()),
        "folded": pa.bool_(),
        **dict.fromkeys(("first_seen", "last_seen"), pa.timestamp("ms", tz=time_zone)),
    }
    schema = pa.schema([(name, types.get(name, pa.string())) for name in table.columns])
    # Without pandas' own metadata, which names the versions that wrote it.
    made = pa.Table.from_pandas(table, schema=schema, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(made, path, compression="zstd")


def _iso(times: pd.Series[Any], time_zone: str) -> list[str]:
    zone = ZoneInfo(time_zone)
    return ["" if time is None else iso_time(time, zone) for time in _milliseconds(times)]


def iso_time(milliseconds: int, zone: ZoneInfo) -> str:
    """Write an epoch time as ISO 8601 with the zone's offset, to the second unless there are milliseconds."""
    moment = datetime.fromtimestamp(milliseconds / 1000, zone)
    return moment.isoformat(timespec="milliseconds" if milliseconds % 1000 else "seconds")


def _milliseconds(times: pd.Series[Any]) -> Iterator[int | None]:
    for value in times:
        yield None if value is None or value != value else round(value.timestamp() * 1000)


def _times(milliseconds: Sequence[int | None], time_zone: str) -> Any:
    import pandas as pd

    naive = pd.to_datetime(pd.Series(list(milliseconds), dtype="Int64"), unit="ms", utc=True)
    return naive.astype("datetime64[ms, UTC]").dt.tz_convert(time_zone)


def _text(values: Sequence[str]) -> Any:
    import pandas as pd

    return pd.Series(list(values), dtype="str")


def _floats(values: Sequence[float]) -> Any:
    import numpy as np

    return np.asarray(values, dtype=np.float64)


def _rounded(value: float | None) -> float:
    return float("nan") if value is None else round(value, RISK_DIGITS)


def _integers(values: Sequence[int]) -> Any:
    import numpy as np

    return np.asarray(values, dtype=np.int64)


@contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except (FileExistsError, NotADirectoryError) as error:
        raise DiskError(f"{folder} is a file or lies below one; give a folder") from error
    except OSError as error:
        raise DiskError(
            f"cannot write to {folder}: {(error.strerror or 'unknown error').lower()}; free space or choose another folder"
        ) from error
