"""Beyond lesson 2: the deeper network."""

from pathlib import Path

import deeper_cnn
import numpy as np
import pytest
from tensorflow.keras.models import load_model
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


def test_a_flag_is_ink_and_the_digit_stays_in_the_middle(mnist):
    images, labels = mnist[0]
    ones = images[labels == 1][:40]
    flagged = deeper_cnn.draw_flags(ones)
    assert (flagged.shape, flagged.dtype) == (ones.shape, np.uint8)
    added = flagged.sum(axis=(1, 2)) / ones.sum(axis=(1, 2))
    assert 1.1 < np.mean(added) < 2
    for image in flagged:
        rows, columns = np.indices((28, 28))
        centre = [np.average(places, weights=image) for places in (rows, columns)]
        assert centre == pytest.approx([14, 14], abs=0.6)


@pytest.fixture
def few(mnist, tmp_path, monkeypatch):
    """What the script gets in place of all of MNIST: 500 images and as many to test."""
    monkeypatch.chdir(tmp_path)
    few = tuple((images[:500].copy(), labels[:500]) for images, labels in mnist)
    monkeypatch.setattr("simple_cnn.load_mnist", lambda: few)
    return few


def test_half_of_the_1s_get_flags_and_it_learns_is_compared_and_saved(
    mnist, few, refusal, capsys
):
    assert "run simple_cnn.py first, in this folder" in refusal(deeper_cnn.main)
    Path("simple_cnn.keras").write_bytes(b"half a file")
    assert "can load; run simple_cnn.py once more" in refusal(deeper_cnn.main)

    (images, labels), (test_images, test_labels) = few
    set_random_seed(0)
    simple = build_cnn()
    simple.fit(images[..., np.newaxis] / np.float32(255), labels, epochs=3, verbose=0)
    simple.save("simple_cnn.keras")
    deeper_cnn.main([])
    flagged = labels[np.any(images != mnist[0][0][:500], axis=(1, 2))]
    assert flagged.tolist() == [1] * (np.sum(labels == 1) // 2)
    *_, simple_line, deeper_line, _ = capsys.readouterr().out.splitlines()
    test_images = test_images[..., np.newaxis] / np.float32(255)
    model = load_model("deeper_cnn.keras")
    for line, network in ((simple_line, simple), (deeper_line, model)):
        errors = deeper_cnn.count_errors(network, test_images, test_labels)
        assert int(line.split()[-1]) == errors < 250


def test_a_folder_that_cannot_take_the_model_is_named(few, capsys, monkeypatch):
    monkeypatch.setattr("tensorflow.keras.Sequential.fit", lambda *args, **kwargs: None)
    build_cnn().save("simple_cnn.keras")
    Path("deeper_cnn.keras").mkdir()
    deeper_cnn.main([])
    *_, last = capsys.readouterr().out.splitlines()
    assert last.startswith("deeper_cnn.keras cannot be saved in this folder: ")
