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


def test_half_of_the_1s_get_flags_and_it_learns_is_compared_and_saved(
    mnist, tmp_path, monkeypatch, refusal, capsys
):
    monkeypatch.chdir(tmp_path)
    small = tuple((images[:500].copy(), labels[:500]) for images, labels in mnist)
    monkeypatch.setattr("simple_cnn.load_mnist", lambda: small)
    assert "run simple_cnn.py first, in this folder" in refusal(deeper_cnn.main)
    Path("simple_cnn.keras").write_bytes(b"half a file")
    assert "can load; run simple_cnn.py once more" in refusal(deeper_cnn.main)

    set_random_seed(0)
    simple = build_cnn()
    images = small[0][0][..., np.newaxis] / np.float32(255)
    simple.fit(images, small[0][1], epochs=3, verbose=0)
    simple.save("simple_cnn.keras")
    drawn = []
    draw_flags = deeper_cnn.draw_flags
    monkeypatch.setattr(
        deeper_cnn, "draw_flags", lambda ones: drawn.extend(ones) or draw_flags(ones)
    )
    deeper_cnn.main([])
    assert len(drawn) == np.sum(small[0][1] == 1) // 2
    *_, simple_line, deeper_line, _ = capsys.readouterr().out.splitlines()
    model = load_model("deeper_cnn.keras")
    for line, network in ((simple_line, simple), (deeper_line, model)):
        test_images = small[1][0][..., np.newaxis] / np.float32(255)
        errors = deeper_cnn.count_errors(network, test_images, small[1][1])
        assert int(line.split()[-1]) == errors < 250


def test_a_folder_that_cannot_take_the_model_is_named(
    mnist, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    small = tuple((images[:64].copy(), labels[:64]) for images, labels in mnist)
    monkeypatch.setattr("simple_cnn.load_mnist", lambda: small)
    build_cnn().save("simple_cnn.keras")
    Path("deeper_cnn.keras").mkdir()
    deeper_cnn.main([])
    *_, last = capsys.readouterr().out.splitlines()
    assert last.startswith("deeper_cnn.keras cannot be saved in this folder: ")
