"""own_pictures.py on pictures that these tests make, and on some drawings of lesson 5."""

import shutil
import sys

import numpy as np
import own_pictures
import pytest
import tensorflow as tf
from conftest import ORIENTATION, ROOT, SENSOR, run
from own_pictures import GUESS, HEAD, LOGISTIC, PIXELS
from PIL import Image

SCRIPT = ROOT / "beyond" / "own_pictures.py"
# A picture, 320x240, whose four corners differ: red, green, blue, grey.
CORNERS = np.array([[250, 0, 0], [0, 200, 0], [0, 0, 150], [90, 90, 90]], "uint8")
PICTURE = Image.fromarray(CORNERS.reshape(2, 2, 3).repeat(120, 0).repeat(160, 1))


def corners(path):
    return own_pictures.read_picture(path)[[20, 20, 130, 130], [20, 130, 20, 130]]


def make_folder(folder, **counts):
    """Make a folder with a subfolder per class, each with pictures in its colour."""
    for level, (name, count) in enumerate(counts.items()):
        (folder / name).mkdir(parents=True)
        for number in range(count):
            picture = Image.new("RGB", (150, 150), (120 * level, 100 + number, 50))
            picture.save(folder / name / f"{number}.png")
    return folder


@pytest.mark.parametrize("orientation", SENSOR)
def test_photos_are_turned_upright(tmp_path, orientation):
    note = Image.Exif()
    note[ORIENTATION] = orientation
    sensor = PICTURE.transpose(SENSOR[orientation])
    sensor.save(tmp_path / "photo.jpg", exif=note, quality=95)
    assert corners(tmp_path / "photo.jpg") == pytest.approx(CORNERS, abs=8)


@pytest.mark.slow
def test_heic_is_read_where_pillow_heif_is_installed(tmp_path):
    pytest.importorskip("pillow_heif").register_heif_opener()
    PICTURE.save(tmp_path / "photo.heic", quality=95)
    assert corners(tmp_path / "photo.heic") == pytest.approx(CORNERS, abs=8)


@pytest.mark.parametrize("name", ["P.png", "CMYK.tif", "RGB.webp"])
def test_modes_and_formats_are_read_alike(tmp_path, name):
    mode, _ = name.split(".")
    PICTURE.convert(mode).save(tmp_path / name, quality=95)
    assert corners(tmp_path / name) == pytest.approx(CORNERS, abs=8)


def test_transparent_pictures_lie_on_white_and_16_bit_grey_is_scaled(tmp_path):
    picture = Image.new("RGBA", (200, 200), (0, 0, 0, 0))
    picture.paste((0, 0, 0, 255), (0, 0, 100, 200))
    picture.save(tmp_path / "ink.png")
    assert (corners(tmp_path / "ink.png") == [[0], [255], [0], [255]]).all()
    grey = np.array([[0, 100], [150, 255]], "uint16").repeat(90, 0).repeat(90, 1)
    Image.fromarray(grey * 257).save(tmp_path / "16.png")
    assert corners(tmp_path / "16.png")[:, 0] == pytest.approx([0, 100, 150, 255])


def test_hidden_files_are_passed_over_and_others_counted(tmp_path):
    folder = make_folder(tmp_path / "photos", cats=2, dogs=1)
    make_folder(folder / "__MACOSX", cats=1)
    make_folder(folder / "cats", more=1)
    for name in ["cats/9.JPG", "1.png", "cats/._0.png"]:
        shutil.copy(folder / "cats" / "0.png", folder / name)
    hidden = ".DS_Store cats/Thumbs.db dogs/desktop.ini"
    for name in f"{hidden} notes.txt cats/a.TXT cats/a.pdf dogs/README".split():
        (folder / name).touch()
    classes, others = own_pictures.find_pictures(folder)
    assert list(classes) == ["cats", "dogs"]
    names = [path.relative_to(folder / "cats").as_posix() for path in classes["cats"]]
    assert names == ["0.png", "1.png", "9.JPG", "more/0.png"]
    assert others == {".txt": 2, ".pdf": 1, ".png": 1, "without an ending": 1}


DAMAGED = "is damaged, or no image that Pillow can read (for HEIC see --help)"
BAD_INPUT = {
    "a.png": ["a.png is a file; it should be a folder with a subfolder per class"],
    "deep": [
        "deep needs two subfolders or more, one per class",
        "deep/train has its classes one level deeper: name deep/train",
    ],
    "few": ["few/dogs needs five pictures or more, not 4"],
    # A picture that is asked about is none to learn from.
    "good good/dogs/0.png": ["good/dogs needs five pictures or more, not 4"],
    "good a.png good": [
        f"a.png {DAMAGED}",
        "good is a folder; it should be a picture",
    ],
    "phone gone.png": [
        *[f"phone/dogs/{number}.heic {DAMAGED}" for number in range(5)],
        "6 pictures in all cannot be read",
        "gone.png is not there",
    ],
}


@pytest.mark.parametrize("arguments", BAD_INPUT)
def test_all_that_is_wrong_is_said_at_once(tmp_path, monkeypatch, refusal, arguments):
    make_folder(tmp_path / "deep" / "train", cats=5, dogs=5)
    make_folder(tmp_path / "few", cats=5, dogs=4)
    make_folder(tmp_path / "good", cats=5, dogs=5)
    make_folder(tmp_path / "good" / "cats", more=1)
    make_folder(tmp_path / "phone", cats=5, dogs=0)
    for number in range(6):
        (tmp_path / "phone" / "dogs" / f"{number}.heic").touch()
    whole = (tmp_path / "good" / "cats" / "0.png").read_bytes()
    (tmp_path / "a.png").write_bytes(whole[:-30])
    # As if pillow-heif were not there.
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    monkeypatch.delitem(Image.EXTENSION, ".heic", raising=False)
    monkeypatch.chdir(tmp_path)
    error = refusal(own_pictures.main, *arguments.split())
    assert error.replace("\\", "/").splitlines() == BAD_INPUT[arguments]


def test_what_may_not_be_read_is_named(tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError

    monkeypatch.setattr(Image, "open", refuse)
    problems = own_pictures.find_unreadable([tmp_path / "a.png"])
    assert problems == [f"{tmp_path / 'a.png'} may not be read"]


def test_a_class_may_have_folders_of_its_own_but_a_training_part_is_no_class(tmp_path):
    for place in ("cats/2024", "cats/2025", "dogs/2024"):
        make_folder(tmp_path / "years" / place, holidays=5)
    for place in ("train", "val"):
        make_folder(tmp_path / "parts" / place, cats=5, dogs=5)
    problems = {}
    for name in ("years", "parts"):
        classes, _ = own_pictures.find_pictures(tmp_path / name)
        problems[name] = own_pictures.check_folder(tmp_path / name, classes)
    assert problems["years"] == []
    train, val = problems["parts"]
    assert train.endswith(f"one level deeper: name {tmp_path / 'parts' / 'train'}")
    assert val.endswith(f"one level deeper: name {tmp_path / 'parts' / 'val'}")


def test_features_are_those_of_each_picture_in_order_and_in_batches(tmp_path):
    paths = [tmp_path / f"{number:02}.png" for number in range(40)]
    for number, path in enumerate(paths):
        Image.new("RGB", (9, 9), (number, 100, 200)).save(path)

    class BaseModel:
        def predict_on_batch(self, images):
            assert len(images) <= 32
            return np.tile(images[:, 0, 0], 2731)[:, :8192]

    features, pixels = own_pictures.extract_features(BaseModel(), paths)
    # As VGG16 was trained: blue, green, red, with each channel's mean subtracted.
    assert features[:, 2] == pytest.approx(np.arange(40) - 123.68, abs=0.01)
    assert features[:, 0] == pytest.approx(np.full(40, 200 - 103.939), abs=0.01)
    assert pixels[:, 0] == pytest.approx(np.arange(40) / 255, abs=0.001)


def test_each_method_learns_from_what_it_is_given():
    tf.keras.utils.set_random_seed(0)
    # The second class is the largest among those learned from, not among the new ones.
    labels = np.array([1] * 20 + [0, 1, 2] * 10)
    new = np.array([0] * 20 + [0, 1, 2] * 10)
    # The new pixels tell another story than the features, so that one sees who told it.
    other = new[::-1]
    patterns = np.random.default_rng(0).normal(size=(3, 8192)).astype("float32")
    pixels = patterns[:, :100]
    answers, scores = own_pictures.compare(
        patterns[labels], pixels[labels], labels, patterns[new], pixels[other]
    )
    for method in (HEAD, LOGISTIC):
        assert (answers[method] == new).all()
        assert scores[method].sum(axis=1) == pytest.approx(np.ones(50), abs=0.001)
    assert (answers[PIXELS] == other).all()
    assert (answers[GUESS] == 1).all()


def test_results_tell_counts_mistakes_certainty_and_new_pictures():
    labels = np.array([0, 0, 0, 1, 1, 1, 1, 2, 2, 2])
    # Behind the ten held-out pictures stands a new one.
    answers = {
        HEAD: np.array([0, 0, 1, 1, 1, 2, 2, 2, 2, 2, 1]),
        LOGISTIC: np.array([0, 0, 0, 0, 0, 2, 2, 2, 2, 2, 0]),
        PIXELS: np.array([1, 1, 1, 1, 1, 1, 1, 2, 2, 1, 1]),
        GUESS: np.ones(11, int),
    }
    scores = {HEAD: np.full((11, 3), 0.95), LOGISTIC: np.full((11, 3), 0.85)}
    scores[HEAD][[0, 2]] = 0.89
    sure = "With a score of 0.90 or more it was wrong on 2 of 8."
    names = ["cats", "dogs", "owls"]

    def describe():
        return own_pictures.describe_results(answers, scores, labels, names, ["a.jpg"])

    assert describe() == [
        "Right on the 10 pictures held out:",
        "  The tutorial's head: 0.70 (7 of 10)",
        "  Logistic regression on the features: 0.60 (6 of 10)",
        "  Support vector machine on 28x28 pixels: 0.60 (6 of 10)",
        "  Guessing the largest class: 0.40 (4 of 10)",
        "These are few: other pictures may give quite another result.",
        "Best: the tutorial's head. Its mistakes: 3",
        "  dogs taken for owls: 2 of 4",
        "  cats taken for dogs: 1 of 3",
        f"For new pictures: the tutorial's head. {sure}",
        "a.jpg -> dogs (score 0.95)",
    ]
    # As good as the head: then logistic regression, which is simpler.
    answers[LOGISTIC][4] = 1
    assert "Best: logistic regression on the features. Its mistakes: 3" in describe()
    # As good without VGG16, then better.
    answers[PIXELS][0] = 0
    assert "Here the answers are as good without VGG16." in describe()
    answers[PIXELS][1] = 0
    assert "Best: support vector machine on 28x28 pixels. Its mistakes: 2" in describe()
    *_, before, last = describe()
    assert before.startswith(
        "For new pictures: logistic regression on the features, wh"
    )
    assert last == "a.jpg -> cats (score 0.85)"
    unequal = "One class is much larger than another. Look at the mistakes, too."
    assert unequal not in describe()
    labels[:2] = 1
    assert unequal in describe()


@pytest.mark.slow
def test_three_classes_from_folder_to_answers_whatever_the_terminal(tmp_path):
    folder = make_folder(tmp_path / "photos", dark=6, middle=6, 猫=6)
    (folder / "notes.txt").touch()
    shutil.move(folder / "猫" / "5.png", tmp_path / "new 😍.png")
    # Read in silence: a JPEG of 200 megapixels, and one with a note without a meaning.
    Image.new("L", (20000, 10000)).save(tmp_path / "large.jpg")
    odd = Image.new("RGB", (9, 9), (0, 100, 50))
    odd.save(tmp_path / "odd.jpg", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")
    new = ["large.jpg", "new 😍.png", "odd.jpg"]
    finished = run(SCRIPT, folder, *new, cwd=tmp_path, encoding="cp1252")
    assert finished.stderr == ""
    lines = finished.stdout.splitlines()
    assert lines[:2] == ["Pictures: dark 6, middle 6, ? 5", "Other files: 1 .txt"]
    assert lines[-2].startswith("new ?.png -> ? (score ")
    assert lines[-1].startswith("odd.jpg -> dark (score ")


def test_held_out_pictures_are_a_fifth_of_each_class_and_never_learned(monkeypatch):
    # Each picture's feature is its number; those of class a are below 100.
    given = {}

    def compare(features, pixels, labels, new_features, new_pixels):
        given.update(train=features, train_labels=labels, others=new_features)
        return None, None

    monkeypatch.setattr(own_pictures, "extract_features", lambda _, x: (np.array(x), 0))
    monkeypatch.setattr(own_pictures, "compare", compare)
    classes = {"a": list(range(10)), "b": list(range(100, 130))}
    _, _, held_out_labels = own_pictures.learn(classes, [999])
    train, train_labels = given["train"], given["train_labels"]
    *held_out, new = given["others"]
    assert sorted([*train, *held_out]) == classes["a"] + classes["b"]
    assert [new, *np.bincount(held_out_labels)] == [999, 2, 6]
    assert (held_out_labels == (np.array(held_out) >= 100)).all()
    assert (train_labels == (train >= 100)).all()
