"""own_pictures.py on pictures that these tests make."""

import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import own_pictures
import pytest
from own_pictures import GUESS, HEAD, LOGISTIC, PIXELS
from PIL import Image


def make_folder(folder, **counts):
    """Make a folder with a subfolder per class, each with pictures in its colour."""
    for level, (name, count) in enumerate(counts.items()):
        (folder / name).mkdir(parents=True)
        for number in range(count):
            picture = Image.new("RGB", (150, 150), (120 * level, 100 + number, 50))
            picture.save(folder / name / f"{number}.png")
    return folder


def test_hidden_files_are_passed_over_links_followed_and_others_counted(tmp_path):
    folder = make_folder(tmp_path / "photos", cats=2, dogs=1)
    make_folder(folder / "__MACOSX", cats=1)
    make_folder(folder / "cats", more=1)
    for name in ["cats/9.JPG", "1.png", "cats/._0.png"]:
        shutil.copy(folder / "cats" / "0.png", folder / name)
    hidden = ".DS_Store cats/Thumbs.db dogs/desktop.ini"
    for name in f"{hidden} notes.txt cats/a.TXT cats/a.h5 dogs/README".split():
        (folder / name).touch()
    linked = make_folder(tmp_path / "elsewhere", a=3)
    try:
        os.symlink(linked, folder / "dogs" / "linked", target_is_directory=True)
        os.symlink(folder / "cats", folder / "cats" / "self", target_is_directory=True)
    except OSError:
        pytest.skip("this system lets not everybody make links")
    classes, others = own_pictures.find_pictures(folder)
    names = [path.relative_to(folder).as_posix() for path in classes["cats"]]
    assert names == ["cats/0.png", "cats/1.png", "cats/9.JPG", "cats/more/0.png"]
    assert len(classes["dogs"]) == 4
    assert others == {".txt": 2, ".h5": 1, ".png": 1, "without an ending": 1}


FOLDERS = {
    "seg_train/a seg_train/b seg_test/a seg_test/b seg_pred": "seg_train",
    "chest/train/ill chest/train/well chest/test/ill chest/test/well": "chest",
    "train/a train/b test/a test/b val/a val/b": "train",
    "train/a train/b test": "train",
    "valley/2023 mountain/2023": None,
    "trains/steam trains/electric trainers/nike trainers/puma": None,
    "cats/2024 cats/2025 dogs/2024": None,
}


@pytest.mark.parametrize("names", FOLDERS)
def test_parts_of_a_data_set_are_told_from_classes(names, tmp_path):
    first, *rest = names.split()
    make_folder(tmp_path, **{first: 7}, **dict.fromkeys(rest, 5))
    better = FOLDERS[names]
    if better is None:
        classes, _ = own_pictures.find_pictures(tmp_path)
        assert list(classes) == sorted({name.split("/")[0] for name in names.split()})
    else:
        with pytest.raises(ValueError) as refused:
            own_pictures.find_pictures(tmp_path)
        assert str(refused.value).endswith(f": name {tmp_path / better}")


UNKNOWN = "is no image that can be read here: if it is one, save it as PNG or JPEG"
BAD_INPUT = {
    "": ["FOLDER is required"],
    "--model x.keras": ["PICTURE is required"],
    "a.png": ["a.png is a file, not a folder"],
    "gone": ["gone is not there"],
    "kaggle": [
        "kaggle has only parts of a data set, test1 and train, and no classes in "
        + "them; make a subfolder per class"
    ],
    "one": ["one needs two subfolders or more, one per class"],
    "few": ["dogs needs five different pictures or more, not 4"],
    # A picture that is asked about is none to learn from, nor is one that is equal to it.
    "good good/dogs/0.png": [
        "dogs needs five different pictures or more, not 4, without those that you ask about"
    ],
    "mine": ["mine.json is there and would be replaced; move it away"],
    "good text.png good": [f"text.png {UNKNOWN}", "good is a folder"],
    "both": ["both/dogs/9.png is in cats, too; delete one of them"],
    "copies": [
        "dogs needs five different pictures or more, not 2",
        "dogs has 3 copies of files that are there",
    ],
    "html": [
        "cats needs five different pictures or more, not 4",
        *[f"html/cats/{number}.jpg {UNKNOWN}" for number in range(6)],
        "Other files: 2 .cr2",
    ],
    "--model gone.keras good/dogs/0.png": [
        "gone.keras is not there; run own_pictures.py with your folder first, in this folder"
    ],
    "--model alone.keras good/dogs/0.png": [
        "alone.keras needs alone.json beside it, which is not there"
    ],
    "--model other.keras good/dogs/0.png": [
        "other.keras and other.json do not belong together"
    ],
}


@pytest.fixture(scope="module")
def bad_input(tmp_path_factory):
    place = tmp_path_factory.mktemp("bad")
    (place / "mine.json").touch()
    for name in ("good", "both", "mine"):
        make_folder(place / name, cats=5, dogs=5)
    make_folder(place / "one", cats=5)
    make_folder(place / "kaggle", train=5, test1=5)
    make_folder(place / "few", cats=5, dogs=4)
    make_folder(place / "copies", cats=5, dogs=2)
    make_folder(place / "html", cats=4, dogs=6)
    shutil.copy(place / "both" / "cats" / "0.png", place / "both" / "dogs" / "9.png")
    for number in "567":
        path = place / "copies" / "dogs" / "1.png"
        shutil.copy(path, path.with_name(f"{number}.png"))
    for number in range(6):
        (place / "html" / "cats" / f"{number}.jpg").write_text("<html>")
    for name in ("html/cats/1.cr2", "html/dogs/1.cr2", "a.png"):
        (place / name).touch()
    (place / "text.png").write_text("text")
    head = own_pictures.train_head(np.zeros((4, 8192), "float32"), np.array([0, 1] * 2))
    for name in ("alone.keras", "other.keras"):
        head.save(place / name)
    (place / "other.json").write_text('["a", "b", "c"]')
    return place


@pytest.mark.parametrize("arguments", BAD_INPUT)
def test_all_that_is_wrong_is_said_at_once(bad_input, monkeypatch, refusal, arguments):
    monkeypatch.chdir(bad_input)
    error = refusal(own_pictures.main, *arguments.split())
    assert error.replace("\\", "/").splitlines() == BAD_INPUT[arguments]


def test_copies_and_unreadable_files_are_passed_over_and_counted(tmp_path):
    folder = make_folder(tmp_path / "photos", cats=6, dogs=5)
    shutil.copy(folder / "cats" / "0.png", folder / "cats" / "copy.png")
    (folder / "dogs" / "9.jpg").write_text("<html>")
    _, asked = own_pictures.read(folder / "cats" / "5.png")
    classes, _ = own_pictures.find_pictures(folder)
    pictures, passed_over, problems = own_pictures.read_classes(classes, [asked])
    assert {name: len(pictures[name]) for name in pictures} == {"cats": 5, "dogs": 5}
    copies, unreadable = passed_over
    assert copies == "cats has 1 copies of files that are there"
    assert unreadable == f"{folder / 'dogs' / '9.jpg'} {UNKNOWN}"
    assert problems == []


def test_features_are_those_of_each_picture_in_order_and_pixels_those_of_lesson_5():
    import tensorflow as tf

    random = np.random.default_rng(0)
    pictures = list(random.integers(0, 256, (40, 150, 150, 3)).astype("uint8"))

    class BaseModel:
        def predict_on_batch(self, images):
            assert len(images) <= 32
            return np.tile(images[:, 0, 0], 2731)[:, :8192]

    features, pixels = own_pictures.extract_features(BaseModel(), pictures)
    first = np.stack(pictures)[:, 0, 0].astype("float32")
    # As VGG16 was trained: blue, green, red, with each channel's mean subtracted.
    assert features[:, 2] == pytest.approx(first[:, 0] - 123.68, abs=0.01)
    assert features[:, 0] == pytest.approx(first[:, 2] - 103.939, abs=0.01)
    small = tf.image.resize(np.stack(pictures).astype("float32"), (28, 28)) / 255
    assert pixels == pytest.approx(np.reshape(small, (40, -1)), abs=1e-5)


def test_held_out_pictures_are_a_fifth_of_each_class_and_never_learned(monkeypatch):
    # The second class is the largest. The pixels tell another story than the features.
    patterns = np.random.default_rng(0).normal(size=(3, 8192)).astype("float32")
    labels = {"a": [0] * 10, "b": [1] * 30, "c": [2] * 10}
    given = []

    def extract_features(base_model, pictures):
        given.append(pictures)
        return patterns[pictures], patterns[::-1][pictures][:, :100]

    monkeypatch.setattr(own_pictures, "extract_features", extract_features)
    base_model = SimpleNamespace(layers=["VGG16"])
    monkeypatch.setattr("transfer_learning.build_transfer_model", lambda: base_model)
    head, answers, scores, held_out = own_pictures.learn(labels)
    assert [len(pictures) for pictures in given] == [40, 10]
    assert (np.bincount(given[0]) == [8, 24, 8]).all()
    assert (np.array(given[1]) == held_out).all()
    for method in (HEAD, LOGISTIC, PIXELS):
        assert (answers[method] == held_out).all(), method
    assert (answers[GUESS] == 1).all()
    assert scores.sum(axis=1) == pytest.approx(np.ones(10), abs=0.001)
    assert (np.argmax(head(patterns), axis=1) == [0, 1, 2]).all()


def test_results_tell_counts_mistakes_and_certainty():
    labels = np.array([0, 0, 0, 1, 1, 1, 1, 2, 2, 2])
    answers = {
        HEAD: np.array([0, 0, 1, 1, 1, 2, 2, 2, 2, 2]),
        LOGISTIC: np.array([0, 0, 0, 0, 0, 2, 2, 2, 2, 2]),
        PIXELS: np.array([1, 1, 1, 1, 1, 1, 1, 2, 2, 1]),
        GUESS: np.ones(10, int),
    }
    scores = np.full((10, 3), 0.95)
    scores[[0, 2]] = 0.89

    def describe():
        return own_pictures.describe_results(
            answers, scores, labels, ["cats", "dogs", "owls"]
        )

    assert describe() == [
        "Right on the 10 pictures held out:",
        "  The tutorial's head: 0.70 (7 of 10)",
        "  Logistic regression on the features: 0.60 (6 of 10)",
        "  Support vector machine on 28x28 pixels: 0.60 (6 of 10)",
        "  Guessing the largest class: 0.40 (4 of 10)",
        "These are few: other pictures may give quite another result.",
        "The head's mistakes: 3",
        "  dogs taken for owls: 2 of 4",
        "  cats taken for dogs: 1 of 3",
        "With a score of 0.90 or more it was wrong on 2 of 8.",
    ]
    answers[PIXELS][0] = 0
    assert "Here the answers are as good without VGG16." in describe()


def test_what_was_learned_is_kept_and_answers_alike(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    features = np.random.default_rng(0).normal(size=(9, 8192)).astype("float32")
    head = own_pictures.train_head(features, np.array([0, 1, 2] * 3))
    names = ["a", "b 😍", "not UTF-8: \udcfc"]
    for verb in ("Saved", "Replaced"):
        own_pictures.save(head, names, "my.photos")
        kept = "my.photos.keras and my.photos.json, for own_pictures.py --model"
        assert capsys.readouterr().out == f"{verb} {kept} my.photos.keras\n"
    loaded, its_names = own_pictures.load(Path("my.photos.keras"))
    assert its_names == names
    np.testing.assert_allclose(loaded(features), head(features), atol=1e-6)
    Path("full.keras").mkdir()
    own_pictures.save(head, names, "full")
    assert "full.keras cannot be saved in this folder" in capsys.readouterr().out
