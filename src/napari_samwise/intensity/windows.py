"""Display windows of computed tomography, in Hounsfield units."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# Width and level as radiologists use them (Radiopaedia, "Windowing (CT)"), soft tissue as in
# MedSAM (Ma et al. 2024), whose weights were trained on it; stored as (low, high).
CT_WINDOWS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "soft-tissue": (-160.0, 240.0),
        "lung": (-1350.0, 150.0),
        "bone": (-500.0, 1300.0),
        "brain": (0.0, 80.0),
        "liver": (-45.0, 105.0),
        "mediastinum": (-125.0, 225.0),
    }
)
