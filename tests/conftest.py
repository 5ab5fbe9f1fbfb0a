"""What the tests share: no network, a run as a user does it, and a photo of a digit."""

import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

# Before anything imports TensorFlow.
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = [
    "perceptron.py",
    "simple_cnn.py",
    "simple_rnn.py",
    "nlp_sentiment.py",
    "transfer_learning.py",
    "model_evaluation.py",
]
README = (ROOT / "README.md").read_text(encoding="utf-8")
# Nobody listens at this port, so each attempt of a script to download fails at once.
NO_NETWORK = dict.fromkeys(["http_proxy", "https_proxy"], "http://127.0.0.1:9")


@pytest.fixture(scope="session", autouse=True)
def no_network():
    """Make any attempt to reach a network fail, in every test."""

    def refuse(*args):
        raise OSError("a test tried to reach a network")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", refuse)
        yield


def run(script, *arguments, cwd=ROOT):
    """Run a script as a user does, with an empty HOME and without a network."""
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | NO_NETWORK | {"HOME": home, "USERPROFILE": home}
        environment["PYTHONIOENCODING"] = "utf-8"
        # Keras imports matplotlib where it is installed, which then lists all fonts.
        environment["MPLCONFIGDIR"] = str(Path(tempfile.gettempdir()) / "mpl-of-tests")
        del environment["TF_CPP_MIN_LOG_LEVEL"]
        finished = subprocess.run(
            [sys.executable, script, *map(str, arguments)],
            cwd=cwd,
            env=environment,
            capture_output=True,
            check=False,
        )
    # Decoded here, as Python's text mode would make a line end of each progress bar's \r.
    finished.stdout = finished.stdout.decode("utf-8").replace("\r\n", "\n")
    finished.stderr = finished.stderr.decode("utf-8").replace("\r\n", "\n")
    return finished


def without_progress_bars(output):
    """The lines of what a script printed, but for Keras's progress bars."""
    lines = output.rstrip("\n").split("\n")
    return [line for line in lines if "━" not in line and line[:6] != "Epoch "]


def draw_photo(path, index, light_on_dark=False):
    """Save a test digit of MNIST as a photo: on uneven paper, grainy, off the centre.

    Returns:
        The digit, 0..9.
    """
    with np.load(ROOT / "data" / "mnist.npz") as mnist:
        image = mnist["x_test"][index]
        label = mnist["y_test"][index]
    ink = np.zeros((300, 400, 1))
    ink[60:240, 150:330] = tf.image.resize(image[..., np.newaxis] / 255, (180, 180))
    paper = np.linspace(160, 230, 400)[:, np.newaxis]  # Light falls from the right.
    pen = 40
    if light_on_dark:
        paper = paper - 150
        pen = 220
    grain = np.random.default_rng(index).normal(scale=3, size=(300, 400, 1))
    photo = (paper * (1 - ink) + pen * ink + grain).clip(0, 255)
    tf.keras.utils.save_img(path, photo.repeat(3, axis=-1), scale=False)
    return label
