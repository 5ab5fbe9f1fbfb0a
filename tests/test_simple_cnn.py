"""Lesson 2: the CNN, its data, and where its accuracy comes from."""

import runpy

import numpy as np
import pytest
import tensorflow as tf
from conftest import ROOT
from sklearn.dummy import DummyClassifier

from simple_cnn import build_cnn, load_mnist


@pytest.fixture(scope="module")
def mnist():
    return load_mnist()


def test_images_and_labels_are_mnists(mnist):
    (train_images, train_labels), (test_images, test_labels) = mnist
    assert train_images.shape == (60000, 28, 28)
    assert test_images.shape == (10000, 28, 28)
    assert train_labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert test_labels[:5].tolist() == [7, 2, 1, 0, 4]


def test_the_model_learns_a_slice(mnist):
    images = mnist[0][0][:1000, ..., np.newaxis].astype("float32") / 255
    labels = mnist[0][1][:1000]
    tf.keras.utils.set_random_seed(0)
    model = build_cnn()
    assert model.count_params() == 54_410
    model.fit(images, labels, epochs=3, verbose=0)
    probabilities = model.predict(images, verbose=0)
    assert probabilities.shape == (1000, 10)
    # 0.87 to 0.90 for five seeds.
    assert np.mean(probabilities.argmax(axis=1) == labels) > 0.8
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)


def test_without_data_keras_is_asked_as_the_tutorial_does(tmp_path, monkeypatch):
    script = tmp_path / "simple_cnn.py"
    script.write_bytes((ROOT / "simple_cnn.py").read_bytes())
    names = runpy.run_path(str(script))
    monkeypatch.setattr(tf.keras.datasets.mnist, "load_data", lambda: "as printed")
    assert names["load_mnist"]() == "as printed"


def test_a_folder_that_cannot_take_the_model_does_not_end_the_lesson(
    tmp_path, monkeypatch, capsys
):
    # Nothing is trained and measured here, to save the time.
    monkeypatch.setattr(tf.keras.Sequential, "fit", lambda *args, **kwargs: None)
    monkeypatch.setattr(tf.keras.Sequential, "evaluate", lambda *_, **options: (2, 0.1))
    monkeypatch.setattr(
        "sklearn.linear_model.LogisticRegression", lambda **kwargs: DummyClassifier()
    )
    monkeypatch.chdir(tmp_path)
    (tmp_path / "simple_cnn.keras").mkdir()
    runpy.run_path(str(ROOT / "simple_cnn.py"), run_name="__main__")
    *_, answers, line = capsys.readouterr().out.splitlines()
    assert answers.startswith("What the CNN answers:")
    assert line.startswith("simple_cnn.keras cannot be saved in this folder: ")


@pytest.mark.slow
def test_with_another_seed_more_weights_help_and_a_convolution_more(run_with_seed):
    names = run_with_seed("simple_cnn.py", 0)
    assert names["accuracy"] >= 0.9705
    assert names["cnn_errors"] < names["hidden_errors"] < names["logistic_errors"]
