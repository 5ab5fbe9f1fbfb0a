"""Lesson 5: VGG16, a network that others trained, reused for a new task.

    uv run transfer_learning.py

Transfer learning is for those who have few pictures. VGG16 learned from 1.2 million
photographs what edges, textures and shapes look like. That knowledge is good for other
pictures, too: here it tells drawings of animals from drawings of food, after 120 examples.

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
from tensorflow.keras.layers import Conv2D, Dense, Flatten, Input, MaxPooling2D
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

    Returns features of shape (n, 4, 4, 512), the pictures themselves at 28x28, shape
    (n, 28, 28, 3), values 0..1, and labels of shape (n,), 0 or 1.
    """
    features = []
    small_images = []
    labels = []
    progress_bar = tf.keras.utils.Progbar(len(dataset))
    for batch_images, batch_labels in dataset:
        # VGG16 was trained on blue, green and red with each channel's mean subtracted.
        features.append(base_model.predict_on_batch(preprocess_input(batch_images)))
        small_images.append(tf.image.resize(batch_images, (28, 28)) / 255)
        labels.append(batch_labels[:, 0])
        progress_bar.add(1)
    return np.concatenate(features), np.concatenate(small_images), np.concatenate(labels)


if __name__ == "__main__":
    tf.keras.utils.set_random_seed(42)  # The same random numbers at every start.

    model = build_transfer_model()

    # ===== The tutorial's program ends here. What is its result worth? =====

    # The tutorial's program stops at the untrained model. So train it first. Half of the
    # drawings is held out (the validation part), to see what it makes of new ones. The
    # labels follow the folders' names: 0 for animals, 1 for food.
    train_dataset, validation_dataset = tf.keras.utils.image_dataset_from_directory(
        DATA / "drawings",
        label_mode="binary",
        image_size=(150, 150),
        batch_size=40,  # Three batches of one size: other sizes make TensorFlow warn.
        validation_split=0.5,
        subset="both",
        seed=42,
    )

    # The base is frozen, so in every epoch it would give the same features of a picture.
    # They are computed once and kept, because the base is what takes the time.
    base_model, flatten, hidden, output = model.layers
    print("Features of the training drawings, then of those held out:")
    train_features, train_images, train_labels = extract_features(
        base_model, train_dataset
    )
    features, images, labels = extract_features(base_model, validation_dataset)

    # Then the head alone is trained, on the features. It is made of the model's own three
    # layers, not of copies: what they learn here, the model has learned.
    head = Sequential([flatten, hidden, output])
    head.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    history = head.fit(
        train_features,
        train_labels,
        epochs=10,
        validation_data=(features, labels),
    )
    # A single batch shows it: the whole model, from pictures to scores, has learned it.
    batch_images, batch_labels = next(iter(validation_dataset))
    batch_scores = model.predict_on_batch(preprocess_input(batch_images))
    right = np.sum((batch_scores > 0.5) == batch_labels)
    print(f"The whole model on one batch held out: {right} of {len(batch_labels)} right")

    # What is it worth to borrow? A network like lesson 2's learns the same drawings from
    # nothing. 28x28 pixels are enough for it: with 64x64 it is no better.
    print("\nComparing with a network that starts from nothing ...")
    scratch = Sequential([
        Input(shape=(28, 28, 3)),
        Conv2D(32, (3, 3), activation="relu"),
        MaxPooling2D((2, 2)),
        Flatten(),
        Dense(1, activation="sigmoid"),
    ])
    scratch.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    scratch.fit(train_images, train_labels, epochs=20, verbose=0)

    # A support vector machine draws the border between two classes as far as it can from
    # the examples on both sides. Without a network, we found nothing better on bare pixels.
    machine = SVC().fit(train_images.reshape(-1, 2352), train_labels)
    # Logistic regression, a single neuron, in the head's place: who has the knowledge?
    logistic = LogisticRegression(max_iter=1000)
    logistic.fit(train_features.reshape(-1, 8192), train_labels)
    answers = {
        "guessing the larger class": np.full(len(labels), train_labels.mean() > 0.5),
        "a network from scratch": scratch.predict_on_batch(images)[:, 0] > 0.5,
        "a support vector machine": machine.predict(images.reshape(-1, 2352)),
        "VGG16 and the head": head.predict_on_batch(features)[:, 0] > 0.5,
        "VGG16, logistic regression": logistic.predict(features.reshape(-1, 8192)),
    }
    print(f"\nRight on the {len(labels)} drawings held out")
    for name, its_answers in answers.items():
        right = np.sum(its_answers == labels)
        print(f"{name:26}  {right / len(labels):.2f} ({right} of {len(labels)})")
