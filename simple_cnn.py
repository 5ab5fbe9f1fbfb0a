"""Lesson 2: a convolutional network (CNN) that reads handwritten digits.

    python simple_cnn.py

A CNN is for images. A convolution slides small filters over the whole image, here 32
filters of 3x3 weights. Each looks for one small pattern, such as an edge, and looks for
it everywhere with the same weights (weight sharing).

It learns from 60,000 images of digits, the MNIST data, and is tested on 10,000 others. At
the end it saves what it has learned, so that beyond/own_digits.py can read yours.
"""

import os
import sys
import zipfile
from pathlib import Path

# Hides TensorFlow's start-up notes. It has to stand before the import.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf
from sklearn.linear_model import LogisticRegression
from tensorflow.keras import layers, models


def build_cnn():
    """Build and compile the network, of 54,410 weights.

    It takes images of shape (n, 28, 28, 1), values 0..1, and returns for each the
    probabilities of the ten digits, shape (n, 10).
    """
    model = models.Sequential([
        # In place of input_shape=(28, 28, 1) in the next line, which makes Keras 3 warn.
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
    # colour. And the values go from 0 to 1, with which the training's small steps work best.
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

    _, accuracy = model.evaluate(test_images, test_labels, verbose=0)
    print(f"Test accuracy: {accuracy:.4f}")

    # Where does it come from? Compare the CNN with two networks that have no convolution.
    # Logistic regression has no hidden layer at all: one weighted sum of the 784 pixels
    # for each digit, then softmax. This one is trained until its loss stops falling.
    train_pixels = train_images.reshape((60000, 784))
    test_pixels = test_images.reshape((10000, 784))
    logistic = LogisticRegression(C=0.1, tol=0.001, max_iter=1000)
    logistic.fit(train_pixels, train_labels)
    logistic_errors = np.sum(logistic.predict(test_pixels) != test_labels)

    # A hidden layer of 68 neurons has as many weights as the CNN. It is trained alike.
    hidden_model = models.Sequential([
        layers.Input(shape=(784,)),
        layers.Dense(68, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ])
    hidden_model.compile(
        optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    hidden_model.fit(train_pixels, train_labels, epochs=2, batch_size=64, verbose=0)
    _, hidden_accuracy = hidden_model.evaluate(test_pixels, test_labels, verbose=0)

    # On images a convolution is worth its while: with about as many weights it makes
    # fewer errors. One reason is that it need not learn the same edge anew at every place.
    cnn_errors = round((1 - accuracy) * 10000)
    hidden_errors = round((1 - hidden_accuracy) * 10000)
    print("Errors in the 10,000 test images:")
    print(f"  no hidden layer (logistic regression)  {logistic_errors:4}")
    print(f"  a hidden layer, as many weights        {hidden_errors:4}")
    print(f"  a convolution (the CNN)                {cnn_errors:4}")

    answers = model.predict(test_images[:10], verbose=0).argmax(axis=1)
    print("The first ten test digits:", *test_labels[:10])
    print("What the CNN answers:     ", *answers)

    try:
        model.save("simple_cnn.keras")
        print("Saved simple_cnn.keras. Next: beyond/own_digits.py reads your own digits.")
    except OSError as error:
        print(f"simple_cnn.keras cannot be saved in this folder: {error}")
