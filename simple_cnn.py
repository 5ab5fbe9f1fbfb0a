"""Lesson 2: a convolutional network (CNN) that reads handwritten digits.

    uv run simple_cnn.py

A CNN is for images, where the same small pattern may stand anywhere. A convolution slides
small filters over the whole image, here 32 filters of 3x3 weights. Each looks for one
pattern, such as an edge, everywhere with the same weights (weight sharing).

It learns from 60,000 images of digits, the MNIST data, and is tested on 10,000 others. At
the end it saves what it has learned, so that beyond/own_digits.py can read your digits.
"""

import os
import sys
import zipfile
from pathlib import Path

# Hides TensorFlow's start-up notes. It has to stand before the import.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf
from tensorflow.keras import layers, models


def build_cnn():
    """Build and compile the network, of 54,410 weights.

    It takes images of shape (n, 28, 28, 1), values 0..1, and returns for each the
    probabilities of the ten digits, shape (n, 10).
    """
    model = models.Sequential([
        # In place of input_shape=(28, 28, 1) inside Conv2D(...), which makes Keras 3 warn.
        layers.Input(shape=(28, 28, 1)),
        # Each filter makes a new image of 26x26. The activation relu sets what is
        # negative to 0: this filter's pattern is not here.
        layers.Conv2D(32, (3, 3), activation='relu'),
        # Keeps the largest of every 2x2 values, which leaves 13x13 of 26x26.
        layers.MaxPooling2D((2, 2)),
        # From 32 images of 13x13 to one list of 5,408 numbers.
        layers.Flatten(),
        # Ten neurons like lesson 1's, a row of them, each with a weight for each of the
        # 5,408. In place of the step, softmax turns the ten sums into probabilities.
        layers.Dense(10, activation='softmax')
    ])
    # The loss measures how wrong the network is: it is large where the right digit got a
    # low probability. Training makes it small. For every weight, the slope (gradient)
    # says whether the loss would rise or fall if the weight grew a little, and how
    # steeply. Each weight then takes a small step downhill. Adam chooses the step's size.
    model.compile(optimizer='adam',
                  loss='sparse_categorical_crossentropy',
                  metrics=['accuracy'])
    return model


def load_mnist():
    """Load MNIST (LeCun, Cortes and Burges) from data/, or else through Keras.

    Returns (train_images, train_labels), (test_images, test_labels): images of shapes
    (60000, 28, 28) and (10000, 28, 28), values 0..255, and labels 0..9.
    """
    file = Path(__file__).resolve().parent / "data" / "mnist.npz"
    if not file.exists():  # This script was copied alone. Keras downloads 11 MB, once.
        return tf.keras.datasets.mnist.load_data()
    if not zipfile.is_zipfile(file):  # Such as half a download.
        print(f"{file} is damaged. Please get it again.", file=sys.stderr)
        sys.exit(2)
    with np.load(file) as mnist:
        return (mnist["x_train"], mnist["y_train"]), (mnist["x_test"], mnist["y_test"])


if __name__ == "__main__":
    tf.keras.utils.set_random_seed(42)  # The same random numbers at every start.

    # load_mnist() in place of tf.keras.datasets.mnist.load_data(), which downloads.
    (train_images, train_labels), (test_images, test_labels) = load_mnist()

    # The 1 is the number of channels, the values of a pixel: one for grey, three for
    # colour. And the values go from 0 to 1, since many networks learn badly from large ones.
    train_images = train_images.reshape((60000, 28, 28, 1)).astype('float32') / 255
    test_images = test_images.reshape((10000, 28, 28, 1)).astype('float32') / 255

    model = build_cnn()
    # An epoch is one pass over all 60,000 images, in 938 batches of 64, with one step
    # after each batch. In the line that fit prints, 938/938 counts the batches. Loss and
    # accuracy are those of the training images so far, so the loss should fall and the
    # accuracy rise. With val_ in front they are those of the validation data, which are
    # never trained on.
    model.fit(train_images, train_labels, epochs=2, batch_size=64,
              validation_data=(test_images, test_labels))

    # ===== The tutorial's program ends here. What is its result worth? =====

    # Each answer is the digit with the highest of the ten probabilities.
    answers = model.predict(test_images, verbose=0).argmax(axis=1)
    print(f"Test accuracy: {np.mean(answers == test_labels):.4f}")
    print("The first ten test digits:", *test_labels[:10])
    print("What the CNN answers:     ", *answers[:10])

    # What is the convolution worth? Two networks without one learn the same digits in the
    # same way. The first has no hidden layer, only a weighted sum of the 784 pixels for each
    # digit (logistic regression). The second has a hidden layer of 68 neurons, and with it
    # about as many weights as the CNN.
    errors = {}
    for name, hidden_layers in (
        ("no hidden layer", []),
        ("a hidden layer, as many weights", [layers.Dense(68, activation="relu")]),
    ):
        print(f"\nComparing with {name} ...")
        network = models.Sequential([
            layers.Input(shape=(28, 28, 1)),
            layers.Flatten(),
            *hidden_layers,
            layers.Dense(10, activation="softmax"),
        ])
        network.compile(
            optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"]
        )
        network.fit(train_images, train_labels, epochs=2, batch_size=64, verbose=0)
        network_answers = network.predict(test_images, verbose=0).argmax(axis=1)
        errors[name] = np.sum(network_answers != test_labels)
    errors["a convolution (the CNN)"] = np.sum(answers != test_labels)

    # The convolution need not learn the same edge anew at every place of the image.
    print("\nErrors in the 10,000 test images:")
    for name, count in errors.items():
        print(f"  {name:31}  {count:4}")

    # Under the script's own name, so that a copy of yours saves a file of its own.
    file = f"{Path(__file__).stem}.keras"
    try:
        model.save(file)
        print(f"Saved {file}. Next: beyond/own_digits.py reads your own digits.")
    except OSError as error:
        print(f"{file} cannot be saved in this folder: {error}")
