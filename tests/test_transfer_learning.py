"""Lesson 5: the frozen base, its features, and the head that learns from them."""

import numpy as np
import pytest
import tensorflow as tf
from conftest import ROOT

import transfer_learning as lesson

DRAWINGS = ROOT / "data" / "drawings"


@pytest.fixture(scope="module")
def model():
    tf.keras.utils.set_random_seed(0)
    return lesson.build_transfer_model()


def load_drawings(seed, validation_split=0.2):
    return tf.keras.utils.image_dataset_from_directory(
        DRAWINGS,
        label_mode="binary",
        image_size=(150, 150),
        validation_split=validation_split,
        subset="both",
        seed=seed,
        verbose=False,
    )


def head_of(model):
    head = tf.keras.Sequential(model.layers[1:])
    head.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return head


def test_only_the_head_can_be_trained(model):
    frozen = sum(np.prod(w.shape) for w in model.non_trainable_weights)
    trained = sum(np.prod(w.shape) for w in model.trainable_weights)
    assert (frozen, trained) == (14_714_688, 2_097_665)


def test_the_base_stays_while_head_and_model_learn_a_slice(model):
    # The training part in batches that come in another order at each pass.
    few, _ = load_drawings(0, validation_split=0.9)
    base_before = model.layers[0].get_weights()
    features, pixels, labels = lesson.extract_features(model.layers[0], few)
    assert features.shape == (24, 4, 4, 512)
    assert pixels.shape == (24, 28 * 28 * 3)
    assert 0 <= pixels.min() < pixels.max() <= 1
    head = head_of(model)
    head.fit(features, labels, epochs=10, verbose=0)
    assert head.evaluate(features, labels, verbose=0)[1] == 1
    for before, after in zip(base_before, model.layers[0].get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)
    # Training the head has trained the model: read from the files, it answers the same.
    for path in few.file_paths[:4]:
        answer = lesson.classify(model, path, few.class_names)
        assert answer.split(" ")[0] in path


def test_features_and_labels_belong_together(model):
    few, _ = load_drawings(0, validation_split=0.95)
    features, _, labels = lesson.extract_features(model.layers[0], few)
    expected = {}
    for path in few.file_paths:
        images = lesson.preprocess_input(lesson.load_picture(path)[np.newaxis])
        expected[path] = model.layers[0](images).numpy()[0]
    for feature, label in zip(features, labels, strict=True):
        nearest = min(expected, key=lambda p: np.abs(expected[p] - feature).max())
        np.testing.assert_allclose(expected[nearest], feature, atol=0.05)
        assert few.class_names[int(label)] in nearest


def test_a_new_picture_is_read_as_the_loader_reads_it(tmp_path):
    for name, picture in (("a/1", 0), ("b/2", 255)):
        path = tmp_path / f"{name}.jpg"
        path.parent.mkdir()
        wide = np.full((90, 333, 3), picture) + np.linspace(-99, 99, 333)[:, np.newaxis]
        tf.keras.utils.save_img(path, wide.clip(0, 255), scale=False)
    dataset = tf.keras.utils.image_dataset_from_directory(
        tmp_path, image_size=(150, 150), shuffle=False, verbose=False
    )
    images, _ = next(iter(dataset))
    for image, path in zip(images, dataset.file_paths, strict=True):
        np.testing.assert_allclose(image, lesson.load_picture(path), atol=1e-3)


def test_an_accuracy_comes_with_its_counts():
    labels = np.array([0.0, 1.0, 1.0])
    answers = np.array([True, True, True])
    assert lesson.describe_accuracy(answers, labels) == "0.67 (2 of 3)"


def test_hidden_and_capital_names_are_handled_as_keras_does(tmp_path):
    for folder in ("a", "b", ".hidden"):
        (tmp_path / folder).mkdir()
        for i in range(5):
            picture = DRAWINGS / "food" / "mug.png"
            (tmp_path / folder / f"{i}.PNG").write_bytes(picture.read_bytes())
    (tmp_path / "a" / "photo.heic").write_text("passed over")
    assert lesson.checked_folder(str(tmp_path)) == str(tmp_path)


@pytest.mark.slow
def test_over_draws_vgg16_beats_the_pixels(model):
    everything = tf.keras.utils.image_dataset_from_directory(
        DRAWINGS, label_mode="binary", image_size=(150, 150), shuffle=False
    )
    features, pixels, labels = lesson.extract_features(model.layers[0], everything)
    place = {path: i for i, path in enumerate(everything.file_paths)}
    accuracies = []
    rivals = []
    for seed in range(8):
        learn, held_out = [
            [place[path] for path in part.file_paths] for part in load_drawings(seed)
        ]
        tf.keras.utils.set_random_seed(seed)
        head = head_of(lesson.build_transfer_model(weights=None))
        head.fit(features[learn], labels[learn], epochs=10, verbose=0)
        score = head.evaluate(features[held_out], labels[held_out], verbose=0)
        accuracies.append(score[1])
        machine = lesson.SVC().fit(pixels[learn], labels[learn])
        rivals.append(machine.score(pixels[held_out], labels[held_out]))
    # Eleven draws: 0.77 to 0.94, mean 0.88, against 0.65 to 0.79, mean 0.73.
    assert np.mean(accuracies) > 0.83
    assert np.mean(accuracies) > np.mean(rivals) + 0.1
