"""What all six scripts share: options, bad input, pictures, and how they end."""

import ast
import importlib
import struct
import sys
import zlib

import pytest
from conftest import ROOT, SCRIPTS

needs_matplotlib = pytest.mark.skipif(
    importlib.util.find_spec("matplotlib") is None,
    reason="no matplotlib: pip install matplotlib adds it",
)
each_script = pytest.mark.parametrize("script", SCRIPTS)


@pytest.fixture
def refused(monkeypatch, capsys):
    """Read a command line as a script does; return the one line that refuses it."""

    def read(script, *arguments):
        monkeypatch.setattr(sys, "argv", [script, *map(str, arguments)])
        monkeypatch.setattr(sys, "excepthook", sys.excepthook)
        monkeypatch.setattr("signal.signal", lambda *_: None)
        with pytest.raises(SystemExit) as end:
            importlib.import_module(script.removesuffix(".py")).read_command_line()
        printed = capsys.readouterr()
        assert end.value.code == 2
        assert printed.out == ""
        assert printed.err.count("\n") == 1
        assert printed.err.startswith(f"{script}: ")
        assert printed.err.endswith(" (--help says what works)\n")
        return printed.err

    return read


@each_script
@pytest.mark.parametrize("option", ["--epochs", "-x", "--plots=3"])
def test_an_unknown_option_is_named(refused, script, option):
    assert f"unrecognized arguments: {option}" in refused(script, option)


@each_script
def test_help_shows_what_the_lesson_is(script, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [script, "--help"])
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    with pytest.raises(SystemExit) as end:
        importlib.import_module(script.removesuffix(".py")).read_command_line()
    assert end.value.code == 0
    printed = capsys.readouterr().out
    assert f"Lesson {1 + SCRIPTS.index(script)}: " in printed
    assert f"python {script}" in printed
    assert "To take away: " in printed
    assert "--plot FILE.png" in printed


@each_script
def test_the_shared_part_is_the_same_in_every_script(script):
    def shared(name):
        tree = ast.parse((ROOT / name).read_text(encoding="utf-8"))
        names = ["end_at_ctrl_c", "end_in_one_line", "picture_file", "save_picture"]
        functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
        return [ast.unparse(node) for node in functions if node.name in names]

    assert len(shared(script)) == 4
    assert shared(script) == shared(SCRIPTS[0])


@each_script
def test_no_script_imports_another_or_matplotlib_at_its_start(script):
    tree = ast.parse((ROOT / script).read_text(encoding="utf-8"))
    imported = {
        name.split(".")[0]
        for node in tree.body
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in (
            [node.module] if isinstance(node, ast.ImportFrom) else map_names(node)
        )
    }
    packages = {"numpy", "tensorflow", "sklearn"}
    assert imported - packages <= set(sys.stdlib_module_names)


def map_names(node):
    return [alias.name for alias in node.names]


# Pictures.


@each_script
def test_a_picture_without_matplotlib_names_the_command(refused, script, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    message = refused(script, "--plot", "a.png")
    assert "-m pip install matplotlib" in message


@needs_matplotlib
@each_script
def test_a_picture_that_cannot_be_saved_is_refused(refused, script, tmp_path):
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "file").touch()
    for name, reason in (
        ("nowhere/a.png", "nowhere: No such file or directory"),
        ("file/a.png", "file: Not a directory"),
        ("a.doc", "a.doc is no picture's name"),
        ("picture", "picture is no picture's name"),
        ("folder.png", "folder.png is no picture's name"),
    ):
        assert reason in refused(script, "--plot", tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder.png"]


@needs_matplotlib
@each_script
def test_a_picture_in_a_folder_that_cannot_be_written_is_refused(
    refused, script, tmp_path, monkeypatch
):
    def refuse(name, *args, **kwargs):
        raise PermissionError(13, "Permission denied", str(name))

    monkeypatch.setattr("tempfile._os.mkdir", refuse)
    message = refused(script, "--plot", tmp_path / "a.png")
    assert f"{tmp_path}: Permission denied" in message


@needs_matplotlib
@each_script
def test_an_old_picture_stays_until_the_new_one_is_whole(script, tmp_path):
    class Broken:
        def savefig(self, path):
            path.write_bytes(b"half a pict")
            raise OSError(28, "No space left on device")

    module = importlib.import_module(script.removesuffix(".py"))
    (tmp_path / "a.png").write_bytes(b"old")
    with pytest.raises(OSError, match="No space"):
        module.save_picture(Broken(), tmp_path / "a.png")
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
@each_script
def test_the_picture_is_whole_and_has_something_in_it(script, user_run):
    run = user_run(script)
    assert run.saved == [f"Picture saved: {run.picture}"]
    width, height, values = png(run.picture)
    assert width == 800
    assert 300 <= height <= 700
    assert len(values) > 20
    assert [path.name for path in run.picture.parent.iterdir()] == [run.picture.name]


@each_script
def test_the_readme_shows_a_picture_of_this_size(script):
    path = ROOT / "docs" / script.replace(".py", ".png")
    assert png(path)[0] == 800
    assert path.stat().st_size <= 100_000
