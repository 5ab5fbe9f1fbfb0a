"""What the project has besides lessons: dependencies, data, README's links and sessions."""

import ast
import contextlib
import doctest
import hashlib
import io
import re
import runpy
import sys

import pytest
from conftest import README, ROOT, SCRIPTS, draw_photo
from test_runs import alike

SESSIONS = re.findall(r"\$ uv run python( -i \S+)?\n(>>> .*?)\n```", README, re.DOTALL)


def test_dependencies_are_the_same_in_both_files():
    tomllib = pytest.importorskip("tomllib")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    required = [line for line in lines if line[0] != "#"]
    assert sorted(project["dependencies"]) == sorted(required)
    names = {re.match(r"\w+(-\w+)*", line)[0] for line in required}
    assert names == {"numpy", "tensorflow", "keras", "scikit-learn", "pytest"}


def test_every_required_package_has_one_tested_version_for_each_python():
    tested = (ROOT / "requirements-tested.txt").read_text("utf-8")
    for name in ("numpy", "tensorflow", "keras", "scikit-learn", "pytest"):
        assert re.search(rf"^{name}==\d", tested, re.MULTILINE)
    assert "://" not in tested


def test_data_are_complete():
    readme = (ROOT / "data" / "README.md").read_text("utf-8")
    drawings = sorted((ROOT / "data" / "drawings").rglob("*.png"))
    assert len(drawings) == 240
    for files in (
        [ROOT / "data" / "mnist.npz"],
        [ROOT / "data" / "vgg16_imagenet_7bit.weights.h5"],
        drawings,
    ):
        content = b"".join(file.read_bytes() for file in files)
        assert f"{len(content):,} bytes" in readme
        assert hashlib.sha256(content).hexdigest() in readme


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_imports_no_other_and_no_package_that_is_not_required(script):
    imported = set()
    for node in ast.walk(ast.parse((ROOT / script).read_text("utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module.split(".")[0])
    required = {"numpy", "tensorflow", "sklearn"}
    assert imported <= required | set(sys.stdlib_module_names)


@pytest.mark.parametrize("script", SCRIPTS)
def test_both_parts_are_marked_in_functions_and_main(script):
    code = (ROOT / script).read_text("utf-8")
    for part in code.split('if __name__ == "__main__":'):
        assert part.count("# ===== The tutorial's part =====") == 1
        assert part.count("# ===== Beyond the tutorial =====") == 1


@pytest.mark.parametrize("script", SCRIPTS)
def test_importing_a_script_does_nothing(script, capfd):
    runpy.run_path(str(ROOT / script), run_name="lesson")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("page", ["README.md", "data/README.md", "docs/results.md"])
def test_no_link_is_dead(page):
    text = (ROOT / page).read_text("utf-8")
    anchors = {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.*)", text, re.MULTILINE)
    }
    for link in re.findall(r"\]\((?!http)(.*?)\)", text):
        if link.startswith("#"):
            assert link[1:] in anchors, link
        else:
            assert ((ROOT / page).parent / link).exists(), link


class AsPrinted(doctest.OutputChecker):
    """Compare what a session prints as test_runs.py compares what a script prints."""

    def check_output(self, want, got, optionflags):
        return alike(got.strip(), want.strip())


@pytest.mark.slow
def test_readmes_sessions_work_as_typed(tmp_path, monkeypatch):
    assert len(SESSIONS) == 5
    monkeypatch.chdir(tmp_path)
    draw_photo("seven.jpg", 0)
    for script, typed in SESSIONS:
        names = {}
        if script:
            script = script.split()[-1]
            monkeypatch.setattr(sys, "argv", [script])
            with contextlib.redirect_stdout(io.StringIO()):
                names = runpy.run_path(str(ROOT / script), run_name="__main__")
        session = doctest.DocTestParser().get_doctest(typed, names, script, None, 0)
        report = []
        runner = doctest.DocTestRunner(checker=AsPrinted())
        runner.run(session, out=report.append)
        assert "".join(report) == ""
