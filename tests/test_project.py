"""The tutorial's lines, what a script may import, dependencies, and data."""

import ast
import hashlib
import re
import runpy
import shutil
import sys

import pytest
import reading
from conftest import ROOT, SCRIPTS, read, run
from packaging.requirements import Requirement

BEYOND = sorted(f"beyond/{path.name}" for path in (ROOT / "beyond").glob("*.py"))
BEYOND.remove("beyond/reading.py")  # No script of its own.
PACKAGES = {"numpy", "tensorflow", "sklearn", "scipy"}
# The tutorial's lines that warn, download, or do not do what it says. The pages say why.
CHANGED = {
    "layers.Conv2D(32, (3, 3), activation='relu', input_shape=(28, 28, 1))": "simple_cnn",
    "(train_images, train_labels), (test_images, test_labels) = tf.keras.datasets.mnist.load_data()": "simple_cnn",
    "time = np.linspace(0, 100, n_steps * n_samples)": "simple_rnn",
    "SimpleRNN(32, return_sequences=True, input_shape=[None, 1])": "simple_rnn",
    "Embedding(100, 8, input_length=5)": "nlp_sentiment",
    "base_model = VGG16(weights='imagenet', include_top=False, input_shape=(150, 150, 3))": "transfer_learning",
}


def bare_lines(path):
    """The lines of a file without indentation, comment and comma at the end."""
    lines = read(path).splitlines()
    return [re.sub(r"\s+#.*", "", line.strip()).rstrip(", ") for line in lines]


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_tutorials_lines_stand_there_as_printed_in_this_order(script):
    lesson = script.removesuffix(".py")
    (listing,) = (ROOT / "tests" / "tutorial").glob(f"?_{lesson}.txt")
    tutorial = bare_lines(listing)
    changed = [line for line, its_lesson in CHANGED.items() if its_lesson == lesson]
    assert [line for line in tutorial if line in changed] == changed
    code = bare_lines(script)
    assert not {*changed} & {*code}
    place = 0
    for line in tutorial:
        if line not in changed:
            assert line in code[place:], line
            place = code.index(line, place) + 1


def imported_by(script):
    """The top-level modules that a script imports, without Python's own."""
    modules = set()
    for node in ast.walk(ast.parse(read(script))):
        if isinstance(node, ast.Import):
            modules |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add(node.module.split(".")[0])
    return modules - sys.stdlib_module_names


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_lesson_stands_alone(script):
    assert imported_by(script) <= PACKAGES


@pytest.mark.parametrize("script", BEYOND)
def test_a_script_beyond_builds_on_one_lesson_at_most(script):
    lessons = {lesson.removesuffix(".py") for lesson in SCRIPTS}
    others = imported_by(script) - PACKAGES - {"PIL", "reading"}
    others -= {"matplotlib", "pillow_heif"}  # Optional.
    assert others <= lessons
    assert len(others) <= 1


@pytest.mark.parametrize("script", SCRIPTS + BEYOND)
def test_importing_a_script_does_nothing_visible(script, capfd, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(ROOT / script), run_name="imported")
    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("script", [*BEYOND, "docs/draw.py"])
def test_help_is_printed_on_any_terminal(script, capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", [script, "--help"])
    with pytest.raises(SystemExit) as stopped:
        runpy.run_path(str(ROOT / script), run_name="__main__")
    output, errors = capsys.readouterr()
    assert (stopped.value.code, errors) == (0, "")
    assert output.startswith(f"usage: {script.split('/')[1]} ")
    assert output.isascii()


@pytest.mark.parametrize(
    "command",
    [
        "deeper_cnn.py",
        "own_digits.py no",
        "own_pictures.py no",
        "own_series.py no",
        "own_table.py no a",
        "own_texts.py no a b",
    ],
)
def test_what_is_wrong_is_said_before_tensorflow_is_loaded(command, tmp_path):
    script, *arguments = command.split()
    # Beside a copy of the script, where it would be found first.
    (tmp_path / "tensorflow.py").write_text("print('loaded')")
    for name in (script, "reading.py"):
        shutil.copy(ROOT / "beyond" / name, tmp_path)
    finished = run(script, *arguments, cwd=tmp_path)
    assert (finished.returncode, finished.stdout) == (2, "")
    assert " is not there" in finished.stderr


def test_ctrl_c_ends_a_script_of_beyond_in_one_line(capsys):
    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(SystemExit) as stopped:
        reading.run(interrupted)
    assert stopped.value.code == 130
    assert capsys.readouterr() == ("", "\nStopped, as you pressed Ctrl-C.\n")


@pytest.mark.parametrize("script", BEYOND)
def test_each_script_of_beyond_runs_through_reading(script):
    assert read(script).rstrip().endswith("run(main)")


def requirements(file):
    return [line for line in read(file).splitlines() if not line.startswith("#")]


def project():
    tomllib = pytest.importorskip("tomllib")
    return tomllib.loads(read("pyproject.toml"))


def test_uv_and_pip_are_asked_for_the_same():
    assert project()["project"]["dependencies"] == requirements("requirements.txt")


def test_uv_installs_the_tested_versions_and_needs_no_dates_of_upload():
    settings = project()["tool"]["uv"]
    for_pictures = "contourpy cycler fonttools kiwisolver matplotlib pillow-heif"
    for_pictures += " pyparsing python-dateutil tzdata"
    exact = [
        line
        for line in settings["constraint-dependencies"]
        if Requirement(line).name not in for_pictures.split()
    ]
    assert exact == requirements("requirements-tested.txt")
    assert "exclude-newer" not in settings


@pytest.mark.parametrize("python", ["3.10", "3.11", "3.12", "3.13"])
def test_each_python_has_one_tested_version_of_each_package(python):
    system = {"python_version": python, "python_full_version": f"{python}.1"}
    system["sys_platform"] = "linux"
    versions = {}
    for line in requirements("requirements-tested.txt"):
        tested = Requirement(line)
        if tested.marker is None or tested.marker.evaluate(system):
            assert tested.name not in versions, line
            versions[tested.name] = str(tested.specifier).removeprefix("==")
    for required in map(Requirement, requirements("requirements.txt")):
        assert versions[required.name] in required.specifier


def test_data_are_complete():
    readme = read("data/README.md")
    for pattern in ("mnist.npz", "vgg16*.h5", "drawings/*/*.png", "digits/*"):
        files = sorted((ROOT / "data").glob(pattern))
        content = b"".join(file.read_bytes() for file in files)
        assert f"{len(content):,} bytes" in readme
        assert hashlib.sha256(content).hexdigest() in readme
