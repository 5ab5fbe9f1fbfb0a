"""What all six scripts share, the files in data/, and how a script starts and ends."""

import ast
import hashlib
import re
import runpy
import shutil
import sys

import numpy as np
import pytest
from conftest import ROOT, SCRIPTS, run_script

each_script = pytest.mark.parametrize("script", SCRIPTS)


def test_a_run_without_arguments_answers_the_tutorials_text_and_is_quiet():
    run = run_script("nlp_sentiment.py")
    assert run.errors == ""
    assert run.code == 0
    assert run.lines[1].startswith("This was great: 0.9")
    assert run.lines[1].endswith(" positive")


# Whole runs of the others, likewise quiet, are among the tests of the README.
@pytest.mark.parametrize("script", sorted({*SCRIPTS} - {"nlp_sentiment.py"}))
def test_a_script_that_is_alone_in_a_folder_starts_quietly(script, tmp_path):
    shutil.copy(ROOT / script, tmp_path)
    run = run_script(script, "--help", folder=tmp_path)
    assert run.errors == ""
    assert run.code == 0
    assert run.lines[0].startswith(f"usage: {script} ")
    assert [path.name for path in tmp_path.iterdir()] == [script]


@each_script
def test_help_shows_what_the_lesson_is(script, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [script, "--help"])
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(ROOT / script), run_name="__main__")
    assert end.value.code == 0
    printed = capsys.readouterr().out
    assert f"\nLesson {1 + SCRIPTS.index(script)}: " in printed
    assert f"\n    python {script}\n" in printed
    assert "\nTo take away: " in printed


@each_script
@pytest.mark.parametrize("option", ["--epochs", "-x", "--plot=3"])
def test_an_unknown_option_is_named_before_anything_runs(refused, script, option):
    assert f"unrecognized arguments: {option}" in refused(script, option)


@each_script
def test_importing_a_script_does_nothing(script, monkeypatch, capfd):
    def fail(*args, **kwargs):
        raise AssertionError("importing reads or prints something")

    monkeypatch.setattr(np, "load", fail)
    before = str(np.random.get_state())
    names = runpy.run_path(str(ROOT / script), run_name="a_lesson")
    assert names["__doc__"].startswith("Lesson ")
    assert str(np.random.get_state()) == before
    assert capfd.readouterr() == ("", "")


@each_script
def test_a_script_imports_no_other_and_no_package_that_is_not_required(script):
    tree = ast.parse((ROOT / script).read_text(encoding="utf-8"))
    imported = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module.split(".")[0])
    packages = {"numpy", "tensorflow", "sklearn"}
    assert imported - packages <= set(sys.stdlib_module_names)


def test_no_six_lines_stand_in_two_scripts_and_all_are_900_at_most():
    seen, lines_of = {}, {}
    for script in SCRIPTS:
        lines = (ROOT / script).read_text(encoding="utf-8").splitlines()
        lines_of[script] = len(lines)
        code = [line.strip() for line in lines]
        code = [line for line in code if re.search(r"\w", line) and line[0] != "#"]
        code = [line for line in code if not re.match(r"import |from ", line)]
        for i in range(len(code) - 5):
            other = seen.setdefault(tuple(code[i : i + 6]), script)
            assert other == script, code[i : i + 6]
    assert sum(lines_of.values()) <= 900
    assert lines_of["transfer_learning.py"] <= 210


def test_every_data_file_has_the_size_and_checksum_that_its_readme_names():
    text = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    named = re.findall(
        r"^## (\S+)\n.*?([\d,]+) bytes, sha256 `(\w{64})`",
        text,
        re.DOTALL | re.MULTILINE,
    )
    found = [
        (
            path.name,
            f"{path.stat().st_size:,}",
            hashlib.sha256(path.read_bytes()).hexdigest(),
        )
        for path in sorted((ROOT / "data").iterdir())
        if path.name != "README.md"
    ]
    assert found == sorted(named)
    assert len(found) == 2
