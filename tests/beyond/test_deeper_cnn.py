"""Beyond lesson 2: the deeper network."""

from pathlib import Path

import deeper_cnn
import numpy as np
import pytest
from tensorflow.keras.utils import set_random_seed

from simple_cnn import build_cnn, load_mnist


@pytest.fixture(scope="module")
def mnist():
    return load_mnist()


def test_in_training_it_sees_distorted_copies(mnist):
    images = mnist[0][0][:9, ..., np.newaxis] / np.float32(255)
    set_random_seed(0)
    for layer in deeper_cnn.build_deeper_cnn().layers[:3]:
        distorted = layer(images, training=True)
        assert np.abs(distorted - images).max() > 0.5


def test_it_learns_is_compared_with_lesson_2_and_saved(
    mnist, tmp_path, monkeypatch, refusal, capsys
):
    monkeypatch.chdir(tmp_path)
    small = tuple((images[:500], labels[:500]) for images, labels in mnist)
    monkeypatch.setattr(deeper_cnn, "load_mnist", lambda: small)
    assert "run simple_cnn.py first, in this folder" in refusal(deeper_cnn.main)
    Path("simple_cnn.keras").write_bytes(b"half a file")
    assert "cannot be loaded; run simple_cnn.py once more" in refusal(deeper_cnn.main)

    set_random_seed(0)
    simple = build_cnn()
    images = small[0][0][..., np.newaxis] / np.float32(255)
    simple.fit(images, small[0][1], epochs=3, verbose=0)
    simple.save("simple_cnn.keras")
    deeper_cnn.main([])
    *_, simple_line, deeper_line, _ = capsys.readouterr().out.splitlines()
    model = deeper_cnn.load_model("deeper_cnn.keras")
    for line, network in ((simple_line, simple), (deeper_line, model)):
        test_images = small[1][0][..., np.newaxis] / np.float32(255)
        errors = deeper_cnn.count_errors(network, test_images, small[1][1])
        assert int(line.split()[-1]) == errors < 250


def test_a_folder_that_cannot_take_the_model_is_named(
    mnist, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    small = tuple((images[:64], labels[:64]) for images, labels in mnist)
    monkeypatch.setattr(deeper_cnn, "load_mnist", lambda: small)
    build_cnn().save("simple_cnn.keras")
    Path("deeper_cnn.keras").mkdir()
    deeper_cnn.main([])
    *_, last = capsys.readouterr().out.splitlines()
    assert last.startswith("deeper_cnn.keras cannot be saved in this folder: ")
