"""How the scripts of beyond/ read what a user brings. The only place that knows formats.

This is no script of its own: the others import it. Importing it also lets them import the
lessons, from whatever folder they are started.
"""

import argparse
import contextlib
import json
import os
import re
import sys
import warnings
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, PngImagePlugin, UnidentifiedImageError

# Hides TensorFlow's start-up notes. It has to stand before TensorFlow is imported.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# So that the lessons are found.
sys.path.append(str(Path(__file__).resolve().parent.parent))


def make_parser(description):
    """Make the parser of a script's command line, whose help is the script's docstring."""
    return argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )


def run(main):
    """Run a script's main() for the terminal."""
    # What the terminal cannot print becomes a "?". (IDLE's window has no reconfigure.)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    try:
        main()
    except KeyboardInterrupt:
        print("\nStopped, as you pressed Ctrl-C.", file=sys.stderr)
        sys.exit(130)


def explain(error):
    """Say why a file or folder cannot be opened, from the OSError: without the subject."""
    if isinstance(error, FileNotFoundError):
        return "is not there"
    if isinstance(error, IsADirectoryError):
        return "is a folder"
    if isinstance(error, NotADirectoryError):
        return "is a file, not a folder"
    return "may not be read"


# Pictures

# Kinds that Pillow does not know, or of which it would take a small preview.
OTHER_KINDS = re.compile(r"\.(ai|arw|cr[23]|dng|eps|jxl|nef|orf|pdf|raf|raw|rw2|svg)")
# What counts as a picture in a folder.
PICTURES = re.compile(
    r"\.(avif|bmp|gif|hei[cf]|jfif|jp2|jpe?g?|mpo|p[bgpn]m|png|tga|tiff?|webp)"
)
MAX_SIZE = 600


def scale_values(image):
    """Make 8-bit grey of 10, 12, 16 or 32 bits a pixel, or of decimals."""
    values = np.nan_to_num(np.asarray(image, "float64"))
    black, white = min(values.min(), 0), values.max()
    if black == 0:
        # 1, 255, 1023, 4095, 65535: the first that has room for the largest value.
        white = 1 if white <= 1 else max(255, 2 ** np.ceil(np.log2(white + 1)) - 1)
    values = 255 * (values - black) / (white - black)
    return Image.fromarray(np.round(values).astype("uint8"))


def lay_on_paper(image):
    """Lay what may be transparent on white, or on black if one would see nothing on white."""
    image = image.convert("RGBA")
    for color in ("white", "black"):
        paper = Image.new("RGBA", image.size, color)
        paper.alpha_composite(image)
        paper = paper.convert("RGB")
        if max(high - low for low, high in paper.getextrema()) > 50:
            break
    return paper


def explain_unknown(path, start):
    """Say what to do with a file that Pillow does not know, from its first bytes, too."""
    if path.suffix.lower() in (".heic", ".heif") or start[4:11] in (
        b"ftyphei",
        b"ftypmif",
    ):
        return 'is HEIC: to read it, write "uv run --with pillow-heif" for "uv run"'
    if not start:
        return "is empty"
    return "is no image that can be read here: if it is one, save it as PNG or JPEG"


def read_picture(path):
    """Read a picture of any kind that Pillow knows, upright and on white.

    Returns a PIL image, RGB, at most 600 pixels high and wide; of several pages or frames
    the first. Raises ValueError with what is wrong, without the path.
    """
    if path.is_dir():  # Windows says of a folder that it may not be read.
        raise ValueError("is a folder")
    try:
        with path.open("rb") as file:
            start = file.read(12)
    except OSError as error:
        raise ValueError(explain(error)) from None
    if OTHER_KINDS.fullmatch(path.suffix.lower()):
        raise ValueError(f"is {path.suffix[1:].upper()}: save it as PNG or JPEG")
    with contextlib.suppress(ImportError):
        from pillow_heif import register_heif_opener

        register_heif_opener()
    Image.MAX_IMAGE_PIXELS = None  # Some phones take photos of 200 megapixels.
    # Some programs write megabytes of text into a PNG.
    PngImagePlugin.MAX_TEXT_CHUNK = PngImagePlugin.MAX_TEXT_MEMORY = 2**30
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Harmless oddities, in notes for example.
            with Image.open(path) as image:
                # Decodes a large JPEG at a fraction of its size.
                image.draft(None, (MAX_SIZE, MAX_SIZE))
                if image.mode in ("1", "P"):
                    image = image.convert("RGBA")
                image.thumbnail((MAX_SIZE, MAX_SIZE))
                # Phones save a photo as the sensor lay, with a note on how to turn it.
                with contextlib.suppress(Exception):  # A damaged note is none.
                    ImageOps.exif_transpose(image, in_place=True)
                if image.mode.startswith(("I", "F")):
                    image = scale_values(image)
                return lay_on_paper(image)
    except UnidentifiedImageError:
        raise ValueError(explain_unknown(path, start)) from None
    # Damaged images make Pillow raise almost anything, OSError to SyntaxError.
    except Exception:  # noqa: BLE001
        raise ValueError("is damaged, or only part of an image") from None


def attempt(read, path):
    """Return what read(path) returns, or its ValueError."""
    try:
        return read(path)
    except ValueError as error:
        return error


def print_answers(paths, answers):
    """Print each file's answer, or, on standard error, the ValueError that stands for it.

    If there was any, the script ends with exit code 2.
    """
    for path, answer in zip(paths, answers):
        if isinstance(answer, ValueError):
            # What was printed so far has to stand before it, whatever it is printed to.
            sys.stdout.flush()
            print(f"{path} {answer}", file=sys.stderr, flush=True)
        else:
            print(answer)
    if any(isinstance(answer, ValueError) for answer in answers):
        sys.exit(2)


def read_model(path, maker):
    """Load a model that the program `maker` has saved. Raises ValueError if it is none."""
    if not path.exists():
        raise ValueError(f"is not there; run {maker} first, in this folder")
    # TensorFlow takes seconds to load, so it is imported where it is needed.
    import keras

    try:
        return keras.models.load_model(path, compile=False)
    # Keras raises many kinds of errors for what is no model.
    except Exception:  # noqa: BLE001
        problem = "is no model that Keras can load"
        with contextlib.suppress(Exception), zipfile.ZipFile(path) as file:
            version = json.loads(file.read("metadata.json"))["keras_version"]
            if version != keras.__version__:
                problem = (
                    f"was saved by Keras {version}, and here is {keras.__version__}"
                )
        raise ValueError(f"{problem}; run {maker} once more") from None
