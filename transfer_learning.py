"""Lesson 5: VGG16, a network that others trained, reused for a new task.

    python transfer_learning.py
    python transfer_learning.py photos/

With a folder, the task is to tell its two subfolders of photos apart. Without one
it is to tell a handwritten 4 from a 9, from 40 examples of each.

To take away: VGG16 learned from 1.2 million photos what edges, textures and parts
look like. That serves for tasks it has never seen, so a few examples are enough.
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
from sklearn.model_selection import train_test_split
from tensorflow.keras.applications import VGG16
from tensorflow.keras.applications.vgg16 import preprocess_input
from tensorflow.keras.layers import Dense, Flatten, Input
from tensorflow.keras.models import Sequential

DATA = Path(__file__).resolve().parent / "data"


def load_vgg16(weights="imagenet"):
    """Load VGG16 (Simonyan and Zisserman 2014) without its top.

    Args:
        weights: "imagenet" to let Keras download them (59 MB, once), or else take the
            file in data/; the path of a file; or None for random ones.

    Returns:
        A model from images of shape (n, 150, 150, 3), as preprocess_input() gives
        them, to features of shape (n, 4, 4, 512), float32.

    Raises:
        SystemExit: neither the download nor data/ has them.
        ValueError: there is no file at the path.
    """
    # Keras sets no time limit, so a server that never answers would hang the run.
    # Short, because each of the server's addresses is tried for this long.
    socket.setdefaulttimeout(3)
    try:
        return VGG16(weights=weights, include_top=False, input_shape=(150, 150, 3))
    except Exception as error:
        if weights != "imagenet":
            raise
        # Keras says "URL fetch failure on <address>: <code> -- <reason>".
        reason = str(error).split(" -- ")[-1]
        print(
            f"VGG16's weights could not be downloaded ({reason}).\nGoing on with those "
            "in data/, rounded to 7 bits; they do as well."
        )
    finally:
        socket.setdefaulttimeout(None)
    file = DATA / "vgg16_imagenet_7bit.weights.h5"
    try:
        return VGG16(weights=file, include_top=False, input_shape=(150, 150, 3))
    except Exception as error:  # noqa: BLE001 - missing or damaged in any way.
        sys.exit(
            f"{file} cannot be read either ({error}). Get the project's folder data/ "
            "again, or run this once with a network."
        )


def build_transfer_model(weights="imagenet"):
    """Build and compile the tutorial's network: VGG16, frozen, and a head on top.

    Args:
        weights: "imagenet", the path of a file, or None, as in load_vgg16().

    Returns:
        A model from images of shape (n, 150, 150, 3), as preprocess_input() gives
        them, to float32 probabilities of the second class, of shape (n, 1). Of its
        parameters 14,714,688 are frozen and 2,097,665 are trained.
    """
    base_model = load_vgg16(weights)
    for layer in base_model.layers:
        layer.trainable = False
    model = Sequential(
        [
            base_model,
            Flatten(),
            Dense(256, activation="relu"),
            Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return model


# From here on: what goes beyond the tutorial, which names no data.


def load_digits():
    """Load the built-in task: handwritten fours and nines of MNIST.

    Returns:
        train_images, validation_images: uint8 arrays of shapes (80, 28, 28, 3) and
        (150, 28, 28, 3), values 0..255; train_labels, validation_labels: int arrays
        of shapes (80,) and (150,), 0 for a four and 1 for a nine.

    Raises:
        SystemExit: data/mnist_sample.npz cannot be read.
    """
    file = DATA / "mnist_sample.npz"
    try:
        with np.load(file) as mnist:
            parts = [
                mnist[f"x_{part}"][mnist[f"y_{part}"] == digit][:count]
                for part, count in (("train", 40), ("test", 75))
                for digit in (4, 9)
            ]
    except Exception as error:  # noqa: BLE001 - missing or damaged in any way.
        sys.exit(f"{file} cannot be read ({error}). Get the project's data/ again.")
    # VGG16 expects red, green and blue: three times the same grey.
    images = np.repeat(np.concatenate(parts)[..., np.newaxis], 3, axis=-1)
    labels = np.repeat([0, 1, 0, 1], [40, 40, 75, 75])
    return images[:80], images[80:], labels[:80], labels[80:]


def find_photos(folder):
    """Find the photos of two classes in a folder's subfolders, and check each one.

    Args:
        folder: path of a folder with two subfolders of JPEG, PNG, BMP, GIF or WebP
            files. Hidden files, Thumbs.db and desktop.ini are passed over.

    Returns:
        classes, paths, labels: the two names of the subfolders; the list of all
        photos' paths; an int array with 0 or 1 for each, its place in classes.

    Raises:
        argparse.ArgumentTypeError: the folder, or a file in it, is not as it should
            be; the message names it.
    """
    passed_over = (".", "Thumbs.db", "desktop.ini")
    photos = {}
    try:
        for subfolder in sorted(Path(folder).iterdir()):
            if subfolder.is_dir() and not subfolder.name.startswith("."):
                photos[subfolder.name] = sorted(
                    path
                    for path in subfolder.iterdir()
                    if path.is_file() and not path.name.startswith(passed_over)
                )
    except OSError as error:
        raise argparse.ArgumentTypeError(
            f"{error.filename}: {error.strerror}"
        ) from None
    photos = {name: paths for name, paths in photos.items() if paths}
    if len(photos) != 2:
        raise argparse.ArgumentTypeError(
            f"{folder} needs two subfolders with photos in them, one per class, and has "
            f"{len(photos)}: {', '.join(photos) or 'none'}"
        )
    for name, paths in photos.items():
        if len(paths) < 5:
            raise argparse.ArgumentTypeError(
                f"{Path(folder) / name} needs 5 photos or more, for a fifth of them to "
                f"be held out, and has {len(paths)}"
            )
    print(
        "Found",
        " and ".join(f"{len(photos[name])} photos of {name}" for name in photos),
    )
    paths = [str(path) for name in photos for path in photos[name]]
    for path in paths:
        try:
            read_photo(path)
        except tf.errors.OpError:
            raise argparse.ArgumentTypeError(
                f"{path} is no JPEG, PNG, BMP, GIF or WebP image, or is cut short"
            ) from None
    return (
        list(photos),
        paths,
        np.repeat([0, 1], [len(photos[name]) for name in photos]),
    )


def read_photo(path):
    """Read an image file into a uint8 tensor of shape (height, width, 3)."""
    # Of an animation the first frame; grey and transparent images become RGB.
    return tf.io.decode_image(
        tf.io.read_file(path), channels=3, expand_animations=False
    )


def prepare(images):
    """Make images ready for VGG16, a few at a time, so that memory stays small.

    Args:
        images: uint8 array of shape (n, height, width, 3), values 0..255, or a list
            of the paths of image files.

    Returns:
        A tf.data.Dataset of float32 batches of shape (16, 150, 150, 3) or less.
    """

    def as_vgg16_expects(image):
        image = read_photo(image) if image.dtype == tf.string else image
        # Not / 255 as in lesson 2: VGG16 was trained on 0..255 less the mean colour, in
        # the order blue, green, red. On 300 photos of cats and dogs / 255 gave 0.78 to
        # 0.87, this gives 0.97 to 1.00 (five seeds).
        return preprocess_input(tf.image.resize(image, (150, 150)))

    return tf.data.Dataset.from_tensor_slices(images).map(as_vgg16_expects).batch(16)


def build_head(model):
    """Build and compile a model of only the layers that follow the frozen base.

    Args:
        model: what build_transfer_model() gives. The head shares its layers, so that
            training the head trains the model too.

    Returns:
        A model from features of shape (n, 4, 4, 512) to probabilities of shape (n, 1).
    """
    base_model, *layers = model.layers
    head = Sequential([Input(base_model.output_shape[1:]), *layers])
    head.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return head


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
        "photos",
        nargs="?",
        type=find_photos,
        metavar="FOLDER",
        help="a folder with two subfolders of photos, one per class",
    )
    parser.add_argument(
        "--plot", metavar="FILE.png", type=picture_file, help="also save a picture"
    )
    return parser.parse_args()


def drop_remarks_of_libjpeg():
    """Let only Python write to standard error.

    The library that reads JPEGs, libjpeg, remarks there on photos with small faults,
    without their names. They are usable all the same.
    """
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1, errors="backslashreplace")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


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


def draw_picture(images, labels, probabilities, classes):
    """Draw eight images that were held out, with the answers; wrong ones come first.

    Args:
        images: uint8 array of shape (n, height, width, 3), or a list of paths.
        labels, probabilities: arrays of shape (n,), the right classes, 0 or 1, and the
            model's probabilities that it is 1.
        classes: the names of the two.

    Returns:
        A matplotlib Figure, 800 pixels wide.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.8), layout="constrained")
    answers = (probabilities > 0.5).astype(int)
    wrong = np.flatnonzero(answers != labels)
    # Up to four wrong ones, and right ones from all over the others.
    right = np.flatnonzero(answers == labels)
    few = np.linspace(0, len(right) - 1, 8 - len(wrong[:4])).astype(int)
    shown = list(dict.fromkeys([*wrong[:4], *right[few]]))
    panels = figure.subplots(2, 4).ravel()
    for axes in panels:
        axes.set_axis_off()
    for axes, i in zip(panels, shown):
        image = images[i]
        axes.imshow(read_photo(image) if isinstance(image, str) else image)
        sure = max(probabilities[i], 1 - probabilities[i])
        mark = "WRONG: " if i in wrong else ""
        axes.set_title(f"{mark}{classes[answers[i]]}, {sure:.2f}")
    figure.suptitle(
        f"Held out: the answer and how sure it is; {len(wrong)} of {len(labels)} wrong"
    )
    return figure


if __name__ == "__main__":
    drop_remarks_of_libjpeg()
    arguments = read_command_line()
    tf.keras.utils.set_random_seed(42)  # The same weights at every start.

    # A fifth of the photos is held out: no training ever sees it.
    if arguments.photos:
        classes, paths, labels = arguments.photos
        parts = train_test_split(
            paths, labels, test_size=0.2, stratify=labels, random_state=42
        )
    else:
        print("No folder given, so the task is: a handwritten 4 or a handwritten 9?")
        classes, parts = ["4", "9"], load_digits()
    train_images, validation_images, train_labels, validation_labels = parts

    model = build_transfer_model()
    base_model, head = model.layers[0], build_head(model)

    # Frozen, VGG16 gives the same for an image in every epoch: once is enough.
    print("VGG16 looks at each image for training, then at each one held out:")
    train_features = base_model.predict(prepare(train_images))
    validation_features = base_model.predict(prepare(validation_images))
    # Few examples, so small batches: with Keras's 32 instead of 16, two of 30 seeds
    # stayed under 0.93 on the digits; with 16 none did.
    head.fit(
        train_features,
        train_labels,
        epochs=10,
        batch_size=16,
        validation_data=(validation_features, validation_labels),
    )

    _, accuracy = head.evaluate(validation_features, validation_labels, verbose=0)
    print(f"Validation accuracy: {accuracy:.2f}")
    larger = np.bincount(train_labels).argmax()
    baseline = np.mean(validation_labels == larger)
    print(f"Always guessing {classes[larger]}: {baseline:.2f}")

    print("Some that were held out, through the whole model, VGG16 and head:")
    some = slice(None, None, max(1, len(validation_labels) // 6))  # Six or so.
    probabilities = model.predict(prepare(validation_images[some]), verbose=0)[:, 0]
    for image, label, probability in zip(
        validation_images[some], validation_labels[some], probabilities
    ):
        name = image if arguments.photos else classes[label]
        answer = int(probability > 0.5)
        sure = probability if answer else 1 - probability
        print(f"{name} -> {classes[answer]} ({sure:.2f} sure)")

    if arguments.plot:
        probabilities = head.predict(validation_features, verbose=0)[:, 0]
        figure = draw_picture(
            validation_images, validation_labels, probabilities, classes
        )
        save_picture(figure, arguments.plot)
