"""own_digits.py on photos that these tests make of MNIST's test digits."""

import numpy as np
import own_digits
import pytest
from conftest import ORIENTATION, ROOT, SENSOR, run
from PIL import Image, ImageDraw
from scipy import ndimage
from tensorflow.keras.utils import set_random_seed

from simple_cnn import build_cnn, load_mnist

with np.load(ROOT / "data" / "mnist.npz") as MNIST:
    TEST_IMAGES, TEST_LABELS = MNIST["x_test"], MNIST["y_test"]
SEVEN = TEST_IMAGES[:1]
NUMBER = TEST_IMAGES[[0, 1, 2, 3]]  # 7 2 1 0, and far enough apart when set in a row.


@pytest.fixture(scope="module")
def model():
    set_random_seed(0)
    model = build_cnn()
    (images, labels), _ = load_mnist()
    images = images[:8000, ..., np.newaxis] / np.float32(255)
    model.fit(images, labels[:8000], epochs=3, verbose=0)
    return model


def answers(model, digits):
    return model.predict(digits, verbose=0).argmax(axis=1).tolist()


def write(images, pen="normal", size=140):
    """Write MNIST's digits in a row, larger. Returns ink of shape (size, ...), 0..1."""
    row = Image.fromarray(np.hstack(images))
    row = row.resize((row.width * size // 28, size), Image.Resampling.BICUBIC)
    ink = ndimage.gaussian_filter(np.asarray(row) / 255, size / 70)
    if pen == "thin":
        ink = ndimage.minimum_filter(ink, 7)
    elif pen == "thick":
        ink = ndimage.maximum_filter(ink, 13)
    return ink.clip(0, 1)


def photograph(ink, margin=60):
    """Make a photo of ink on paper, lit from one side, as an RGB image."""
    ink = np.pad(ink, margin)
    height, width = ink.shape
    light = (
        190 + 40 * np.linspace(0, 1, width) - 20 * np.linspace(0, 1, height)[:, None]
    )
    grain = np.random.default_rng(0).normal(0, 3, ink.shape)
    grey = light * (1 - 0.8 * ink) + grain
    return Image.fromarray(np.dstack([grey, grey * 0.98, grey * 0.94]).astype("uint8"))


def read(photo, path, **options):
    photo.save(path, **options)
    return own_digits.read_digits(path)


@pytest.mark.parametrize("pen", ["thin", "normal", "thick"])
def test_digits_are_read_with_each_pen(pen, model, tmp_path):
    photos = [photograph(write([image], pen), margin=40) for image in TEST_IMAGES[:30]]
    digits = [read(photo, tmp_path / "photo.jpg") for photo in photos]
    assert {len(found) for found in digits} == {1}
    right = answers(model, np.concatenate(digits)) == TEST_LABELS[:30]
    assert np.mean(right) >= 0.86


def test_digits_are_prepared_as_mnist_was(tmp_path):
    for pen in ("thin", "normal"):
        digits = read(photograph(write(NUMBER, pen)), tmp_path / "photo.png")
        assert digits.shape == (4, 28, 28, 1)
        assert digits.max() == 1
        for digit in digits[..., 0]:
            assert ndimage.center_of_mass(digit) == pytest.approx((14, 14), abs=0.6)
            rows, columns = np.nonzero(digit)
            assert max(np.ptp(rows), np.ptp(columns)) == 19
            # Of MNIST's, nine in ten are between 1.3 and 3.2.
            assert 1.6 < own_digits.stroke_width(digit) < 3


@pytest.mark.parametrize("count", [2, 5, 8])
def test_a_row_is_read_from_left_to_right(count, model, tmp_path):
    images = TEST_IMAGES[:count]
    digits = read(photograph(write(images)), tmp_path / "photo.jpg")
    assert answers(model, digits) == answers(model, images[..., np.newaxis] / 255)


def surround(photo, what):
    """Draw something into a photo that is no digit, or put it on a table."""
    draw = ImageDraw.Draw(photo)
    width, height = photo.size
    ink = (40, 40, 60)
    if what == "specks":
        for x in range(30, width, 90):
            draw.ellipse((x, 15, x + 7, 22), fill=ink)
    elif what == "frame":
        draw.rectangle((12, 12, width - 12, height - 12), outline=ink, width=4)
    elif what == "margin line":
        draw.line((20, 0, 20, height), fill=(200, 60, 60), width=4)
    elif what == "finger":
        draw.ellipse((-80, height - 80, 80, height + 80), fill=(150, 90, 70))
    elif what == "underline":
        draw.line((40, height - 40, width - 40, height - 40), fill=ink, width=4)
    else:
        sides = (0, 0, 120, 0) if what == "table at one side" else (40, 40, 40, 40)
        left, top, right, bottom = sides
        table = Image.new(
            "RGB", (left + width + right, top + height + bottom), "sienna"
        )
        table.paste(photo, (left, top))
        return table
    return photo


@pytest.mark.parametrize(
    "what",
    [
        "specks",
        "underline",
        "frame",
        "margin line",
        "finger",
        "table at one side",
        "table around",
    ],
)
@pytest.mark.parametrize("images", [SEVEN, NUMBER], ids=["one", "four"])
def test_what_is_no_digit_is_left_out(what, images, tmp_path):
    photo = photograph(write(images))
    alone = read(photo, tmp_path / "alone.png")
    digits = read(surround(photo, what), tmp_path / "photo.png")
    assert digits.shape == alone.shape
    assert np.abs(digits - alone).mean() < 0.05


def test_light_may_fall_from_one_side(tmp_path):
    photo = photograph(write(NUMBER))
    alone = read(photo, tmp_path / "alone.png")
    light = np.linspace(0.4, 1, photo.width)[:, np.newaxis]
    photo = Image.fromarray((np.asarray(photo) * light).astype("uint8"))
    digits = read(photo, tmp_path / "photo.png")
    assert np.abs(digits - alone).mean() < 0.05


def test_a_digit_that_touches_the_border_is_read(tmp_path):
    alone = read(photograph(write(SEVEN)), tmp_path / "alone.png")
    cut = Image.fromarray((255 - 255 * write(SEVEN)).astype("uint8"))
    cut = cut.crop(Image.eval(cut, lambda value: 255 * (value < 100)).getbbox())
    assert np.abs(read(cut, tmp_path / "cut.png") - alone).mean() < 0.05


def test_a_digit_in_two_pieces_is_one(tmp_path):
    ink = write(TEST_IMAGES[[1, 0]])
    whole = read(photograph(ink), tmp_path / "whole.png")
    ink[66:70] = 0
    pieces = read(photograph(ink), tmp_path / "pieces.png")
    assert pieces.shape == whole.shape
    assert np.abs(pieces - whole).mean() < 0.05


def test_a_digit_whose_box_reaches_into_the_next_is_read_without_it(tmp_path):
    # The foot of a 2 reaches below the top of a 7.
    two, seven = write(TEST_IMAGES[[1]]), write(TEST_IMAGES[[0]])
    ink = np.maximum(np.pad(two, ((0, 0), (0, 76))), np.pad(seven, ((0, 0), (76, 0))))
    digits = read(photograph(ink), tmp_path / "photo.png")
    alone = [read(photograph(digit), tmp_path / "alone.png") for digit in (two, seven)]
    assert digits.shape == (2, 28, 28, 1)
    assert np.abs(digits - np.concatenate(alone)).mean() < 0.02


GREY = photograph(write(NUMBER)).convert("L")
ALPHA = Image.fromarray((255 * np.pad(write(NUMBER), 60)).astype("uint8"))


def on_nothing(color):
    """Ink of a color, with nothing behind it."""
    photo = Image.new("RGBA", ALPHA.size, color)
    photo.putalpha(ALPHA)
    return photo


KINDS = {
    "grey.png": GREY,
    "palette.png": GREY.convert("RGB").quantize(64),
    "cmyk.tif": GREY.convert("CMYK"),
    "16bit.png": Image.fromarray(np.asarray(GREY, "uint16") * 257),
    "photo.webp": GREY,
    "black on nothing.png": on_nothing("black"),
    "white on nothing.png": on_nothing("white"),
    "white on black.png": GREY.point(lambda value: 255 - value),
}


@pytest.mark.parametrize("name", KINDS)
def test_kinds_of_files_are_read_alike(name, tmp_path):
    expected = read(GREY, tmp_path / "expected.png")
    digits = read(KINDS[name], tmp_path / name)
    assert np.abs(digits - expected).mean() < 0.05


@pytest.mark.parametrize("orientation", SENSOR)
def test_photos_are_turned_upright(orientation, tmp_path):
    expected = read(GREY, tmp_path / "expected.jpg")
    sensor = GREY.transpose(SENSOR[orientation])
    note = Image.Exif()
    note[ORIENTATION] = orientation
    digits = read(sensor, tmp_path / "turned.jpg", exif=note)
    assert np.abs(digits - expected).mean() < 0.05


def test_it_reads_shows_and_prints_whatever_the_terminal(model, tmp_path):
    model.save(tmp_path / "simple_cnn.keras")
    photograph(write(SEVEN)).save(tmp_path / "\N{CJK UNIFIED IDEOGRAPH-732B}.png")
    large = GREY.resize((20000, 9000)).convert("L")  # More than Pillow allows.
    large.save(tmp_path / "large.jpg")
    script = ROOT / "beyond" / "own_digits.py"
    names = ["\N{CJK UNIFIED IDEOGRAPH-732B}.png", "large.jpg"]
    finished = run(script, *names, "--show", cwd=tmp_path, encoding="cp1252")
    assert finished.stderr == ""
    lines = finished.stdout.splitlines()
    assert lines[14].startswith("?.png -> 7 (score ")
    assert lines[-1].startswith("large.jpg -> 7 2 1 0 (lowest score ")
    assert len(lines) == 14 + 1 + 4 * 14 + 1


def test_the_image_is_shown_in_characters_two_rows_to_a_line():
    image = np.zeros((28, 28))
    image[2:4, 3:5] = 1
    image[4, 3] = 0.9
    lines = own_digits.to_characters(image).split("\n")
    assert [line.rstrip() for line in lines] == ["", "   @@", "   =", *[""] * 11]


def test_the_score_is_the_lowest_of_all_digits():
    scores = np.eye(10)[[7, 2]] * [[0.9], [0.6]]
    assert own_digits.describe("a.png", scores) == "a.png -> 7 2 (lowest score 0.60)"
    assert own_digits.describe("a.png", scores[:1]) == "a.png -> 7 (score 0.90)"


def test_all_that_is_wrong_is_said_at_once_and_early(tmp_path, monkeypatch, refusal):
    monkeypatch.chdir(tmp_path)
    GREY.save("good.png")
    content = (tmp_path / "good.png").read_bytes()
    (tmp_path / "half.png").write_bytes(content[: len(content) // 2])
    (tmp_path / "text.png").write_text("no image")
    (tmp_path / "folder.png").mkdir()
    photograph(np.zeros((300, 300))).save("blank.png")
    GREY.resize((40, 20)).save("tiny.png")
    rows = np.vstack([write(NUMBER), write(NUMBER)])
    photograph(rows).save("rows.png")
    GREY.rotate(90, expand=True).save("side.png")
    photos = ["gone", "text", "half", "folder", "blank", "tiny", "rows", "side", "good"]
    error = refusal(own_digits.main, *[f"{name}.png" for name in photos])
    no_model, *problems = error.splitlines()
    assert no_model.startswith("simple_cnn.keras is not there; run simple_cnn.py")
    expected = [
        "gone.png is not there",
        "text.png is no image, or of a kind that is not known here",
        "half.png is damaged, or only part of an image",
        "folder.png is a folder",
        "blank.png has no ink that stands out from the paper",
        "tiny.png has nothing that is large enough for a digit",
        "rows.png has several rows, or lies on its side",
        "side.png has several rows, or lies on its side",
    ]
    assert problems == expected


def test_what_may_not_be_read_and_heic_are_named(tmp_path, monkeypatch):
    (tmp_path / "photo.HEIC").write_text("not known without pillow-heif")
    with pytest.raises(ValueError, match="uv run --with pillow-heif"):
        own_digits.read_photo(tmp_path / "photo.HEIC")

    def refuse(path):
        raise PermissionError

    monkeypatch.setattr(Image, "open", refuse)
    with pytest.raises(ValueError, match="may not be read"):
        own_digits.read_photo(tmp_path / "photo.jpg")


@pytest.mark.parametrize("wrong", ["text", "other shape"])
def test_a_model_that_does_not_fit_is_refused(wrong, tmp_path, refusal):
    path = tmp_path / "wrong.keras"
    message = "is no model that Keras can load"
    if wrong == "text":
        path.write_text("no model")
    else:
        from model_evaluation import build_classifier

        build_classifier().save(path)
        message = "is not for digits of 28x28 pixels"
    GREY.save(tmp_path / "good.png")
    error = refusal(own_digits.main, tmp_path / "good.png", "--model", path)
    assert error == f"{path} {message}\n"
