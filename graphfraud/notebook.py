"""The core from a notebook: a frame of applications in, rings out, with no store at all."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphfraud.check.scale import BANDS, Cutoffs, band_numbers
from graphfraud.check.scoring import Weights, score_applications
from graphfraud.citing import Masks, all_with_masks, look_alikes_with_masks, with_masks
from graphfraud.detection.columns import shared_columns
from graphfraud.detection.detect import detect
from graphfraud.detection.parameters import Parameters
from graphfraud.errors import MappingError, RowRejected
from graphfraud.explanations import found_look_alikes, found_reasons
from graphfraud.export import (
    TOP_LOOK_ALIKES,
    applications_table,
    dealers_table,
    look_alikes_table,
    members_table,
    reasons_table,
    rings_table,
)
from graphfraud.facts import facts_of
from graphfraud.garbage import paused
from graphfraud.intake import Intake
from graphfraud.intake.mapping import DEFAULT, FileRule, Mapping
from graphfraud.intake.mapping_file import find
from graphfraud.intake.records import ApplicationRecord, effective_at, replaces
from graphfraud.results import DealerRisk, LookAlike, Reason, Ring
from graphfraud.settings import Conventions
from graphfraud.wording import Lang

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class FoundRings:
    """What `find_rings` found: the export's six tables as frames, and what they were made of.

    rejects has one row a refused row (position in the frame, column, masked value, code, message); notes counts
    placeholders and flags, as the summary of a load does.
    """

    rings: pd.DataFrame
    members: pd.DataFrame
    applications: pd.DataFrame
    reasons: pd.DataFrame
    look_alikes: pd.DataFrame
    rejects: pd.DataFrame
    notes: Counter[str]
    details: tuple[Ring, ...]
    dealers: pd.DataFrame
    dealer_details: tuple[DealerRisk, ...]
    reason_details: tuple[tuple[str, tuple[Reason, ...]], ...]
    look_alike_details: tuple[LookAlike, ...]


def find_rings(
    frame: pd.DataFrame,
    mapping: Mapping | str | Path | None = None,
    *,
    lang: Lang = "en",
    conventions: Conventions | None = None,
    parameters: Parameters | None = None,
    weights: Weights | None = None,
    cutoffs: Cutoffs | None = None,
) -> FoundRings:
    """Find the fraud rings in a frame of applications: the same as loading, scanning and exporting it.

    frame has the columns of the default contract, or those that the applications of a mapping (or the TOML file of one)
    name; one row an application, in any order; of an application that comes twice the later row counts. Identifiers are
    tokenised under a key that lives only for this call. Scores are under `weights`, bands under `cutoffs`. Raises
    MappingError when a required column is missing.
    """
    import pandas as pd

    if isinstance(mapping, str | Path):
        mapping = find(str(mapping))
    rule = _rule_of(mapping or DEFAULT, [str(name) for name in frame.columns])
    conventions = (mapping or DEFAULT).conventions(conventions or Conventions())
    intake = Intake(secrets.token_bytes(32), conventions, mapping)
    records, rejects = _latest(intake, frame, rule)
    columns = shared_columns(facts_of(records))
    findings = detect(columns, parameters or Parameters())[1]
    score = score_applications(columns, findings.suspicion, weights).score
    look_up = _mask_finder(records)
    rings = with_masks(findings.rings, look_up)
    risks = pd.DataFrame({name: list(getattr(findings, name)) for name in ("application_id", "risk", "ring_id", "anomaly")})
    risks = risks.assign(score=score, band=[BANDS[number] for number in band_numbers(score, cutoffs).tolist()])
    reasons = tuple(all_with_masks(found_reasons(findings), look_up))
    look_alikes = look_alikes_with_masks(found_look_alikes(findings, TOP_LOOK_ALIKES), look_up)
    return FoundRings(
        rings_table(rings, lang, conventions.time_zone),
        members_table(rings),
        applications_table(risks),
        reasons_table(reasons, lang),
        look_alikes_table(look_alikes, lang),
        pd.DataFrame(rejects, columns=["row", "column", "value", "code", "message"]),
        intake.notes,
        rings,
        dealers_table(findings.dealers, lang),
        findings.dealers,
        reasons,
        look_alikes,
    )


def _rule_of(mapping: Mapping, header: list[str]) -> FileRule:
    """Return the bound rule by which the frame's rows become records."""
    if mapping.is_default:
        rule = mapping.rule("the frame", header)
        if rule is None or rule.holds != "applications":
            raise MappingError(f"the frame holds no applications: it has the columns {', '.join(header[:8])}")
        return rule
    rules = [rule for rule in mapping.files if rule.holds == "applications"]
    if len(rules) != 1:
        raise MappingError(f"the mapping {mapping.name} has {len(rules)} files of applications; one frame needs one")
    return rules[0].bind(header, "the frame")


@paused()
def _latest(intake: Intake, frame: pd.DataFrame, rule: FileRule) -> tuple[list[ApplicationRecord], list[tuple[Any, ...]]]:
    """Clean every row; keep the latest version of each application and the reasons of what was refused."""
    kept: dict[str, ApplicationRecord] = {}
    rejects: list[tuple[Any, ...]] = []
    for row, values in enumerate(_rows(frame)):
        try:
            record = intake.application(rule.record(values))
        except RowRejected as refused:
            rejects.append((row, refused.column, refused.masked, refused.code, str(refused)))
            continue
        known = kept.get(record.application_id)
        if known is None or replaces(effective_at(record), effective_at(known)):
            kept[record.application_id] = record
    return list(kept.values()), rejects


def _rows(frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    names = [str(name) for name in frame.columns]
    for values in frame.itertuples(index=False, name=None):
        yield dict(zip(names, values, strict=True))


def _mask_finder(records: Sequence[ApplicationRecord]) -> Masks:
    masks: dict[str, dict[str, str]] = {}
    for record in records:
        for held in record.identifiers:
            masks.setdefault(held.kind, {})[held.token] = held.mask

    def find(kind: str, tokens: Sequence[str]) -> dict[str, str]:
        known = masks.get(kind, {})
        return {token: known[token] for token in tokens if token in known}

    return find
