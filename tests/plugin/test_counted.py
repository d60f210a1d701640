from __future__ import annotations

from napari_samwise.plugin.counted import counted


def test_only_one_is_singular() -> None:
    assert [counted(number) for number in (0, 1, 2)] == ["0 objects", "1 object", "2 objects"]
    assert f"{counted(1, 'track')}, {counted(0, 'division')}" == "1 track, 0 divisions"
