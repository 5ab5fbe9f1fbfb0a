"""Lesson 5: the base, its features, and the head that learns from them."""

import numpy as np
import pytest
import tensorflow as tf
from sklearn.svm import SVC

import transfer_learning as lesson


@pytest.fixture(scope="module")
def model():
    tf.keras.utils.set_random_seed(0)
    return lesson.build_transfer_model()


def test_the_weights_come_from_data_and_random_ones_do_not(model):
    first = model.layers[0].layers[1].kernel.numpy()
    assert np.ptp(first) > 1  # Random ones are within 0.2.
    random = lesson.build_transfer_model(weights=None).layers[0].layers[1].kernel
    assert np.ptp(random.numpy()) < 0.5


def test_training_the_head_trains_the_whole_model(model):
    # Twelve drawings, in another order at each pass.
    few = tf.keras.utils.image_dataset_from_directory(
        lesson.DATA / "drawings",
        label_mode="binary",
        image_size=(150, 150),
        batch_size=6,
        validation_split=0.05,
        subset="validation",
        seed=0,
        verbose=False,
    )
    features, images, labels = lesson.extract_features(model.layers[0], few)
    assert features.shape == (12, 4, 4, 512)
    assert images.shape == (12, 28, 28, 3)
    assert 0 <= images.min() < images.max() <= 1
    head = tf.keras.Sequential(model.layers[1:])  # As the lesson trains it.
    head.compile(optimizer="adam", loss="binary_crossentropy")
    head.fit(features, labels, epochs=10, verbose=0)
    # Features and labels belong together, and the whole model has learned what the head
    # has: else it would not be right from the pictures.
    prepared = few.map(lambda x, y: (lesson.preprocess_input(x), y))
    assert model.evaluate(prepared, verbose=0)[1] == 1


@pytest.mark.slow
def test_over_draws_borrowing_is_worth_it(run_with_seed):
    names = run_with_seed("transfer_learning.py", 0)
    features = np.concatenate([names["train_features"], names["features"]])
    images = np.concatenate([names["train_images"], names["images"]])
    labels = np.concatenate([names["train_labels"], names["labels"]])

    def accuracy(model, inputs, epochs, learned, held_out):
        new_model = tf.keras.models.clone_model(model)  # With new random weights.
        new_model.compile(optimizer="adam", loss="binary_crossentropy")
        new_model.fit(inputs[learned], labels[learned], epochs=epochs, verbose=0)
        scores = new_model.predict(inputs[held_out], verbose=0)[:, 0]
        return np.mean((scores > 0.5) == labels[held_out])

    pixels = images.reshape(240, -1)
    accuracies = []
    for seed in range(5):
        tf.keras.utils.set_random_seed(seed)
        learned, held_out = draw = np.split(np.random.permutation(240), 2)
        head = accuracy(names["head"], features, 10, *draw)
        scratch = accuracy(names["scratch"], images, 20, *draw)
        machine = SVC().fit(pixels[learned], labels[learned])
        score = machine.score(pixels[held_out], labels[held_out])
        accuracies.append((head, scratch, score))
    # Over ten draws of Keras's loader the means are 0.85, 0.67 and 0.67.
    head, scratch, machine = np.mean(accuracies, axis=0)
    assert head > 0.78
    assert head >= max(scratch, machine) + 0.12
