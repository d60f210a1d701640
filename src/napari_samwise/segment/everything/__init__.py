"""Everything mode: clicks everywhere, or where the model sees objects; the good masks are kept.

Kirillov et al. 2023, appendix B. ``find_candidates`` encodes and decodes, ``filter_candidates``
and ``label_candidates`` are cheap and can be repeated with other thresholds.
Models with an instance decoder need no clicks (Archit et al. 2025): ``label_by_distances``.
"""
