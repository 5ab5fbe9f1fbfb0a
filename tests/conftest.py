"""What all tests share: no network, no cache of the user's, scripts run as a user does."""

import importlib.util
import os
import re
import runpy
import socket
import subprocess
import sys
import tempfile
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


@pytest.fixture(scope="session")
def user_run(tmp_path_factory):
    """Run a script once, for all the tests that read what it prints.

    With a picture, where matplotlib is installed: that adds a line to what it prints,
    and nothing else.
    """
    runs = {}

    def run(script):
        if script not in runs:
            picture = tmp_path_factory.mktemp("picture") / "the picture.png"
            has_matplotlib = importlib.util.find_spec("matplotlib") is not None
            plot = ["--plot", picture] if has_matplotlib else []
            home = tmp_path_factory.mktemp("home")
            runs[script] = run_script(script, *plot, home=home)
            runs[script].picture = picture
        return runs[script]

    return run


@pytest.fixture
def keras_cache():
    """Keras's own folder for downloads, empty before and after the test."""
    folder = Path(KERAS_HOME.name) / "datasets"
    folder.mkdir(exist_ok=True)
    yield folder
    for file in folder.iterdir():
        file.unlink()
