"""A file is there whole or not at all, whatever happens while it is written."""

from pathlib import Path

import pytest

from forms_app.store.files import whole_file, write_whole


def test_a_file_that_could_not_be_finished_leaves_the_old_one_and_nothing_beside_it(tmp_path: Path) -> None:
    write_whole(tmp_path / "file", b"old", mode=0o600)
    with pytest.raises(ZeroDivisionError), whole_file(tmp_path / "file", mode=0o600) as out:
        out.write(b"half of the new")
        _ = 1 / 0
    assert (tmp_path / "file").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_file_takes_the_place_of_the_old_one_for_its_owner_alone(tmp_path: Path) -> None:
    for content in (b"old", b"new"):
        write_whole(tmp_path / "file", content, mode=0o600)
    assert (tmp_path / "file").read_bytes() == b"new"
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o600


def test_a_file_that_cannot_take_its_place_leaves_nothing_beside_it(tmp_path: Path) -> None:
    (tmp_path / "folder" / "full").mkdir(parents=True)
    with pytest.raises(OSError, match="folder"):
        write_whole(tmp_path / "folder", b"x", mode=0o600)
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
