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

# Cells without a value, in small letters. In a column of numbers a dash is one, too.
GAPS = {"", "na", "n/a", "n.a.", "#n/a", "nan", "<na>", "null", "?"}
DASHES = {"-", "--", ".", "none"}
PLAIN = re.compile(r"[-+]?(\d+([.,]\d*)?|[.,]\d+)(e[-+]?\d+)?", re.IGNORECASE)
# Thousands, or three decimals. (After a 0 they can only be decimals.)
GROUPED = re.compile(r"[-+]?[1-9]\d{0,2}([.,'’\s]\d{3})+")
CURRENCY = "[$€£¥₹]|EUR|USD|GBP|CHF"
# A number made nice to read: $1,234.50, 5 %, 6.48M.
DECORATED = re.compile(
    rf"[-+]?({CURRENCY})?\s*[-+]?({GROUPED.pattern}|\d+)?([.,]\d*)?"
    rf"\s*({CURRENCY}|%|[kmb]|bn|mio|mrd)?",
    re.IGNORECASE,
)


class Table(NamedTuple):
    """A table as its user saved it: names of columns, and rows of cells, which are text."""

    names: list
    rows: list
    lines: list  # The line in the file at which each row begins.
    separator: str  # Between the columns, or "" if there is only one.
    note: str  # For the user, or "".


def split_rows(text, separator, strict=False):
    """Split a text into rows, each with its line, without empty rows at both ends."""
    file = io.StringIO(text, newline="")
    reader = csv.reader(file, delimiter=separator, skipinitialspace=True, strict=strict)
    rows = []
    line = 1
    try:
        for cells in reader:
            rows.append((line, [cell.strip() for cell in cells]))
            line = reader.line_num + 1
    except csv.Error as error:
        raise ValueError(f"is no CSV file: {error}, from line {line} on") from None
    filled = [i for i, (_, cells) in enumerate(rows) if any(cells)]
    return rows[filled[0] : filled[-1] + 1]


def fits(cells, names):
    """Whether a row has a cell for each name. Empty cells behind them do no harm."""
    return not cells or len(cells) >= len(names) and not any(cells[len(names) :])


def choose_separator(text, marks):
    """Find the mark between the columns, or "" if there is one column."""
    tables = {mark: [cells for _, cells in split_rows(text, mark)] for mark in marks}
    fitting = []
    for mark, rows in tables.items():
        if len(rows[0]) > 1 and all(fits(cells, rows[0]) for cells in rows):
            fitting.append(mark)
    # Between semicolons there may be a comma in each name and in each number.
    if len(fitting) > 1 and "," in fitting:
        fitting.remove(",")
    if len(fitting) > 1:
        raise ValueError(f"has columns between each of these: {' '.join(fitting)}")
    lines = ["".join(cells) for cells in tables.get("|", [])]
    commas = ["," in line for line in lines]
    numbers = all(PLAIN.fullmatch(line) or line.lower() in GAPS for line in lines[1:])
    # Words without any mark, or numbers with a decimal comma in some lines, not in all.
    single = all(len(cells) < 2 for rows in tables.values() for cells in rows)
    if single or numbers and not all(commas):
        return ""
    return fitting[0] if fitting else max(marks, key=lambda mark: len(tables[mark][0]))


def read_table(path):
    """Read a CSV file with a comma, semicolon, tab or "|" between the columns.

    The first line has to hold their names, unless there is just one number in each line.
    Raises ValueError with what is wrong, a sentence without its subject.
    """
    try:
        if path.is_dir():
            raise ValueError("is a folder")
        content = path.read_bytes()
    except OSError as error:
        raise ValueError(explain(error)) from None
    note = ""
    utf_16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if utf_16 else "utf-8-sig")
    except UnicodeDecodeError:
        # What Excel writes in the west, unless told otherwise.
        text = content.decode("cp1252", errors="replace")
        note = 'If letters look wrong, save the file as "CSV UTF-8".'
    if "\0" in text:  # A spreadsheet's own format.
        raise ValueError('is no text; save it as "CSV UTF-8"')
    # Excel is told the separator in a line above the names.
    told = re.match(r'"?sep=([,;\t|])"?(?=[\r\n])', text)
    text = text[told.end() :] if told else text
    if not text.strip('",;|\t\r\n '):
        raise ValueError("is empty")
    separator = told[1] if told else choose_separator(text, ",;\t|")
    rows = split_rows(text, separator or "|", strict=True)

    line, names = rows[0]
    first = (separator or " ").join(names)[:60]
    while not names[-1]:
        names.pop()
    problem = ""
    for name in names:
        if name.lower() in GAPS | DASHES:
            problem = "a name is missing"
        elif PLAIN.fullmatch(name):
            problem = f"{name} is a number"
        elif names.count(name) > 1:
            problem = f"two columns are named {name}"
    if len(names) == 1 and separator:
        problem = "it has one cell"
    if not separator and re.search(r"\d", first) and DECORATED.fullmatch(first):
        names = ["value"]
    elif problem:
        if re.fullmatch(r"\d+,\d+", first):
            problem += f" (if {first} is one, put a name above it, such as value)"
        raise ValueError(
            "needs the names of its columns in its first line, but line "
            f"{line} is {first!r}: {problem}"
        )
    else:
        rows = rows[1:]
    wrong = [(n, separator.join(cells)) for n, cells in rows if not fits(cells, names)]
    if wrong:
        raise ValueError(
            f"has not {len(names)} cells, as its first line has, in {list_lines(wrong)}; "
            f"a cell with {separator!r} in it needs quotes"
        )
    # In a single column an empty line is a gap, else it is nothing.
    rows = [(n, cells or [""]) for n, cells in rows if cells or not separator]
    if not rows:
        raise ValueError("has no rows below its first line")
    lines, rows = zip(*rows)
    return Table(names, [row[: len(names)] for row in rows], lines, separator, note)


def find_column(table, name):
    """Return the cells of the column with this name."""
    if name not in table.names:
        names = ", ".join(table.names)
        raise ValueError(f"has no column {name!r}, only these: {names}. {table.note}")
    return [cells[table.names.index(name)] for cells in table.rows]


def list_lines(cells):
    """Name the first five of some cells with their lines, and say how many more."""
    listed = [f"line {line} ({cell[:40] or 'a gap'})" for line, cell in cells]
    more = f" and {len(listed) - 5} more" if len(listed) > 5 else ""
    return ", ".join(listed[:5]) + more


def to_numbers(cells, separator):
    """Read a column's cells as numbers, with NaN for a gap.

    Decimals have a point, or, where no comma separates the columns, a comma, if the column
    leaves no doubt. Returns an array, and a dict from the place of each cell that is no
    number to what to do about it, which is "" for a word.
    """
    plain = [cell for cell in cells if PLAIN.fullmatch(cell)]
    certain = "".join(cell for cell in plain if not GROUPED.fullmatch(cell))
    decimal = {"."} if separator == "," else {".", ","} & {*certain}
    numbers = np.full(len(cells), np.nan)
    strange = {}
    for i, cell in enumerate(cells):
        mark = {".", ","} & {*cell}
        if cell.lower() in GAPS | DASHES:
            continue
        if PLAIN.fullmatch(cell) and (not mark or mark == decimal):
            numbers[i] = float(cell.replace(",", "."))
        strange[i] = ""
        # The square of what is larger would be infinite.
        if abs(numbers[i]) < 1e30:
            del strange[i]
        elif DECORATED.fullmatch(cell) and re.search(r"\d", cell):
            sign = re.sub(r"[-+\d.,\s]", "", cell)
            strange[i] = (
                f'remove "{sign}", and write out the zeros of a thousand or million'
            )
            if not sign:
                strange[i] = (
                    "write thousands without a mark, and decimals all with one, "
                )
                strange[i] += "a point if there are commas between the columns"
    return numbers, strange


def say_strange(table, name, strange):
    """Say which cells of a column cannot be read as numbers, and what to do about it."""
    cells = find_column(table, name)
    listed = list_lines([(table.lines[i], cells[i]) for i in strange])
    advice = max(strange.values(), key=len) or "only numbers can be read"
    return f"has what is no number in {name!r}, {listed}: {advice}"


def count_classes(labels, column):
    """Count the classes among labels. Returns a dict, the largest first, and notes.

    Raises ValueError if they are numbers such as prices, or if there are too few.
    """
    counts = dict(Counter(labels).most_common())
    numbers, strange = to_numbers(list(counts), "")
    # 0, 1, 2 or 1 to 5 stars are classes, not 12.50 nor numbers that hardly repeat.
    fine = not strange and not np.any(numbers % 1) and len(counts) <= len(labels) / 5
    if not fine and all(strange.values()):
        raise ValueError(
            f"has numbers in {column!r}. A price is a number, not a class; this script is "
            "for classes, such as low and high"
        )
    notes = [f"Classes: {', '.join(f'{n} {name}' for name, n in counts.items())}"]
    for (name, n), (other, fewer) in itertools.combinations(counts.items(), 2):
        alike = name.casefold() == other.casefold()
        if n >= 10 * fewer and not re.search(r"\d", name):
            # Misspelt, perhaps.
            ratio = difflib.SequenceMatcher(None, name, other).ratio()
            alike = alike or len(name) > 4 and ratio > 0.85
        if alike:
            notes.append(f"Are {name} and {other} one class? Then write them alike.")
    rare = [f"{n} of {name}" for name, n in counts.items() if n < 5]
    # Without the held-out fifth, a class of seven has five rows left, one for each fold.
    if rare or len(counts) < 2 or max(counts.values()) < 7:
        raise ValueError(
            f"needs two classes or more in {column!r}, with five rows each and seven of the "
            f"largest, but has {', '.join(rare or notes)}. {' '.join(notes[1:])}"
        )
    return counts, notes
