"""Lesson 5: the frozen base, its features, and the head that learns from them."""

import shutil

import numpy as np
import pytest
import tensorflow as tf
from sklearn.svm import SVC

import transfer_learning as lesson

DRAWINGS = lesson.DATA / "drawings"


@pytest.fixture(scope="module")
def model():
    tf.keras.utils.set_random_seed(0)
    return lesson.build_transfer_model()


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """Twelve drawings as a dataset that comes in another order at each pass."""
    folder = tmp_path_factory.mktemp("few")
    for kind in ("animals", "food"):
        (folder / kind).mkdir()
        for path in sorted((DRAWINGS / kind).iterdir())[::20]:
            shutil.copy(path, folder / kind)
    return tf.keras.utils.image_dataset_from_directory(
        folder, label_mode="binary", image_size=(150, 150), batch_size=6, verbose=False
    )


def new_head(model):
    """The head of a model as the lesson trains it."""
    head = tf.keras.Sequential(model.layers[1:])
    head.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return head


def test_only_the_head_can_be_trained(model):
    frozen = sum(np.prod(w.shape) for w in model.non_trainable_weights)
    trained = sum(np.prod(w.shape) for w in model.trainable_weights)
    assert (frozen, trained) == (14_714_688, 2_097_665)


def test_the_weights_come_from_data_and_random_ones_do_not(model):
    first = model.layers[0].layers[1].kernel.numpy()
    assert np.ptp(first) > 1  # Random ones are within 0.2.
    random = lesson.build_transfer_model(weights=None).layers[0].layers[1].kernel
    assert np.ptp(random.numpy()) < 0.5


def test_training_the_head_trains_the_model_and_leaves_the_base(model, few):
    base_before = model.layers[0].get_weights()
    features, images, labels = lesson.extract_features(model.layers[0], few)
    assert features.shape == (12, 4, 4, 512)
    assert images.shape == (12, 28, 28, 3)
    assert 0 <= images.min() < images.max() <= 1
    head = new_head(model)
    head.fit(features, labels, epochs=10, verbose=0)
    assert head.evaluate(features, labels, verbose=0)[1] == 1
    for before, after in zip(base_before, model.layers[0].get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)
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

    accuracies = []
    for seed in range(5):
        tf.keras.utils.set_random_seed(seed)
        draw = np.split(np.random.permutation(240), 2)
        learned, held_out = draw
        machine = SVC().fit(images[learned].reshape(-1, 2352), labels[learned])
        accuracies.append(
            (
                accuracy(names["head"], features, 10, *draw),
                accuracy(names["scratch"], images, 20, *draw),
                machine.score(images[held_out].reshape(-1, 2352), labels[held_out]),
            )
        )
    # Over ten draws of Keras's loader the means are 0.85, 0.67 and 0.67.
    head, scratch, machine = np.mean(accuracies, axis=0)
    assert head > 0.78
    assert head >= max(scratch, machine) + 0.12
