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
    features, pixels, labels = lesson.extract_features(model.layers[0], few)
    assert features.shape == (12, 4, 4, 512)
    assert pixels.shape == (12, 28 * 28 * 3)
    assert 0 <= pixels.min() < pixels.max() <= 1
    head = new_head(model)
    head.fit(features, labels, epochs=10, verbose=0)
    assert head.evaluate(features, labels, verbose=0)[1] == 1
    for before, after in zip(base_before, model.layers[0].get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)
    # Features and labels belong together, and the whole model has learned what the head
    # has: else it would not be right from the pictures.
    prepared = few.map(lambda x, y: (lesson.preprocess_input(x), y))
    assert model.evaluate(prepared, verbose=0)[1] == 1


def test_an_accuracy_comes_with_its_counts():
    labels = np.array([0.0, 1.0, 1.0])
    answers = np.array([True, True, True])
    assert lesson.describe_accuracy(answers, labels) == "0.67 (2 of 3)"


@pytest.mark.slow
def test_over_draws_vgg16_beats_the_pixels(model):
    def load_drawings(**options):
        return tf.keras.utils.image_dataset_from_directory(
            DRAWINGS,
            label_mode="binary",
            image_size=(150, 150),
            verbose=False,
            **options,
        )

    everything = load_drawings(shuffle=False)
    features, pixels, labels = lesson.extract_features(model.layers[0], everything)
    place = {path: i for i, path in enumerate(everything.file_paths)}
    accuracies = []
    rivals = []
    for seed in range(8):
        parts = load_drawings(validation_split=0.2, subset="both", seed=seed)
        learn, held_out = [[place[p] for p in part.file_paths] for part in parts]
        tf.keras.utils.set_random_seed(seed)
        head = new_head(lesson.build_transfer_model(weights=None))
        head.fit(features[learn], labels[learn], epochs=10, verbose=0)
        score = head.evaluate(features[held_out], labels[held_out], verbose=0)
        accuracies.append(score[1])
        machine = SVC().fit(pixels[learn], labels[learn])
        rivals.append(machine.score(pixels[held_out], labels[held_out]))
    # Over eleven such splits: 0.77 to 0.94, mean 0.88, against 0.65 to 0.79, mean 0.73.
    assert np.mean(accuracies) > 0.83
    assert np.mean(accuracies) > np.mean(rivals) + 0.1
