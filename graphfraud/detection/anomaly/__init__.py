"""A second opinion without words: unsupervised detectors over the features of groups, applications and dealers.

Fitted once by the calibration through PyOD, kept as plain arrays (no pickle), read back without PyOD or scikit-learn, and
scored row by row: how strange something is does not depend on what else is scored. Higher is stranger, everywhere.
"""

from graphfraud.detection.anomaly.detector import Detector
from graphfraud.detection.anomaly.panel import Opinion, Panel, fit_panel, tail

__all__ = ["Detector", "Opinion", "Panel", "fit_panel", "tail"]
