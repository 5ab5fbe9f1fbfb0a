"""Lesson 2: a convolutional network (CNN) that reads handwritten digits.

    python simple_cnn.py

Trains on MNIST: 60,000 digits that Keras downloads once, or, without a network,
the 10,000 in the folder data/.

To take away: the convolution looks at every 3x3 patch of the image with the same
32 small filters, so what it learns in one place it knows everywhere.
"""

import argparse
import logging
import os
import signal
import socket
import sys
import tempfile
from pathlib import Path

# Start-up notes of TensorFlow, and of matplotlib if it is there, are not errors
# of yours. They must be off before the import.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
logging.getLogger("matplotlib").setLevel(logging.ERROR)

import numpy as np
import tensorflow as tf
from tensorflow.keras import layers, models


def load_mnist():
    """Load MNIST (LeCun, Cortes and Burges) through Keras, or else the sample.

    Returns:
        (train_images, train_labels), (test_images, test_labels). Images are uint8
        arrays of shape (n, 28, 28) with values 0..255, labels uint8 arrays of
        shape (n,) with values 0..9; n is 60,000 and 10,000, or for the sample
        10,000 and 2,000.

    Raises:
        SystemExit: neither can be read; the message says what to do.
    """
    # Keras sets no time limit, so a server that never answers would hang the run.
    # Short, because each of the server's addresses is tried for this long.
    socket.setdefaulttimeout(3)
    try:
        return tf.keras.datasets.mnist.load_data()
    except Exception as error:  # noqa: BLE001 - Keras raises no narrower one.
        # Keras says "URL fetch failure on <address>: <code> -- <reason>".
        reason = str(error).split(" -- ")[-1]
        print(
            f"MNIST could not be downloaded ({reason}).\nGoing on with the 10,000 "
            "images in data/mnist_sample.npz; expect about 0.91 instead of 0.975."
        )
    finally:
        socket.setdefaulttimeout(None)
    sample = Path(__file__).resolve().parent / "data" / "mnist_sample.npz"
    try:
        with np.load(sample) as mnist:
            return (
                (mnist["x_train"], mnist["y_train"]),
                (mnist["x_test"], mnist["y_test"]),
            )
    except Exception as error:  # noqa: BLE001 - missing or damaged in any way.
        sys.exit(
            f"{sample} cannot be read either ({error}). Get the project's folder data/ "
            "again, or run this once with a network."
        )


def build_cnn():
    """Build and compile the tutorial's network, of 54,410 parameters.

    Returns:
        A model from float32 images of shape (n, 28, 28, 1), values 0..1, to
        float32 probabilities of shape (n, 10) that sum to 1.
    """
    model = models.Sequential(
        [
            # In place of input_shape= in the layer below, which makes Keras 3 warn.
            layers.Input(shape=(28, 28, 1)),
            layers.Conv2D(32, (3, 3), activation="relu"),
            layers.MaxPooling2D((2, 2)),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(
        optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    return model


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


def draw_picture(model, images, labels):
    """Draw nine digits that the network got wrong, and the filters that it learned.

    Args:
        model: what build_cnn() gives, trained.
        images, labels: test images of shape (n, 28, 28, 1) and their n digits.

    Returns:
        A matplotlib Figure, 800 pixels wide.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.6), layout="constrained")
    left, right = figure.subfigures(1, 2)
    probabilities = model.predict(images, verbose=0)
    answers = probabilities.argmax(axis=1)
    left.suptitle(
        "Read wrong: what it is, what it was taken for,\nand how sure that was"
    )
    for axes, i in zip(left.subplots(3, 3).flat, np.flatnonzero(answers != labels)):
        axes.imshow(images[i], cmap="gray_r")
        axes.set_title(f"{labels[i]} as {answers[i]}, {probabilities[i].max():.2f}")
        axes.set_axis_off()
    filters = model.layers[0].get_weights()[0]
    right.suptitle(
        "The 32 filters, each 3x3 pixels\n(black: lowest weight, white: highest)"
    )
    for i, axes in enumerate(right.subplots(4, 8).flat):
        axes.imshow(filters[..., i], "gray", vmin=filters.min(), vmax=filters.max())
        axes.set_axis_off()
    return figure


if __name__ == "__main__":
    arguments = read_command_line()
    tf.keras.utils.set_random_seed(42)  # The same weights at every start.

    (train_images, train_labels), (test_images, test_labels) = load_mnist()

    # -1 means "as many as there are": the tutorial's 60000 holds for all of MNIST only.
    train_images = train_images.reshape((-1, 28, 28, 1)).astype("float32") / 255
    test_images = test_images.reshape((-1, 28, 28, 1)).astype("float32") / 255

    model = build_cnn()
    # 32 batches at a time without going back to Python: same result, in less time.
    model.steps_per_execution = 32
    model.fit(
        train_images,
        train_labels,
        epochs=2,
        batch_size=64,
        validation_data=(test_images, test_labels),
    )

    # Beyond the tutorial: what the accuracy is worth, and ten digits to look at.
    _, accuracy = model.evaluate(test_images, test_labels, verbose=0)
    print(f"Test accuracy: {accuracy:.4f}")

    commonest = np.bincount(train_labels).argmax()
    baseline = np.mean(test_labels == commonest)
    print(f"Always guessing {commonest}, the commonest digit: {baseline:.4f}")

    print("The first ten test digits:")
    probabilities = model.predict(test_images[:10], verbose=0)
    for label, row in zip(test_labels, probabilities):
        print(f"{label} -> {row.argmax()} ({row.max():.2f} sure)")

    if arguments.plot:
        save_picture(draw_picture(model, test_images, test_labels), arguments.plot)
