"""Lesson 3: a recurrent network (RNN) that continues a sine wave.

    python simple_rnn.py

The network sees 19 values of a wave and learns to say, at every step, which value
comes next.

To take away: an RNN reads a sequence one step at a time and carries 32 numbers of
memory along. How far apart the steps are decides what there is to learn: too close,
and repeating the last value is as good as any forecast.
"""

import argparse
import logging
import os
import signal
import sys
import tempfile
from pathlib import Path

# Start-up notes of TensorFlow, and of matplotlib if it is there, are not errors
# of yours. They must be off before the import.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
logging.getLogger("matplotlib").setLevel(logging.ERROR)

import numpy as np
from tensorflow.keras.layers import Dense, Input, SimpleRNN
from tensorflow.keras.models import Sequential
from tensorflow.keras.utils import set_random_seed


def generate_time_series_data(n_samples=1000, n_steps=20, step=0.33):
    """Sample a sine wave and cut it into windows.

    Args:
        n_samples: how many windows.
        n_steps: values in a window; one more than the network sees.
        step: distance of two values, in radians. The tutorial's own grid is
            generate_time_series_data(step=100 / 19_999).

    Returns:
        X, y: float64 arrays of shape (n_samples, n_steps - 1, 1), values -1..1;
        y[:, t] is the value that follows X[:, t].
    """
    # The tutorial's np.linspace(0, 100, n_steps * n_samples) has a value every 0.005,
    # its test sequence below one every 2*pi/19 = 0.3307. Its values are 66 times closer
    # together, so each window is all but a straight line, and does not show how a wave
    # goes on. With exactly 2*pi/19 instead of 0.33 the windows would repeat every 19,
    # and the test sequence would be one of them.
    time = np.arange(n_steps * n_samples) * step
    data = np.sin(time).reshape(n_samples, n_steps, 1)
    X = data[:, :-1]
    y = data[:, 1:]
    return X, y


def build_rnn():
    """Build and compile the tutorial's network, of 1,121 parameters.

    Returns:
        A model from sequences of shape (n, steps, 1), of any number of steps, to a
        forecast of the next value at each step, of the same shape, float32.
    """
    model = Sequential(
        [
            # In place of input_shape= in the layer below, which makes Keras 3 warn.
            Input(shape=[None, 1]),
            SimpleRNN(32, return_sequences=True),
            Dense(1),
        ]
    )
    model.compile(optimizer="adam", loss="mse")
    return model


# From here on: what goes beyond the tutorial.


def forecast(model, sequence, n_steps):
    """Continue a sequence alone: each forecast is read as if it had been measured.

    Args:
        model: what build_rnn() gives, trained.
        sequence: array of shape (1, steps, 1) to start from; it is not changed.
        n_steps: how many values to add.

    Returns:
        float32 array of shape (n_steps,).
    """
    values = []
    for _ in range(n_steps):
        value = model.predict(sequence, verbose=0)[0, -1, 0]
        values.append(value)
        # The oldest value goes out, the newest forecast comes in.
        sequence = np.append(sequence[:, 1:], [[[value]]], axis=1)
    return np.array(values)


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


def draw_picture(seen, one_step, alone, truth):
    """Draw the wave, and what the network forecast of it.

    Args:
        seen, one_step: arrays of shape (20,), the test sequence and, for each of its
            values, the forecast of the next one.
        alone, truth: arrays of shape (19,), what the network made of the next period
            on its own, and what it should have been.

    Returns:
        A matplotlib Figure, 800 pixels wide.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.subplots()
    axes.plot(range(39), [*seen, *truth], "-", color="grey", label="the wave itself")
    axes.plot(range(1, 21), one_step, "x", color="tab:blue", label="one step ahead")
    axes.plot(range(20, 39), alone, "o--", mfc="white", color="tab:red", label="alone")
    axes.axvline(19.5, linestyle=":", color="black", label="from here on unseen")
    axes.set(title="A sine wave, forecast by an RNN", ylabel="value")
    axes.set(xlabel="step (19 steps are one period)")
    axes.legend(loc="lower left")
    return figure


if __name__ == "__main__":
    arguments = read_command_line()
    set_random_seed(42)  # The same weights at every start.

    X, y = generate_time_series_data()
    model = build_rnn()
    model.fit(X, y, epochs=20)

    test_sequence = np.sin(np.linspace(0, 2 * np.pi, 20)).reshape(1, 20, 1)
    prediction = model.predict(test_sequence)
    print("Next value prediction:", prediction[0, -1, 0])

    # Beyond the tutorial: how good that is. The next period, which nobody showed it:
    truth = np.sin(2 * np.pi + 2 * np.pi / 19 * np.arange(1, 20))
    print(f"True next value: {truth[0]:.4f}")
    last = round(test_sequence[0, -1, 0], 4) + 0.0  # + 0.0 makes -0.0 a plain 0.0.
    print(f"Repeating the last value: {last:.4f}")

    alone = forecast(model, test_sequence, len(truth))
    largest_error = np.abs(alone - truth).max()
    print(f"Largest error over a period of its own forecasts: {largest_error:.4f}")

    if arguments.plot:
        figure = draw_picture(test_sequence.ravel(), prediction.ravel(), alone, truth)
        save_picture(figure, arguments.plot)
