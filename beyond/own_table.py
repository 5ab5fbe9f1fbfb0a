"""Beyond lesson 6: is a network worth it on a table of yours?

    python beyond/own_table.py flowers.csv species

flowers.csv is a table as a spreadsheet saves it, with names in its first line, and species
is the name of the column to predict, which holds classes. The other columns may be numbers
or words, and cells may be empty.

A fifth of the rows is held out. On the rest, lesson 6's network meets guessing and two
methods that are hard to beat on tables. Logistic regression adds up the columns, each times
a weight. Gradient-boosted trees are many small trees of questions ("is it wider than 1.7?"),
and each tree corrects those before it.
"""

import argparse
import csv
import os
import re
import sys
import warnings
from pathlib import Path

# Hides TensorFlow's start-up notes.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# With several threads the trees get slower, not faster, where other programs are running.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# So that the lessons are found, wherever this is started from.
sys.path.append(str(Path(__file__).resolve().parent.parent))

import numpy as np
from sklearn.compose import make_column_transformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import classification_report
from sklearn.model_selection import StratifiedKFold, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

# Cells without a value, in small letters.
GAPS = {"", "na", "n/a", "#n/a", "nan", "null", "?"}


def read_table(path):
    """Read a CSV file with commas, semicolons or tabs between its columns.

    Returns its first line's names, an array of text of shape (rows, columns) with "" for a
    gap, and the mark in decimal numbers. Raises ValueError with a sentence on what is wrong.
    """
    if os.path.isdir(path):
        raise ValueError("is a folder")
    try:
        content = Path(path).read_bytes()
    except FileNotFoundError:
        raise ValueError("is not there") from None
    except OSError:
        raise ValueError("may not be read") from None
    if b"\0" in content:
        raise ValueError('is no CSV file; save the table as "CSV UTF-8"')
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What Excel writes in the west, unless told otherwise.
        text = content.decode("cp1252", errors="replace")
    first_line = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(",;\t", key=first_line.count)
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter)
    rows = []
    for row in reader:
        cells = [cell.strip() for cell in row]
        # A spreadsheet may end with rows that are empty.
        if any(cells):
            rows.append(["" if cell.lower() in GAPS else cell for cell in cells])
            if len(cells) != len(rows[0]):
                there = f"{len(cells)} cells in line {reader.line_num}"
                raise ValueError(f"has {there}, but {len(rows[0])} in its first")
    if len(rows) < 2:
        raise ValueError("has no rows below a line of names")
    # Spreadsheets choose another delimiter where the comma stands in decimal numbers.
    decimal_mark = "." if delimiter == "," else ","
    return rows[0], np.array(rows[1:], dtype=object), decimal_mark


def to_numbers(cells, decimal_mark):
    """Return a column's numbers, NaN for a gap, or None if there is a word among them."""
    try:
        numbers = [float(cell.replace(decimal_mark, ".") or "nan") for cell in cells]
    except ValueError:
        return None
    # Infinity, and what is infinite when it is squared, is as good as a word.
    return None if np.any(np.abs(numbers) > 1e30) else np.array(numbers)


def check_classes(target, labels, decimal_mark):
    """Raise ValueError where the labels are no classes, or too few to learn from."""
    classes, counts = np.unique(labels, return_counts=True)
    if len(classes) < 2:
        raise ValueError(f"needs two classes in {target!r}, but has {len(classes)}")
    if len(classes) > 20 and to_numbers(classes, decimal_mark) is not None:
        raise ValueError(
            f"has {len(classes)} numbers in {target!r}; classes are needed, such as low, high"
        )
    # Without the held-out fifth, a class of seven still has five rows for the five folds.
    if counts.min() < 5 or counts.max() < 7:
        raise ValueError(
            f"has {counts.min()} rows of {classes[counts.argmin()]!r} in {target!r}; each "
            "class needs five, the largest seven, so join classes or delete their rows"
        )


def why_left_out(name, cells, numbers):
    """Return why nothing can be learned from a column, or None if something can."""
    is_id = name.endswith(("Id", "ID")) or re.split(r"[\W_]", name.lower())[-1] == "id"
    different = len(set(cells))
    if different == 1:
        return "the same in every row"
    if numbers is None:
        return "words, most of them different" if different > len(cells) / 2 else None
    # Measurements may be all different, too, but they are hardly 1, 2, 3 and so on.
    counted = is_id or np.ptp(numbers) < 2 * len(cells)
    if different == len(cells) and np.all(numbers % 1 == 0) and counted:
        return "an identifier"
    return None


def load_table(path, target):
    """Read the table, and find out what its columns are.

    Returns X of shape (rows, columns), numbers with NaN for a gap before words; the labels
    y; how many columns are numbers; and notes for the user. Raises what read_table raises.
    """
    names, rows, decimal_mark = read_table(path)
    if target not in names:
        raise ValueError(f"has no column {target!r}, only these: {', '.join(names)}")
    n_all = len(rows)
    rows = rows[rows[:, names.index(target)] != ""]
    y = rows[:, names.index(target)]
    check_classes(target, y, decimal_mark)
    notes = [f"Rows with a value in {target}: {len(y)} of {n_all}"]
    n_gaps = 0
    number_columns = []
    word_columns = []
    for name, cells in zip(names, rows.T):
        if name == target:
            continue
        numbers = to_numbers(cells, decimal_mark)
        about = name
        if numbers is None:
            words = [x for x in cells if to_numbers([x], decimal_mark) is None]
            about = f"{name}, with {words[0][:40]!r}"
            if len(words) < len(cells) / 2:
                about += (
                    f" (most are numbers; empty the other {len(words)} to use them)"
                )
        reason = why_left_out(name, cells, numbers)
        if reason is not None:
            notes.append(f"Left out: {about} ({reason})")
            continue
        n_gaps += np.sum(cells == "")
        if numbers is None:
            notes.append(f"Column of words: {about}")
            word_columns.append(cells)
            continue
        number_columns.append(numbers)
        commas = [cell for cell in cells if "," in cell]
        if commas:
            number = to_numbers(commas[:1], decimal_mark)[0]
            notes.append(
                f"Decimal commas: {name}, with {commas[0]}, read as {number:g}"
            )
    if not number_columns + word_columns:
        raise ValueError(f"has no column to learn from. {'. '.join(notes[1:])}")
    notes.append(f"Columns of numbers: {len(number_columns)}")
    if n_gaps:
        notes.append(
            f"Gaps: {n_gaps}, filled with the median; in words a word of its own"
        )
    X = np.array(number_columns + word_columns, dtype=object).T
    return X, y.astype(str), len(number_columns), notes


def make_methods(X, n_numbers):
    """Make the four methods for tables like X, whose first columns are numbers, as a dict.

    Each is a pipeline, so it learns medians, means and words anew in each fold.
    """
    # Imported here because TensorFlow takes seconds.
    from tensorflow.keras.utils import disable_interactive_logging, set_random_seed

    from model_evaluation import KerasClassifier, build_classifier

    set_random_seed(42)
    disable_interactive_logging()  # No progress bar for each fold.
    # A gap becomes the median of its column.
    gaps = SimpleImputer(strategy="median", keep_empty_features=True)
    numbers = make_pipeline(gaps, StandardScaler())
    # A column of 0 and 1 for each word, a gap among them. The rarest share the 50th.
    words = OneHotEncoder(max_categories=50, handle_unknown="infrequent_if_exist")
    columns = make_column_transformer(
        (numbers, list(range(n_numbers))),
        (words, list(range(n_numbers, X.shape[1]))),
        sparse_threshold=0,
    )
    # With few rows, lesson 6's ten epochs of 32 rows a step would be too few steps.
    batch_size = min(32, 1 + len(X) // 10)
    epochs = min(30, max(10, 10_000 // len(X)))
    fit_kwargs = {"epochs": epochs, "batch_size": batch_size, "verbose": 0}
    # With the usual 20 rows a leaf, 30 rows would not get a single question.
    trees = HistGradientBoostingClassifier(min_samples_leaf=5, random_state=42)
    methods = {
        "guessing": DummyClassifier(),
        "logistic regression": LogisticRegression(max_iter=1000),
        "gradient-boosted trees": trees,
        "network": KerasClassifier(build_classifier, fit_kwargs=fit_kwargs),
    }
    return {name: make_pipeline(columns, method) for name, method in methods.items()}


def compare(methods, X, y):
    """Print and return each method's accuracies in the same five folds, as a dict."""
    # The same rows in each fold for every method.
    folds = StratifiedKFold(n_splits=5, shuffle=True, random_state=42)
    # A class of five has four rows here, and is missing from one fold. That does no harm.
    warnings.filterwarnings("ignore", "The least populated class")
    scores = {}
    for name, method in methods.items():
        scores[name] = cross_val_score(method, X, y, cv=folds)
        print(f"{name:22}  {scores[name].mean():.2f} (+/- {scores[name].std():.2f})")
    return scores


def judge(scores):
    """Return the method to use, and a sentence on whether the network is worth it."""
    others = [name for name in scores if name != "network"]
    best = max(others, key=lambda name: scores[name].mean())
    better = np.sum(scores["network"] > scores[best])
    worse = np.sum(scores["network"] < scores[best])
    folds = f"better in {better} of the five folds, worse in {worse}"
    # In all of them, because five are few.
    if better == 5:
        return "network", f"The network is clearly better than {best}: {folds}."
    return best, f"The network is not clearly better than {best}: {folds}."


def main(arguments=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", metavar="FILE.csv")
    parser.add_argument("target", metavar="TARGET", help="the column to predict")
    options = parser.parse_args(arguments)
    try:
        X, y, n_numbers, notes = load_table(options.file, options.target)
    except (ValueError, csv.Error) as error:
        parser.error(f"{options.file} {error}")
    # What the terminal cannot print becomes a "?". (IDLE's window has no reconfigure.)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    print("\n".join(notes))
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, test_size=0.2, stratify=y, random_state=42
    )
    methods = make_methods(X_train, n_numbers)
    print(f"\nAccuracy (+/- standard deviation) in five folds of {len(y_train)} rows")
    method, sentence = judge(compare(methods, X_train, y_train))
    print(sentence)
    y_pred = methods[method].fit(X_train, y_train).predict(X_test)
    right = np.sum(y_pred == y_test)
    print(f"\nThe held-out fifth, by {method}: {right} of {len(y_test)} right")
    print(classification_report(y_test, y_pred, zero_division=0))


if __name__ == "__main__":
    main()
