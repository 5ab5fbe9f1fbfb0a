"""What the tests share: no network, a run as a user does it, and how its lines compare."""

import io
import itertools
import os
import platform
import re
import runpy
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

# What a user's programs see, before the scripts under test add to it.
ENVIRONMENT = dict(os.environ)
# Before anything imports TensorFlow, and scikit-learn, as own_table.py sets them.
os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "OMP_NUM_THREADS": "1"}

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = [
    "perceptron.py",
    "simple_cnn.py",
    "simple_rnn.py",
    "nlp_sentiment.py",
    "transfer_learning.py",
    "model_evaluation.py",
]
# Everywhere else nobody has looked yet, and numbers may differ by more.
KNOWN = (platform.system(), platform.machine()) == ("Linux", "x86_64")
# How the sensor lay: what it saw of an upright picture, for each note (EXIF) on turning it.
SENSOR = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
ORIENTATION = 0x112  # The number of that note.
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")


@pytest.fixture(scope="session", autouse=True)
def no_network():
    """Make any attempt to reach a network fail, in every test."""

    def refuse(*args):
        raise OSError("a test tried to reach a network")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", refuse)
        yield


def run(script, *arguments, cwd=ROOT, encoding="utf-8"):
    """Run a script as a user does, with an empty HOME and without a network.

    Its output is a pipe in the given encoding. Returns a CompletedProcess with text.
    """
    with tempfile.TemporaryDirectory() as home:
        # Nobody listens at this port, so each attempt to download fails at once.
        nobody = "http://127.0.0.1:9"
        environment = ENVIRONMENT | {"http_proxy": nobody, "https_proxy": nobody}
        environment |= {"HOME": home, "USERPROFILE": home, "PYTHONIOENCODING": encoding}
        # Keras imports matplotlib where it is installed, which then lists all fonts.
        environment["MPLCONFIGDIR"] = str(Path(tempfile.gettempdir()) / "mpl-of-tests")
        finished = subprocess.run(
            [sys.executable, script, *map(str, arguments)],
            cwd=cwd,
            env=environment,
            capture_output=True,
            check=False,
        )
    # Decoded here, as Python's text mode would make a line end of each progress bar's \r.
    finished.stdout = finished.stdout.decode(encoding).replace("\r\n", "\n")
    finished.stderr = finished.stderr.decode(encoding).replace("\r\n", "\n")
    return finished


def printed_lines(output):
    """The lines of what a script printed, without Keras's progress bars."""
    # Whenever a bar grows, Keras writes it anew: in the same line, or on Windows in a new
    # one. Before its "3/20" it sets the terminal to bold.
    bars = r"(?:[\n\r\b]*\x1b\[1m *\d+/\d+.*)+"
    output = re.sub(rf"\A{bars}\n|{bars}", "", output)
    output = re.sub(r"^Epoch \d+/\d+$\n?", "", output, flags=re.MULTILINE)
    return output.rstrip("\n").split("\n")


def close(number, expected, is_share):
    """Whether two numbers, as text, are close: see agree()."""
    value = float(expected)
    decimals = len(expected.partition(".")[2])
    allowed = max(2 / 10**decimals if decimals > 1 else 1, 0.02 * abs(value))
    if not decimals and abs(value) < 10:
        allowed = 0
    if is_share:
        allowed = 2 / is_share + 0.005 if decimals else 2
    if not KNOWN:
        allowed = max(5 * allowed, 0 if decimals else 3)
    return abs(float(number) - value) <= allowed + 1e-9


def agree(line, expected):
    """Whether a printed line has the same words as expected, and close numbers.

    Close is within 2 in 100, or by 2 in the last of several decimal places. What has one
    place is a count in 100, and may differ by 1. Whole numbers below 10 are the same, larger
    ones may differ by 1. In "0.94 (45 of 48)" it is two examples. Where nobody has looked
    yet, all this is five times as wide, and whole numbers may differ by 3.
    """
    if NUMBER.sub("#", line).split() != NUMBER.sub("#", expected).split():
        return False
    share = re.search(r"\(\d+ of (\d+)\)", expected)
    numbers = zip(NUMBER.findall(line), NUMBER.findall(expected))
    return all(close(a, b, share and int(share[1])) for a, b in numbers)


def differences(lines, expected):
    """The pairs of lines that do not agree, also where one of the two is missing."""
    pairs = itertools.zip_longest(lines, expected, fillvalue="(no line)")
    return [pair for pair in pairs if not agree(*pair)]


@pytest.fixture
def refusal(capsys):
    """A function that gives bad arguments to a script's main() and returns its error.

    That is the text behind "error: ", after which the script ends with exit code 2.
    """

    def refused_by(main, *arguments):
        with pytest.raises(SystemExit) as stopped:
            main([str(argument) for argument in arguments])
        output, errors = capsys.readouterr()
        assert (stopped.value.code, output) == (2, "")
        return errors.split("error: ")[1]

    return refused_by


@pytest.fixture
def western_terminal(monkeypatch):
    """A function that runs a script's main() where only cp1252 can be printed, as on Windows.

    It returns the exit code and the lines.
    """

    def run_there(main, *arguments):
        output = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")
        code = 0
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", output)
            patch.setattr(sys, "argv", ["", *map(str, arguments)])
            try:
                main()
            except SystemExit as stopped:
                code = stopped.code
        output.flush()
        return code, printed_lines(output.buffer.getvalue().decode("cp1252"))

    return run_there


@pytest.fixture
def run_with_seed(user_folder, monkeypatch):
    """A function that runs a lesson with another seed and returns the names it leaves."""

    def run_lesson(script, seed):
        before, after = read(script).split("set_random_seed(42)")
        copy = user_folder / f"seed_{seed}_{script}"
        copy.write_text(f"{before}set_random_seed({seed}){after}", encoding="utf-8")
        monkeypatch.setattr(sys, "argv", [script])
        monkeypatch.chdir(user_folder)  # Where lesson 2 saves its model.
        return runpy.run_path(str(copy), run_name="__main__")

    return run_lesson


PAGES = ["README.md", "data/README.md"]
PAGES += sorted(f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md"))
# These train for long, so they are slow tests.
SLOW = ("deeper_cnn", "own_pictures", "own_series", "own_table", "own_texts", "--show")
# A lesson's output has to fit into any code page, also where it is a pipe.
ENCODINGS = {
    "simple_cnn.py": "ascii",
    "transfer_learning.py": "cp1252",
    "model_evaluation.py": "cp950",
    "simple_rnn.py": "cp1251",
    "nlp_sentiment.py": "cp932",
}


def read(path):
    return (ROOT / path).read_text(encoding="utf-8")


def find_commands():
    """All "$ uv run COMMAND" on the pages, as a dict to (page, the lines shown below)."""
    commands = {}
    for page in PAGES[1:]:  # README's sessions have a test of their own.
        for block in re.findall(
            r"```text\n\$ uv run (.*?)\n```", read(page), re.DOTALL
        ):
            command, *lines = block.split("\n")
            assert command not in commands, f"{command} stands on two pages"
            commands[command] = page, lines
    # The longest first.
    return dict(sorted(commands.items(), key=lambda x: "cnn" not in x[0]))


COMMANDS = find_commands()


def is_slow(command):
    return any(name in command for name in SLOW)


def pytest_collection_modifyitems(items):
    """Put the tests of the pages last: their commands run while the others are tested."""
    items.sort(key=lambda item: item.path.name == "test_pages.py")


@pytest.fixture(scope="session")
def user_folder(tmp_path_factory):
    """The folder in which the pages' commands run, with the data."""
    folder = tmp_path_factory.mktemp("user")
    shutil.copytree(ROOT / "data", folder / "data")
    return folder


def run_command(command, folder, started):
    """Run a page's command, after those above it on its page, which may save what it reads."""
    page, _ = COMMANDS[command]
    for other in itertools.takewhile(lambda other: other != command, COMMANDS):
        if other in started and COMMANDS[other][0] == page:
            started[other].result()
    if is_slow(command):  # The page's Python makes its file.
        for code in re.findall(r"```python\n(.*?)```", read(page), re.DOTALL):
            path = folder / f"make_{len(code)}.py"
            lessons = f"import sys\nsys.path.append({str(ROOT)!r})\n"
            path.write_text(lessons + code, encoding="utf-8")
            assert run(path, cwd=folder).stderr == ""
    script, *arguments = shlex.split(command)
    encoding = ENCODINGS.get(command, "utf-8")
    return run(ROOT / script, *arguments, cwd=folder, encoding=encoding)


@pytest.fixture(scope="session", autouse=True)
def runs(request):
    """Run the commands of the chosen tests, two at a time. Returns command -> future.

    A test names its command with a parameter `command`.
    """
    tests = [test for test in request.session.items if hasattr(test, "callspec")]
    chosen = {*COMMANDS} & {test.callspec.params.get("command") for test in tests}
    if chosen:
        chosen.add("simple_cnn.py")  # Some read the network that it saves.
    started = {}
    with ThreadPoolExecutor(2) as pool:
        for command in COMMANDS:
            if command in chosen:
                folder = request.getfixturevalue("user_folder")
                started[command] = pool.submit(run_command, command, folder, started)
        yield started
        pool.shutdown(cancel_futures=True)  # Those that no chosen test waited for.
