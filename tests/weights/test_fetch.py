from __future__ import annotations

import hashlib
import io
import os
import socket
import sys
from pathlib import Path

import pytest
import xxhash

from napari_samwise.errors import Cancelled, DownloadError
from napari_samwise.weights import download
from napari_samwise.weights.fetch import fetch, weights_folder
from napari_samwise.weights.registry import CHECKPOINTS, Checkpoint

CONTENT = bytes(range(256)) * 1000
SHA256 = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"


def silent(_done: int, _total: int) -> None:
    pass


def checkpoint(url: str, known_hash: str = SHA256) -> Checkpoint:
    return Checkpoint(
        name="tiny",
        architecture="vit_b",
        file_name="tiny.pt",
        url=url,
        hash=known_hash,
        size=None,
        licence="none",
        citation="none",
        description="for tests",
    )


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch):
    monkeypatch.setattr(download, "CHUNK_BYTES", 10_000)


@pytest.mark.parametrize("known_hash", [SHA256, f"xxh128:{xxhash.xxh128_hexdigest(CONTENT)}"])
def test_the_right_file_arrives_once(weight_server, tmp_path, known_hash):
    weight_server.body = CONTENT
    seen = []
    entry = checkpoint(weight_server.url, known_hash)

    path = fetch(entry, tmp_path / "new", lambda done, total: seen.append((done, total)))

    assert path == tmp_path / "new" / "tiny.pt"
    assert path.read_bytes() == CONTENT
    assert [total for _, total in seen] == [len(CONTENT)] * len(seen)
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})
    assert seen[-1][0] == len(CONTENT)
    assert fetch(entry, tmp_path / "new", silent) == path
    assert len(weight_server.ranges_asked) == 1


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_without_a_callable_a_bar_is_shown_on_standard_error(weight_server, tmp_path, monkeypatch):
    weight_server.body = CONTENT
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    entry = checkpoint(weight_server.url)
    fetch(entry, tmp_path)
    shown = terminal.getvalue()
    assert "tiny: 100%" in shown
    fetch(entry, tmp_path)
    assert terminal.getvalue() == shown


def test_a_wrong_hash_is_refused_and_nothing_stays(weight_server, tmp_path):
    weight_server.body = CONTENT[:-1] + b"x"
    got = hashlib.sha256(weight_server.body).hexdigest()

    with pytest.raises(DownloadError) as caught:
        fetch(checkpoint(weight_server.url), tmp_path, silent)

    assert SHA256 in str(caught.value)
    assert got in str(caught.value)
    assert str(tmp_path / "tiny.pt") in str(caught.value)
    assert files_in(tmp_path) == []


def test_a_cut_connection_leaves_no_file_and_the_next_call_goes_on(weight_server, tmp_path):
    weight_server.body = CONTENT
    weight_server.cut_next(after=100_000)
    entry = checkpoint(weight_server.url)

    with pytest.raises(DownloadError, match="connection was cut"):
        fetch(entry, tmp_path, silent)
    assert not (tmp_path / "tiny.pt").exists()

    kept = (tmp_path / "tiny.pt.part").stat().st_size
    assert 0 < kept <= 100_000
    assert fetch(entry, tmp_path, silent).read_bytes() == CONTENT
    assert weight_server.ranges_asked == [None, f"bytes={kept}-"]
    assert files_in(tmp_path) == ["tiny.pt"]


def test_going_on_starts_over_where_the_server_knows_no_ranges(weight_server, tmp_path):
    weight_server.body = CONTENT
    weight_server.honours_ranges = False
    (tmp_path / "tiny.pt.part").write_bytes(CONTENT[:5000])
    assert fetch(checkpoint(weight_server.url), tmp_path, silent).read_bytes() == CONTENT


@pytest.mark.parametrize("kept", [b"of another version", CONTENT + b"and more"])
def test_a_kept_part_that_does_not_fit_is_fetched_anew(weight_server, tmp_path, kept):
    weight_server.body = CONTENT
    (tmp_path / "tiny.pt.part").write_bytes(kept)
    assert fetch(checkpoint(weight_server.url), tmp_path, silent).read_bytes() == CONTENT
    assert files_in(tmp_path) == ["tiny.pt"]


def test_stopping_from_the_progress_callable_keeps_what_came(weight_server, tmp_path):
    weight_server.body = CONTENT

    def stop_half_way(done: int, total: int) -> None:
        if done > total / 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        fetch(checkpoint(weight_server.url), tmp_path, stop_half_way)
    assert files_in(tmp_path) == ["tiny.pt.part"]
    assert fetch(checkpoint(weight_server.url), tmp_path, silent).read_bytes() == CONTENT


def test_offline_says_where_to_put_the_file_and_then_takes_it(tmp_path, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        closed_port = probe.getsockname()[1]
    entry = checkpoint(f"http://127.0.0.1:{closed_port}/tiny.pt")

    with pytest.raises(DownloadError) as caught:
        fetch(entry, tmp_path, silent)

    message = str(caught.value)
    assert message.startswith("Could not download tiny from")
    assert "no connection" in message
    assert f"put the file at {tmp_path / 'tiny.pt'}" in message
    assert SHA256 in message
    assert "\n" not in message

    (tmp_path / "tiny.pt").write_bytes(CONTENT)
    assert fetch(entry, tmp_path, silent) == tmp_path / "tiny.pt"


def test_a_wrong_file_placed_by_hand_is_named_when_nothing_better_comes(tmp_path, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    (tmp_path / "tiny.pt").write_bytes(b"something else")
    with pytest.raises(DownloadError, match="damaged or different file there"):
        fetch(checkpoint("http://127.0.0.1:9/tiny.pt"), tmp_path, silent)
    assert (tmp_path / "tiny.pt").read_bytes() == b"something else"


def test_a_damaged_file_is_replaced(weight_server, tmp_path):
    weight_server.body = CONTENT
    (tmp_path / "tiny.pt").write_bytes(CONTENT[:1000])
    assert fetch(checkpoint(weight_server.url), tmp_path, silent).read_bytes() == CONTENT


def test_a_web_page_instead_of_weights_is_told_apart(weight_server, tmp_path):
    weight_server.body = b"<html><body>Please log in</body></html>"
    weight_server.content_type = "text/html; charset=utf-8"
    with pytest.raises(DownloadError, match="web page instead of weights"):
        fetch(checkpoint(weight_server.url), tmp_path, silent)
    assert files_in(tmp_path) == []


def test_an_error_status_is_shown(weight_server, tmp_path):
    weight_server.status = 404
    with pytest.raises(DownloadError, match="the server answered 404 Not Found"):
        fetch(checkpoint(weight_server.url), tmp_path, silent)
    assert files_in(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_an_error_that_names_the_choices(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DownloadError, match="--weights-dir or NAPARI_SAMWISE_HOME"):
        fetch(checkpoint("http://127.0.0.1:9/tiny.pt"), tmp_path / "file", silent)


def test_what_is_built_in_is_never_downloaded(tmp_path):
    with pytest.raises(DownloadError, match="comes with the package"):
        fetch(CHECKPOINTS["nano"], tmp_path, silent)


def test_the_folder_is_the_argument_then_the_variable_then_the_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("NAPARI_SAMWISE_HOME", str(tmp_path / "home"))
    assert weights_folder(tmp_path / "given") == tmp_path / "given"
    assert weights_folder() == tmp_path / "home" / "weights"
    monkeypatch.delenv("NAPARI_SAMWISE_HOME")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert weights_folder().name == "weights"
    assert "napari-samwise" in weights_folder().parts
    monkeypatch.setenv("HOME", str(tmp_path))
    assert weights_folder(os.path.join("~", "w")) == tmp_path / "w"
