"""Reads digits and numbers in your handwriting with the network of lesson 2.

    uv run simple_cnn.py             (once, in the same folder: it saves the network)
    uv run beyond/own_digits.py seven.jpg number.jpg
    uv run beyond/own_digits.py --show data/digits/7.jpg

A photo has one digit, or several that stand upright in one row and do not touch, dark on
light or light on dark. The score says how sure the network is. But it finds a digit in any
picture, and may be sure and wrong: --show shows what it was given. It knows no signs. A
point, comma, minus or plus is passed over, and the answer says so, but a / or a bracket
that is no higher than the digits is taken for a 1.

The network knows only what looks like its training images. So each digit is found in the
photo and prepared as MNIST's makers prepared theirs; what you write with a fine pen is
widened first, because at 20x20 pixels a fine line would be a pale thread.
"""

import json
import sys
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from reading import make_parser, read_picture, run
from scipy import ndimage

TOUCH = "has digits that touch each other or a line"
ROWS = "has several rows, or lies on its side"
NO_INK = "has no ink that stands out from the paper"
MIN_INK = 50  # Of 255. Less may be grain, a fold, or the lines of the paper.


# 1. Paper and light


def measure_ink(picture):
    """Measure how much each pixel of a PIL image, RGB, differs from the paper around it.

    Returns float of shape (height, width), 0 for paper, at most 255.
    """
    pixels = np.asarray(picture, "float32")
    # No stroke is as wide as this, however large the digit is in the picture.
    window = int(0.6 * min(picture.size))
    ink = np.zeros(pixels.shape[:2])
    for channel in np.moveaxis(pixels, 2, 0):
        # A closing fills whatever is darker than all around it and narrower than the
        # window, an opening whatever is lighter. How the light falls stays in both. What
        # they fill is ink in the one, paper in the other; and there is less ink.
        light, dark = channel.max(), channel.min()
        fillings = [
            ndimage.grey_closing(channel, window, mode="constant", cval=light)
            - channel,
            channel - ndimage.grey_opening(channel, window, mode="constant", cval=dark),
        ]
        ink = np.maximum(ink, min(fillings, key=np.mean))
    # The filters go to the end of the paper's grain. A tenth at least is bare paper.
    return np.maximum(ink - np.quantile(ink, 0.1), 0)


# 2. What is no ink


class Piece:
    """A piece of ink that hangs together: its box, how thick it is, and where it lies."""

    def __init__(self, mask, box, thickness):
        self.mask = mask
        self.rows, self.columns = box
        self.top, self.bottom = self.rows.start, self.rows.stop
        self.left, self.right = self.columns.start, self.columns.stop
        self.height = self.bottom - self.top
        self.width = self.right - self.left
        self.thickness = thickness


def find_pieces(mask):
    """Find the pieces that hang together in a boolean array; all but the smallest."""
    numbers, count = ndimage.label(mask, structure=np.ones((3, 3)))
    # How far each pixel is from paper. A stroke is twice as thick as it is deep.
    depths = ndimage.maximum(
        ndimage.distance_transform_edt(mask), numbers, np.arange(1, count + 1)
    )
    pieces = []
    for number, box in enumerate(ndimage.find_objects(numbers), start=1):
        here = numbers[box] == number
        if max(here.shape) > 3:
            pieces.append(Piece(here, box, 2 * depths[number - 1]))
    return pieces


def is_inside(piece, other):
    return (
        other.top < piece.top < piece.bottom < other.bottom
        and other.left < piece.left < piece.right < other.right
    )


def is_frame(piece, pieces, ink):
    """Tell whether a piece is drawn around digits: as a box, or around several of them."""
    inside = [p for p in pieces if is_inside(p, piece) and p.height > piece.height / 4]
    if any(p.right <= q.left for p in inside for q in inside):
        return True
    # A box has ink along all four sides, and something in it, were it in faint pencil.
    edge = 1 + min(piece.mask.shape) // 8
    sides = [piece.mask[:edge], piece.mask[-edge:]]
    sides += [piece.mask[:, :edge].T, piece.mask[:, -edge:].T]
    around = ndimage.binary_dilation(piece.mask, iterations=3)
    center = np.where(around, 0, ink[piece.rows, piece.columns])[edge:-edge, edge:-edge]
    return (
        all(side.any(axis=0).mean() > 0.9 for side in sides)
        and (center > MIN_INK).sum() > piece.thickness**2
    )


def is_surroundings(piece, digits, shape):
    """Tell whether a piece at the picture's border is no digit: a table, a finger, a line.

    Takes the pieces that may be digits and do not touch the border. A digit at the border
    is like them. Raises ValueError if digits hang together with lines.
    """
    height, width = shape
    top, bottom = piece.top == 0, piece.bottom == height
    left, right = piece.left == 0, piece.right == width
    if not (top or bottom or left or right):
        return False
    covered = [top * piece.mask[0].sum() / width, bottom * piece.mask[-1].sum() / width]
    covered += [left * piece.mask[:, 0].sum() / height]
    covered += [right * piece.mask[:, -1].sum() / height]
    is_line = max(piece.height, piece.width) > 5 * min(piece.height, piece.width)
    if digits:
        high = max(digit.height for digit in digits)
        thick = np.median([digit.thickness for digit in digits])
        if piece.height < high / 2 and not is_line:
            return False
        as_high = high / 2 <= piece.height < 1.6 * high
        as_thick = thick / 2.5 < piece.thickness < 2.5 * thick
        like_digits = as_high and as_thick and piece.width < 1.6 * piece.height
        strokes = piece.thickness < 2.5 * thick
    else:
        like_digits = (
            piece.width < 1.6 * piece.height
            and 0.05 * piece.height < piece.thickness < 0.7 * piece.height
            and (max(covered) < 0.8 or piece.width > width / 2)
        )
        strokes = piece.thickness < min(shape) / 8
    if like_digits:
        return False
    if strokes and not is_line and max(covered) < 0.8:
        raise ValueError(TOUCH)
    return True


def find_ink(ink):
    """Find what was written, among all that differs from the paper.

    Takes what measure_ink() returns. Returns a list of pieces. Raises ValueError if there
    is nothing.
    """
    ink = ink.copy()
    for _ in range(5):
        # All that is faint beside the strongest ink is paper. What is no ink may be
        # stronger than the ink. So it is taken away, and the limit is set anew.
        if ink.max() < MIN_INK:
            break
        pieces = find_pieces(ink > ink.max() / 3)
        others = [p for p in pieces if is_frame(p, pieces, ink)]
        inner = [
            p
            for p in pieces
            if p not in others
            and p.height > len(ink) / 10
            and 0 < p.top < p.bottom < ink.shape[0]
            and 0 < p.left < p.right < ink.shape[1]
        ]
        others += [p for p in pieces if is_surroundings(p, inner, ink.shape)]
        if not others:
            return pieces
        for piece in others:
            # Their edges are blurred, so a little more is taken away.
            rows = slice(max(0, piece.top - 3), piece.bottom + 3)
            columns = slice(max(0, piece.left - 3), piece.right + 3)
            here = np.zeros(ink.shape, bool)
            here[piece.rows, piece.columns] = piece.mask
            here = ndimage.binary_dilation(here[rows, columns], iterations=3)
            ink[rows, columns][here] = 0
    raise ValueError(NO_INK)


# 3. Rows and digits


def overlap(piece, other):
    """How much of the narrower one's columns two pieces share, 0 to 1."""
    shared = min(piece.right, other.right) - max(piece.left, other.left)
    return shared / min(piece.width, other.width)


def is_stroke(piece):
    """Tell whether a piece is one stroke, straight or a little bent, like a 1, a / or a (."""
    length = np.hypot(piece.height, piece.width)
    return piece.mask.sum() < 1.1 * length * piece.thickness


def is_plus(piece):
    """Tell whether a piece has ink neither in its corners nor only on one line."""
    high, wide = piece.height // 3, piece.width // 3
    corners = [piece.mask[:high, :wide], piece.mask[:high, -wide:]]
    corners += [piece.mask[-high:, :wide], piece.mask[-high:, -wide:]]
    return wide > 0 and not any(corner.mean() > 0.02 for corner in corners)


def find_digits(pieces):
    """Sort pieces of ink into the digits of a row, from left to right.

    Returns a list of lists of pieces, one per digit, and the pieces that are none. Raises
    ValueError with what is in the way.
    """
    tall = max(piece.height for piece in pieces)
    digits = []
    rest = []
    for piece in sorted(pieces, key=lambda piece: -piece.height):
        high = piece.height > tall / 2
        for digit in digits:
            # What stands above one another is one digit: a 5 may be in two pieces.
            if overlap(piece, digit[0]) > 0.5:
                gap = min(
                    max(piece.top - other.bottom, other.top - piece.bottom)
                    for other in digit
                )
                if high and gap > tall / 4:
                    raise ValueError(ROWS)
                roof = piece.bottom < (digit[0].top + digit[0].bottom) / 2
                if gap < tall / 4 and (roof or piece.height > tall / 5):
                    digit.append(piece)
                else:
                    rest.append(piece)
                break
        else:
            (digits if high else rest).append([piece] if high else piece)

    digits.sort(key=lambda digit: min(piece.left for piece in digit))
    top = np.array([min(piece.top for piece in digit) for digit in digits])
    bottom = np.array([max(piece.bottom for piece in digit) for digit in digits])
    left = np.array([min(piece.left for piece in digit) for digit in digits])
    right = np.array([max(piece.right for piece in digit) for digit in digits])
    middle = (top + bottom) / 2
    if np.any((middle < np.median(top)) | (middle > np.median(bottom))):
        raise ValueError(ROWS)
    if np.any(right - left > 1.6 * (bottom - top)):
        raise ValueError(TOUCH)
    if any(sum(piece.height > tall / 5 for piece in digit) > 2 for digit in digits):
        raise ValueError("has something in three pieces, such as the sign %")

    # Signs that are as high as digits.
    thickness = np.median([digit[0].thickness for digit in digits])
    signs = []
    for i, digit in enumerate(digits):
        others = np.arange(len(digits)) != i
        longer = (
            len(digits) > 1
            and top[i] < top[others].min() - 0.03 * tall
            and bottom[i] > bottom[others].max() + 0.03 * tall
        )
        thin = digit[0].thickness < 0.4 * thickness
        if thin or (longer and is_stroke(digit[0])) or is_plus(digit[0]):
            signs.append(i)
    rest += [piece for i in signs for piece in digits[i]]
    # What is smaller than a dot of this pen is a speck.
    rest = [p for p in rest if max(p.height, p.width) > 0.7 * thickness]
    return [digit for i, digit in enumerate(digits) if i not in signs], rest


# 4. MNIST's preparation


def cut_out(digit, ink):
    """Cut out a digit, a list of pieces, from what measure_ink() returns."""
    image = np.zeros(ink.shape)
    for piece in digit:
        box = piece.rows, piece.columns
        image[box] = np.where(piece.mask, ink[box], image[box])
    return image[np.ix_(image.any(axis=1), image.any(axis=0))]


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
    """Find the digits in a photo and prepare them for the network.

    Returns float32 of shape (n, 28, 28, 1), values 0..1, and how many pieces of ink that
    are no digits were passed over. Raises ValueError with what is in the way.
    """
    picture = read_picture(path)
    # Small pictures, such as MNIST's of 28x28, are enlarged: there is one way for all.
    factor = max(1, round(300 / max(picture.size)))
    size = picture.width * factor, picture.height * factor
    ink = measure_ink(picture.resize(size, Image.Resampling.BICUBIC))
    digits, rest = find_digits(find_ink(ink))
    if not digits:
        raise ValueError("has signs, but no digits")
    images = [prepare(cut_out(digit, ink)) for digit in digits]
    return np.stack(images)[..., np.newaxis], len(rest)


# The network


def load_network(path):
    """Load a saved network for digits. Raises ValueError if it is not one."""
    # Only here, because TensorFlow takes seconds, and a wrong file is told at once.
    import keras

    try:
        model = keras.models.load_model(path, compile=False)
    # Keras raises many kinds of errors for what is no model.
    except Exception:  # noqa: BLE001
        try:
            with zipfile.ZipFile(path) as file:
                version = json.loads(file.read("metadata.json"))["keras_version"]
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            version = keras.__version__
        if version != keras.__version__:
            raise ValueError(
                f"was saved by Keras {version}, and here is {keras.__version__}: "
                f"run {maker(path)} once more"
            ) from None
        raise ValueError("is no model that Keras can load") from None
    shapes = (None, 28, 28, 1), (None, 28, 28)
    if model.input_shape not in shapes or model.output_shape != (None, 10):
        raise ValueError("is not for digits of 28x28 pixels")
    return model


def maker(path):
    """The program that makes a network, from the network's name."""
    return (
        "beyond/deeper_cnn.py" if path.name == "deeper_cnn.keras" else "simple_cnn.py"
    )


def score(model, digits):
    """Return the network's probabilities of the ten digits for each image, shape (n, 10).

    Raises ValueError if what it returns are no probabilities.
    """
    scores = model.predict(digits.reshape(-1, *model.input_shape[1:]), verbose=0)
    if not np.allclose(scores.sum(axis=1), 1, atol=0.01) or scores.min() < 0:
        raise ValueError("gives no probabilities: its last layer needs softmax")
    return scores


def to_characters(image):
    """Show a 28x28 image, values 0..1, in 14 lines of characters, each two rows."""
    shades = np.array(list(" .:-=+*#%@"))
    pairs = image.reshape(14, 2, 28).mean(axis=1)
    return "\n".join("".join(line) for line in shades[np.round(pairs * 9).astype(int)])


def describe(path, scores, passed_over):
    """Say what the network reads in a photo, from its scores of shape (n, 10)."""
    digits = " ".join(str(digit) for digit in scores.argmax(axis=1))
    lowest = "lowest score" if len(scores) > 1 else "score"
    line = f"{path} -> {digits} ({lowest} {scores.max(axis=1).min():.2f})"
    if passed_over:
        pieces = "piece" if passed_over == 1 else "pieces"
        line += f"; passed over: {passed_over} {pieces} unlike the digits"
    return line


def main(arguments=None):
    parser = make_parser(__doc__)
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
    results = []
    for path in options.photos:
        try:
            results.append(read_digits(path))
        except ValueError as error:
            results.append(error)
    problems = [
        f"{path} {result}"
        for path, result in zip(options.photos, results)
        if isinstance(result, ValueError)
    ]
    if not options.model.exists():
        where = "run {} first, in this folder, or name the network with --model"
        problems.insert(
            0, f"{options.model} is not there; {where.format(maker(options.model))}"
        )
    # Without a network, or without a photo that can be read, nothing can be answered.
    if not options.model.exists() or len(problems) == len(results):
        parser.error("\n".join(problems))
    try:
        model = load_network(options.model)
        scores = [
            None if isinstance(r, ValueError) else score(model, r[0]) for r in results
        ]
    except ValueError as error:
        parser.error(f"{options.model} {error}")

    for path, result, its_scores in zip(options.photos, results, scores):
        if isinstance(result, ValueError):
            # What was printed so far has to stand before it, in a pipe, too.
            sys.stdout.flush()
            print(f"{path} {result}", file=sys.stderr, flush=True)
            continue
        digits, passed_over = result
        if options.show:
            print("\n".join(to_characters(image) for image in digits[..., 0]))
        print(describe(path, its_scores, passed_over))
    sys.exit(2 if problems else 0)


if __name__ == "__main__":
    run(main)
