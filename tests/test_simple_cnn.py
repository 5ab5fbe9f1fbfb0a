"""Lesson 2: what simple_cnn.py claims."""

import numpy as np
import pytest
import tensorflow as tf
from conftest import ROOT, run_main
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from tensorflow.keras import layers

import simple_cnn

with np.load(ROOT / "data" / "mnist.npz") as mnist:
    X_TRAIN, X_TEST = (
        mnist[name].reshape((-1, 28, 28, 1)).astype("float32") / 255
        for name in ("x_train", "x_test")
    )
    Y_TRAIN, Y_TEST = mnist["y_train"], mnist["y_test"]


def test_the_network_has_the_tutorials_layers():
    model = simple_cnn.build_cnn()
    assert [type(layer) for layer in model.layers] == [
        layers.Conv2D,
        layers.MaxPooling2D,
        layers.Flatten,
        layers.Dense,
    ]
    assert [layer.output.shape for layer in model.layers] == [
        (None, 26, 26, 32),
        (None, 13, 13, 32),
        (None, 5408),
        (None, 10),
    ]
    convolution, _, _, dense = model.layers
    assert convolution.activation is tf.keras.activations.relu
    assert dense.activation is tf.keras.activations.softmax
    assert model.input_shape == (None, 28, 28, 1)
    assert convolution.count_params() == 320
    assert dense.count_params() == 54_090
    assert model.count_params() == 54_410
    assert model.loss == "sparse_categorical_crossentropy"
    assert type(model.optimizer) is tf.keras.optimizers.Adam


def test_probabilities_sum_to_one():
    probabilities = simple_cnn.build_cnn().predict(X_TRAIN[:20], verbose=0)
    assert probabilities.shape == (20, 10)
    assert (probabilities >= 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)


def test_a_slice_of_mnist_is_learned():
    tf.keras.utils.set_random_seed(0)
    model = simple_cnn.build_cnn()
    test = X_TEST[:1000], Y_TEST[:1000]
    before, _ = model.evaluate(*test, verbose=0)
    model.fit(X_TRAIN[:1000], Y_TRAIN[:1000], epochs=3, verbose=0)
    after, accuracy = model.evaluate(*test, verbose=0)
    assert after < before / 2
    assert accuracy > 0.75


def test_what_the_convolution_learns_in_one_place_it_knows_everywhere():
    model = simple_cnn.build_cnn()
    convolution = tf.keras.Model(model.inputs, model.layers[0].output)
    image = np.zeros((2, 28, 28, 1), "float32")
    image[0, 4:9, 4:9, 0] = image[1, 14:19, 9:14, 0] = X_TRAIN[0, 10:15, 10:15, 0]
    one, other = convolution.predict(image, verbose=0)
    np.testing.assert_allclose(one[2:9, 2:9], other[12:19, 7:14], atol=1e-6)


def test_all_of_mnist_comes_from_data():
    (x_train, y_train), (x_test, y_test) = simple_cnn.load_mnist()
    assert x_train.shape == (60_000, 28, 28)
    assert x_test.shape == (10_000, 28, 28)
    assert y_train.shape == (60_000,)
    assert y_test.shape == (10_000,)
    assert {a.dtype for a in (x_train, y_train, x_test, y_test)} == {np.dtype("uint8")}
    assert y_train[:5].tolist() == [5, 0, 4, 1, 9]
    assert y_test[:5].tolist() == [7, 2, 1, 0, 4]
    # The nearest mean image names 4 of 5 digits, if each image has its own label.
    means = np.stack([x_train[y_train == digit].mean(axis=0) for digit in range(10)])
    distances = ((x_test[:1000, None] - means) ** 2).sum(axis=(2, 3))
    assert (distances.argmin(axis=1) == y_test[:1000]).mean() > 0.75


def test_a_script_that_was_copied_alone_asks_keras(monkeypatch, tmp_path):
    asked = object()
    monkeypatch.setattr(simple_cnn, "__file__", str(tmp_path / "simple_cnn.py"))
    monkeypatch.setattr(tf.keras.datasets.mnist, "load_data", lambda: asked)
    assert simple_cnn.load_mnist() is asked


@pytest.fixture(scope="module")
def lesson():
    """The __main__ block; what learns in it sees part of the training images only.

    And the network is evaluated on the first 2,000 test images.
    """
    parts = {tf.keras.Model: 3200, LogisticRegression: 1000, KNeighborsClassifier: 6000}

    def shorten(call):
        if call.name == "evaluate":
            return {name: call.given[name][:2000] for name in ("x", "y")}
        if call.name != "fit":
            return None
        (part,) = (n for kind, n in parts.items() if isinstance(call.owner, kind))
        names = list(call.given)[:2]  # x and y, or X and y.
        return {name: call.given[name][:part] for name in names} | (
            {"validation_data": None} if "validation_data" in call.given else {}
        )

    rivals = [
        (kind, name)
        for kind in (LogisticRegression, KNeighborsClassifier)
        for name in ("fit", "score")
    ]
    return run_main("simple_cnn.py", watch=rivals, shorten=shorten)


def test_a_run_sets_a_seed_before_anything_random(lesson):
    assert lesson.seeds == [(42, True)]


def test_a_run_trains_as_the_tutorial_does_and_validates_on_the_test_images(lesson):
    (fit,) = lesson.called("fit", tf.keras.Model)
    assert np.array_equal(fit.given["x"], X_TRAIN)
    assert np.array_equal(fit.given["y"], Y_TRAIN)
    x_validation, y_validation = fit.given["validation_data"]
    assert np.array_equal(x_validation, X_TEST)
    assert np.array_equal(y_validation, Y_TEST)
    assert (fit.given["epochs"], fit.given["batch_size"]) == (2, 64)
    assert fit.given["x"].dtype == np.float32
    # 14 times 67 batches: the progress bar ends at 938/938.
    assert fit.owner.steps_per_execution == 67
    assert -(-60_000 // 64) == 938 == 14 * 67


def test_a_run_evaluates_on_the_test_images(lesson):
    whole, first = lesson.called("evaluate")
    assert np.array_equal(whole.given["x"], X_TEST)
    assert np.array_equal(whole.given["y"], Y_TEST)
    assert np.array_equal(first.given["x"], X_TEST[:1000])
    assert np.array_equal(first.given["y"], Y_TEST[:1000])


def test_a_run_prints_what_it_has_measured(lesson):
    model = lesson.names["model"]
    probabilities = model.predict(X_TEST[:2000], verbose=0)
    right = probabilities.argmax(axis=1) == Y_TEST[:2000]
    logistic, neighbors = lesson.names["logistic"], lesson.names["neighbors"]
    logistic_right = logistic.predict(X_TEST.reshape(10_000, 784)) == Y_TEST
    nearest = lesson.called("score", KNeighborsClassifier)[0].result
    assert lesson.lines == [
        f"Test accuracy: {right.mean():.4f}",
        f"Always guessing 1, the commonest digit: {(Y_TEST == 1).mean():.4f}",
        f"Logistic regression on 5,000 training images: {logistic_right.mean():.4f}",
        (
            f"Three nearest neighbors, on the first 1,000 test images: {nearest:.4f} "
            f"(the network there: {right[:1000].mean():.4f})"
        ),
        "The first ten test digits:",
        *(
            f"{label} -> {row.argmax()} ({row.max():.2f} sure)"
            for label, row in zip(Y_TEST[:10], probabilities)
        ),
    ]
    assert np.bincount(Y_TRAIN).argmax() == 1
    assert right.mean() > 0.75
    assert neighbors.n_neighbors == 3
    assert logistic_right.mean() > 0.8
    assert logistic.C == 0.1
    assert nearest > 0.85


def test_the_rivals_learn_from_the_training_images_and_are_scored_on_others(lesson):
    fits = {type(call.owner): call.given for call in lesson.called("fit")}
    scores = {type(call.owner): call.given for call in lesson.called("score")}
    for kind, learned, scored in (
        (LogisticRegression, 5000, 10_000),
        (KNeighborsClassifier, 60_000, 1000),
    ):
        pixels = X_TRAIN[:learned].reshape(learned, 784)
        assert np.array_equal(fits[kind]["X"], pixels)
        assert np.array_equal(fits[kind]["y"], Y_TRAIN[:learned])
        pixels = X_TEST[:scored].reshape(scored, 784)
        assert np.array_equal(scores[kind]["X"], pixels)
        assert np.array_equal(scores[kind]["y"], Y_TEST[:scored])


@pytest.mark.whole
@pytest.mark.parametrize("seed", [0, 1, 2, 3, 4])
def test_on_all_of_mnist_the_network_beats_its_rivals(seed):
    tf.keras.utils.set_random_seed(seed)
    model = simple_cnn.build_cnn()
    model.steps_per_execution = 67
    model.fit(X_TRAIN, Y_TRAIN, epochs=2, batch_size=64, verbose=0)
    _, accuracy = model.evaluate(X_TEST, Y_TEST, verbose=0)
    # Nearest neighbors reach 0.9705 on all test images, logistic regression 0.90.
    assert accuracy >= 0.9715


@pytest.mark.whole
def test_more_steps_at_a_time_change_no_digit_of_the_result():
    results = []
    for steps in (1, 67):
        tf.keras.utils.set_random_seed(0)
        model = simple_cnn.build_cnn()
        model.steps_per_execution = steps
        history = model.fit(X_TRAIN[:9600], Y_TRAIN[:9600], batch_size=64, verbose=0)
        loss, accuracy = model.evaluate(X_TEST, Y_TEST, verbose=0)
        results.append((history.history["loss"][0], loss, accuracy))
    assert results[0] == pytest.approx(results[1], rel=1e-4)


@pytest.mark.whole
def test_nearest_neighbors_come_close_on_all_test_images():
    neighbors = KNeighborsClassifier(3).fit(X_TRAIN.reshape(60_000, 784), Y_TRAIN)
    accuracy = neighbors.score(X_TEST.reshape(10_000, 784), Y_TEST)
    assert accuracy == pytest.approx(0.9705, abs=0.0005)
