"""Everything mode: clicks everywhere, or where the model sees objects; the good masks are kept.

Kirillov et al. 2023, appendix B. A plane is a ``View`` of parts that are encoded on their own:
the whole, crops, or frames. ``search_part`` decodes one of them, ``admit`` judges masks one by
one, ``suppress`` and ``see`` choose among those that overlap, and ``paint`` writes labels block by
block. Models with an instance decoder need no clicks (Archit et al. 2025).
"""
