"""How the scripts of beyond/ read what a user brings. The only place that knows formats.

This is no script of its own: the others import it. Importing it also lets them import the
lessons, from whatever folder they are started.
"""

import argparse
import codecs
import contextlib
import csv
import io
import json
import os
import re
import sys
import warnings
import zipfile
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps, PngImagePlugin, UnidentifiedImageError
from scipy.stats import sem

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


# Tables

# Cells without a value, in small letters. In a column of numbers, a dash is one, too.
GAPS = {"", "na", "n/a", "n.a.", "#n/a", "nan", "<na>", "null", "?"}
DASHES = {"-", "--", ".", "none"}
NUMBER = re.compile(r"[-+]?(\d+[.,]?\d*|[.,]\d+)(e[-+]?\d{1,2})?", re.IGNORECASE)
# Thousands or three decimals? (After a 0 they can only be decimals.)
DOUBTFUL = re.compile(r"[-+]?[1-9]\d{0,2}[.,]\d{3}")
# A number that has to be cleaned, such as $1,234.50, 5 % or 6.48M, or is clean.
ANY_NUMBER = re.compile(
    r"[-+]?[$€£¥₹]?\s*[-+]?(\d{1,3}([.,'’\s]\d{3})+|\d+)([.,]\d*)?"
    rf"\s*([$€£¥₹%kmb]|EUR|USD)?|{NUMBER.pattern}",
    re.IGNORECASE,
)


class Table(NamedTuple):
    """A table as its user saved it. Rows are lists of text, a cell for each name."""

    names: list
    rows: list
    lines: list  # The line in the file at which each row ends.
    separator: str  # Between the columns, or "" if there is only one.
    note: str  # For the user, or "".


def read_table(path):
    """Read a CSV file with a comma, semicolon, tab or "|" between the columns.

    The first line has to hold their names, unless there is just one number in each line.
    Raises ValueError with what is wrong, a sentence without its subject.
    """
    try:
        if path.is_dir():  # Windows would say that it may not be read.
            raise IsADirectoryError
        content = path.read_bytes()
    except OSError as error:
        raise ValueError(explain(error)) from None
    utf_16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    note = ""
    try:
        text = content.decode("utf-16" if utf_16 else "utf-8-sig")
    except UnicodeDecodeError:
        # What Excel writes in the west, unless told otherwise.
        text = content.decode("cp1252", errors="replace")
        note = 'If letters look wrong, save the file as "CSV UTF-8".'
    if "\0" in text:  # A spreadsheet's own format.
        raise ValueError('is no text; save it as "CSV UTF-8"')
    # A name may have a comma in it, but hardly another mark, unless it is in quotes.
    first_line = re.sub('"[^"]*"', "", text.lstrip()).partition("\n")[0]
    separator = next((mark for mark in "\t;|," if mark in first_line), "")
    file = io.StringIO(text.rstrip(" \r\n"), newline="")
    mark = separator or "|"
    reader = csv.reader(file, delimiter=mark, skipinitialspace=True, strict=True)
    csv.field_size_limit(2**31 - 1)  # A text may be long.
    rows = []
    try:
        for row in reader:
            cells = [cell.strip() for cell in row] or [""]
            # In a single column, an empty line is a gap. "sep=;" is there for Excel.
            if not separator or any(cells) and cells[0].lower() != "sep=":
                rows.append((reader.line_num, cells))
    except csv.Error as error:
        place = f"in line {reader.line_num}"
        raise ValueError(
            f"is no CSV file {place}: {error}; is a quote missing?"
        ) from None
    if len(rows) < 2:
        raise ValueError("is empty, or has just one line")
    line, names = rows[0]
    numbers = [name for name in names if ANY_NUMBER.fullmatch(name)]
    if numbers and not separator:
        names = ["value"]
    elif numbers or {*names} & GAPS or len({*names}) < len(names):
        raise ValueError(
            "needs a name for each column in its first line, no two alike and none a "
            f"number, also above decimal commas, but line {line} is "
            f"{separator.join(names)[:60]!r}"
        )
    else:
        rows = rows[1:]
    wrong = [row for row in rows if len(row[1]) != len(names)]
    if wrong:
        raise ValueError(
            f"has not {len(names)} cells, as its first line has, in "
            f"{list_lines([(line, separator.join(cells)) for line, cells in wrong])}; "
            f"a cell with {separator!r} in it needs quotes"
        )
    lines, rows = zip(*rows)
    return Table(names, rows, lines, separator, note)


def list_lines(cells):
    """List the first five of some (line, cell), and say how many more there are."""
    listed = ", ".join(
        f"line {line} ({cell[:40] or 'a gap'})" for line, cell in cells[:5]
    )
    return listed + (f" and {len(cells) - 5} more" if len(cells) > 5 else "")


def find_column(table, name):
    """Return the cells of the column with this name, "" for a gap."""
    if name not in table.names:
        raise ValueError(
            f"has no column {name!r}. Its first line has to hold the names, and has "
            f"{', '.join(table.names)}. {table.note}"
        )
    place = table.names.index(name)
    cells = [row[place] for row in table.rows]
    return ["" if cell.lower() in GAPS else cell for cell in cells]


def to_numbers(table, name):
    """Read a column as numbers, with NaN for a gap.

    Decimals have a point, or, where no comma separates the columns, a comma, if the column
    leaves no doubt. Returns an array, the places of numbers that have to be cleaned, and
    the places of words.
    """
    cells = find_column(table, name)
    certain = [cell for cell in cells if NUMBER.fullmatch(cell)]
    certain = "".join(cell for cell in certain if not DOUBTFUL.fullmatch(cell))
    decimal = {"."} if table.separator == "," else {".", ","} & {*certain}
    numbers = np.full(len(cells), np.nan)
    unclean = []
    words = []
    for i, cell in enumerate(cells):
        if NUMBER.fullmatch(cell) and {".", ","} & {*cell} in (set(), decimal):
            numbers[i] = cell.replace(",", ".")
        elif ANY_NUMBER.fullmatch(cell):
            unclean.append(i)
        elif cell and cell.lower() not in DASHES:
            words.append(i)
    return numbers, unclean, words


def say_unclear(table, name, places):
    """Say which cells of a column are no clear numbers, and what to do about it."""
    cells = find_column(table, name)
    listed = list_lines([(table.lines[i], cells[i]) for i in places])
    return (
        f"has no clear number in {name!r}, {listed}; write 1234.5, without $, %, M or a "
        "mark for thousands, and with a 0 behind three decimals"
    )


def find_codes(numbers):
    """Return which numbers are -99, -999 or -9999 where no other one is negative."""
    codes = np.isin(numbers, [-99, -999, -9999])
    return codes & ~np.any(numbers[~codes] < 0)


def count_classes(labels, name):
    """Count the classes of labels, "" for a gap. Returns a dict, and a note.

    The largest comes first. Raises ValueError if there are too few, as in a column of prices.
    """
    counts = dict(Counter(filter(None, labels)).most_common())
    # Without the held-out fifth, a class of seven has a row for each of five folds.
    few = [f"{n} of {label[:40]}" for label, n in counts.items() if n < 7]
    plain = ["".join(label.casefold().split()) for label in counts]
    alike = [label for label, its in zip(counts, plain) if plain.count(its) > 1]
    hint = f"\nIf these are one class, write them alike: {', '.join(alike)}"
    hint = hint if alike else ""
    if len(few) > 20:
        raise ValueError(
            f"has {len(counts)} different values in {name!r}, most of them in fewer than "
            "seven rows; a price is a number, not a class, a text is no class either, and "
            f"this script is for classes, such as low and high{hint}"
        )
    if few or len(counts) < 2:
        raise ValueError(
            f"needs two classes or more in {name!r}, with seven rows each, but has "
            f"{', '.join(few or counts) or 'none'}; join a rare class with another one, or "
            f"delete its rows{hint}"
        )
    note = "Classes: " + ", ".join(f"{n} {label}" for label, n in counts.items())
    return counts, note + hint


def find_best(errors):
    """Find the best of some methods from their errors, arrays for the same examples.

    A lead counts if it is larger than two standard errors of the difference. Where that of
    the best does not, the two are a tie, and all in between. Returns the one with the
    smallest mean error, unless it is guessing, and a sentence.
    """
    ranking = sorted(errors, key=lambda name: errors[name].mean())
    tie = 1
    for place, name in enumerate(ranking[1:], 2):
        lead = errors[name] - errors[ranking[0]]
        if lead.mean() <= 2 * sem(lead):
            tie = place
    sentence = f"Best: {ranking[0]}. Its lead is larger than chance makes likely."
    if tie > 1:
        names = ", ".join(ranking[:tie])
        sentence = f"A tie: {names}. Which of them is ahead may be chance."
    if "guessing" in ranking[:tie]:
        sentence += " Do not rely on answers that are no better than guessing."
    ranking = [name for name in ranking if name != "guessing"]
    return ranking[0], sentence


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
    try:
        if path.is_dir():  # Windows would say that it may not be read.
            raise IsADirectoryError
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
    if not os.path.exists(path):  # Also where its folder may not be read.
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
