"""Lesson 1: a perceptron as an AND gate.

    python perceptron.py

First the tutorial's perceptron, with weights set by hand. Then the same gate
learned from its truth table by Rosenblatt's rule, and XOR, which no perceptron
can learn.

To take away: a perceptron draws one straight line, and answers 1 on one side of
it. Learning is nothing but shifting that line until no example is on the wrong
side. Where no straight line will do, the next lessons add layers.
"""

import argparse
import logging
import os
import signal
import sys
import tempfile
from pathlib import Path

import numpy as np

# Start-up notes of matplotlib, which --plot needs, are not errors of yours.
logging.getLogger("matplotlib").setLevel(logging.ERROR)


class Perceptron:
    """One neuron with a step activation.

    Attributes:
        weights: float64 array of shape (input_size,), at first random in 0..1.
        bias: float, at first random in 0..1.
    """

    def __init__(self, input_size):
        self.weights = np.random.rand(input_size)
        self.bias = np.random.rand()

    def predict(self, inputs):
        """Answer 1 or 0 for one input, an array of shape (input_size,).

        Raises:
            ValueError: another number of inputs than of weights; names both.
        """
        calculation = np.dot(inputs, self.weights) + self.bias
        return 1 if calculation > 0 else 0


# From here on: what goes beyond the tutorial.


def learn(perceptron, inputs, targets, max_passes=100):
    """Learn by the perceptron rule (Rosenblatt 1958) until no example is wrong.

    Args:
        perceptron: its weights and bias are changed in place.
        inputs: sequence of n arrays of shape (input_size,).
        targets: sequence of the n right answers, each 0 or 1.
        max_passes: passes over all examples before it gives up. AND, OR and NAND
            took at most 9 from each of 3,000 random starts.

    Returns:
        The number of passes, the last of them without an error, or None: given up.

    Raises:
        ValueError: an input has another length than the weights, or there are
            not as many targets as inputs.
    """
    for passes in range(1, max_passes + 1):
        errors = 0
        for x, target in zip(inputs, targets, strict=True):
            # 1: should have fired, -1: should not have, 0: right, so nothing changes.
            error = target - perceptron.predict(x)
            perceptron.weights = perceptron.weights + error * x
            perceptron.bias += error
            errors += abs(error)
        if errors == 0:
            return passes
    return None


# The command line and saving a picture, as in every lesson: no part of this one.


def read_command_line():
    """Read the options; bad ones end the run with one line and exit code 2."""
    signal.signal(signal.SIGINT, end_at_ctrl_c)
    sys.excepthook = end_in_one_line
    # A line is shown once it is printed, and no letter is too strange to print.
    sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.error = lambda message: parser.exit(
        2, f"{parser.prog}: {message} (--help says what works)\n"
    )
    parser.add_argument(
        "--plot", metavar="FILE.png", type=picture_file, help="also save a picture"
    )
    return parser.parse_args()


def end_at_ctrl_c(number, frame):
    """End in one line, at once: as an exception, TensorFlow sometimes swallows it."""
    print("\nStopped by Ctrl-C.", file=sys.stderr, flush=True)
    os._exit(130)


def end_in_one_line(kind, error, traceback):
    """Spare the user Python's page of traceback where nothing is broken."""
    if kind is BrokenPipeError:  # For example `| head`, which reads a few lines.
        print("Stopped: nothing reads the output any more.", file=sys.stderr)
        os._exit(1)  # A normal exit would try to write the rest, and complain.
    else:
        sys.__excepthook__(kind, error, traceback)


def picture_file(name):
    """Return the path for --plot, if a picture can be saved there; else say why not."""
    path = Path(name)
    try:
        from matplotlib.figure import Figure  # Needed for pictures only.

        with tempfile.TemporaryDirectory(dir=path.parent):
            types = Figure().canvas.get_supported_filetypes()
    except ImportError:
        raise argparse.ArgumentTypeError(
            f"no matplotlib; {sys.executable} -m pip install matplotlib adds it"
        ) from None
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{path.parent}: {error.strerror}") from None
    if path.suffix[1:].lower() not in types or path.is_dir():
        raise argparse.ArgumentTypeError(f"{name} is no picture's name, such as a.png")
    return path


def save_picture(figure, path):
    """Save a matplotlib figure; an older file goes only once the new one is whole."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        figure.savefig(Path(folder) / path.name)
        os.replace(Path(folder) / path.name, path)
    print(f"Picture saved: {path}")


def draw_picture(panels, inputs):
    """Draw the inputs in the plane, and in grey where each perceptron answers 1.

    Args:
        panels: three tuples (title, perceptron, the four right answers).
        inputs: the four inputs, arrays of shape (2,).

    Returns:
        A matplotlib Figure, 800 pixels wide.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 3.4), layout="constrained")
    x, y = np.meshgrid(np.linspace(-0.5, 1.5, 401), np.linspace(-0.5, 1.5, 401))
    for axes, (title, perceptron, targets) in zip(figure.subplots(1, 3), panels):
        plane = x * perceptron.weights[0] + y * perceptron.weights[1] + perceptron.bias
        axes.contourf(x, y, plane, levels=[0, np.inf], colors="lightgrey")
        for value, face in ((0, "white"), (1, "black")):
            points = [row for row, target in zip(inputs, targets) if target == value]
            axes.scatter(*np.transpose(points), 90, face, edgecolors="black")
        axes.set(title=title, xlabel="input 1", ylabel="input 2", aspect="equal")
        axes.set(xticks=[0, 1], yticks=[0, 1])
    figure.suptitle("Black: should be 1. White: should be 0. Grey: the answer is 1.")
    return figure


if __name__ == "__main__":
    arguments = read_command_line()

    perceptron = Perceptron(2)
    perceptron.weights = np.array([1, 1])
    perceptron.bias = -1.5

    test_inputs = [
        np.array([0, 0]),
        np.array([0, 1]),
        np.array([1, 0]),
        np.array([1, 1]),
    ]

    print("AND Gate Results:")
    for x in test_inputs:
        print(f"{x} -> {perceptron.predict(x)}")

    # Beyond the tutorial: weights that are "normally learned via training".
    np.random.seed(42)
    learned = Perceptron(2)
    passes = learn(learned, test_inputs, [0, 0, 0, 1])
    print(
        f"\nAND learned in {passes} passes over its four rows: weights "
        f"{learned.weights.round(2)}, bias {learned.bias:.2f}"
    )
    for x in test_inputs:
        print(f"{x} -> {learned.predict(x)}")

    # XOR (one or the other, not both) is 1 in two opposite corners of the square.
    exclusive = Perceptron(2)
    if learn(exclusive, test_inputs, [0, 1, 1, 0]) is None:
        print(
            "\nXOR given up after 100 passes: no straight line separates its ones "
            "from its zeros.\nOne perceptron is not enough; a network with a hidden layer is."
        )

    if arguments.plot:
        panels = [
            ("AND, set by hand", perceptron, [0, 0, 0, 1]),
            ("AND, learned", learned, [0, 0, 0, 1]),
            ("XOR, given up", exclusive, [0, 1, 1, 0]),
        ]
        save_picture(draw_picture(panels, test_inputs), arguments.plot)
