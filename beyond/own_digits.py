"""Reads digits and numbers in your handwriting with the network of lesson 2.

    uv run simple_cnn.py             (once, in the same folder: it saves the network)
    uv run beyond/own_digits.py seven.jpg number.jpg
    uv run beyond/own_digits.py --show data/digits/7.jpg

A photo has one digit, or several that stand upright in one row and do not touch, dark on
light or light on dark. The score says how sure the network is. But it finds a digit in any
picture, and may be sure and wrong: --show shows what it was given. It knows no signs. A
point, comma, minus or plus is passed over, and the answer says so, but a / or a bracket
that is no longer than the digits is taken for a 1, mostly with a score of 0.50 at most.

The network knows only what looks like its training images. So each digit is found in the
photo and prepared as MNIST's makers prepared theirs; what you write with a fine pen is
widened first, because at 20x20 pixels a fine line would be a pale thread.
"""

from pathlib import Path

import numpy as np
import reading
from PIL import Image, ImageOps
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
    # Ink is what there is less of: is it darker or lighter than the mean? The middle of the
    # picture counts most, as a table lies around the paper.
    rows, columns = (np.sin(np.pi * (np.arange(n) + 0.5) / n) for n in pixels.shape[:2])
    weights = np.broadcast_to(np.outer(rows, columns)[..., np.newaxis], pixels.shape)
    mean = np.average(pixels, axis=(0, 1), weights=weights)
    difference = pixels - mean
    # Its cube; numpy takes ten times as long for **3.
    if np.sum(weights * difference * difference**2) > 0:
        pixels = 255 - pixels
    # The paper without its ink: a closing fills whatever is darker than all around it and
    # narrower than the window. How the light falls stays.
    window = int(0.6 * min(picture.size))
    paper = ndimage.grey_closing(pixels, (window, window, 1), mode="constant", cval=255)
    ink = (paper - pixels).max(axis=2)
    # It goes to the end of the paper's grain. A tenth at least is bare paper.
    return np.maximum(ink - np.quantile(ink, 0.1), 0)


# 2. What is no ink


class Piece:
    """Ink that hangs together: where it lies, its shape, how thick it is at most."""

    def __init__(self, mask, top, left):
        self.mask = mask
        self.height, self.width = mask.shape
        self.top, self.bottom = top, top + self.height
        self.left, self.right = left, left + self.width
        self.box = slice(top, self.bottom), slice(left, self.right)
        # Twice the distance from the pixel that is deepest in the ink to paper.
        self.thickness = 2 * ndimage.distance_transform_edt(np.pad(mask, 1)).max()


def find_pieces(mask):
    """Find the pieces that hang together in a boolean array; all but the smallest."""
    numbers, _ = ndimage.label(mask, structure=np.ones((3, 3)))
    pieces = []
    for number, box in enumerate(ndimage.find_objects(numbers), start=1):
        here = numbers[box] == number
        if max(here.shape) > max(mask.shape) / 200:
            pieces.append(Piece(here, box[0].start, box[1].start))
    return pieces


def join(pieces, shape):
    """Make one piece of several, in a picture of that shape."""
    mask = np.zeros(shape, bool)
    for piece in pieces:
        mask[piece.box] |= piece.mask
    (box,) = ndimage.find_objects(mask.astype(int))
    return Piece(mask[box], box[0].start, box[1].start)


def is_frame(piece, ink):
    """Tell whether a piece is a box with something in it, were it in faint pencil.

    Raises ValueError if a digit hangs together with the box.
    """
    mask = piece.mask
    rim = max(1 + min(mask.shape) // 8, round(piece.thickness))
    edges = mask[:rim], mask[-rim:], mask[:, :rim].T, mask[:, -rim:].T
    if min(edge.any(axis=0).mean() for edge in edges) < 0.9:
        return False
    inside = mask[rim:-rim, rim:-rim]
    # What reaches from top to bottom divides the box, as in a form.
    if mask.mean() < 0.5 and inside[:, inside.sum(axis=0) < 0.8 * len(inside)].any():
        raise ValueError(TOUCH)
    around = ndimage.binary_dilation(mask, iterations=3)
    content = (ink[piece.box] > MIN_INK) & ~around & ndimage.binary_fill_holes(around)
    return content.sum() > piece.thickness**2


def is_surroundings(piece, pieces, shape):
    """Tell whether a piece at the border is no digit: a table, a shadow, a finger, a line.

    Raises ValueError if it is lines that hang together with digits.
    """
    mask = piece.mask
    sides = [mask[0] * (piece.top == 0), mask[-1] * (piece.bottom == shape[0])]
    sides += [mask[:, 0] * (piece.left == 0), mask[:, -1] * (piece.right == shape[1])]
    places = sum(ndimage.label(side)[1] for side in sides)
    short, long = sorted(mask.shape)
    is_line = long > 5 * short and short < 2 * piece.thickness + 0.03 * long
    if places == 0:
        # Within the picture only an underline. A 1 is a line, too, but stands.
        return is_line and piece.width > 0.4 * max(shape)
    # Ruled or squared paper meets the border at many places.
    if places > 5 and long > max(shape) / 2 and piece.thickness < min(shape) / 5:
        raise ValueError(TOUCH)
    # What fills a corner of the picture, such as a finger, is no digit.
    whole = np.zeros(shape, bool)
    whole[piece.box] = mask
    in_corner = whole[[0, 0, -1, -1], [0, -1, 0, -1]].any()
    if in_corner and mask.mean() > 0.5 and short > long / 2:
        return True
    # Nor is a line, or what takes a whole side, unless it has others beside it like it.
    takes_side = [
        side.sum() > 0.8 * n for side, n in zip(sides, np.repeat(shape[::-1], 2))
    ]
    if not (is_line or any(takes_side)):
        return False
    if piece.width > piece.height:  # Not a minus in a picture that is cropped close.
        return piece.width > shape[1] / 3 or any(takes_side)
    beside = [
        other.thickness / piece.thickness
        for other in pieces
        if other is not piece
        and 0.5 < other.height / piece.height < 1.7
        and other.width < 1.6 * other.height
    ]
    if beside and not any(0.5 < ratio < 2.5 for ratio in beside):
        raise ValueError("has a line at its border that is as high as the digits")
    return not beside


def has_strokes(piece, shape):
    """Tell whether thin strokes hang on a broad piece, such as a digit on a table's edge."""
    radius = max(1, round(piece.thickness / 4))
    mask = np.pad(piece.mask, 2 * radius, mode="edge")
    core = ndimage.distance_transform_edt(mask) > radius
    broad = ndimage.distance_transform_edt(~core) <= radius + 1
    strokes = find_pieces(mask & ~broad)
    return any(max(s.mask.shape) > min(shape) / 8 and s.thickness > 3 for s in strokes)


def find_ink(ink):
    """Find the pieces of ink among all that differs from the paper.

    Takes what measure_ink() returns. Raises ValueError if there are none, or if a digit hangs
    together with something else.
    """
    ink = ink.copy()
    whole = []
    # All that is faint beside the strongest ink is paper. But what is no ink may be
    # stronger than the ink. So it is taken away, and the limit is set anew.
    while ink.max() > MIN_INK:
        pieces = find_pieces(ink > ink.max() / 3)
        others = [
            piece
            for piece in pieces
            if is_frame(piece, ink) or is_surroundings(piece, pieces, ink.shape)
        ]
        if not others:
            return pieces
        if any(has_strokes(piece, ink.shape) for piece in others):
            raise ValueError(TOUCH)
        whole += [piece for piece in others if piece.mask.shape == ink.shape]
        # Their edges are blurred, so a little more is taken away.
        mask = np.zeros(ink.shape, bool)
        for piece in others:
            mask[piece.box] |= piece.mask
        ink[ndimage.binary_dilation(mask, iterations=3)] = 0
    # A digit that fills the picture from side to side.
    if whole and whole[0].thickness < 0.6 * len(ink):
        return whole[:1]
    raise ValueError(NO_INK)


# 3. Rows and digits


def is_stroke(piece, upright=False):
    """Tell whether a piece is a single stroke, straight or slightly bent, like a 1, / or (.

    With upright=True, one that hardly leans and bends, which only a 1 does.
    """
    rows = np.flatnonzero(piece.mask.any(axis=1))
    middles = piece.mask[rows] @ np.arange(piece.width) / piece.mask[rows].sum(axis=1)
    x, y = middles / piece.height, rows / piece.height
    bend, lean, _ = curve = np.polyfit(y, x, 2)
    is_thin = piece.mask.sum() < 1.1 * np.hypot(*piece.mask.shape) * piece.thickness
    is_upright = abs(bend) < 0.4 and abs(lean + bend) < 0.27
    one_line = np.std(x - np.polyval(curve, y)) < 0.02
    return is_thin and one_line and (is_upright or not upright)


def is_longer(piece, others, share=0.04):
    """Tell whether a piece is longer at both ends than most others, by a share of itself."""
    above, below = piece.top + share * piece.height, piece.bottom - share * piece.height
    inside = [above < other.top and other.bottom < below for other in others]
    return 2 * sum(inside) >= len(inside) > 0


def is_sign(piece, others):
    """Tell whether a piece as high as the digits is a plus, a dot, or a longer stroke."""
    high, wide = piece.height // 3, piece.width // 3
    corners = [piece.mask[:high, :wide], piece.mask[:high, -wide:]]
    corners += [piece.mask[-high:, :wide], piece.mask[-high:, -wide:]]
    is_plus = wide > 0 and max(corner.mean() for corner in corners) < 0.02
    is_dot = piece.thickness > 0.7 * piece.height  # Such as the hole of a puncher.
    return is_dot or is_plus or (is_longer(piece, others) and is_stroke(piece))


def find_digits(pieces, shape):
    """Sort pieces of ink into the digits of a row, from left to right.

    Returns two lists of pieces, the digits and all others. Raises ValueError with what is
    in the way.
    """
    tall = max(piece.height for piece in pieces)
    groups = []
    others = []
    for piece in sorted(pieces, key=lambda piece: -piece.height):
        for group in groups:
            digit = join(group, shape)
            shared = min(piece.right, digit.right) - max(piece.left, digit.left)
            if shared <= min(piece.width, digit.width) / 2:
                continue
            # What stands above one another is one digit: a 5 may be in two pieces.
            gap = max(piece.top - digit.bottom, digit.top - piece.bottom)
            if piece.height > tall / 2 and gap > tall / 4:
                raise ValueError(ROWS)
            is_roof = piece.bottom < (digit.top + digit.bottom) / 2
            is_part = gap < tall / 4 and (is_roof or piece.height > tall / 5)
            (group if is_part else others).append(piece)
            break
        else:
            groups.append([piece])
    # A digit is half as high as the highest at least, its pieces together.
    small = [g for g in groups if sum(piece.height for piece in g) <= tall / 2]
    groups = [group for group in groups if group not in small]
    others += [piece for group in small for piece in group]
    most = max(sum(piece.height > tall / 5 for piece in group) for group in groups)
    if most > 2 and len(groups) > 1:
        raise ValueError("has something in three pieces, such as the sign %")
    digits = sorted((join(g, shape) for g in groups), key=lambda digit: digit.left)
    top = np.median([digit.top for digit in digits])
    bottom = np.median([digit.bottom for digit in digits])
    if not all(top < (digit.top + digit.bottom) / 2 < bottom for digit in digits):
        raise ValueError(ROWS)
    if any(digit.width > 1.7 * digit.height for digit in digits):
        raise ValueError(TOUCH)
    # Alone, no digit is as broad as that.
    if (
        len(digits) == 1
        and digits[0].thickness > 0.35 * tall
        and digits[0].width > tall / 2
        and digits[0].mask.mean() > 0.74
    ):
        raise ValueError("shows a sheet on something else; crop it to the paper")
    signs = [d for d in digits if is_sign(d, [x for x in digits if x is not d])]
    # What is much smaller than a dot of this pen is a speck.
    dot = np.median([digit.thickness for digit in digits]) / 3
    others = [piece for piece in others if max(piece.mask.shape) > dot]
    return [digit for digit in digits if digit not in signs], signs + others


# 4. MNIST's preparation


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

    Returns float32 of shape (n, 28, 28, 1), values 0..1; how many pieces of ink were
    passed over; and booleans, which of the n may be something else. Raises ValueError with
    what is in the way.
    """
    picture = reading.read_picture(path)
    # Cropped to a 1, nothing says what is ink and what is paper.
    if 4 * picture.width < picture.height:
        raise ValueError("is too narrow; leave some paper around the digit")
    ink = measure_ink(picture)
    digits, others = find_digits(find_ink(ink), ink.shape)
    if not digits:
        raise ValueError("has signs, but no digits")
    if min(digit.height for digit in digits) < 7:
        raise ValueError("has nothing that is large enough for a digit")
    images = [prepare(np.where(digit.mask, ink[digit.box], 0)) for digit in digits]
    # What is wider than high may be two digits that touch, or one on a line. In a number,
    # what leans, bends, or is longer like a sign may be one.
    doubtful = [
        digit.width > digit.height
        or is_longer(digit, [other for other in digits if other is not digit], 0.1)
        or (len(digits) > 1 and is_stroke(digit) and not is_stroke(digit, upright=True))
        for digit in digits
    ]
    return np.stack(images)[..., np.newaxis], len(others), np.array(doubtful)


# The network


def load_network(path):
    """Load a saved network for digits. Raises ValueError if it is not one."""
    deeper = path.name == "deeper_cnn.keras"
    model = reading.read_model(
        path, "beyond/deeper_cnn.py" if deeper else "simple_cnn.py"
    )
    shapes = (None, 28, 28, 1), (None, 28, 28)
    if model.input_shape not in shapes or model.output_shape != (None, 10):
        raise ValueError("is not for digits of 28x28 pixels")
    scores = np.asarray(model(np.ones((1, *model.input_shape[1:])), training=False))
    if scores.min() < 0 or abs(scores.sum() - 1) > 0.01:
        raise ValueError("gives no probabilities; its last layer has to be a softmax")
    return model


def to_characters(image):
    """Show a 28x28 image, values 0..1, in 14 lines of characters, each two rows."""
    shades = np.array(list(" .:-=+*#%@"))
    pairs = image.reshape(14, 2, 28).mean(axis=1)
    return "\n".join("".join(line) for line in shades[np.round(pairs * 9).astype(int)])


def answer(path, found, model, show=False):
    """Say what the network reads in a photo, from what read_digits() found in it."""
    digits, passed_over, doubtful = found
    images = digits.reshape(-1, *model.input_shape[1:])
    # Without a word on training, Keras would distort them, as the deeper network does there.
    scores = np.asarray(model(images, training=False))
    answers = " ".join(str(digit) for digit in scores.argmax(axis=1))
    # The network knows only single digits. Its score says nothing about anything else.
    score = np.min(np.where(doubtful, 0.5, 1) * scores.max(axis=1))
    lowest = "lowest score" if len(scores) > 1 else "score"
    line = f"{path} -> {answers} ({lowest} {score:.2f})"
    if any(doubtful):
        line += "; unsure: may be a sign, such as /, or touch another digit or a line"
    if passed_over:
        line += f"; passed over: {passed_over} small or unlike the digits"
    images = [to_characters(digit) for digit in digits[..., 0]] if show else []
    return "\n".join([*images, line])


def main(arguments=None):
    parser = reading.make_parser(__doc__)
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
    answers = [reading.attempt(read_digits, path) for path in options.photos]
    readable = [n for n, found in enumerate(answers) if isinstance(found, tuple)]
    if readable:
        try:
            model = load_network(options.model)
        except ValueError as error:
            parser.error(f"{options.model} {error}")
        for n in readable:
            answers[n] = answer(options.photos[n], answers[n], model, options.show)
    reading.print_answers(options.photos, answers)


if __name__ == "__main__":
    reading.run(main)
