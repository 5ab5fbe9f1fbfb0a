"""Lesson 5: VGG16, a network that others trained, reused for a new task.

    python transfer_learning.py

Transfer learning is for those who have few pictures. VGG16 learned from 1.2 million
photographs what edges, textures and shapes look like. That knowledge is good for other
pictures, too: here it tells drawings of animals from drawings of food, after 192 examples.

VGG16 stays as it is, a frozen base, and turns each picture into 8,192 numbers, its
features (feature extraction). Only the small head behind it learns the new task.
"""

import os
from pathlib import Path

# Hides TensorFlow's start-up notes. It has to stand before the import.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC
from tensorflow.keras.applications import VGG16
from tensorflow.keras.applications.vgg16 import preprocess_input
from tensorflow.keras.layers import Dense, Flatten
from tensorflow.keras.models import Sequential

DATA = Path(__file__).resolve().parent / "data"


def build_transfer_model(weights="imagenet"):
    """Build and compile the network: VGG16 (Simonyan and Zisserman 2014), and a head.

    It takes pictures of shape (n, 150, 150, 3), as preprocess_input() makes them, and
    returns probabilities of the second class, shape (n, 1). weights=None: random ones.
    """
    file = DATA / "vgg16_imagenet_7bit.weights.h5"
    if weights == "imagenet" and file.exists():
        weights = file
    # weights=weights in place of weights='imagenet', which downloads 59 MB. Without its
    # top VGG16 gives features instead of the names of 1,000 things.
    base_model = VGG16(weights=weights, include_top=False, input_shape=(150, 150, 3))
    # Frozen: the training below leaves its 14.7 million weights as they are.
    for layer in base_model.layers:
        layer.trainable = False
    # Behind the base comes the head. Its 2.1 million weights learn the new task.
    model = Sequential([
        base_model,
        Flatten(),
        Dense(256, activation='relu'),
        Dense(1, activation='sigmoid')
    ])
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return model


def extract_features(base_model, dataset):
    """Run the base over all pictures of a dataset once, one batch at a time.

    Returns features of shape (n, 4, 4, 512), the pictures' own pixels at 28x28, shape
    (n, 2352), values 0..1, and labels of shape (n,), 0 or 1.
    """
    features = []
    pixels = []
    labels = []
    progress_bar = tf.keras.utils.Progbar(len(dataset))
    for batch_images, batch_labels in dataset:
        # VGG16 was trained on blue, green and red with each channel's mean subtracted.
        features.append(base_model.predict_on_batch(preprocess_input(batch_images)))
        small_images = tf.image.resize(batch_images, (28, 28)) / 255
        pixels.append(tf.reshape(small_images, (-1, 28 * 28 * 3)))
        labels.append(batch_labels[:, 0])
        progress_bar.add(1)
    return np.concatenate(features), np.concatenate(pixels), np.concatenate(labels)


def describe_accuracy(answers, labels):
    """Give an accuracy together with its counts, such as "0.67 (2 of 3)"."""
    right = np.sum(answers == labels)
    return f"{right / len(labels):.2f} ({right} of {len(labels)})"


if __name__ == "__main__":
    tf.keras.utils.set_random_seed(42)  # The same random numbers at every start.

    model = build_transfer_model()

    # ===== The tutorial's program ends here. What is its result worth? =====

    # The tutorial's program stops at the untrained model. So train it first. A fifth of
    # the drawings is held out (the validation part), to see what it makes of new ones. The
    # labels follow the folders' names: 0 for animals, 1 for food.
    train_dataset, validation_dataset = tf.keras.utils.image_dataset_from_directory(
        DATA / "drawings",
        label_mode="binary",
        image_size=(150, 150),
        validation_split=0.2,
        subset="both",
        seed=42,
    )

    # The base is frozen, so in every epoch it would give the same features of a picture.
    # They are computed once and kept, because the base is what takes the time.
    base_model, flatten, hidden, output = model.layers
    print("Features of the training drawings, then of those held out:")
    train_features, train_pixels, train_labels = extract_features(
        base_model, train_dataset
    )
    validation_features, validation_pixels, validation_labels = extract_features(
        base_model, validation_dataset
    )

    # Then the head alone is trained, on the features. It is made of the model's own three
    # layers, not of copies: what they learn here, the model has learned.
    head = Sequential([flatten, hidden, output])
    head.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    history = head.fit(
        train_features,
        train_labels,
        epochs=10,
        validation_data=(validation_features, validation_labels),
    )
    train_answers = head.predict(train_features, verbose=0)[:, 0] > 0.5
    answers = head.predict(validation_features, verbose=0)[:, 0] > 0.5

    # A network that does better in training than on new pictures overfits. But do not read
    # too much into 1.00 here: with 8,192 features for 192 drawings, even a linear one can
    # learn its training part by heart, even with wrong labels. What counts is the
    # validation accuracy, and how it compares with something simpler.
    print(f"Training accuracy: {describe_accuracy(train_answers, train_labels)}")
    print(f"Validation accuracy: {describe_accuracy(answers, validation_labels)}")

    # Logistic regression, here a single neuron with a sigmoid, on the same features: does
    # it take the tutorial's hidden layer?
    logistic = LogisticRegression(max_iter=1000)
    logistic.fit(train_features.reshape(-1, 8192), train_labels)
    logistic_answers = logistic.predict(validation_features.reshape(-1, 8192))
    accuracy = describe_accuracy(logistic_answers, validation_labels)
    print(f"Logistic regression on the features: {accuracy}")

    # A support vector machine on the pixels: does it take VGG16? It draws the border
    # between the classes as far as it can from the examples on both sides, and was the best
    # on pixels of all that we tried.
    support_vector_machine = SVC().fit(train_pixels, train_labels)
    pixel_answers = support_vector_machine.predict(validation_pixels)
    accuracy = describe_accuracy(pixel_answers, validation_labels)
    print(f"Support vector machine on 28x28 pixels: {accuracy}")

    larger_class = np.mean(train_labels) > 0.5
    accuracy = describe_accuracy(larger_class, validation_labels)
    print(f"Guessing the larger class: {accuracy}")

    # From pictures to answers with the whole model, which has learned what its head has.
    prepared = validation_dataset.map(lambda x, y: (preprocess_input(x), y))
    _, whole_accuracy = model.evaluate(prepared, verbose=0)
    print(f"The whole model, base and head, from the pictures: {whole_accuracy:.2f}")
