"""reading.read_picture: whatever kind of file it is, the picture is the same."""

import sys
import warnings

import numpy as np
import pytest
import reading
from conftest import ORIENTATION, SENSOR
from PIL import Image, PngImagePlugin

# A picture, 320x240, whose four corners differ: red, green, blue, grey.
CORNERS = np.array([[250, 0, 0], [0, 200, 0], [0, 0, 150], [90, 90, 90]], "uint8")
PICTURE = Image.fromarray(CORNERS.reshape(2, 2, 3).repeat(120, 0).repeat(160, 1))
GREY = np.array([[0, 100], [150, 255]]).repeat(90, 0).repeat(90, 1)


def corners(path):
    """The colours near the four corners of a picture, read without a word."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        picture = reading.read_picture(path)
    assert picture.mode == "RGB"
    assert max(picture.size) <= 600
    high, wide = picture.height // 8, picture.width // 8
    rows, columns = [high, high, -high, -high], [wide, -wide, wide, -wide]
    return np.asarray(picture, int)[rows, columns]


@pytest.mark.parametrize("orientation", SENSOR)
def test_photos_are_turned_upright(tmp_path, orientation):
    note = Image.Exif()
    note[ORIENTATION] = orientation
    sensor = PICTURE.transpose(SENSOR[orientation])
    sensor.save(tmp_path / "photo.jpg", exif=note, quality=95)
    assert corners(tmp_path / "photo.jpg") == pytest.approx(CORNERS, abs=8)


TEXT = PngImagePlugin.PngInfo()
for key in "abc":
    TEXT.add_text(key, "x" * 24_000_000, zip=True)
TWO = {"save_all": True, "append_images": [Image.new("RGB", PICTURE.size)]}
FILES = {
    "palette.png": ("P", {}),
    "for print.tif": ("CMYK", {}),
    "web.webp": ("RGB", {"quality": 95}),
    "two frames.gif": ("RGB", TWO),
    "two pages.tif": ("RGB", TWO),
    "damaged note.jpg": ("RGB", {"exif": b"Exif\0\0MM\0*\xff\xff\xff\xff"}),
    "cut note.jpg": ("RGB", {"exif": b"Exif\0\0II*\0\x08\0\0\0\x09\0\x0f\x01"}),
    "long text.png": ("RGB", {"pnginfo": TEXT}),
}


@pytest.mark.parametrize("name", FILES)
def test_whatever_the_file_the_picture_is_the_same(tmp_path, name):
    mode, options = FILES[name]
    PICTURE.convert(mode).save(tmp_path / name, **options)
    assert corners(tmp_path / name) == pytest.approx(CORNERS, abs=20)


GREYS = {
    "12 bits": (GREY * 4095 // 255).astype("uint16"),
    "16 bits": (GREY * 257).astype("uint16"),
    "32 bits": (GREY * 257).astype("int32"),
    "0 to 1": (GREY / 255).astype("float32"),
    "up to 4080": (GREY * 16.0).astype("float32"),
    "negative": (GREY - 255.0).astype("float32"),
    "1 bit": GREY > 120,
}


@pytest.mark.parametrize("kind", GREYS)
def test_grey_of_many_bits_is_scaled_by_its_own_range(kind, tmp_path):
    Image.fromarray(GREYS[kind]).save(tmp_path / "grey.tif")
    expected = [0, 0, 255, 255] if kind == "1 bit" else [0, 100, 150, 255]
    assert corners(tmp_path / "grey.tif")[:, 0] == pytest.approx(expected, abs=2)


def test_ink_on_nothing_lies_on_what_shows_it(tmp_path):
    for ink, paper in ((0, 255), (255, 0)):
        picture = Image.new("RGBA", (200, 200), (ink, ink, ink, 0))
        picture.paste((ink, ink, ink, 255), (0, 0, 100, 200))
        picture.save(tmp_path / "ink.png")
        grey = corners(tmp_path / "ink.png")[:, 0]
        assert (grey == [ink, paper, ink, paper]).all()


def test_very_large_pictures_are_read(tmp_path):
    large = Image.fromarray(GREY.astype("uint8")).resize((16000, 12500))
    large.save(tmp_path / "large.jpg")  # 200 megapixels.
    grey = corners(tmp_path / "large.jpg")[:, 0]
    assert grey == pytest.approx([0, 100, 150, 255], abs=3)


@pytest.mark.slow
def test_heic_is_read_where_pillow_heif_is_installed(tmp_path):
    pytest.importorskip("pillow_heif").register_heif_opener()
    PICTURE.save(tmp_path / "photo.heic", quality=95)
    assert corners(tmp_path / "photo.heic") == pytest.approx(CORNERS, abs=8)


UNKNOWN = "is no image that can be read here: if it is one, save it as PNG or JPEG"
HEIC = 'is HEIC: to read it, write "uv run --with pillow-heif" for "uv run"'


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("text.jpg", b"<html>", UNKNOWN),
        ("empty.png", b"", "is empty"),
        ("photo.HEIC", b"whatever", HEIC),
        ("photo.jpg", b"\0\0\0\x24ftypheic\0\0\0\0", HEIC),
        ("scan.pdf", b"%PDF", "is PDF: save it as PNG or JPEG"),
        ("drawing.svg", b"<svg/>", "is SVG: save it as PNG or JPEG"),
        ("new.jxl", b"\xff\x0a", "is JXL: save it as PNG or JPEG"),
        ("raw.DNG", b"II*\0", "is DNG: save it as PNG or JPEG"),
        ("half.png", None, "is damaged, or only part of an image"),
        ("gone.png", ..., "is not there"),
        (".", ..., "is a folder"),
    ],
)
def test_what_cannot_be_read_is_named(name, content, message, tmp_path, monkeypatch):
    # As if pillow-heif were not there.
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    monkeypatch.delitem(Image.EXTENSION, ".heic", raising=False)
    path = tmp_path / name
    if content is None:
        PICTURE.save(path)
        content = path.read_bytes()[:-60]
    if content is not ...:
        path.write_bytes(content)
    with pytest.raises(ValueError) as refused:
        reading.read_picture(path)
    assert str(refused.value) == message


def test_what_may_not_be_read_is_named(tmp_path, monkeypatch):
    def refuse(*args, **kwargs):
        raise PermissionError

    monkeypatch.setattr(type(tmp_path), "open", refuse)
    with pytest.raises(ValueError, match="^may not be read$"):
        reading.read_picture(tmp_path / "a.png")


def test_what_is_wrong_stands_in_its_place_whatever_it_is_printed_to(
    tmp_path, monkeypatch
):
    path = tmp_path / "output.txt"
    with path.open("a") as output, path.open("a") as errors, monkeypatch.context() as m:
        m.setattr(sys, "stdout", output)
        m.setattr(sys, "stderr", errors)
        with pytest.raises(SystemExit) as stopped:
            reading.print_answers("abc", ["a: 1", ValueError("is bad"), "c: 3"])
    assert stopped.value.code == 2
    assert path.read_text() == "a: 1\nb is bad\nc: 3\n"
