"""docs/draw.py: what it refuses, and what its pictures are."""

import importlib.util
import runpy
import struct
import sys
import zlib

import pytest
from conftest import ROOT, SCRIPTS, run_script

DRAW = "docs/draw.py"
needs_matplotlib = pytest.mark.skipif(
    importlib.util.find_spec("matplotlib") is None,
    reason="no matplotlib: pip install matplotlib adds it",
)


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def no_lesson_runs(monkeypatch):
    def fail(path, **options):
        if str(path).endswith("draw.py"):
            return run_path(path, **options)
        raise AssertionError(f"{path} was run")

    run_path = runpy.run_path
    monkeypatch.setattr(runpy, "run_path", fail)


def test_a_lesson_that_there_is_not_is_refused(refused, no_lesson_runs, tmp_path):
    for name in ("lesson7.py", "data", "perceptron.png", ""):
        assert f"no lesson {name}; there are perceptron, simple_cnn" in refused(
            DRAW, name
        )
    assert "the following arguments are required" in refused(DRAW)
    assert not list(tmp_path.iterdir())


def test_without_matplotlib_it_says_how_to_get_it(refused, no_lesson_runs, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    line = refused(DRAW, "simple_cnn.py")
    assert f"no matplotlib: {sys.executable} -m pip install matplotlib" in line


@needs_matplotlib
def test_a_folder_that_cannot_be_written_is_refused(
    refused, no_lesson_runs, monkeypatch
):
    def refuse(name, *args, **kwargs):
        raise PermissionError(13, "Permission denied", str(name))

    monkeypatch.setattr("tempfile._os.mkdir", refuse)
    line = refused(DRAW, "simple_cnn")
    assert "simple_cnn.png cannot be written in " in line
    assert "Permission denied" in line


@needs_matplotlib
def test_a_folder_in_the_pictures_place_is_refused(refused, no_lesson_runs, tmp_path):
    (tmp_path / "simple_cnn.png").mkdir()
    line = refused(DRAW, "simple_cnn.py")
    assert "simple_cnn.png is a folder: a picture cannot take its place" in line
    assert [path.name for path in tmp_path.iterdir()] == ["simple_cnn.png"]


@needs_matplotlib
@pytest.mark.parametrize(
    "arguments", [["perceptron.py", "--weights"], ["perceptron", "x"]]
)
def test_what_the_lesson_refuses_is_the_lessons_message(
    arguments, monkeypatch, capsys, tmp_path
):
    monkeypatch.setattr(sys, "argv", ["draw.py", *arguments])
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(ROOT / DRAW), run_name="__main__")
    assert end.value.code == 2
    line = f"perceptron.py: error: unrecognized arguments: {arguments[1]}"
    assert line in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@needs_matplotlib
def test_an_old_picture_stays_until_the_new_one_is_whole(monkeypatch, capsys, tmp_path):
    from matplotlib.figure import Figure

    def break_off(self, path, **options):
        path.write_bytes(b"half a pict")
        raise OSError(28, "No space left on device")

    (tmp_path / "perceptron.png").write_bytes(b"old")
    monkeypatch.setattr(Figure, "savefig", break_off)
    monkeypatch.setattr(sys, "argv", ["draw.py", "perceptron.py"])
    with pytest.raises(OSError, match="No space"):
        runpy.run_path(str(ROOT / DRAW), run_name="__main__")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


def png(path):
    """Return width, height and the set of bytes of a PNG's pixels; fail if damaged."""
    content, chunks, place = path.read_bytes(), {}, 8
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    while place < len(content):
        length, kind = struct.unpack(">I4s", content[place : place + 8])
        data = content[place + 8 : place + 8 + length]
        (checksum,) = struct.unpack(">I", content[place + 8 + length :][:4])
        assert checksum == zlib.crc32(kind + data)
        chunks[kind] = chunks.get(kind, b"") + data
        place += 12 + length
    assert kind == b"IEND"
    return *struct.unpack(">II", chunks[b"IHDR"][:8]), set(
        zlib.decompress(chunks[b"IDAT"])
    )


@needs_matplotlib
def test_the_perceptrons_picture_is_drawn_from_any_folder(tmp_path):
    run = run_script(DRAW, "perceptron", cwd=tmp_path)
    assert run.errors == ""
    assert run.code == 0
    picture = (tmp_path / "perceptron.png").resolve()
    assert run.lines == [
        *run_script("perceptron.py").lines,
        f"Picture saved: {picture}",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["perceptron.png"]
    width, height, values = png(picture)
    assert (width, height) == (800, 340)
    assert len(values) > 20


@needs_matplotlib
@pytest.mark.whole
@pytest.mark.parametrize("script", SCRIPTS[1:])
def test_a_picture_is_whole_and_has_something_in_it(script, tmp_path):
    run = run_script(DRAW, script, cwd=tmp_path)
    assert run.errors == ""
    assert run.code == 0
    picture = tmp_path / script.replace(".py", ".png")
    assert [path.name for path in tmp_path.iterdir()] == [picture.name]
    width, height, values = png(picture)
    assert width == 800
    assert 300 <= height <= 700
    assert len(values) > 20
    assert run.lines[-1] == f"Picture saved: {picture.resolve()}"


@needs_matplotlib
@pytest.mark.whole
def test_what_follows_the_name_is_handed_to_the_lesson(tmp_path):
    from test_transfer_learning import make_folder

    folder = make_folder(tmp_path)
    run = run_script(DRAW, "transfer_learning.py", folder, cwd=tmp_path)
    assert run.errors == ""
    assert run.lines[0].startswith("The task: red oak or Ölbaum?")
    assert png(tmp_path / "transfer_learning.png")[0] == 800


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_picture_of_the_readme_is_whole_and_small(script):
    path = ROOT / "docs" / script.replace(".py", ".png")
    assert png(path)[0] == 800
    assert path.stat().st_size <= 100_000
