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


def test_damaged_notes_and_long_texts_do_not_matter(tmp_path):
    odd = b"Exif\0\0MM\0*\xff\xff\xff\xff", b"Exif\0\0II*\0\x08\0\0\0\x09\0\x0f\x01"
    for note in odd:
        PICTURE.save(tmp_path / "odd.jpg", exif=note, quality=95)
        assert corners(tmp_path / "odd.jpg") == pytest.approx(CORNERS, abs=8)
    text = PngImagePlugin.PngInfo()
    for key in "abc":
        text.add_text(key, "x" * 40_000_000, zip=True)
    PICTURE.save(tmp_path / "text.png", pnginfo=text)
    assert (corners(tmp_path / "text.png") == CORNERS).all()


@pytest.mark.parametrize("name", ["P.png", "CMYK.tif", "RGB.webp", "RGB.gif"])
def test_modes_and_formats_are_read_alike(tmp_path, name):
    PICTURE.convert(name.split(".")[0]).save(tmp_path / name, quality=95)
    assert corners(tmp_path / name) == pytest.approx(CORNERS, abs=15)


@pytest.mark.parametrize(
    "values",
    [
        (GREY * 257).astype("uint16"),
        (GREY * 4095 // 255).astype("uint16"),
        (GREY * 257).astype("int32"),
        (GREY / 255).astype("float32"),
        (GREY * 16.0).astype("float32"),
    ],
    ids=["16 bits", "12 bits", "32 bits", "0 to 1", "up to 4080"],
)
def test_grey_of_many_bits_is_scaled_by_its_own_range(values, tmp_path):
    Image.fromarray(values).save(tmp_path / "grey.tif")
    grey = corners(tmp_path / "grey.tif")[:, 0]
    assert grey == pytest.approx([0, 100, 150, 255], abs=2)


def test_negative_values_are_scaled_too_and_black_and_white_is_read(tmp_path):
    Image.fromarray((GREY - 255.0).astype("float32")).save(tmp_path / "negative.tif")
    grey = corners(tmp_path / "negative.tif")[:, 0]
    assert grey[0] == 0 < grey[1] < grey[2] < grey[3] == 255
    Image.fromarray(GREY > 120).save(tmp_path / "bit.png")
    assert (corners(tmp_path / "bit.png")[:, 0] == [0, 0, 255, 255]).all()


def test_ink_on_nothing_lies_on_what_shows_it(tmp_path):
    for ink, paper in ((0, 255), (255, 0)):
        picture = Image.new("RGBA", (200, 200), (ink, ink, ink, 0))
        picture.paste((ink, ink, ink, 255), (0, 0, 100, 200))
        picture.save(tmp_path / "ink.png")
        grey = corners(tmp_path / "ink.png")[:, 0]
        assert (grey == [ink, paper, ink, paper]).all()


def test_of_several_frames_or_pages_the_first_is_read(tmp_path):
    for name in ("frames.gif", "pages.tif"):
        other = Image.new("RGB", PICTURE.size)
        PICTURE.save(tmp_path / name, save_all=True, append_images=[other])
        assert corners(tmp_path / name) == pytest.approx(CORNERS, abs=8)


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
