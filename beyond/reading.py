"""How the scripts of beyond/ read what a user brings. The only place that knows formats.

This is no script of its own: the others import it. Importing it also lets them import the
lessons, from whatever folder they are started.
"""

import argparse
import codecs
import csv
import difflib
import io
import itertools
import os
import re
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np

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
PLAIN = re.compile(r"[-+]?(\d+([.,]\d*)?|[.,]\d+)(e[-+]?\d+)?", re.IGNORECASE)
# Thousands, or three decimals. (After a 0 they can only be decimals.)
GROUPED = re.compile(r"[-+]?[1-9]\d{0,2}([.,'’\s]\d{3})+")
CURRENCY = "[$€£¥₹]|EUR|USD|GBP|CHF"
# A number made nice to read: $1,234.50, 5 %, 6.48M.
DECORATED = re.compile(
    rf"[-+]?({CURRENCY})?\s*[-+]?(?=[.,]?\d)({GROUPED.pattern}|\d+)?([.,]\d*)?"
    rf"\s*({CURRENCY}|%|[kmb]|bn|mio|mrd)?",
    re.IGNORECASE,
)


class Table(NamedTuple):
    """A table as its user saved it. Rows are lists of text, a cell for each name."""

    names: list
    rows: list
    lines: list  # The line in the file at which each row begins.
    separator: str  # Between the columns, or "" if there is only one.
    note: str  # For the user, or "".


def read_text(path):
    """Read a text file. Returns the text, and a note for the user or ""."""
    try:
        if path.is_dir():
            raise ValueError("is a folder")
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
    if not text.strip(" ,;|\t\r\n"):
        raise ValueError("is empty")
    return text, note


def read_table(path):
    """Read a CSV file with a comma, semicolon, tab or "|" between the columns.

    The first line has to hold their names, unless there is just one number in each line.
    Raises ValueError with what is wrong, a sentence without its subject.
    """
    text, note = read_text(path)
    # A name may have a comma in it, but hardly another mark, unless it is in quotes. Excel
    # is told the mark in a line of its own, "sep=;".
    first = re.sub('"[^"]*"', "", text.strip(" \r\n").splitlines()[0])
    separator = next((mark for mark in "\t;|," if mark in first), "")
    file = io.StringIO(text, newline="")
    reader = csv.reader(
        file, delimiter=separator or "|", skipinitialspace=True, strict=True
    )
    rows = []
    line = 1
    try:
        for cells in reader:
            rows.append((line, [cell.strip() for cell in cells]))
            line = reader.line_num + 1
    except csv.Error as error:
        raise ValueError(f"is no CSV file: {error}, from line {line} on") from None
    # Without empty rows at both ends. In between, in a single column, one is a gap.
    filled = [i for i, (_, cells) in enumerate(rows) if any(cells)]
    rows = rows[filled[0] : filled[-1] + 1]
    if rows[0][1][0].lower() == "sep=":
        rows = rows[1:] or rows
    rows = [(n, cells or [""]) for n, cells in rows if any(cells) or not separator]

    line, names = rows[0]
    first = separator.join(names)[:60]
    while not names[-1]:
        names.pop()
    problem = ""
    others = "".join(
        cells[0] for _, cells in rows[1:] if not DECORATED.fullmatch(cells[0])
    )
    if len(names) == 1 and (separator or re.search(r"[\t;|,]", others)):
        problem = "that is one name, but there are more columns"
    for name in names:
        if name.lower() in GAPS | DASHES:
            problem = "a name is missing"
        elif PLAIN.fullmatch(name):
            problem = f"{name} is a number"
        elif names.count(name) > 1:
            problem = f"two columns are named {name}"
    if not separator and DECORATED.fullmatch(first):
        names = ["value"]
    elif problem:
        if re.fullmatch(r"\d+,\d+", first):
            problem += (
                f" (if {first} is one, with a decimal comma, write a name above it)"
            )
        raise ValueError(
            f"needs the names of its columns in its first line, but line {line} is "
            f"{first!r}: {problem}"
        )
    else:
        rows = rows[1:]
    wrong = []
    for line, cells in rows:
        # Empty cells behind the last name do no harm.
        if len(cells) < len(names) or any(cells[len(names) :]):
            wrong.append((line, separator.join(cells)))
    if wrong:
        raise ValueError(
            f"has not {len(names)} cells, as its first line has, in {list_lines(wrong)}; "
            f"a cell with {separator!r} in it needs quotes"
        )
    if not rows:
        raise ValueError("has no rows below its first line")
    lines, rows = zip(*rows)
    return Table(names, [row[: len(names)] for row in rows], lines, separator, note)


def find_column(table, name):
    """Return the cells of the column with this name, "" for a gap."""
    if name not in table.names:
        names = ", ".join(table.names)
        raise ValueError(f"has no column {name!r}, only {names}. {table.note}".strip())
    place = table.names.index(name)
    cells = [row[place] for row in table.rows]
    return ["" if cell.lower() in GAPS else cell for cell in cells]


def list_lines(cells):
    """Name the first five of some (line, cell), and say how many more there are."""
    listed = [f"line {line} ({cell[:40] or 'a gap'})" for line, cell in cells]
    more = f" and {len(listed) - 5} more" if len(listed) > 5 else ""
    return ", ".join(listed[:5]) + more


def to_numbers(table, name):
    """Read a column as numbers, with NaN for a gap.

    Decimals have a point, or, where no comma separates the columns, a comma, if the column
    leaves no doubt. Returns an array, and a dict from the place of each cell that is no
    number to what to do about it, which is "" for a word.
    """
    cells = find_column(table, name)
    # Each different cell once, since many columns have few of them.
    read = dict.fromkeys(cells, np.nan)
    advice = {}
    plain = [cell for cell in read if PLAIN.fullmatch(cell)]
    certain = "".join(cell for cell in plain if not GROUPED.fullmatch(cell))
    decimal = {"."} if table.separator == "," else {".", ","} & {*certain}
    for cell in plain:
        mark = {".", ","} & {*cell}
        number = float(cell.replace(",", "."))
        # Of what is larger the square would be infinite.
        if (not mark or mark == decimal) and abs(number) < 1e30:
            read[cell] = number
    for cell in read:
        if not np.isnan(read[cell]) or cell.lower() in {"", *DASHES}:
            continue
        advice[cell] = ""
        if DECORATED.fullmatch(cell):
            sign = re.sub(r"[-+\d.,\s]", "", cell)
            advice[cell] = (
                "are these thousands or decimals? Write thousands without a mark; to three "
                "decimals add a 0; a comma between columns is none in a number"
            )
            if sign:
                zeros = " and write its zeros" if sign[0].lower() in "kmb" else ""
                advice[cell] = f'remove "{sign}"{zeros}'
    strange = {i: advice[cell] for i, cell in enumerate(cells) if cell in advice}
    return np.array([read[cell] for cell in cells]), strange


def say_strange(table, name, strange):
    """Say which cells of a column cannot be read as numbers, and what to do about it."""
    cells = find_column(table, name)
    listed = list_lines([(table.lines[i], cells[i]) for i in strange])
    advice = max(strange.values(), key=len) or "only numbers can be read"
    return f"has what is no number in {name!r}, {listed}: {advice}"


def count_classes(table, name):
    """Count the classes in a column. Returns a dict, the largest first, and notes.

    Raises ValueError if they are numbers such as prices, or if there are too few.
    """
    labels = [*filter(None, find_column(table, name))]
    counts = dict(Counter(labels).most_common())
    numbers, strange = to_numbers(table, name)
    # 0, 1, 2 or 1 to 5 stars are classes, not 12.50 nor numbers that hardly repeat.
    fine = (
        not strange and not np.any(numbers % 1 > 0) and len(counts) <= len(labels) / 5
    )
    if not fine and all(strange.values()):
        raise ValueError(
            f"has numbers in {name!r}. A price is a number, not a class; this script is "
            "for classes, such as low and high"
        )
    notes = [f"Classes: {', '.join(f'{n} {label}' for label, n in counts.items())}"]
    for label, other in itertools.combinations([*counts][:99], 2):
        pair = difflib.SequenceMatcher(None, label.casefold(), other.casefold())
        # Alike but for capitals, or rare and misspelt, not its opposite nor a number.
        rare = counts[label] >= 10 * counts[other] and not re.search(r"\d", label)
        opposite = label.endswith(other) or other.endswith(label)
        if pair.ratio() == 1 or pair.ratio() > 0.85 and rare and not opposite:
            notes.append(f"Are {label} and {other} one class? Then write them alike.")
    if {*counts} & DASHES and "+" not in counts:
        notes.append("Is the dash a gap? Then empty its cells.")
    few = [f"{n} of {label[:40]}" for label, n in counts.items() if n < 5]
    few[20:] = [f"{len(few) - 20} more"] if len(few) > 20 else []
    # Without the held-out fifth, a class of seven has five rows left, one for each fold.
    if few or len(counts) < 2 or max(counts.values()) < 7:
        raise ValueError(
            f"needs two classes or more in {name!r}, with five rows each and seven of the "
            f"largest, but has {', '.join(few) or counts or 'none'}. {' '.join(notes[1:])}"
        )
    return counts, notes
