"""Lesson 2: the CNN, its data, and where its accuracy comes from."""

import runpy
import shutil

import numpy as np
import pytest
import tensorflow as tf
from conftest import ROOT

from simple_cnn import build_cnn, load_mnist


def test_images_and_labels_are_mnists():
    (train_images, train_labels), (test_images, test_labels) = load_mnist()
    assert train_images.shape == (60000, 28, 28)
    assert test_images.shape == (10000, 28, 28)
    assert train_labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert test_labels[:5].tolist() == [7, 2, 1, 0, 4]


def test_the_network_has_as_many_weights_as_its_docstring_says():
    assert build_cnn().count_params() == 54_410


def test_without_data_keras_is_asked_as_the_tutorial_does(tmp_path, monkeypatch):
    shutil.copy(ROOT / "simple_cnn.py", tmp_path)
    names = runpy.run_path(str(tmp_path / "simple_cnn.py"))
    monkeypatch.setattr(tf.keras.datasets.mnist, "load_data", lambda: "as printed")
    assert names["load_mnist"]() == "as printed"


def test_half_a_download_of_mnist_is_named(tmp_path, capsys):
    script = shutil.copy(ROOT / "simple_cnn.py", tmp_path)
    file = tmp_path / "data" / "mnist.npz"
    file.parent.mkdir()
    file.write_bytes((ROOT / "data" / "mnist.npz").read_bytes()[:5_000_000])
    with pytest.raises(SystemExit) as stopped:
        runpy.run_path(script, run_name="__main__")
    assert stopped.value.code == 2
    assert capsys.readouterr() == ("", f"{file} is damaged. Please get it again.\n")


def test_a_copy_saves_under_its_own_name_and_a_full_folder_does_not_end_it(
    tmp_path, monkeypatch, capsys
):
    # Nothing is trained and asked here, to save the time.
    monkeypatch.setattr(tf.keras.Sequential, "fit", lambda *args, **kwargs: None)
    scores = np.zeros((10000, 10))
    monkeypatch.setattr(tf.keras.Sequential, "predict", lambda *args, **kwargs: scores)
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "data", "data", ignore=shutil.ignore_patterns("d*", "v*"))
    shutil.copy(ROOT / "simple_cnn.py", "my_cnn.py")
    runpy.run_path("my_cnn.py", run_name="__main__")
    (tmp_path / "my_cnn.keras").unlink()
    (tmp_path / "my_cnn.keras").mkdir()
    runpy.run_path("my_cnn.py", run_name="__main__")
    lines = capsys.readouterr().out.splitlines()
    last = [line for line in lines if "my_cnn.keras" in line]
    assert last[0].startswith("Saved my_cnn.keras.")
    assert last[1].startswith("my_cnn.keras cannot be saved in this folder: ")


@pytest.mark.slow
def test_with_another_seed_a_hidden_layer_helps_and_a_convolution_more(run_with_seed):
    names = run_with_seed("simple_cnn.py", 0)
    nothing, hidden, convolution = names["errors"].values()
    assert convolution <= 295
    assert convolution < hidden - 50
    assert hidden < nothing - 200
