"""Beyond lesson 6: is a network worth it on a table of yours? And what about its new rows?

    uv run beyond/own_table.py flowers.csv species

flowers.csv is a table as a spreadsheet saves it, with names in its first line, and species
is the name of the column to predict, which holds classes. The other columns may be numbers
or words, and cells may be empty. Where species is empty, it is answered at the end.

A fifth of the rows is held out. On the rest, lesson 6's network meets guessing and two
methods that are hard to beat on tables. Logistic regression adds up the columns, each times
a weight. Gradient-boosted trees are many small trees of questions ("is it wider than 1.7?"),
and each tree corrects those before it.
"""

import csv
import os
import re
import warnings
from collections import Counter
from pathlib import Path

# With several threads the trees get slower, not faster, where other programs are running.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import reading
from sklearn.compose import make_column_transformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import classification_report
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils.class_weight import compute_sample_weight

# id, patient_id, CustomerID, but not PAID.
IDENTIFIER = re.compile(r"(^|[\W_]|(?<=[a-z])(?=I))[iI][dD]([\W_]|$)")
# What counts the rows, in small letters.
ROW_NAMES = {"nr", "nr.", "no", "no.", "nummer", "row", "index", "#", "unnamed: 0"}
# The classes' proportions are the same in each fold, and no group is in two of them.
FOLDS = StratifiedGroupKFold(n_splits=5, shuffle=True, random_state=42)


def gives_away(cells, labels):
    """Whether most cells of a column are repeated, and each of these has one class."""
    counts = Counter(cells)
    repeated = [pair for pair in zip(cells, labels) if counts[pair[0]] > 1]
    n_values = len({cell for cell, _ in repeated})
    return len({*repeated}) == n_values and len(repeated) > len(cells) / 2


def sort_columns(table, target):
    """Find out what the columns beside the target are, from the rows that have a target.

    Returns a dict of columns of numbers, NaN for a gap, a dict of columns of words, "" for
    a gap, what tells which of the rows with a target belong together, and notes. Raises
    ValueError with all that has to be cleaned.
    """
    labels = np.array(reading.find_column(table, target), dtype=object)
    known = labels != ""
    labels = labels[known]
    number_columns = {}
    word_columns = {}
    groups = np.arange(len(labels))
    notes = []
    problems = []
    used = []
    for name in table.names:
        if name == target:
            continue
        all_cells = np.array(reading.find_column(table, name), dtype=object)
        cells = all_cells[known]
        if IDENTIFIER.search(name) or name.lower() in ROW_NAMES:
            notes.append(f"Left out: {name} (an identifier, by its name)")
            if len({*cells}) == len(cells):
                continue
            notes.append(f"Rows with the same {name} stay on one side of each split.")
            n_groups = Counter(label for _, label in {*zip(cells, labels)})
            if len({*groups}) < len(groups) or min(n_groups.values()) < 5:
                problems.append(
                    f"has identifiers that repeat in {name!r}; keep one such column at "
                    "most, with five or more of them in each class"
                )
            groups = cells
            continue
        numbers, unclean, words = reading.to_numbers(table, name)
        if len(words) > np.sum(~np.isnan(numbers)) + len(unclean):
            word_columns[name] = all_cells
        elif unclean or words:
            unclear = reading.say_unclear(table, name, sorted(unclean + words))
            problems.append(f"{unclear}; empty what is none, or delete the column")
        else:
            number_columns[name] = numbers
        codes = np.flatnonzero(reading.find_codes(numbers))
        if len(codes):
            listed = [(table.lines[i], f"{numbers[i]:g}") for i in codes]
            problems.append(
                f"has what may stand for gaps in {name!r}, {reading.list_lines(listed)}; "
                "empty these cells"
            )
        if gives_away(cells, labels):
            notes.append(
                f"{name} gives {target} away, as each of its repeated values has one class. "
                "If it is known only after the answer, delete it."
            )
        used.append(cells)
    if not used:
        problems.append("has no column to learn from")
    if problems:
        raise ValueError("; ".join(problems))
    notes.append(f"Columns of numbers: {len(number_columns)}")
    if word_columns:
        notes.append(f"Columns of words: {', '.join(word_columns)}")
    copies = len(labels) - len({*zip(*used, labels)})
    if copies:
        notes.append(
            f"Copies of other rows: {copies} of {len(labels)}. If one thing is there twice, "
            "delete a row, or the result is too good."
        )
    return number_columns, word_columns, groups, notes


def make_methods(n_rows, n_numbers, n_columns):
    """Make the four methods, as a dict, for tables whose first columns are numbers.

    In the others each word has a number. Each method is a pipeline, so it learns medians,
    means and words anew in each fold.
    """
    # Imported here because TensorFlow takes seconds.
    from tensorflow.keras.utils import disable_interactive_logging, set_random_seed

    from model_evaluation import KerasClassifier, build_classifier

    set_random_seed(42)
    disable_interactive_logging()  # No progress bar for each fold.
    # A gap becomes the median of its column.
    gaps = SimpleImputer(strategy="median", keep_empty_features=True)
    # A column of 0 and 1 for each frequent word, a gap among them. The rare ones share one.
    words = OneHotEncoder(
        min_frequency=2, max_categories=50, handle_unknown="infrequent_if_exist"
    )
    columns = make_column_transformer(
        (make_pipeline(gaps, StandardScaler()), list(range(n_numbers))),
        (words, list(range(n_numbers, n_columns))),
        sparse_threshold=0,
    )
    # With few rows, lesson 6's ten epochs of 32 rows a step would be too few steps.
    batch_size = min(32, 1 + n_rows // 10)
    epochs = min(30, max(10, 10_000 // n_rows))
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


def compare(methods, X, y, groups, smallest):
    """Print each method's accuracy in the same five folds, and its recall of a class.

    Returns a dict of their errors, shape (n,), which weigh as much in a rare class as in a
    large one. Else the best would be whoever never answers with the rare one.
    """
    folds = [*FOLDS.split(X, y, groups)]
    weights = compute_sample_weight("balanced", y)
    errors = {}
    for name, method in methods.items():
        predicted = cross_val_predict(method, X, y, cv=folds)
        recall = np.mean(predicted[y == smallest] == smallest)
        print(f"{name:22}  {np.mean(predicted == y):.2f}  {recall:.2f}", flush=True)
        errors[name] = weights * (predicted != y)
    return errors


def report(model, X, y, label, names):
    """Print how right a model is on held-out rows, and the five columns that matter most."""
    predicted = model.predict(X)
    print(f"{np.sum(predicted == y)} of {len(y)} right")
    print(classification_report(y, predicted, zero_division=0))
    found = np.sum((predicted == label) & (y == label))
    called = np.sum(predicted == label)
    print(f"Precision: {found} of the {called} that it calls {label} are {label}.")
    print(f"Recall: it finds {found} of the {np.sum(y == label)} that are {label}.")
    # Shuffled, a column tells nothing. The more worse the answers get, the more it matters.
    losses = permutation_importance(
        model, X, y, scoring="balanced_accuracy", random_state=42
    ).importances_mean
    print("\nWhat matters most: the mean recall that is lost when a column is shuffled")
    for i in np.argsort(-losses, kind="stable")[:5]:
        print(f"{names[i]:22}  {losses[i]:.2f}")


def main(arguments=None):
    parser = reading.make_parser(__doc__)
    parser.add_argument("file", metavar="FILE.csv", type=Path)
    parser.add_argument("target", metavar="TARGET", help="the column to predict")
    options = parser.parse_args(arguments)
    target = options.target
    saved = Path(f"{options.file.stem}_answers.csv")
    try:
        table = reading.read_table(options.file)
        labels = np.array(reading.find_column(table, target))
        counts, note = reading.count_classes(labels, target)
        numbers, words, groups, notes = sort_columns(table, target)
        new = np.flatnonzero(labels == "")
        if len(new) and saved.exists():
            raise ValueError(
                f"has new rows, but {saved} is there already; move it away"
            )
    except ValueError as error:
        parser.error(f"{options.file} {error}")
    print(f"Rows with a value in {target}: {np.sum(labels != '')} of {len(labels)}")
    print(*filter(None, [note, *notes, table.note]), sep="\n")

    # Each word gets a number, because scikit-learn wants a single array.
    codes = [np.unique(cells, return_inverse=True)[1] for cells in words.values()]
    all_X = np.column_stack([*numbers.values(), *codes])
    X = all_X[labels != ""]
    y = labels[labels != ""]
    *_, smallest = counts
    # With groups a class may be missing from a fold. That does no harm.
    warnings.filterwarnings(
        "ignore", "The least populated class|y_pred contains classes"
    )
    train, test = next(FOLDS.split(X, y, groups))
    methods = make_methods(len(train), len(numbers), X.shape[1])
    print(
        f"\nAccuracy in five folds, {len(train)} rows in all, and recall of {smallest}"
    )
    errors = compare(methods, X[train], y[train], groups[train], smallest)
    best, sentence = reading.find_best(errors)
    print(sentence)
    model = methods[best].fit(X[train], y[train])
    print(f"\nThe held-out fifth, by {best}:", end=" ")
    report(model, X[test], y[test], smallest, [*numbers, *words])
    if not len(new):
        return
    model.fit(X, y)  # With all rows that have an answer.
    answers = model.predict(all_X[new])
    scores = model.predict_proba(all_X[new]).max(axis=1)
    rows = [[*table.names, f"{target}: answer", f"{target}: score"]]
    print(f"\nThe {len(new)} rows without {target}, by {best}")
    for i, answer, score in zip(new, answers, scores):
        rows.append([*table.rows[i], answer, f"{score:.2f}"])
        if len(rows) <= 11:
            print(f"line {table.lines[i]}: {answer} (score {score:.2f})")
    try:
        with saved.open("x", encoding="utf-8-sig", newline="") as file:
            csv.writer(file, delimiter=table.separator).writerows(rows)
        print(f"Saved {saved}")
    except OSError as error:
        print(f"{saved} cannot be saved: {error.strerror}")


if __name__ == "__main__":
    reading.run(main)
