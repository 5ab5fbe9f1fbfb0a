"""Lesson 5: what transfer_learning.py claims."""

import argparse
import struct
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.keras.applications import VGG16

import transfer_learning
from simple_cnn import build_cnn
from transfer_learning import build_head, build_transfer_model, find_photos, prepare

WEIGHTS = transfer_learning.DATA / "vgg16_imagenet_7bit.weights.h5"
DIGITS = transfer_learning.load_digits()  # 80 to train on, 150 held out.


def features_of(model, held_out=slice(None)):
    """What VGG16 gives for the digits; its passes are what these tests cost."""
    train_images, validation_images, _, _ = DIGITS
    return [
        model.layers[0].predict(prepare(images), verbose=0)
        for images in (train_images, validation_images[held_out])
    ]


@pytest.fixture(scope="module")
def imagenet_model():
    return build_transfer_model(WEIGHTS)


@pytest.fixture(scope="module")
def imagenet_features(imagenet_model):
    return features_of(imagenet_model)


@pytest.fixture(scope="module")
def random_features():
    tf.keras.utils.set_random_seed(0)
    return features_of(build_transfer_model(None), held_out=slice(55, 95))


@pytest.fixture(scope="module")
def new_head(imagenet_model):
    """Return a function that makes the model's head anew, untrained."""
    head = build_head(imagenet_model)
    return lambda: tf.keras.models.clone_model(head)


def accuracy_of_head(new_head, features, seed, held_out=slice(None)):
    """Train a new head as the script does, and return its validation accuracy."""
    _, _, train_labels, validation_labels = DIGITS
    tf.keras.utils.set_random_seed(seed)
    head = new_head()
    head.fit(features[0], train_labels, epochs=10, batch_size=16, verbose=0)
    return head.evaluate(features[1], validation_labels[held_out], verbose=0)[1]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_imagenets_weights_tell_a_4_from_a_9(new_head, imagenet_features, seed):
    assert accuracy_of_head(new_head, imagenet_features, seed) >= 0.93


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_random_weights_do_not(new_head, random_features, seed):
    accuracy = accuracy_of_head(new_head, random_features, seed, slice(55, 95))
    assert accuracy < 0.88


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_cnn_of_lesson_2_on_the_same_80_digits_does_not_either(seed):
    train_images, validation_images, train_labels, validation_labels = DIGITS
    tf.keras.utils.set_random_seed(seed)
    cnn = build_cnn()
    cnn.fit(train_images[..., :1] / 255.0, train_labels, epochs=10, verbose=0)
    validation = validation_images[..., :1] / 255.0
    assert cnn.evaluate(validation, validation_labels, verbose=0)[1] < 0.90


def test_the_tutorials_network_is_frozen_below_and_trained_above(imagenet_model):
    base_model, *head = imagenet_model.layers
    assert [type(layer).__name__ for layer in head] == ["Flatten", "Dense", "Dense"]
    assert imagenet_model.input_shape == (None, 150, 150, 3)
    assert sum(w.shape.num_elements() for w in base_model.weights) == 14_714_688
    assert not base_model.trainable_weights
    trainable = sum(w.shape.num_elements() for w in imagenet_model.trainable_weights)
    assert trainable == 2_097_665


def test_frozen_base_does_not_change_while_the_head_trains():
    model = build_transfer_model(None)
    before = [weights.copy() for weights in model.get_weights()]
    images, labels = prepare(DIGITS[0][36:44]), DIGITS[2][36:44]
    pairs = tf.data.Dataset.zip(images, tf.data.Dataset.from_tensors(labels))
    model.fit(pairs, shuffle=False, verbose=0)
    changed = [(a != b).any() for a, b in zip(before, model.get_weights())]
    # 13 convolutions with biases, then the weights and biases of the two layers on top.
    assert changed == [False] * 26 + [True] * 4


def test_the_whole_model_predicts_what_the_head_does_on_kept_features(
    imagenet_model, imagenet_features
):
    head = build_head(imagenet_model)
    head.fit(imagenet_features[0], DIGITS[2], batch_size=16, verbose=0)
    few = prepare(DIGITS[1][:16])
    whole = imagenet_model.predict(few, verbose=0)
    np.testing.assert_allclose(
        whole, head.predict(imagenet_features[1][:16], verbose=0), atol=1e-5
    )
    assert whole.shape == (16, 1)


def test_no_training_digit_is_held_out():
    train_images, validation_images, train_labels, validation_labels = DIGITS
    assert train_images.shape == (80, 28, 28, 3)
    assert validation_images.shape == (150, 28, 28, 3)
    assert train_images.dtype == np.uint8
    both = np.concatenate([train_images, validation_images]).reshape(230, -1)
    assert len(np.unique(both, axis=0)) == 230
    assert train_labels.tolist() == [0] * 40 + [1] * 40
    assert validation_labels.tolist() == [0] * 75 + [1] * 75


# What reaches VGG16: blue, green and red less ImageNet's mean colour.
COLOUR = (255, 0, 128)
EXPECTED = [128 - 103.939, 0 - 116.779, 255 - 123.68]


def test_pixels_are_scaled_as_vgg16_was_trained(tmp_path):
    image = np.full((20, 30, 3), COLOUR, "uint8")
    tf.io.write_file(str(tmp_path / "a.png"), tf.io.encode_png(image))
    for images in (image[np.newaxis], [str(tmp_path / "a.png")]):
        (batch,) = prepare(images)
        assert batch.shape == (1, 150, 150, 3)
        np.testing.assert_allclose(batch[0, 75, 75], EXPECTED, rtol=1e-4)


def test_images_come_a_few_at_a_time():
    sizes = [len(batch) for batch in prepare(np.zeros((40, 2, 2, 3), "uint8"))]
    assert sizes == [16, 16, 8]


# Image files, as small as they can be drawn without a library for it.


def bmp(colour):
    size = struct.pack("<iiHHIIiiII", 4, 4, 1, 24, 0, 48, 0, 0, 0, 0)
    return struct.pack("<2sIHHII", b"BM", 102, 0, 0, 54, 40) + size + bytes(colour) * 16


def gif(colour):
    palette = bytes(colour) * 2
    frame = b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00;"
    return b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + palette + frame


def png(colour, channels=3):
    image = np.full((12, 9, 4), (*colour, 99), "uint8")[..., -channels:]
    return tf.io.encode_png(image).numpy()


def jpeg(colour, channels=3):
    image = np.full((14, 20, 3), colour, "uint8")[..., :channels]
    return tf.io.encode_jpeg(image).numpy()


def make_folder(parent):
    """Two classes of five images each, of all kinds, and files that are no photos."""
    folder = parent / "Fotos von Bäumen"
    for name, colour in (("Ölbaum", (200, 90, 10)), ("red oak", (0, 40, 180))):
        files = {
            "a b.jpg": jpeg(colour),
            "grey.JPEG": jpeg(colour, 1),
            "grün.png": png(colour, 4),
            "c.bmp": bmp(colour),
            "d.gif": gif(colour),
            ".DS_Store": b"\0\0\0\1Bud1",
            "._a b.jpg": b"\0\5\x16\7",
            "Thumbs.db": b"\xd0\xcf\x11\xe0",
        }
        (folder / name).mkdir(parents=True)
        for file, content in files.items():
            (folder / name / file).write_bytes(content)
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("[core]")
    (folder / "notes.txt").write_text("oaks and olives")
    return folder


@pytest.fixture
def folder(tmp_path):
    return make_folder(tmp_path)


def test_photos_are_found_under_their_class(folder):
    classes, paths, labels = find_photos(folder)
    assert classes == ["red oak", "Ölbaum"]
    assert [Path(path).parent.name for path in paths] == ["red oak"] * 5 + [
        "Ölbaum"
    ] * 5
    assert [Path(path).name for path in paths[:5]] == sorted(
        ["a b.jpg", "grey.JPEG", "grün.png", "c.bmp", "d.gif"]
    )
    assert labels.tolist() == [0] * 5 + [1] * 5


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_grey_and_transparent_images_become_three_channels(tmp_path, channels):
    path = tmp_path / "x.png"
    path.write_bytes(png((10, 20, 30), channels))
    assert transfer_learning.read_photo(str(path)).shape == (12, 9, 3)


def nothing_there(folder):
    return folder / "nowhere", "nowhere: No such file or directory"


def a_file(folder):
    return folder / "notes.txt", "notes.txt: Not a directory"


def one_class(folder):
    for path in (folder / "red oak").iterdir():
        path.rename(folder / path.name)
    (folder / "red oak").rmdir()
    return (
        folder,
        "needs two subfolders with photos in them, one per class, and has 1: Öl",
    )


def three_classes(folder):
    (folder / "pine").mkdir()
    (folder / "pine" / "p.png").write_bytes(png((0, 0, 0)))
    return folder, "one per class, and has 3: pine, red oak, Ölbaum"


def empty_class(folder):
    for path in (folder / "red oak").iterdir():
        if not path.name.startswith((".", "Thumbs")):
            path.unlink()
    return folder, "and has 1: Ölbaum"


def too_few_photos(folder):
    (folder / "red oak" / "d.gif").unlink()
    return folder, "red oak needs 5 photos or more"


def text_named_jpg(folder):
    (folder / "red oak" / "letter.jpg").write_text("Dear tree")
    return folder, "letter.jpg is no JPEG, PNG"


def jpeg_cut_short(folder):
    path = folder / "red oak" / "a b.jpg"
    path.write_bytes(path.read_bytes()[:-40])
    return folder, "a b.jpg is no JPEG, PNG"


def empty_file(folder):
    (folder / "Ölbaum" / "e.png").write_bytes(b"")
    return folder, "e.png is no JPEG, PNG"


def no_classes(folder):
    return folder / "red oak", "one per class, and has 0: none"


FAULTS = [
    nothing_there,
    a_file,
    one_class,
    three_classes,
    empty_class,
    too_few_photos,
    text_named_jpg,
    jpeg_cut_short,
    empty_file,
    no_classes,
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_bad_folder_ends_in_one_line_that_names_it(folder, fault, monkeypatch, capfd):
    path, expected = fault(folder)
    monkeypatch.setattr(sys, "argv", ["transfer_learning.py", str(path)])
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    with pytest.raises(SystemExit) as end:
        transfer_learning.read_command_line()
    errors = capfd.readouterr().err
    assert end.value.code == 2
    assert expected in errors
    # libjpeg's own remark may stand before it: the run below shows that it is dropped.
    assert errors.splitlines()[-1].startswith("transfer_learning.py: argument FOLDER: ")


def test_a_folder_that_cannot_be_read_is_named(folder, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(argparse.ArgumentTypeError, match="Permission denied") as error:
        find_photos(folder)
    assert str(folder) in str(error.value)


def test_without_a_network_the_weights_in_data_serve(keras_cache, capsys):
    model = build_transfer_model()
    printed = capsys.readouterr()
    assert "VGG16's weights could not be downloaded ([Errno" in printed.out
    assert "Going on with those in data/, rounded to 7 bits" in printed.out
    assert printed.err == ""
    expected = VGG16(weights=WEIGHTS, include_top=False, input_shape=(150, 150, 3))
    for found, weights in zip(model.layers[0].get_weights(), expected.get_weights()):
        np.testing.assert_array_equal(found, weights)


def test_what_keras_downloads_is_used_as_it_is(monkeypatch, capsys):
    asked = []

    def loader(weights, **options):
        asked.append(weights)
        return VGG16(weights=None, **options)

    monkeypatch.setattr(transfer_learning, "VGG16", loader)
    build_transfer_model()
    assert asked == ["imagenet"]
    assert capsys.readouterr().out == ""


def test_a_path_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="weights"):
        build_transfer_model(tmp_path / "nothing.weights.h5")


@pytest.mark.parametrize("load", ["load_vgg16", "load_digits"])
def test_without_data_it_ends_with_a_clear_message(monkeypatch, tmp_path, load):
    monkeypatch.setattr(transfer_learning, "DATA", tmp_path)
    with pytest.raises(SystemExit, match=r"cannot be read.* again"):
        getattr(transfer_learning, load)()


def test_a_run_on_the_built_in_task_reaches_what_it_should(user_run):
    run = user_run("transfer_learning.py")
    assert run.code == 0
    assert run.errors == ""
    assert run.number("Validation accuracy: ") >= 0.93
    assert run.number("Always guessing 4: ") == 0.50
    assert sum("Epoch" in line for line in run.lines) == 10
    assert [line[:4] for line in run.lines[-6:]] == ["4 ->"] * 3 + ["9 ->"] * 3


@pytest.fixture(scope="module", autouse=True)
def folder_run(run_beside, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    folder = make_folder(tmp_path_factory.mktemp("photos"))
    # libjpeg remarks on this photo, which is usable; the user is not to see that.
    photo = folder / "red oak" / "a b.jpg"
    photo.write_bytes(photo.read_bytes()[:-2] + bytes(228) + photo.read_bytes()[-2:])
    before = sorted(folder.rglob("*"))
    return folder, before, run_beside("transfer_learning.py", folder, home=home)


def test_a_run_on_a_folder_trains_on_the_users_photos(folder_run):
    folder, before, started = folder_run
    run = started.result()
    assert run.code == 0
    assert run.errors == ""
    assert run.result()[0] == "Found 5 photos of red oak and 5 photos of Ölbaum"
    assert 0 <= run.number("Validation accuracy: ") <= 1
    assert run.number("Always guessing red oak: ") == 0.50
    shown = run.result()[-2:]
    assert all(line.startswith(str(folder)) and " -> " in line for line in shown)
    assert sorted(folder.rglob("*")) == before
