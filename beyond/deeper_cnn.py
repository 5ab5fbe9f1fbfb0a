"""A deeper network, which makes fewer errors on MNIST's digits than lesson 2's.

    python simple_cnn.py             (once, in the same folder: it saves its network)
    python beyond/deeper_cnn.py
    python beyond/own_digits.py --model deeper_cnn.keras seven.jpg

Three things are added to lesson 2's network. A second convolution sees larger parts of a
digit, made of the lines and corners that the first one has found. Dropout switches off
half of the numbers at random during training, so that the network cannot rely on any
single one. And each image is turned, shifted and zoomed a little, at random and anew in
each epoch, so that it never sees the same image twice and cannot learn it by heart.

The page docs/simple_cnn.md says how many errors there are with each of the three.
"""

import argparse
import os
import sys
from pathlib import Path

# Hides TensorFlow's start-up notes.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# So that the lessons are found, wherever this is started from.
sys.path.append(str(Path(__file__).resolve().parent.parent))

import numpy as np
from tensorflow.keras import layers
from tensorflow.keras.models import Sequential, load_model
from tensorflow.keras.utils import set_random_seed

from simple_cnn import load_mnist


def build_deeper_cnn():
    """Build and compile the network: images of shape (28, 28, 1), values 0..1, to 10 scores.

    The layers that distort, and dropout, do so in training only.
    """
    model = Sequential(
        [
            layers.Input((28, 28, 1)),
            # A twentieth of a full turn is 18 degrees.
            layers.RandomRotation(0.05, fill_mode="constant"),
            layers.RandomZoom(0.15, fill_mode="constant"),
            layers.RandomTranslation(0.07, 0.07, fill_mode="constant"),
            layers.Conv2D(32, (3, 3), activation="relu"),
            layers.MaxPooling2D((2, 2)),
            layers.Conv2D(64, (3, 3), activation="relu"),
            layers.MaxPooling2D((2, 2)),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(
        optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    return model


def count_errors(model, images, labels):
    """Return how many images the network reads wrong."""
    answers = model.predict(images, verbose=0).argmax(axis=1)
    return np.sum(answers != labels)


def main(arguments=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.parse_args(arguments)
    if not Path("simple_cnn.keras").exists():
        parser.error(
            "simple_cnn.keras is not there; run simple_cnn.py first, in this folder"
        )
    set_random_seed(42)
    try:
        simple = load_model("simple_cnn.keras", compile=False)
    # Keras raises many kinds of errors for what is no model, such as half a file.
    except Exception:  # noqa: BLE001
        parser.error("simple_cnn.keras cannot be loaded; run simple_cnn.py once more")
    (train_images, train_labels), (test_images, test_labels) = load_mnist()
    train_images = train_images.reshape(-1, 28, 28, 1) / np.float32(255)
    test_images = test_images.reshape(-1, 28, 28, 1) / np.float32(255)

    model = build_deeper_cnn()
    model.fit(train_images, train_labels, epochs=8, batch_size=64)
    print(f"Errors in {len(test_labels):,} test digits:")
    print("  lesson 2's network ", count_errors(simple, test_images, test_labels))
    print("  the deeper network ", count_errors(model, test_images, test_labels))
    try:
        model.save("deeper_cnn.keras")
        print("Saved deeper_cnn.keras, for own_digits.py --model deeper_cnn.keras")
    except OSError as error:
        print(f"deeper_cnn.keras cannot be saved in this folder: {error}")


if __name__ == "__main__":
    main()
