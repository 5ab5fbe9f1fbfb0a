"""Lesson 2: a convolutional network (CNN) that reads handwritten digits.

    python simple_cnn.py
    python simple_cnn.py seven.jpg four.png

Trains on MNIST, 60,000 images of handwritten digits, and tests on 10,000 others. Then
it reads your own photos, if you name any.

A convolution slides small filters over the image, here 32 filters of 3x3 weights. Each
filter looks for one small pattern, such as an edge, at every place with the same
weights (weight sharing). The Dense layer after it has a weight of its own for every
place. That is why a digit has to be centred, as the digits of MNIST are.
"""

import argparse
import os
from pathlib import Path

# Hides all that TensorFlow's C++ part writes: notes at the start, but warnings too,
# such as why it does not use a GPU. To read them, set the variable to 0.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from tensorflow.keras import layers, models

# ===== The tutorial's part =====


def load_mnist():
    """Load MNIST (LeCun, Cortes and Burges) from data/, or else through Keras.

    Returns:
        (train_images, train_labels), (test_images, test_labels). Images are uint8
        arrays of shapes (60000, 28, 28) and (10000, 28, 28) with values 0..255, labels
        uint8 arrays of shapes (60000,) and (10000,) with values 0..9.
    """
    file = Path(__file__).resolve().parent / "data" / "mnist.npz"
    if not file.exists():  # This script was copied alone: Keras downloads 11 MB, once.
        return tf.keras.datasets.mnist.load_data()
    with np.load(file) as mnist:
        return (mnist["x_train"], mnist["y_train"]), (mnist["x_test"], mnist["y_test"])


def build_cnn():
    """Build and compile the tutorial's network.

    It has 54,410 parameters, that is weights and biases together.

    Returns:
        A model from float32 images of shape (n, 28, 28, 1), values 0..1, to
        float32 probabilities of shape (n, 10) that sum to 1.
    """
    model = models.Sequential(
        [
            # In place of input_shape= in the layer below, which makes Keras 3 warn.
            layers.Input(shape=(28, 28, 1)),
            # The activation relu turns what is below zero into zero. Without such a
            # nonlinearity, several layers could do no more than one.
            layers.Conv2D(32, (3, 3), activation="relu"),
            # Keeps the largest of every 2x2 numbers: a quarter of the work.
            layers.MaxPooling2D((2, 2)),
            # A Dense layer takes a list of numbers: 13 x 13 x 32 are 5,408.
            layers.Flatten(),
            # One number for each digit. Softmax turns them into probabilities: positive,
            # with the sum 1.
            layers.Dense(10, activation="softmax"),
        ]
    )
    # The loss is what training makes small. A crossentropy is large where the right
    # answer gets a low probability. The optimizer decides how the weights change.
    model.compile(
        optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    return model


# ===== Beyond the tutorial =====


def read_digit(path):
    """Prepare a photo of one handwritten digit as MNIST's makers prepared theirs.

    The network knows only what looks like its training images. So the box around the
    digit is scaled to 20x20, keeping its proportions, and its centre of mass is put
    in the middle of 28x28 (LeCun, Cortes and Burges, "The MNIST database").

    Args:
        path: path of a JPEG, PNG, BMP or GIF file, of any size and in any colours.

    Returns:
        float32 array of shape (28, 28, 1), values 0..1: 0 is paper, 1 is ink.

    Raises:
        FileNotFoundError: there is no such file.
        OSError: it is no image, or not a whole one.
        ValueError: there is no ink in it.
    """
    image = tf.keras.utils.load_img(path, color_mode="rgba")
    # A camera held sideways stores the photo on its side, and notes so in the EXIF tag
    # 0x0112. 200 pixels are plenty, and the average of many pixels has less grain.
    quarter_turns = {3: 2, 6: 3, 8: 1}.get(image.getexif().get(0x0112), 0)
    image.thumbnail((200, 200))
    pixels = np.rot90(np.asarray(image, "float32"), quarter_turns)

    # Light falls on paper unevenly. Linear regression on the places finds the plane that
    # comes closest to the brightness everywhere. Ink is what differs from that plane,
    # darker or lighter.
    height, width, _ = pixels.shape
    # One row a pixel: its place, and then its red, green, blue and opacity.
    places = np.indices((height, width)).reshape(2, -1).T
    light = LinearRegression().fit(places, pixels.reshape(-1, 4)).predict(places)
    pixels = pixels - light.reshape(pixels.shape)
    # The median is the paper's. Of the four differences the largest counts.
    ink = np.abs(pixels - np.median(pixels, axis=(0, 1))).max(axis=-1)
    if ink.max() < 50:  # Of 255. On blank paper lit from one side it was 41 at most.
        raise ValueError("no ink that stands out from the paper")
    ink[ink < ink.max() / 3] = 0  # Everything faint is paper.

    # The box: from the first to the last row and column with ink.
    rows = np.flatnonzero(ink.any(axis=1))
    columns = np.flatnonzero(ink.any(axis=0))
    box = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1, np.newaxis]
    digit = tf.image.resize_with_pad(box, 20, 20, antialias=True).numpy()
    digit = digit / digit.max()

    # With 14 pixels of paper on each side, the 28x28 around any place can be cut out.
    row = round(np.average(np.arange(20), weights=digit.sum(axis=(1, 2))))
    column = round(np.average(np.arange(20), weights=digit.sum(axis=(0, 2))))
    padded = np.pad(digit, ((14, 14), (14, 14), (0, 0)))
    return padded[row : row + 28, column : column + 28]


def read_command_line():
    """Read the photos named on the command line, before anything is trained.

    Returns:
        paths, digits: a list of n strings, and a list of what read_digit() gives.
    """
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "photos", metavar="PHOTO", nargs="*", help="a photo of one handwritten digit"
    )
    paths = parser.parse_args().photos
    digits = []
    for path in paths:
        try:
            digits.append(read_digit(path))
        except FileNotFoundError:
            parser.error(f"{path}: there is no such file")
        except OSError:
            parser.error(f"{path} is not a whole JPEG, PNG, BMP or GIF image")
        except ValueError as error:
            parser.error(
                f"{path}: {error}; it takes one digit, dark on light or light on dark"
            )
    return paths, digits


if __name__ == "__main__":
    photos, digits = read_command_line()
    tf.keras.utils.set_random_seed(42)  # The same random numbers at every start.

    # ===== The tutorial's part =====

    # load_mnist() in place of tf.keras.datasets.mnist.load_data(), which downloads.
    (train_images, train_labels), (test_images, test_labels) = load_mnist()

    # Scale the pixels to 0..1, and add the axis of the colour channels: grey is one.
    train_images = train_images.reshape((60000, 28, 28, 1)).astype("float32") / 255
    test_images = test_images.reshape((10000, 28, 28, 1)).astype("float32") / 255

    model = build_cnn()
    # 67 batches at a time without going back to Python: same result, in less time. An
    # epoch has 938, which is 14 times 67.
    model.steps_per_execution = 67
    # The weights change after every batch, here of 64 images. Validation data are never
    # trained on. They help to choose settings, such as the number of epochs. Whoever has
    # chosen by them needs other images for the test. Here nothing is chosen, so the test
    # images can serve as both.
    model.fit(
        train_images,
        train_labels,
        epochs=2,
        batch_size=64,
        validation_data=(test_images, test_labels),
    )

    # ===== Beyond the tutorial =====

    _, accuracy = model.evaluate(test_images, test_labels, verbose=0)
    print(f"Test accuracy: {accuracy:.4f}")

    # An accuracy means little alone. A baseline is what a simpler method reaches.
    commonest = np.bincount(train_labels).argmax()
    baseline = np.mean(test_labels == commonest)
    print(f"Always guessing {commonest}, the commonest digit: {baseline:.4f}")

    # Logistic regression is one weighted sum of the pixels for each digit, then softmax:
    # the network without its first layers. A small C keeps its weights small.
    train_pixels = train_images.reshape((60000, 784))
    test_pixels = test_images.reshape((10000, 784))
    logistic = LogisticRegression(C=0.1, tol=0.001, max_iter=1000)
    logistic.fit(train_pixels, train_labels)
    logistic_accuracy = logistic.score(test_pixels, test_labels)
    print(f"Logistic regression on the pixels: {logistic_accuracy:.4f}")
    wrong = round((1 - accuracy) * 10000)
    logistic_wrong = round((1 - logistic_accuracy) * 10000)
    print(f"Errors in 10,000: network {wrong}, logistic regression {logistic_wrong}")

    # Nearest neighbors learns nothing: it keeps all 60,000 images, and lets the three
    # that are most similar vote. That is slow, so it gets a tenth of the test.
    neighbors = KNeighborsClassifier(3).fit(train_pixels, train_labels)
    neighbors_accuracy = neighbors.score(test_pixels[:1000], test_labels[:1000])
    _, accuracy_1000 = model.evaluate(test_images[:1000], test_labels[:1000], verbose=0)
    print(
        "Three nearest neighbors, on the first 1,000 test images: "
        f"{neighbors_accuracy:.4f} (the network there: {accuracy_1000:.4f})"
    )

    # The answer is the digit with the highest probability, which is printed as its score.
    # It is no guarantee: the network has to answer something, even to what is no digit.
    print("The first ten test digits, right -> answer:")
    # A model that is called answers like predict(), but without a progress bar.
    scores = model(test_images[:10]).numpy()
    for i in range(10):
        print(f"{test_labels[i]} -> {scores[i].argmax()} (score {scores[i].max():.2f})")

    for path, digit in zip(photos, digits, strict=True):
        scores = model(digit[np.newaxis]).numpy()[0]
        print(f"{path} -> {scores.argmax()} (score {scores.max():.2f})")
