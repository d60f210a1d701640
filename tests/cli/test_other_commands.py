"""``models``, ``doctor``, help, and how faults are reported."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from napari_samwise import cli as cli_package
from napari_samwise.cli.main import cli
from napari_samwise.cli.table import format_table
from napari_samwise.weights.adapted import AdaptedWeights, write_adapted
from napari_samwise.weights.registry import CHECKPOINTS, DECODERS


def test_models_lists_every_checkpoint_and_what_is_here(invoke, tmp_path: Path) -> None:
    (tmp_path / CHECKPOINTS["vit_b"].file_name).write_bytes(b"0" * 2_000_000)
    result = invoke("models", "--weights-dir", tmp_path)
    rows = {line.split()[0]: line for line in result.stdout.splitlines() if line}
    assert set(CHECKPOINTS) <= set(rows)
    assert "built in" in rows["nano"]
    assert "here" in rows["vit_b"]
    assert "2 MB" in rows["vit_b"]
    assert "to download" in rows["vit_h"]
    for name, checkpoint in CHECKPOINTS.items():
        assert checkpoint.licence in rows[name]


def test_models_as_json(invoke, tmp_path: Path) -> None:
    listing = json.loads(invoke("models", "--json", "--weights-dir", tmp_path).stdout)
    assert listing["weights_folder"] == str(tmp_path)
    assert [entry["name"] for entry in listing["models"]] == list(CHECKPOINTS)
    decoders = {entry["name"]: entry["url"] for entry in listing["instance_decoders"]}
    assert decoders == {entry.name: entry.url for entry in DECODERS.values()}


@pytest.mark.parametrize(
    ("base", "told"),
    [
        ("nano", ["nano, adapted to your objects", CHECKPOINTS["nano"].licence]),
        ("vit_b_lm", ["vit_b_lm, adapted to your objects", CHECKPOINTS["vit_b_lm"].licence]),
        ("/elsewhere/mine.pt", ["mine.pt, adapted to your objects"]),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_models_tells_base_and_licence_of_adapted_ones(
    invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, base: str, told: list[str]
) -> None:
    monkeypatch.setenv("NAPARI_SAMWISE_HOME", str(tmp_path))
    file = tmp_path / "adapted" / "taught.safetensors"
    write_adapted(AdaptedWeights(base, "digest", {"decoder.a": torch.zeros(2)}), file)
    result = invoke("models")
    (row,) = [line for line in result.stdout.splitlines() if line.startswith("taught ")]
    assert re.split(r"\s{2,}", row.partition(" MB ")[2].strip()) == told
    assert result.stdout.splitlines()[-1] == f"Adapted models lie in {file.parent}"


def test_models_tells_of_a_damaged_adapted_one_what_it_can(
    invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NAPARI_SAMWISE_HOME", str(tmp_path))
    (tmp_path / "adapted").mkdir()
    (tmp_path / "adapted" / "cut.safetensors").write_bytes(b"cut")
    result = invoke("models")
    assert result.exit_code == 0, result.output
    (row,) = [line for line in result.stdout.splitlines() if line.startswith("cut ")]
    assert row.endswith("a model, adapted to your objects")


def test_doctor_times_a_fresh_encode(invoke, tiny_loaded) -> None:
    findings = json.loads(invoke("doctor", "--json").stdout)
    assert len(tiny_loaded.encoded) == 2
    assert findings["runs_on"] == "cpu, float32"
    assert set(findings["seconds"]) == {"load_model", "encode", "decode"}
    assert all(seconds > 0 for seconds in findings["seconds"].values())
    assert findings["packages"]["napari-samwise"]


def test_doctor_in_words(invoke, tiny_loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("napari_samwise.cli.doctor.package_version", lambda name: None)
    result = invoke("doctor")
    assert result.exit_code == 0, result.output
    assert "not installed" in result.stdout
    assert "tiny (cpu, float32)" in result.stdout


@pytest.mark.parametrize("name", ["", *cli.commands])
def test_help_of_every_command(invoke, name: str) -> None:
    result = invoke(*name.split(), "--help")
    assert result.exit_code == 0
    assert result.stdout.startswith("Usage: ")
    assert "\b" not in result.stdout


def test_help_loads_neither_torch_nor_napari() -> None:
    code = (
        "import sys\n"
        "from napari_samwise.cli.main import cli\n"
        "cli(['segment', '--help'], standalone_mode=False)\n"
        "sys.exit(bool({'torch', 'napari', 'qtpy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_console_script_exit_codes(tmp_path: Path) -> None:
    script = Path(sys.executable).with_name("napari-samwise")
    assert subprocess.run([script, "--version"], capture_output=True, check=False).returncode == 0
    words = [script, "segment", "gone.tif", "--point", "1,1", "-o", "labels.tif"]
    ended = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "Error: There is no file at 'gone.tif'; check the path.\n"


@pytest.mark.parametrize(("debug", "trace"), [((), False), (("--debug",), True)])
def test_a_fault_of_ours_is_one_line_and_exit_code_1(debug: tuple[str, ...], trace: bool) -> None:
    code = (
        "import sys\n"
        "import napari_samwise.weights.fetch as fetch\n"
        "from napari_samwise.cli.main import main\n"
        "def broken(*args): raise RuntimeError('two\\nlines')\n"
        "fetch.weights_folder = broken\n"
        "sys.argv = ['napari-samwise', *sys.argv[1:], 'models']\n"
        "main()"
    )
    words = [sys.executable, "-c", code, *debug]
    ended = subprocess.run(words, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ("Traceback" in ended.stderr) is trace
    if not trace:
        assert ended.stderr.startswith("Error: napari-samwise failed with RuntimeError: two lines;")
        assert ended.stderr.count("\n") == 1


def test_debug_shows_where_the_input_was_refused(invoke, tmp_path: Path) -> None:
    words = ["segment", tmp_path / "gone.tif", "--point", "1,1", "-o", tmp_path / "labels.tif"]
    result = invoke("--debug", *words)
    assert result.exit_code == 2
    assert "Traceback" in result.stderr
    assert result.stderr.splitlines()[-1].startswith("Error: There is no file")


def test_one_command_one_file() -> None:
    folder = Path(cli_package.__file__).parent
    assert all((folder / f"{name}.py").is_file() for name in cli.commands)


def test_table_aligns_numbers_right_and_words_left() -> None:
    text = format_table(("id", "name", "score"), [(1, "a", 0.5), (12, "bcd", 0.25)])
    assert text == "id  name  score\n 1  a      0.50\n12  bcd    0.25"
    assert format_table(("id",), []) == "id"
