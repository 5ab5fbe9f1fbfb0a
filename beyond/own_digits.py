"""Reads digits and numbers in your handwriting with the network of lesson 2.

    python simple_cnn.py             (once, in the same folder: it saves the network)
    python beyond/own_digits.py seven.jpg number.jpg
    python beyond/own_digits.py --show seven.jpg

A photo has one digit, or several that stand upright in one row and do not touch, dark on
light or light on dark. The score says how sure the network is. But it finds a digit in any
picture, and may be sure and wrong: --show shows what it was given. For HEIC photos:

    uv run --with pillow-heif beyond/own_digits.py photo.heic

The network knows only what looks like its training images. So each digit is found in the
photo and prepared as MNIST's makers prepared theirs; what you write with a fine pen is
widened first, because at 20x20 pixels a fine line would be a pale thread.
"""

import argparse
import contextlib
import os
import sys
import warnings
from pathlib import Path

# Hides TensorFlow's start-up notes.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError
from scipy import ndimage
from sklearn.linear_model import LinearRegression


def read_photo(path):
    """Read a picture of any format that Pillow knows, upright and on white.

    Returns float32 of shape (height, width, 4) and at most 600 pixels high and wide: red,
    green, blue and opacity, 0..255. Raises ValueError with what is wrong.
    """
    if path.is_dir():
        raise ValueError("is a folder")
    with contextlib.suppress(ImportError):
        from pillow_heif import register_heif_opener

        register_heif_opener()
    Image.MAX_IMAGE_PIXELS = None  # Some phones take photos of 200 megapixels.
    try:
        with warnings.catch_warnings(), Image.open(path) as image:
            warnings.simplefilter("ignore")  # Harmless oddities, in notes for example.
            # Decodes a large JPEG at a fraction of its size.
            image.draft(None, (600, 600))
            if image.mode.startswith("I"):
                # 16-bit grey. Pillow's own conversion would make white of all above 255.
                image = image.convert("I").point(lambda value: value / 257).convert("L")
            elif image.mode in ("1", "P"):
                image = image.convert("RGBA")
            image.thumbnail((600, 600))
            # Phones save a photo as the sensor lay, with a note on how to turn it.
            image = ImageOps.exif_transpose(image).convert("RGBA")
    except FileNotFoundError:
        raise ValueError("is not there") from None
    except PermissionError:
        raise ValueError("may not be read") from None
    except UnidentifiedImageError:
        if path.suffix.lower() in (".heic", ".heif"):
            help_line = "uv run --with pillow-heif beyond/own_digits.py photo.heic"
            raise ValueError(f"is HEIC, so run: {help_line}") from None
        raise ValueError("is no image, or of a kind that is not known here") from None
    # Damaged images make Pillow raise almost anything, OSError to SyntaxError.
    except Exception:  # noqa: BLE001
        raise ValueError("is damaged, or only part of an image") from None
    paper = Image.new("RGBA", image.size, "white")
    pixels = np.asarray(Image.alpha_composite(paper, image), "float32")
    # Somebody may have written in white on nothing: then the opacity tells.
    return np.dstack([pixels[..., :3], image.getchannel("A")])


def measure_ink(pixels, sheet):
    """Measure how much each pixel differs from the paper.

    Takes pixels as read_photo() returns them, and a boolean array of shape (height, width)
    that is False where the table is. Returns float of that shape, 0 for paper.
    """
    ink = np.zeros(sheet.shape)
    if not sheet.any():
        return ink
    # Light falls on paper unevenly. Linear regression on the places finds the plane that
    # comes closest to the brightness. Ink, and a table, would bend it. So only the half of
    # the pixels counts that is closest to the median, and that is paper.
    places = np.argwhere(sheet)
    colors = pixels[sheet]
    # Of the four differences the largest counts.
    difference = np.abs(colors - np.median(colors, axis=0)).max(axis=1)
    paper = difference <= np.median(difference)
    # Every tenth of them is plenty, and ten times as fast.
    plane = LinearRegression().fit(places[paper][::10], colors[paper][::10])
    ink[sheet] = np.abs(colors - plane.predict(places)).max(axis=1)
    if ink.max() < 50:  # Of 255. Less may be grain, a fold, or the lines of the paper.
        return np.zeros(sheet.shape)
    ink[ink < ink.max() / 3] = 0  # Everything faint is paper.
    return ink


def find_pieces(ink):
    """Find the pieces of ink that hang together.

    Returns an array of shape (height, width) with each piece's number, from 1, and a list
    of their boxes, pairs of slices.
    """
    numbers, _ = ndimage.label(ink > 0, structure=np.ones((3, 3)))
    return numbers, ndimage.find_objects(numbers)


def find_surroundings(ink):
    """Find what is no digit since it touches the picture's border and is large.

    That is the table around the sheet, a shadow, a finger, or a line from one side to the
    other. Returns a boolean array of shape (height, width).
    """
    height, width = ink.shape
    numbers, boxes = find_pieces(ink)
    found = np.zeros(ink.shape, bool)
    for number, (rows, columns) in enumerate(boxes, start=1):
        top, bottom = rows.start == 0, rows.stop == height
        left, right = columns.start == 0, columns.stop == width
        piece = numbers == number
        across = (top and bottom) or (left and right)
        if across or ((top or bottom or left or right) and piece.mean() > 0.02):
            found |= piece
    return found


def find_ink(pixels):
    """Find what was written in a photo, as read_photo() returns it.

    Returns an array of shape (height, width), 0 for all that is not ink. Raises ValueError
    if there is none.
    """
    sheet = np.ones(pixels.shape[:2], bool)
    ink = whole_ink = measure_ink(pixels, sheet)
    if not ink.any():
        raise ValueError("has no ink that stands out from the paper")
    for _ in range(3):
        surroundings = find_surroundings(ink)
        if not surroundings.any():
            break
        # Their edges are blurred, so a little more is taken away.
        sheet &= ~ndimage.binary_dilation(surroundings, iterations=3)
        ink = measure_ink(pixels, sheet)
    # If next to nothing is left, then it was the digit itself that touched the border.
    _, boxes = find_pieces(ink)
    if max((rows.stop - rows.start for rows, _ in boxes), default=0) < len(ink) / 20:
        return whole_ink
    return ink


def find_digits(ink):
    """Cut out the digits in a row, from left to right.

    Takes what find_ink() returns. Returns a list of arrays, each one digit in its box.
    Raises ValueError if nothing is large enough, or if there are several rows.
    """
    numbers, boxes = find_pieces(ink)
    top, bottom, left, right = np.transpose(
        [
            (rows.start, rows.stop, columns.start, columns.stop)
            for rows, columns in boxes
        ]
    )
    height = bottom - top
    large = np.ones(len(boxes), bool)
    for i in range(len(boxes)):
        # A frame has something in it, and no digit has more than a dot.
        inside = (top > top[i]) & (bottom < bottom[i])
        inside &= (left > left[i]) & (right < right[i])
        large[i] = not np.any(inside & (height > height[i] / 10))
    large &= height >= height[large].max() / 4  # All others are specks.
    if height[large].max() < 10:
        raise ValueError("has nothing that is large enough for a digit")

    # A 5 may be in two pieces. What stands above one another is one digit, unless both
    # are as high as digits and far apart.
    high = height >= height[large].max() / 2
    digits = []
    for i in sorted(np.flatnonzero(large), key=lambda i: left[i]):
        for digit in digits:
            start, stop = left[digit].min(), right[digit].max()
            overlap = min(stop, right[i]) - max(start, left[i])
            if overlap > min(stop - start, right[i] - left[i]) / 2:
                gaps = np.maximum(top[i] - bottom[digit], top[digit] - bottom[i])
                if high[i] and np.any(high[digit] & (gaps > height[digit] / 4)):
                    raise ValueError("has several rows, or lies on its side")
                digit.append(i)
                break
        else:
            digits.append([i])
    images = []
    for digit in digits:
        rows = slice(top[digit].min(), bottom[digit].max())
        columns = slice(left[digit].min(), right[digit].max())
        here = np.isin(numbers[rows, columns], np.add(digit, 1))
        images.append(np.where(here, ink[rows, columns], 0))
    return images


def stroke_width(image):
    """Return the mean width of a stroke, in pixels: ink divided by half of its outline."""
    image = np.pad(image / image.max(), 1)
    steps = [np.abs(np.diff(image, axis=axis)).sum() for axis in (0, 1)]
    return 2 * image.sum() / sum(steps)


def prepare(image):
    """Prepare one digit as MNIST's makers prepared theirs (LeCun, Cortes and Burges).

    Takes a digit in its box, of any size. Returns float32 of shape (28, 28), values 0..1:
    it fits into 20x20, and its centre of mass is in the middle.
    """
    # MNIST's strokes are two of 20 pixels wide in the mean.
    missing = round(max(image.shape) / 10 - stroke_width(image))
    if missing > 0:
        image = ndimage.maximum_filter(np.pad(image, missing), missing + 1)
    image = Image.fromarray(image.astype("float32"))
    image = image.crop(image.getbbox())
    image = np.asarray(ImageOps.contain(image, (20, 20), Image.Resampling.BILINEAR))
    image = image / image.max()
    # With 14 pixels of paper on each side, the 28x28 around any place can be cut out.
    row, column = np.round(ndimage.center_of_mass(image)).astype(int)
    return np.pad(image, 14)[row : row + 28, column : column + 28]


def read_digits(path):
    """Return the digits in a photo as the network wants them, of shape (n, 28, 28, 1)."""
    images = [prepare(image) for image in find_digits(find_ink(read_photo(path)))]
    return np.stack(images)[..., np.newaxis]


def load_network(path):
    """Load a saved network. Raises ValueError if it is not one for 28x28 images."""
    # Only here, because TensorFlow takes seconds, and a wrong file is told at once.
    from tensorflow.keras.models import load_model

    try:
        model = load_model(path, compile=False)
    # Keras raises many kinds of errors for what is no model.
    except Exception:  # noqa: BLE001
        raise ValueError("is no model that Keras can load") from None
    if (model.input_shape, model.output_shape) != ((None, 28, 28, 1), (None, 10)):
        raise ValueError("is not for digits of 28x28 pixels")
    return model


def to_characters(image):
    """Show a 28x28 image, values 0..1, in 14 lines of characters, each two rows."""
    shades = np.array(list(" .:-=+*#%@"))
    pairs = image.reshape(14, 2, 28).mean(axis=1)
    return "\n".join("".join(line) for line in shades[np.round(pairs * 9).astype(int)])


def describe(path, scores):
    """Say what the network reads in a photo, from its scores of shape (n, 10)."""
    digits = " ".join(str(digit) for digit in scores.argmax(axis=1))
    lowest = "lowest score" if len(scores) > 1 else "score"
    return f"{path} -> {digits} ({lowest} {scores.max(axis=1).min():.2f})"


def main(arguments=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("photos", nargs="+", type=Path, metavar="PHOTO")
    parser.add_argument(
        "--model",
        type=Path,
        default=Path("simple_cnn.keras"),
        metavar="FILE",
        help="another network, such as deeper_cnn.keras",
    )
    parser.add_argument(
        "--show", action="store_true", help="show what the network is given"
    )
    options = parser.parse_args(arguments)
    # What the terminal cannot print becomes a "?". (IDLE's window has no reconfigure.)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    problems = []
    digits = []
    if not options.model.exists():
        problems.append(
            f"{options.model} is not there; run simple_cnn.py first, in this folder, or "
            "name the network with --model"
        )
    for path in options.photos:
        try:
            digits.append(read_digits(path))
        except ValueError as error:
            problems.append(f"{path} {error}")
    if problems:
        parser.error("\n".join(problems))
    try:
        model = load_network(options.model)
    except ValueError as error:
        parser.error(f"{options.model} {error}")

    for path, images in zip(options.photos, digits):
        if options.show:
            print("\n".join(to_characters(image) for image in images))
        print(describe(path, model.predict(images, verbose=0)))


if __name__ == "__main__":
    main()
