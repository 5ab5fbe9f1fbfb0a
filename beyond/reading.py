"""How the scripts of beyond/ read what a user brings. The only place that knows formats.

This is no script of its own: the others import it. Importing it also lets them import the
lessons, from whatever folder they are started.
"""

import argparse
import codecs
import csv
import io
import os
import re
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np
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
    first_line = re.sub('"[^"]*"', "", text.lstrip().partition("\n")[0])
    separator = next((mark for mark in "\t;|," if mark in first_line), "")
    file = io.StringIO(text.rstrip(" \r\n"), newline="")
    mark = separator or "|"
    reader = csv.reader(file, delimiter=mark, skipinitialspace=True, strict=True)
    rows = []
    try:
        for row in reader:
            cells = [cell.strip() for cell in row] or [""]
            # In a single column, an empty line is a gap. "sep=;" is there for Excel.
            if not separator or any(cells) and cells[0].lower() != "sep=":
                rows.append((reader.line_num, cells))
    except csv.Error as error:
        raise ValueError(f"is no CSV file: {error}; is a quote missing?") from None
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


def count_classes(labels, name):
    """Count the classes of labels, "" for a gap. Returns a dict, and a note.

    The largest comes first. Raises ValueError if there are too few, as in a column of prices.
    """
    counts = dict(Counter(filter(None, labels)).most_common())
    # Without the held-out fifth, a class of seven has a row for each of five folds.
    few = [f"{n} of {label[:40]}" for label, n in counts.items() if n < 7]
    if few or len(counts) < 2:
        raise ValueError(
            f"needs two classes or more in {name!r}, with seven rows each, but has "
            f"{', '.join(few[:20]) or [*counts]}; a price is a number, not a class, and "
            "this script is for classes, such as low and high"
        )
    note = "Classes: " + ", ".join(f"{n} {label}" for label, n in counts.items())
    plain = ["".join(label.casefold().split()) for label in counts]
    alike = [label for label, its in zip(counts, plain) if plain.count(its) > 1]
    if alike:
        note += f"\nIf these are one class, write them alike: {', '.join(alike)}"
    return counts, note


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
