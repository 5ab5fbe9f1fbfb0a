"""Lesson 2: a convolutional network (CNN) that reads handwritten digits.

    python simple_cnn.py

Trains on MNIST, 60,000 images of digits, and tests on 10,000 others.

To take away: the convolution looks at every 3x3 patch of the image with the same
32 small filters, so what its 320 parameters learn in one place they know everywhere.
The 54,090 of the Dense layer behind it are each bound to one place.
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
from sklearn.neighbors import KNeighborsClassifier
from tensorflow.keras import layers, models


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


if __name__ == "__main__":
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    tf.keras.utils.set_random_seed(42)  # The same weights at every start.

    (train_images, train_labels), (test_images, test_labels) = load_mnist()

    train_images = train_images.reshape((60000, 28, 28, 1)).astype("float32") / 255
    test_images = test_images.reshape((10000, 28, 28, 1)).astype("float32") / 255

    model = build_cnn()
    # 67 batches at a time without going back to Python: same result, in less time. An
    # epoch has 938, which is 14 times 67.
    model.steps_per_execution = 67
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

    # Two simpler rivals, kept quick: a weighted sum of the pixels, learned from 5,000
    # images (C by cross-validation), and a vote of the three most similar images.
    train_pixels = train_images.reshape((60000, 784))
    test_pixels = test_images.reshape((10000, 784))
    logistic = LogisticRegression(C=0.1, max_iter=1000)
    logistic.fit(train_pixels[:5000], train_labels[:5000])
    logistic_accuracy = logistic.score(test_pixels, test_labels)
    print(f"Logistic regression on 5,000 training images: {logistic_accuracy:.4f}")
    neighbors = KNeighborsClassifier(3).fit(train_pixels, train_labels)
    neighbors_accuracy = neighbors.score(test_pixels[:1000], test_labels[:1000])
    _, accuracy_1000 = model.evaluate(test_images[:1000], test_labels[:1000], verbose=0)
    print(
        "Three nearest neighbors, on the first 1,000 test images: "
        f"{neighbors_accuracy:.4f} (the network there: {accuracy_1000:.4f})"
    )

    print("The first ten test digits:")
    probabilities = model.predict(test_images[:10], verbose=0)
    for label, row in zip(test_labels, probabilities):
        print(f"{label} -> {row.argmax()} ({row.max():.2f} sure)")
