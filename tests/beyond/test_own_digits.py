"""own_digits.py on photos that these tests make of MNIST's test digits."""

import functools
import json
import re
import zipfile
from pathlib import Path

import numpy as np
import own_digits
import pytest
import reading
from PIL import Image, ImageDraw, ImageOps
from scipy import ndimage
from tensorflow.keras import Sequential, layers
from tensorflow.keras.utils import set_random_seed

from simple_cnn import build_cnn, load_mnist

(TRAIN_IMAGES, TRAIN_LABELS), (IMAGES, LABELS) = load_mnist()


@pytest.fixture(scope="module")
def model():
    set_random_seed(0)
    model = build_cnn()
    images = TRAIN_IMAGES[:8000, ..., np.newaxis] / np.float32(255)
    model.fit(images, TRAIN_LABELS[:8000], epochs=3, verbose=0)
    return model


def write(number, pen="normal", height=100):
    """Write one of MNIST's test digits that high, without its margin: ink from 0 to 1."""
    image = Image.fromarray(IMAGES[number])
    image = image.crop(image.getbbox())
    width = max(12, image.width * height // image.height)
    image = image.resize((width, height), Image.Resampling.BICUBIC)
    ink = ndimage.gaussian_filter(np.pad(np.asarray(image) / 255, 8), height / 50)
    if pen == "thin":
        ink = ndimage.minimum_filter(ink, 7)
    elif pen == "thick":
        ink = ndimage.maximum_filter(ink, 11)
    return ink.clip(0, 1)


def draw(*lines, size, width=9):
    """Draw strokes, lists of points (x, y), in a field of size (width, height)."""
    image = Image.new("L", size)
    for line in lines:
        ImageDraw.Draw(image).line(line, fill=255, width=width, joint="curve")
    return np.asarray(image) / 255


def in_a_row(pieces, gap=16):
    """Put pieces of ink side by side on one line."""
    height = max(len(piece) for piece in pieces)
    rows = [np.pad(p, ((height - len(p), 0), (0, gap))) for p in pieces]
    return np.hstack(rows)


def photograph(ink, margin=60, contrast=0.8):
    """Make a photo of ink on paper, lit from one side, as an RGB image."""
    ink = np.pad(ink, margin)
    height, width = ink.shape
    light = np.linspace(190, 230, width) - np.linspace(0, 20, height)[:, np.newaxis]
    grain = np.random.default_rng(0).normal(0, 3, ink.shape)
    grey = light * (1 - contrast * ink) + grain
    return Image.fromarray(np.dstack([grey, grey * 0.98, grey * 0.94]).astype("uint8"))


def number(n, pen="normal", unequal=False):
    """Write the n-th number of four digits. Returns ink and text."""
    heights = [100, 70, 85, 65] if unequal else [100] * 4
    places = range(4 * n, 4 * n + 4)
    ink = in_a_row([write(i, pen, h) for i, h in zip(places, heights)])
    return ink, "".join(map(str, LABELS[4 * n : 4 * n + 4]))


def look(photo, tmp_path, model):
    """Read a photo. Returns the digits or the reason, the score, and the whole line."""
    photo.save(tmp_path / "photo.png", compress_level=0)
    try:
        found = own_digits.read_digits(tmp_path / "photo.png")
    except ValueError as error:
        return str(error), 0, ""
    line = own_digits.answer("x", found, model)
    digits, score = re.match(r"x -> ([\d ]+) \(.*score (.*?)\)", line).groups()
    return digits.replace(" ", ""), float(score), line


def test_digits_are_prepared_as_mnist_was(tmp_path):
    for pen in ("thin", "normal"):
        photograph(number(2, pen)[0]).save(tmp_path / "photo.png")
        digits, passed_over, _ = own_digits.read_digits(tmp_path / "photo.png")
        assert (digits.shape, passed_over) == ((4, 28, 28, 1), 0)
        assert digits.max() == 1
        for digit in digits[..., 0]:
            assert ndimage.center_of_mass(digit) == pytest.approx((14, 14), abs=0.6)
            rows, columns = np.nonzero(digit)
            assert max(np.ptp(rows), np.ptp(columns)) == 19
            # Of MNIST's, nine in ten are between 1.3 and 3.2.
            assert 1.6 < own_digits.stroke_width(digit) < 3


def surround(photo, what):
    """Draw something into a photo that is no digit, put it on a table, or light it."""
    draw = ImageDraw.Draw(photo)
    width, height = photo.size
    if what == "a frame":
        draw.rectangle((12, 12, width - 12, height - 12), outline="navy", width=4)
    elif what == "a printed box":
        draw.rectangle((15, 15, width - 15, height - 15), outline="black", width=4)
    elif what == "a hole":
        middle = height // 2
        draw.ellipse((2, middle - 28, 58, middle + 28), fill="black")
    elif what == "a table over its edge":
        draw.rectangle((0, 0, 74, height), fill="sienna")
    elif what == "a margin line":
        draw.line((20, 0, 20, height), fill="firebrick", width=4)
    elif what == "lines above and below":
        draw.line((0, 30, width, 33), fill="steelblue", width=3)
        draw.line((0, height - 25, width, height - 28), fill="steelblue", width=3)
    elif what == "a finger":
        draw.ellipse((-80, height - 80, 80, height + 80), fill="sienna")
    elif what == "an underline":
        draw.line((40, height - 40, width - 40, height - 40), fill="navy", width=4)
    elif what == "a shadow":
        left = photo.crop((0, 0, width // 2, height))
        photo.paste(left.point(lambda value: value * 0.75))
    elif what == "a blackboard":
        return ImageOps.invert(photo)
    elif what == "a table":
        return ImageOps.expand(photo, 40, "sienna")
    elif what == "a table at one side":
        return ImageOps.expand(photo, (0, 0, 120, 0), "sienna")
    return photo


AROUND = ["a frame", "a margin line", "lines above and below", "a finger"]
AROUND += ["an underline", "a blackboard", "a table", "a table at one side"]


def crop(ink):
    """A picture that ends where the ink ends."""
    image = Image.fromarray((255 * ink).astype("uint8"))
    box = image.point(lambda value: 255 * (value > 60)).getbbox()
    return image.crop(box).point(lambda value: 255 - value)


def rule(photo, squared=False):
    draw = ImageDraw.Draw(photo)
    for y in range(12, photo.height, 45):
        draw.line((0, y, photo.width, y), fill=(90, 110, 190), width=3)
    for x in range(10, photo.width if squared else 0, 50):
        draw.line((x, 0, x, photo.height), fill=(90, 110, 190), width=3)
    return photo


def on_a_line(ink, ticks=()):
    """A line through the feet of digits that ends on the paper; with ticks it is a comb."""
    ink = np.pad(ink, ((0, 12), (12, 12)))
    ink[-24:-18, 4:-4] = 1
    for x in ticks:
        ink[-60:-18, x : x + 4] = 1
    return photograph(ink)


def box_touched(n):
    """A digit that touches the side of its box in a form."""
    ink = np.pad(write(n), 40)[:, 48:]
    ink[:, :5] = ink[:, -5:] = ink[:5] = ink[-5:] = 1
    return photograph(ink), str(LABELS[n])


def around(what, contrast):
    return from_ink(lambda ink: surround(photograph(ink, contrast=contrast), what))


def small(n, height, paper):
    """A picture of 28x28, as one saves MNIST's, with a digit that high."""
    image = Image.fromarray(IMAGES[n])
    image = image.crop(image.getbbox())
    width = min(26, max(2, image.width * height // image.height))
    picture = Image.new("L", (28, 28))
    picture.paste(image.resize((width, height)), (1, 28 - height if height > 26 else 3))
    return picture.point(lambda value: abs(paper - value)), str(LABELS[n])


def loose_slash(n):
    ring = [(50 + 36 * np.cos(t), 60 + 52 * np.sin(t)) for t in np.linspace(0, 6.3, 40)]
    ink = draw(ring, [(56 + n % 4, 45), (44 - n % 4, 75)], size=(100, 120))
    return photograph(ink), "0"


def loose_roof(n):
    body = [(35, 8), (33, 45), (60, 48), (70, 70), (60, 98), (28, 100)]
    ink = draw(body, [(45 + n % 4, 4), (85, 4 + n % 4)], size=(100, 112))
    return photograph(ink), "5"


RING = [(15 + 14 * np.cos(t), 20 + 14 * np.sin(t)) for t in np.linspace(0, 6.3, 20)]
BOW = [(10 * np.cos(t), 70 + 69 * np.sin(t)) for t in np.linspace(-1.2, 1.2, 20)]
SIGNS = {
    ".": draw([(4, 4), (9, 9)], size=(14, 14), width=12),
    ",": draw([(12, 4), (4, 30)], size=(18, 40)),
    ":": draw([(5, 4), (9, 9)], [(5, 44), (9, 49)], size=(14, 70), width=12),
    "-": draw([(0, 5), (40, 5)], size=(42, 55)),
    "+": draw([(0, 30), (62, 30)], [(31, 0), (31, 62)], size=(64, 85)),
    "/": draw([(45, 4), (5, 125)], size=(50, 130)),
    "%": draw(
        [(70, 0), (10, 100)], RING, [(x + 45, y + 60) for x, y in RING], size=(90, 102)
    ),
    "(": draw([(20 - x, y) for x, y in BOW], size=(30, 140)),
    ")": draw([(10 + x, y) for x, y in BOW], size=(30, 140)),
}


SPELLED = ["3.14", "1,234", "12:30", "-5", "5+3", "12/05", "(42)"]


NOTED = [*SPELLED, "beside a hole"]


def spell(text, n):
    """Write a text of signs and digits; in the place of each digit one of MNIST's."""
    pieces = []
    for place, sign in enumerate(text):
        if sign.isdigit():
            ink = write(np.flatnonzero(LABELS == int(sign))[n + place])
        else:
            ink = SIGNS[sign]
        # A slash and brackets go further down than digits.
        pieces.append(np.pad(ink, ((0, 0 if sign in "/()" else 8), (0, 0))))
    digits = "".join(sign for sign in text if sign.isdigit())
    return photograph(in_a_row(pieces, gap=18)), digits


def from_ink(picture, **options):
    """A function that makes the n-th photo of a number and its text."""

    def make(n):
        ink, text = number(n, **options)
        return picture(ink), text

    return make


def squeeze(n, count):
    """Digits that touch each other."""
    places = range(4 * n, 4 * n + count)
    pieces = [write(place)[:, 18:-18] for place in places]
    return photograph(in_a_row(pieces, gap=0)), "".join(map(str, LABELS[[*places]]))


def first_a_one(n):
    """An upright 1, which takes the whole left side of the picture, and another digit."""
    one = draw([(8, 12), (8, 104)], size=(16, 116))
    return crop(in_a_row([one, write(n)])), f"1{LABELS[n]}"


def one_on_squares(n):
    return rule(photograph(write(n)), squared=True), str(LABELS[n])


TOUCH = "has digits that touch each other or a line"
# For each kind: how the n-th picture and its text are made, and how many of eight are right at
# least, or the reason why they are refused.
KINDS = {
    "fine pen": (from_ink(photograph, pen="thin"), 4),
    "pen": (from_ink(photograph), 6),
    "thick pen": (from_ink(photograph, pen="thick"), 4),
    "pen in a shadow": (around("a shadow", 0.8), 6),
    **{f"pen and {what}": (around(what, 0.8), 5) for what in AROUND},
    **{f"pencil and {what}": (around(what, 0.4), 5) for what in AROUND},
    "pencil in a printed box": (around("a printed box", 0.35), 5),
    "cropped": (from_ink(crop), 5),
    "cropped, unequal": (from_ink(crop, unequal=True), 5),
    "cropped, one": (lambda n: (crop(write(n)), str(LABELS[n])), 5),
    "cropped, first a 1": (first_a_one, 5),
    "beside a hole": (around("a hole", 0.8), 4),
    "28x28, 9 rows": (lambda n: small(n, 9, 0), 5),
    "28x28, 9 rows, white": (lambda n: small(n, 9, 255), 5),
    "28x28, 28 rows": (lambda n: small(n, 28, 0), 5),
    "0 with a loose slash": (loose_slash, 0),
    "5 with a loose roof": (loose_roof, 6),
    **{text: (functools.partial(spell, text), 4) for text in SPELLED},
    "50%": (lambda n: spell("50%", n), "has something in three pieces, such as"),
    "ruled": (from_ink(lambda x: rule(photograph(x))), TOUCH),
    "squared": (from_ink(lambda x: rule(photograph(x), True)), TOUCH),
    "squared, one": (one_on_squares, TOUCH),
    "on a line": (from_ink(on_a_line), TOUCH),
    "at a box": (box_touched, TOUCH),
    "at a table": (around("a table over its edge", 0.8), TOUCH),
    "in a comb": (from_ink(lambda x: on_a_line(x, (4, 110, 220, 330))), TOUCH),
    "each other": (lambda n: squeeze(n, 4), TOUCH),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_read_or_named_and_not_sure_and_wrong(kind, model, tmp_path):
    make, expected = KINDS[kind]
    photos, texts = zip(*map(make, range(8)))
    answers, scores, lines = zip(*(look(photo, tmp_path, model) for photo in photos))
    right = [answer == text for answer, text in zip(answers, texts)]
    # The network of these tests learned from 8,000 digits and is less good than lesson 2's.
    assert np.sum(~np.array(right) & (np.array(scores) >= 0.9)) <= 1
    if isinstance(expected, str):
        named = [
            expected in answer or "unsure" in line
            for answer, line in zip(answers, lines)
        ]
        assert sum(named) >= 6
    else:
        assert sum(right) >= expected
        noted = ["passed over" in line for line in lines if line]
        assert np.mean(noted) >= 0.9 if kind in NOTED else np.mean(noted) <= 0.4


def test_what_is_wider_than_high_is_unsure_as_many_pairs_that_touch_are(
    model, tmp_path
):
    lines = [look(squeeze(n, 2)[0], tmp_path, model)[2] for n in range(20)]
    assert sum("unsure" in line or not line for line in lines) >= 7


def test_a_1_that_leans_like_a_slash_is_never_sure(model, tmp_path):
    ones = np.stack([IMAGES[2], IMAGES[2]])[..., np.newaxis] / np.float32(255)
    for doubtful, most in ((False, 1), (True, 0.5)):
        line = own_digits.answer("x", (ones, 0, np.array([False, doubtful])), model)
        assert most - 0.1 < float(re.search(r"score (.*?)\)", line)[1]) <= most
        assert ("unsure: may be a sign, such as /" in line) == doubtful
    slash = draw([(40, 4), (5, 100)], size=(45, 104))
    photograph(in_a_row([write(0), slash, write(1)])).save(tmp_path / "photo.png")
    found = own_digits.read_digits(tmp_path / "photo.png")
    assert found[2].tolist() == [False, True, False]


def test_what_holds_no_row_of_digits_is_named(tmp_path, model):
    ink, _ = number(0)
    below = np.pad(ink, ((160, 0), (0, 0)))
    above = np.pad(ink, ((0, 160), (0, 0)))
    photo = photograph(ink)
    sheet = Image.new("RGB", (900, 700), "black")
    sheet.paste(photograph(write(0)), (330, 240))
    photos = {
        "has several rows, or lies on its side": [
            photograph(np.maximum(above, below)),
            photograph(np.hstack([above, below])),
            photo.rotate(90, expand=True),
        ],
        "has no ink that stands out from the paper": [photograph(np.zeros((300, 300)))],
        "has nothing that is large enough for a digit": [photo.resize((20, 9))],
        "shows a sheet on something else; crop it to the paper": [sheet],
        "is too narrow; leave some paper around the digit": [
            photo.crop((0, 0, 40, 200))
        ],
    }
    for message, pictures in photos.items():
        for picture in pictures:
            assert look(picture, tmp_path, model)[0] == message


def test_each_photo_gets_its_answer_in_its_place(
    model, tmp_path, western_terminal, monkeypatch, capfd
):
    monkeypatch.chdir(tmp_path)
    model.save("simple_cnn.keras")
    good = "\N{CJK UNIFIED IDEOGRAPH-732B}.png"
    photograph(write(0)).save(good)
    Path("text.png").write_text("no image")
    photos = ["gone.png", good, "text.png", good]
    main = functools.partial(reading.run, own_digits.main)
    code, lines = western_terminal(main, *photos, "--show")
    assert code == 2
    unknown = "is no image that can be read here: if it is one, save it as PNG or JPEG"
    errors = ["gone.png is not there", f"text.png {unknown}"]
    assert capfd.readouterr().err.splitlines() == errors
    assert lines[14] == lines[29]
    assert lines[14].startswith("?.png -> 7 (score ")
    assert len(lines) == 30


def test_the_image_is_shown_in_characters_two_rows_to_a_line():
    image = np.zeros((28, 28))
    image[2:4, 3:5] = 1
    image[4, 3] = 0.9
    lines = own_digits.to_characters(image).split("\n")
    assert [line.rstrip() for line in lines] == ["", "   @@", "   =", *[""] * 11]


def save_by_another_keras(path):
    build_cnn().save(path)
    with zipfile.ZipFile(path) as file:
        content = {name: file.read(name) for name in file.namelist()}
    content["metadata.json"] = json.dumps({"keras_version": "3.99.0"})
    content["config.json"] = "{}"
    with zipfile.ZipFile(path, "w") as file:
        for name, data in content.items():
            file.writestr(name, data)


def dense(*shape, outputs=10, activation=None):
    output = layers.Dense(outputs, activation=activation)
    return Sequential([layers.Input(shape), layers.Flatten(), output])


MODELS = {
    "is not there; run simple_cnn.py first, in this folder": "simple_cnn.keras",
    "is not there; run beyond/deeper_cnn.py first, in this folder": "deeper_cnn.keras",
    "is no model that Keras can load; run simple_cnn.py once more": "text",
    "was saved by Keras 3.99.0, and here is": save_by_another_keras,
    "is not for digits of 28x28 pixels": dense(30),
    "gives no probabilities; its last layer has to be a softmax": dense(28, 28, 1),
}


@pytest.mark.parametrize("message", MODELS)
def test_a_model_that_does_not_fit_is_refused(message, tmp_path, refusal):
    wrong = MODELS[message]
    path = tmp_path / (wrong if str(wrong).endswith(".keras") else "wrong.keras")
    if wrong == "text":
        path.write_text("no model")
    elif isinstance(wrong, Sequential):
        wrong.save(path)
    elif callable(wrong):
        wrong(path)
    photo = tmp_path / "good.png"
    photograph(write(0)).save(photo)
    error = refusal(own_digits.main, photo, "--model", path)
    assert error.startswith(f"{path} {message}")


def test_a_model_without_channels_is_read_and_none_distorts_what_it_reads(
    tmp_path, capsys
):
    photograph(write(0)).save(tmp_path / "a.png")
    distorting = [
        layers.Input((28, 28, 1)),
        layers.RandomRotation(0.5),
        layers.Flatten(),
    ]
    distorting = Sequential([*distorting, layers.Dense(10, activation="softmax")])
    for model in dense(28, 28, activation="softmax"), distorting:
        model.save(tmp_path / "other.keras")
        arguments = [str(tmp_path / "a.png"), "--model", str(tmp_path / "other.keras")]
        for _ in range(3):
            own_digits.main(arguments)
        lines = capsys.readouterr().out.splitlines()
        assert lines[0] == lines[1] == lines[2]
        assert "a.png -> " in lines[0]
