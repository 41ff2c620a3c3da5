"""Detection with one stage left out: what each stage, fold and kind of evidence is worth is measured, not believed.

Most are parameters that make a stage neutral; where no parameter does, the stage is wrapped for the run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from unittest.mock import patch

import numpy as np

from graphfraud.detection import judge
from graphfraud.detection.evidence import Priors
from graphfraud.detection.links import EVIDENCE_KINDS
from graphfraud.detection.parameters import Parameters
from graphfraud.detection.units import FOLDS

Wrap = Callable[[Callable[..., Any]], Callable[..., Any]]
NEVER = 10**9
NO_WEIGHT = -9.0  # evidence that a kind is held down to, far below what makes a community


@dataclass(frozen=True)
class Ablation:
    """One thing left out: its name, what is left out, changed parameters by stage, and wrapped stages of `judge`."""

    name: str
    says: str
    changes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    wrapped: Mapping[str, Wrap] = field(default_factory=dict)

    def parameters(self) -> Parameters:
        """Return the parameters with the stage made neutral."""
        usual = Parameters()
        return replace(usual, **{stage: replace(getattr(usual, stage), **new) for stage, new in self.changes.items()})

    @contextmanager
    def applied(self) -> Iterator[Parameters]:
        """Give the parameters while the wrapped stages take the place of the usual ones."""
        with ExitStack() as stack:
            for name, wrap in self.wrapped.items():
                stack.enter_context(patch.object(judge, name, wrap(getattr(judge, name))))
            yield self.parameters()


def _by_kind_alone(learn: Callable[..., Priors]) -> Callable[..., Priors]:
    """Let rarity know an identifier's kind, but neither how many units share it nor how."""

    def learned(*values: Any) -> Priors:
        priors = learn(*values)
        of_kind = priors.at_least.reshape(len(EVIDENCE_KINDS), -1, priors.at_least.shape[1])
        shared = of_kind[:, :, 2].sum(axis=1)
        flat = np.broadcast_to(shared[:, None, None], of_kind.shape)
        return replace(priors, at_least=flat.reshape(priors.at_least.shape).copy())

    return learned


def _without_fold(fold: str) -> Ablation:
    return Ablation(f"fold: {fold}", "this tie no longer makes persons one unit", {"units": {"without": (fold,)}})


def _without_kind(kind: str) -> Ablation:
    usual = Parameters().evidence.ceilings
    return Ablation(
        f"kind: {kind}", "identifiers of this kind say nothing", {"evidence": {"ceilings": {**usual, kind: NO_WEIGHT}}}
    )


KINDS = tuple(kind for kind in EVIDENCE_KINDS if kind not in ("person", "phone_block", "account_block", "ip_range", "email"))

ABLATIONS: tuple[Ablation, ...] = (
    Ablation("folding", "persons are folded into no units at all", {"units": {"without": FOLDS}}),
    *map(_without_fold, FOLDS),
    Ablation(
        "own clocks", "identifiers of one dealer or salesperson are on the market's clock", {"runs": {"bound_share": 2.0}}
    ),
    Ablation("own lifetime", "a store's device is not judged against its own life", {"runs": {"stationed_users": NEVER}}),
    Ablation("tempo", "how close in time sharing came says nothing", {"runs": {"ceiling": 0.0}}),
    Ablation("rarity", "rarity knows the kind alone, not size and structure", wrapped={"learn_priors": _by_kind_alone}),
    Ablation(
        "odds", "how often a stratum is innocent here says nothing", {"evidence": {"odds_floor": 0.0, "odds_ceiling": 0.0}}
    ),
    Ablation(
        "busy rule", "size counts for busy identifiers as for others", {"evidence": {"busy": NEVER, "busy_at_dealer": NEVER}}
    ),
    Ablation(
        "ceilings",
        "a single identifier of any kind may make a ring, used in haste",
        {"evidence": {"ceilings": dict.fromkeys(Parameters().evidence.ceilings, np.inf)}},
    ),
    Ablation("slow ceilings", "… or used without haste", {"evidence": {"slow_ceilings": {}}}),
    Ablation("circles", "a circle of any size is as innocent as a small one", {"evidence": {"circles": ()}}),
    Ablation("further kinds", "kinds that hit the same group say no more than their sum", {"evidence": {"further_kind": 0.0}}),
    *map(_without_kind, KINDS),
    Ablation("communities", "connected components instead of Leiden communities", {"communities": {"resolution": 0.0}}),
    Ablation("join", "fragments of one operation stay apart", {"refine": {"rounds": 0}}),
    Ablation("coherence", "a community's dealers add nothing to its evidence", {"refine": {"coherence": 0.0}}),
    Ablation("likeness", "a community's amounts add nothing to its evidence", {"refine": {"likeness": 0.0}}),
    Ablation(
        "departures",
        "members may live anywhere and apply at any hour",
        {"departures": {"weight": 0.0, "fits": 0.0}},
    ),
    Ablation("weak ties", "identifiers too weak alone attach nobody", {"attach": {"weak_units": 0}}),
    Ablation(
        "figures",
        "incomes that are the same to the digit say nothing",
        {"refine": {"figures_most": 0.0}, "attach": {"figures_most": 0.0}},
    ),
    Ablation("attaching", "nobody is attached by circumstance", {"attach": {"core": NEVER}}),
    Ablation("anomaly of rings", "how strange a ring is adds nothing to its evidence", {"anomaly": {"opinion": 0.0}}),
    Ablation("anomaly alone", "applications outside of rings have no risk of their own", {"anomaly": {"alone": 0.0}}),
)
BY_NAME = {ablation.name: ablation for ablation in ABLATIONS}
WHOLE = Ablation("", "nothing is left out")


def ablation(name: str) -> Ablation:
    """Return an ablation by its name; "" leaves nothing out."""
    return BY_NAME[name] if name else WHOLE
