"""Lesson 2: what simple_cnn.py claims."""

import numpy as np
import pytest
import tensorflow as tf
from conftest import ROOT
from tensorflow.keras import layers

import simple_cnn

SAMPLE = ROOT / "data" / "mnist_sample.npz"


@pytest.fixture
def sample():
    """10,000 training and 2,000 test digits as the script prepares them."""
    with np.load(SAMPLE) as mnist:
        x_train, x_test = (
            mnist[name].reshape((-1, 28, 28, 1)).astype("float32") / 255
            for name in ("x_train", "x_test")
        )
        return x_train, mnist["y_train"], x_test, mnist["y_test"]


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
    assert model.layers[0].activation is tf.keras.activations.relu
    assert model.input_shape == (None, 28, 28, 1)
    assert model.count_params() == 54_410


def test_probabilities_sum_to_one(sample):
    probabilities = simple_cnn.build_cnn().predict(sample[0][:20], verbose=0)
    assert probabilities.shape == (20, 10)
    assert (probabilities >= 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_slice_of_mnist_is_learned(sample, seed):
    x_train, y_train, x_test, y_test = sample
    tf.keras.utils.set_random_seed(seed)
    model = simple_cnn.build_cnn()
    before, _ = model.evaluate(x_test, y_test, verbose=0)
    model.fit(x_train[:1000], y_train[:1000], epochs=3, verbose=0)
    after, accuracy = model.evaluate(x_test, y_test, verbose=0)
    assert after < before / 2
    assert accuracy > 0.75


def test_no_digit_is_parted_from_its_label(sample):
    x_train, y_train, x_test, y_test = sample
    assert y_train[:5].tolist() == [5, 0, 4, 1, 9]
    assert y_test[:5].tolist() == [7, 2, 1, 0, 4]
    # The nearest mean image names 4 of 5 digits, if each image has its own label.
    means = np.stack([x_train[y_train == digit].mean(axis=0) for digit in range(10)])
    distances = ((x_test[:, None] - means) ** 2).sum(axis=(2, 3, 4))
    assert (distances.argmin(axis=1) == y_test).mean() > 0.75


def is_the_sample(loaded):
    (x_train, y_train), (x_test, y_test) = loaded
    assert x_train.shape == (10_000, 28, 28)
    assert x_test.shape == (2_000, 28, 28)
    assert y_train.shape == (10_000,)
    assert y_test.shape == (2_000,)
    return {x_train.dtype, y_train.dtype, x_test.dtype, y_test.dtype} == {
        np.dtype("uint8")
    }


def test_what_keras_loads_is_used_as_it_is(monkeypatch, capsys):
    images, labels = np.zeros((3, 28, 28), "uint8"), np.arange(3, dtype="uint8")
    mnist = ((images, labels), (images[:2], labels[:2]))
    monkeypatch.setattr(tf.keras.datasets.mnist, "load_data", lambda: mnist)
    assert simple_cnn.load_mnist() is mnist
    assert capsys.readouterr().out == ""


def test_without_a_network_the_sample_serves(keras_cache, capsys):
    assert is_the_sample(simple_cnn.load_mnist())
    printed = capsys.readouterr()
    assert "could not be downloaded ([Errno" in printed.out
    assert "10,000 images in data/mnist_sample.npz" in printed.out
    assert printed.err == ""
    assert not list((keras_cache / "datasets").iterdir())


def test_without_the_sample_it_ends_with_a_clear_message(
    monkeypatch, keras_cache, tmp_path
):
    monkeypatch.setattr(simple_cnn, "__file__", str(tmp_path / "simple_cnn.py"))
    for content in (None, b"", b"not an archive", SAMPLE.read_bytes()[:9999]):
        if content is not None:
            (tmp_path / "data").mkdir(exist_ok=True)
            (tmp_path / "data" / "mnist_sample.npz").write_bytes(content)
        with pytest.raises(SystemExit, match=r"mnist_sample\.npz cannot be read"):
            simple_cnn.load_mnist()


def test_a_run_trains_on_the_sample_and_says_so(user_run):
    run = user_run("simple_cnn.py")
    assert run.code == 0
    assert run.errors == ""
    said = run.result()
    assert said[0].startswith("MNIST could not be downloaded ([Errno")
    assert said[1].startswith("Going on with the 10,000 images")
    assert run.number("Test accuracy: ") >= 0.88
    assert run.number("Always guessing 1, the commonest digit: ") == 0.1170
    digits = [line.split() for line in said[-10:]]
    assert [line[0] for line in digits] == list("7210414959")
    assert sum(line[0] == line[2] for line in digits) >= 7
    assert sum("Epoch" in line for line in run.lines) == 2


def test_a_run_leaves_nothing_behind_but_what_keras_keeps(user_run):
    home = user_run("simple_cnn.py").home
    left = {
        path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file()
    }
    # Where matplotlib is installed, Keras imports it, and it lists the fonts once.
    left = {path for path in left if "matplotlib" not in path}
    assert left == {".keras/keras.json"}
