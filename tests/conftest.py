"""What all tests share: no network, no cache of the user's, and lessons that are watched.

A lesson's __main__ block runs in this process (`run_main`) or, as a user runs it, in a
process of its own (`run_script`). Tests marked `whole` run with `pytest -m whole`.
"""

import contextlib
import functools
import inspect
import io
import logging
import os
import random
import re
import runpy
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
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
# Where matplotlib is installed, Keras imports it, and it wants a folder to list fonts in.
MATPLOTLIB_HOME = tempfile.TemporaryDirectory()
os.environ["MPLCONFIGDIR"] = MATPLOTLIB_HOME.name
for name in ("http_proxy", "https_proxy", "all_proxy"):
    os.environ.pop(name, None)
    os.environ.pop(name.upper(), None)
# Many networks in one process make TensorFlow warn of retracing. Whether a script stays
# quiet is seen where it runs in a process of its own.
logging.getLogger("tensorflow").setLevel(logging.ERROR)


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


def spoken(text):
    """The lines that a script itself says: no bars, no "Epoch", no colours.

    A terminal shows a progress bar's last state only; so does this.
    """
    text = re.sub(r"\x1b\[\d*m", "", text.replace("\r\n", "\n"))
    lines = [re.split(r"[\r\x08]", line)[-1] for line in text.rstrip("\n").split("\n")]
    progress = re.compile(r"Epoch \d|\s*\d+/(\d+|Unknown) ")
    return [line for line in lines if not progress.match(line)]


# A lesson in a process of its own.


class Run:
    """A finished run of a script: its exit code and what it printed."""

    def __init__(self, finished):
        self.code = finished.returncode
        self.errors = finished.stderr.decode("utf-8").replace("\r\n", "\n")
        self.raw = finished.stdout.decode("utf-8")
        self.lines = spoken(self.raw)


def user_environment(home, **changes):
    """The environment of a user on a fresh machine without a network."""
    ours = ("KERAS_HOME", "TF_CPP_MIN_LOG_LEVEL")
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return kept | {
        "HOME": str(home),
        "USERPROFILE": str(home),
        "PYTHONPATH": str(OFFLINE),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONIOENCODING": "utf-8",
        **changes,
    }


def run_script(script, *arguments, folder=ROOT, home=None, cwd=None):
    """Run a script as a user does, without a network and with an empty home."""
    with tempfile.TemporaryDirectory() as empty:
        return Run(
            subprocess.run(
                [sys.executable, str(folder / script), *map(str, arguments)],
                cwd=cwd or folder,
                env=user_environment(home or empty),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=600,
                check=False,
            )
        )


def copy_of(script, folder, *changes):
    """Copy a lesson and data/ into a folder; each change is (what stands there, instead).

    Returns:
        The folder. A change that no longer applies fails the test.
    """
    code = (ROOT / script).read_text(encoding="utf-8")
    for old, new in changes:
        assert old in code, f"{script} no longer has {old}"
        code = code.replace(old, new)
    folder.mkdir(exist_ok=True)
    shutil.copytree(ROOT / "data", folder / "data")
    (folder / script).write_text(code, encoding="utf-8")
    return folder


# A lesson's __main__ block in this process, watched.


class Call:
    """One call: of which method and object, what it was given, and what it gave."""

    def __init__(self, name, owner, given):
        self.name, self.owner, self.given, self.result = name, owner, given, None


class Lesson:
    """A __main__ block that has run: the names it left, what it said and called."""

    def __init__(self, names, out, calls, seeds):
        self.names, self.lines, self.calls, self.seeds = names, out, calls, seeds

    def called(self, name, kind=object):
        return [c for c in self.calls if c.name == name and isinstance(c.owner, kind)]

    def after(self, label):
        """The line that starts with the label, without it."""
        (line,) = (line for line in self.lines if line.startswith(label))
        return line.removeprefix(label)


def run_main(script, *arguments, watch=(), shorten=lambda call: None):
    """Run a lesson's __main__ block and record what reaches Keras.

    Args:
        script: its file name.
        arguments: what follows it on the command line.
        watch: pairs (class, method name) to record beside Keras's fit, evaluate and
            predict.
        shorten: takes a Call before it is made, and may return other arguments (a
            dict) for the real method, so that it sees a slice. The record keeps what
            the lesson gave.

    Returns:
        A Lesson. Its seeds are pairs: the seed, and whether nothing random and nothing
        that is watched came before it.
    """
    import tensorflow as tf

    calls, seeds, out = [], [], io.StringIO()

    def recorded(method):
        signature = inspect.signature(method)

        @functools.wraps(method)
        def record(self, *args, **kwargs):
            if "_use_cached_eval_dataset" in kwargs:  # fit() itself calls evaluate().
                return method(self, *args, **kwargs)
            bound = signature.bind(self, *args, **kwargs)
            bound.apply_defaults()
            given = {name: bound.arguments[name] for name in list(bound.arguments)[1:]}
            call = Call(method.__name__, self, given)
            calls.append(call)
            slices = shorten(call)
            if slices:
                args, kwargs = (), given | slices
                kwargs.pop("kwargs", None)
            call.result = method(self, *args, **kwargs)
            return call.result

        return record

    def random_state():
        return repr((random.getstate(), np.random.get_state()))

    before, set_random_seed = random_state(), tf.keras.utils.set_random_seed

    def seed_recorded(seed):
        seeds.append((seed, random_state() == before and not calls))
        set_random_seed(seed)

    keras = [(tf.keras.Model, name) for name in ("fit", "evaluate", "predict")]
    with pytest.MonkeyPatch.context() as patch:
        for owner, name in [*keras, *watch]:
            patch.setattr(owner, name, recorded(getattr(owner, name)))
        patch.setattr(tf.keras.utils, "set_random_seed", seed_recorded)
        patch.setattr(sys, "argv", [str(ROOT / script), *map(str, arguments)])
        with contextlib.redirect_stdout(out):
            names = runpy.run_path(str(ROOT / script), run_name="__main__")
    return Lesson(names, spoken(out.getvalue()), calls, seeds)


@pytest.fixture
def refused(monkeypatch, capsys):
    """Run a script that refuses its command line; return the line that says why."""

    def run(script, *arguments):
        monkeypatch.setattr(sys, "argv", [Path(script).name, *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            runpy.run_path(str(ROOT / script), run_name="__main__")
        printed = capsys.readouterr()
        assert end.value.code == 2
        assert printed.out == ""
        usage, line = printed.err.strip().split("\n", 1)
        assert usage.startswith(f"usage: {Path(script).name} ")
        assert line.startswith(f"{Path(script).name}: error: ")
        assert "\n" not in line
        return line

    return run
