"""What all tests share: no network, no cache of the user's, scripts run as a user does."""

import importlib.util
import os
import re
import runpy
import socket
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = [
    "perceptron.py",
    "simple_cnn.py",
    "simple_rnn.py",
    "nlp_sentiment.py",
    "transfer_learning.py",
    "model_evaluation.py",
]
OFFLINE = Path(__file__).resolve().parent / "offline"

# Keras reads this once, when it is imported: the user's own ~/.keras stays out.
KERAS_HOME = tempfile.TemporaryDirectory()
os.environ["KERAS_HOME"] = KERAS_HOME.name
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
for name in ("http_proxy", "https_proxy", "all_proxy"):
    os.environ.pop(name, None)
    os.environ.pop(name.upper(), None)


@pytest.fixture(scope="session", autouse=True)
def no_network():
    """Make any attempt to reach a network fail, in every test."""
    with pytest.MonkeyPatch.context() as patch:
        for owner, name in (
            (socket, "getaddrinfo"),
            (socket.socket, "connect"),
            (socket.socket, "connect_ex"),
        ):
            patch.setattr(owner, name, getattr(owner, name))  # To be undone at the end.
        runpy.run_path(str(OFFLINE / "sitecustomize.py"))
        yield


def user_environment(home, **changes):
    """The environment of a user on a fresh machine without a network."""
    ours = ("KERAS_HOME", "TF_CPP_MIN_LOG_LEVEL", "MPLCONFIGDIR")
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return kept | {
        "HOME": str(home),
        "USERPROFILE": str(home),
        "PYTHONPATH": str(OFFLINE),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONIOENCODING": "utf-8",
        **changes,
    }


class Run:
    """A finished run of a script: its exit code and what it printed."""

    def __init__(self, finished):
        self.code = finished.returncode
        self.errors = finished.stderr.decode("utf-8").replace("\r\n", "\n")
        text = finished.stdout.decode("utf-8").replace("\r\n", "\n")
        # What a terminal shows: colours gone, a progress bar's last state only.
        text = re.sub(r"\x1b\[\d*m", "", text)
        lines = text.rstrip("\n").split("\n")
        lines = [re.split(r"[\r\x08]", line)[-1] for line in lines]
        self.saved = [line for line in lines if line.startswith("Picture saved: ")]
        self.lines = [line for line in lines if line not in self.saved]

    def result(self):
        """The lines that are no progress: what the script itself says."""
        return [
            line
            for line in self.lines
            if not re.match(r"Epoch \d|\s*\d+/(\d+|Unknown) |Downloading data", line)
        ]

    def number(self, label):
        """The number that follows the label at the start of a line."""
        found = [line for line in self.lines if line.startswith(label)]
        assert len(found) == 1, (label, self.lines)
        return float(re.search(r"-?\d+\.\d+", found[0][len(label) :]).group())


def run_script(script, *arguments, home, folder=ROOT, **environment):
    """Run a script as a user does, without a network and with an empty home."""
    command = [sys.executable, str(folder / script), *map(str, arguments)]
    return Run(
        subprocess.run(
            command,
            cwd=folder,
            env=user_environment(home, **environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=300,
            check=False,
        )
    )


def pytest_collection_modifyitems(items):
    """Leave the tests that wait for a run to the end; the runs go on meanwhile."""
    items.sort(
        key=lambda item: any(name.endswith("_run") for name in item.fixturenames)
    )


@pytest.fixture(scope="session")
def run_beside():
    """Run a script beside the tests: takes what run_script() takes, returns a future."""
    with ThreadPoolExecutor(2) as pool:
        yield lambda *arguments, **options: pool.submit(
            run_script, *arguments, **options
        )
        pool.shutdown(cancel_futures=True)


@pytest.fixture(scope="session", autouse=True)
def runs(request, tmp_path_factory, run_beside):
    """Start a run without arguments of each script that the selected tests ask for.

    With a picture, where matplotlib is installed: that adds a line to what a script
    prints, and nothing else.
    """
    has_matplotlib = importlib.util.find_spec("matplotlib") is not None
    asked, started = set(), {}
    for item in request.session.items:
        if "user_run" in item.fixturenames:
            parameters = item.callspec.params if hasattr(item, "callspec") else {}
            asked.add(parameters.get("script", item.path.name[5:]))
    for script in SCRIPTS:
        if script in asked:
            picture = tmp_path_factory.mktemp("picture") / "the picture.png"
            plot = ["--plot", picture] if has_matplotlib else []
            home = tmp_path_factory.mktemp("home")
            started[script] = picture, home, run_beside(script, *plot, home=home)
    return started


@pytest.fixture
def user_run(runs):
    """Return what a script printed when it was run without arguments, as a user does."""

    def get(script):
        picture, home, future = runs[script]
        run = future.result()
        run.picture, run.home = picture, home
        return run

    return get


@pytest.fixture
def keras_cache():
    """Keras's own folder, where its downloads are kept: none before and none after."""
    folder = Path(KERAS_HOME.name)
    for name in ("datasets", "models"):
        (folder / name).mkdir(exist_ok=True)
    yield folder
    for name in ("datasets", "models"):
        for file in (folder / name).iterdir():
            file.unlink()
