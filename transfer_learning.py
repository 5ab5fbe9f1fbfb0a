"""Lesson 5: VGG16, a network that others trained, reused for a new task.

    python transfer_learning.py
    python transfer_learning.py photos/

With a folder, the task is to tell its two subfolders of photos apart. Without one
it is to tell a handwritten 4 from a 9, from 40 examples of each.

To take away: VGG16 learned from 1.2 million photos what edges, textures and parts
look like. That serves for tasks it has never seen, so a few examples are enough.
Its weights are in data/: those learned from ImageNet, rounded to 7 bits.
"""

import argparse
import os
from pathlib import Path

# Hides all that TensorFlow's C++ part writes: notes at the start, but warnings too,
# such as why it does not use a GPU. To read them, set the variable to 0.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from tensorflow.keras.applications import VGG16
from tensorflow.keras.applications.vgg16 import preprocess_input
from tensorflow.keras.layers import Dense, Flatten
from tensorflow.keras.models import Sequential

DATA = Path(__file__).resolve().parent / "data"
MNIST = DATA / "mnist.npz"
WEIGHTS = DATA / "vgg16_imagenet_7bit.weights.h5"


def build_transfer_model(weights="imagenet"):
    """Build and compile the tutorial's network: VGG16, frozen, and a head on top.

    Args:
        weights: "imagenet" for those of Simonyan and Zisserman (2014), from data/ with
            7 bits each, or, if that is missing, from Keras, which downloads 59 MB; the
            path of a file; or None for random ones.

    Returns:
        A model from images of shape (n, 150, 150, 3), as preprocess_input() gives
        them, to float32 probabilities of the second class, of shape (n, 1). Of its
        parameters 14,714,688 are frozen and 2,097,665 are trained.

    Raises:
        ValueError: there is no file at the path.
    """
    if weights == "imagenet" and WEIGHTS.exists():
        weights = WEIGHTS
    base_model = VGG16(weights=weights, include_top=False, input_shape=(150, 150, 3))
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
        train_images, validation_images, train_labels, validation_labels: images are
        uint8 arrays of shapes (80, 28, 28, 3) and (150, 28, 28, 3), values 0..255,
        labels int arrays of shapes (80,) and (150,), 0 for a four and 1 for a nine.

    Raises:
        FileNotFoundError: data/mnist.npz is missing.
    """
    with np.load(MNIST) as mnist:
        parts = [
            mnist[f"x_{part}"][mnist[f"y_{part}"] == digit][:count]
            for part, count in (("train", 40), ("test", 75))
            for digit in (4, 9)
        ]
    # VGG16 expects red, green and blue: three times the same grey.
    images = np.repeat(np.concatenate(parts)[..., np.newaxis], 3, axis=-1)
    labels = np.repeat([0, 1, 0, 1], [40, 40, 75, 75])
    return images[:80], images[80:], labels[:80], labels[80:]


def find_photos(folder):
    """Find the photos of two classes in a folder's subfolders, and check each one.

    Args:
        folder: path of a folder with two subfolders of JPEG, PNG, BMP, GIF or WebP
            files, five or more in each. Other files and hidden ones are passed over.

    Returns:
        paths, labels, classes: a list of n strings; an int array of shape (n,) with
        each photo's class, 0 or 1; the names of the two classes, in that order.

    Raises:
        argparse.ArgumentTypeError: the folder, or a file in it, is not as it should be.
    """
    suffixes = {".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp"}
    files = sorted(Path(folder).glob("[!.]*/[!.]*"))
    paths = [str(path) for path in files if path.suffix.lower() in suffixes]
    names = [Path(path).parent.name for path in paths]
    classes, labels = np.unique(names, return_inverse=True)
    if len(classes) != 2 or min(map(names.count, classes)) < 5:
        nothing = "no photos" if Path(folder).is_dir() else "no folder"
        found = [f"{names.count(name)} in {name}" for name in classes] or [nothing]
        raise argparse.ArgumentTypeError(
            f"{folder} is no folder with two subfolders of five photos or more; found: "
            + " and ".join(found)
        )
    for path in paths:
        try:
            read_photo(path)
        except tf.errors.OpError:
            raise argparse.ArgumentTypeError(
                f"{path} is no JPEG, PNG, BMP, GIF or WebP image, or is cut short"
            ) from None
    return paths, labels, classes


def read_photo(path):
    """Read an image, or an animation's first, as a uint8 tensor (height, width, 3)."""
    content = tf.io.read_file(path)
    return tf.io.decode_image(content, channels=3, expand_animations=False)


def resize(images, size):
    """Read and resize images, a few at a time, so that memory stays small.

    Args:
        images: uint8 array of shape (n, height, width, 3), or a list of n paths.
        size: the new height and width.

    Returns:
        A tf.data.Dataset of float32 batches of shape (up to 16, size, size, 3), 0..255.
    """
    dataset = tf.data.Dataset.from_tensor_slices(images)
    if dataset.element_spec.dtype == tf.string:
        dataset = dataset.map(read_photo)
    return dataset.map(lambda image: tf.image.resize(image, (size, size))).batch(16)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("photos", nargs="?", type=find_photos, metavar="FOLDER")
    arguments = parser.parse_args()
    tf.keras.utils.set_random_seed(42)  # The same weights at every start.

    if arguments.photos:  # A fifth of them is held out: no training sees it.
        paths, labels, classes = arguments.photos
        parts = train_test_split(paths, labels, test_size=0.2, stratify=labels)
    elif MNIST.exists():
        parts, classes = load_digits(), ["4", "9"]
    else:
        parser.error(f"{MNIST} is missing: without it, give a folder of photos")
    train_images, validation_images, train_labels, validation_labels = parts
    sizes = f"{len(train_labels)} to learn from, {len(validation_labels)} held out"
    print(f"The task: {classes[0]} or {classes[1]}? Images: {sizes}.")

    # Frozen, VGG16 gives the same for an image in every epoch: once is enough. It expects
    # the scaling that it was trained with. Training the head trains the model, too.
    model = build_transfer_model()
    print("VGG16 looks at each image for training, then at each one held out:")
    train_features, validation_features = (
        model.layers[0].predict(resize(images, 150).map(preprocess_input))
        for images in (train_images, validation_images)
    )
    head = Sequential(model.layers[1:])
    head.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    # 16, not Keras's 32, was once chosen by looking at these held-out digits. On others,
    # 16 gave 0.91 to 0.99, and 32 gave 0.88 to 0.99 (27 trainings each).
    held_out = (validation_features, validation_labels)
    head.fit(
        train_features, train_labels, epochs=10, batch_size=16, validation_data=held_out
    )

    _, accuracy = head.evaluate(*held_out, verbose=0)
    print(f"Validation accuracy: {accuracy:.2f}")

    # What the same images give without VGG16, and what without a look at them.
    train_pixels, validation_pixels = (
        np.concatenate(list(resize(images, 28))).reshape(len(images), -1) / 255
        for images in (train_images, validation_images)
    )
    logistic = LogisticRegression(max_iter=1000).fit(train_pixels, train_labels)
    logistic_accuracy = logistic.score(validation_pixels, validation_labels)
    print(f"Logistic regression on 28x28 pixels: {logistic_accuracy:.2f}")
    guessing = np.mean(validation_labels == np.bincount(train_labels).argmax())
    print(f"Guessing the larger class: {guessing:.2f}")

    print("Some that were held out, through the whole model, VGG16 and head:")
    some = slice(None, None, max(1, len(validation_labels) // 6))  # Six or so.
    images, labels = validation_images[some], validation_labels[some]
    probabilities = model.predict(resize(images, 150).map(preprocess_input), verbose=0)
    for image, label, probability in zip(images, labels, probabilities[:, 0]):
        name = image if arguments.photos else classes[label]
        sure = max(probability, 1 - probability)
        print(f"{name} -> {classes[int(probability > 0.5)]} ({sure:.2f} sure)")
