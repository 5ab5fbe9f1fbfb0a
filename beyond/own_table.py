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
from typing import NamedTuple

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
from sklearn.metrics import classification_report, make_scorer, recall_score
from sklearn.model_selection import (
    StratifiedGroupKFold,
    StratifiedKFold,
    cross_validate,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler


class Columns(NamedTuple):
    """What can be learned from, of shape (rows, columns)."""

    names: list  # Of the numbers, then of the words.
    numbers: np.ndarray  # NaN for a gap.
    words: np.ndarray  # "" for a gap.
    groups: np.ndarray  # Rows with the same one belong together. None: no such column.
    notes: list  # For the user.


def why_left_out(name, cells, is_words):
    """Return why nothing can be learned from a column of known rows, or ""."""
    values = Counter(cell for cell in cells if cell)
    if len({*cells}) == 1:
        return "the same in every row"
    parts = {*re.split(r"[\W_]", name.lower())}
    if parts & {"id", "uuid", "guid"} or name.endswith(("Id", "ID")):
        return "an identifier, by its name"
    if is_words and len(values) > values.total() / 2:
        return "words, most of them different"
    return ""


def gives_away(cells, labels):
    """Whether each repeated value of a column has one class, in half of the rows or more."""
    values = Counter(cells)
    pairs = [
        pair for pair in Counter(zip(cells, labels)).items() if values[pair[0][0]] > 1
    ]
    return (
        sum(n for _, n in pairs) >= len(cells) / 2
        and all(n == values[value] for (value, _), n in pairs)
        and {label for (_, label), _ in pairs} == {*labels}
    )


def sort_columns(table, target, labels):
    """Find out what the columns beside the target are. A label is "" in a new row.

    Raises ValueError with all cells that have to be cleaned.
    """
    known = [i for i, label in enumerate(labels) if label]
    y = [labels[i] for i in known]
    kinds = {"numbers": {}, "words": {}}
    groups = None
    notes = []
    problems = []
    n_gaps = 0
    used = [y]
    for name in table.names:
        if name == target:
            continue
        cells = reading.find_column(table, name)
        numbers, strange = reading.to_numbers(cells, table.separator)
        cells = ["" if cell.lower() in reading.GAPS else cell for cell in cells]
        n_numbers = np.sum(~np.isnan(numbers))
        n_words = sum(not advice for advice in strange.values())
        if len(strange) > n_words and n_numbers + len(strange) > 2 * n_words:
            problems.append(reading.say_strange(table, name, strange))
        known_cells = [cells[i] for i in known]
        about = name
        if strange:
            about += f", with {cells[min(strange)][:40]!r}"
            if n_numbers > len(strange):
                about += (
                    f" (most are numbers; empty the other {len(strange)} to use them)"
                )
        reason = why_left_out(name, known_cells, bool(strange))
        if reason:
            notes.append(f"Left out: {about} ({reason})")
            n_different = len({*known_cells})
            if "identifier" in reason and n_different < len(known):
                if groups is None or n_different > len({*groups}):
                    groups = known_cells
                    group_name = name
            continue
        if strange:
            notes.append(f"Column of words: {about}")
        elif known_cells and np.all(np.diff(numbers) == 1):
            notes.append(f"{name} counts the rows. If it means nothing, delete it.")
        if gives_away(known_cells, y):
            notes.append(
                f"{name} gives {target} away: each of its repeated values has one class. "
                "If it is known only when the answer is, delete it."
            )
        n_gaps += cells.count("") if strange else np.sum(np.isnan(numbers))
        kinds["words" if strange else "numbers"][name] = cells if strange else numbers
        used.append(known_cells)
    if problems:
        raise ValueError("; ".join(problems))
    if len(used) == 1:
        raise ValueError(f"has no column to learn from. {'. '.join(notes)}")
    notes.append(f"Columns of numbers: {len(kinds['numbers'])}")
    if n_gaps:
        notes.append(f"Gaps: {n_gaps}, filled with the median, or a word of their own")
    copies = len(known) - len({*zip(*used)})
    if copies:
        notes.append(
            f"Copies: {copies} of {len(known)} rows are equal to another one. If they are "
            "the same thing twice, delete them, or the result is too good: some are "
            "learned from and others held out."
        )
    if groups is not None:
        groups = np.array(groups)
        notes.append(f"Rows with the same {group_name} are never on both sides.")
        for name in {*y}:
            if len({*groups[np.array(y) == name]}) < 5:
                raise ValueError(
                    f"has fewer than five different {group_name} in class {name}; if it is "
                    "no identifier, rename it"
                )
    numbers, words = (
        np.array([*kind.values()], dtype=dtype).reshape(len(kind), len(labels)).T
        for kind, dtype in zip(kinds.values(), (float, object))
    )
    names = [*kinds["numbers"], *kinds["words"]]
    return Columns(names, numbers, words, groups, notes)


def make_methods(n_rows, n_numbers, n_words):
    """Make the four methods, as a dict, for tables whose first columns are numbers.

    The others are words, each with a number of its own. Each method is a pipeline, so it
    learns medians, means and words anew in each fold.
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
        (words, list(range(n_numbers, n_numbers + n_words))),
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


def recall_of(labels):
    """A scorer: the mean recall of these classes, or of all that there are if None."""
    return make_scorer(recall_score, labels=labels, average="macro", zero_division=0)


def compare(methods, X, y, folds, groups, rare):
    """Print each method's accuracy in the same five folds, and the recall of a rare class.

    Returns a dict of their accuracies, or where a class is rare, of their mean recalls.
    """
    scoring = {
        "accuracy": "accuracy",
        "recall": recall_of([rare]),
        "mean": recall_of(None),
    }
    scores = {}
    for name, method in methods.items():
        # The same rows in each fold for every method.
        its = cross_validate(method, X, y, cv=folds, groups=groups, scoring=scoring)
        accuracy = its["test_accuracy"]
        line = f"{name:22}  {accuracy.mean():.2f} (+/- {accuracy.std():.2f})"
        if rare:
            line += f"  {its['test_recall'].mean():.2f}"
        print(line, flush=True)
        scores[name] = its["test_mean" if rare else "test_accuracy"]
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


def report(model, X, y, name, columns, scoring):
    """Print how right a model is on held-out rows, and which five columns matter most."""
    predicted = model.predict(X)
    print(classification_report(y, predicted, zero_division=0))
    called = np.sum(predicted == name)
    found = np.sum((predicted == name) & (y == name))
    print(f"Precision: {found} of the {called} that it calls {name} are {name}.")
    print(f"Recall: it finds {found} of the {np.sum(y == name)} that are {name}.")
    # Shuffled, a column tells nothing. How much worse does that make the answers?
    importances = permutation_importance(
        model,
        X,
        y,
        scoring=scoring,
        n_repeats=max(1, min(5, 200 // len(columns))),
        max_samples=min(1000, len(y)),
        random_state=42,
    ).importances_mean
    print("\nWhat matters most: what shuffling the column costs")
    for i in np.argsort(-importances, kind="stable")[:5]:
        print(f"{columns[i]:22}  {importances[i]:.2f}")


def save_answers(path, table, rows, target, answers, scores):
    """Save some rows as a CSV file, with two columns more. The others stay as they are."""
    names = [*table.names, f"{target}: answer", f"{target}: score"]
    with open(path, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=table.separator)
        writer.writerow(names)
        for row, answer, score in zip(rows, answers, scores):
            writer.writerow([*table.rows[row], answer, f"{score:.2f}"])


def main(arguments=None):
    parser = reading.make_parser(__doc__)
    parser.add_argument("file", metavar="FILE.csv", type=Path)
    parser.add_argument("target", metavar="TARGET", help="the column to predict")
    options = parser.parse_args(arguments)
    target = options.target
    saved = Path(f"{options.file.stem}_answers.csv")
    try:
        table = reading.read_table(options.file)
        filled = [i for i, cells in enumerate(table.rows) if any(cells)]
        table = table._replace(
            rows=[table.rows[i] for i in filled], lines=[table.lines[i] for i in filled]
        )
        labels = reading.find_column(table, target)
        labels = ["" if label.lower() in reading.GAPS else label for label in labels]
        counts, notes = reading.count_classes([*filter(None, labels)], target)
        columns = sort_columns(table, target, labels)
        known = np.flatnonzero([bool(label) for label in labels])
        new = np.flatnonzero([not label for label in labels])
        if len(new) and saved.exists():
            raise ValueError(
                f"would have its answers in {saved}, which is there; move it"
            )
    except ValueError as error:
        parser.error(f"{options.file} {error}")
    print(f"Rows with a value in {target}: {len(known)} of {len(labels)}")
    print("\n".join(filter(None, [*notes, *columns.notes, table.note])))

    # Each word gets a number, so that all is one array, as scikit-learn wants it.
    codes = (
        OrdinalEncoder().fit_transform(columns.words)
        if columns.words.size
        else columns.words
    )
    X = np.hstack([columns.numbers, codes]).astype(float)
    y = np.array(labels)[known]
    *_, smallest = counts
    # Then accuracy alone says little: whoever never answers with it is right most times.
    rare = smallest if 2 * counts[smallest] < max(counts.values()) else None
    splitter = StratifiedKFold if columns.groups is None else StratifiedGroupKFold
    folds = splitter(5, shuffle=True, random_state=42)
    # A class of five has four rows here, and is missing from one fold. That does no harm.
    warnings.filterwarnings("ignore", "The least populated class")
    train, test = next(folds.split(X[known], y, columns.groups))
    groups = None if columns.groups is None else columns.groups[train]
    methods = make_methods(len(train), columns.numbers.shape[1], columns.words.shape[1])
    print(
        f"\nAccuracy (+/- standard deviation) in five folds of {len(train)} rows",
        end="",
    )
    print(f", and recall of {rare}" if rare else "")
    scores = compare(methods, X[known][train], y[train], folds, groups, rare)
    method, sentence = judge(scores)
    print(sentence, "Counted by the mean of the classes' recalls." if rare else "")
    model = methods[method].fit(X[known][train], y[train])
    right = np.sum(model.predict(X[known][test]) == y[test])
    print(f"\nThe held-out fifth, by {method}: {right} of {len(test)} right")
    scoring = recall_of(None) if rare else "accuracy"
    report(model, X[known][test], y[test], smallest, columns.names, scoring)
    if len(new):
        # With all rows that have an answer, the held-out ones among them.
        model.fit(X[known], y)
        answers = model.predict(X[new])
        scores = model.predict_proba(X[new]).max(axis=1)
        print(f"\nThe {len(new)} rows without {target}, by {method}")
        for i, answer, score in list(zip(new, answers, scores))[:10]:
            print(f"line {table.lines[i]}: {answer} (score {score:.2f})")
        save_answers(saved, table, new, target, answers, scores)
        print(f"Saved {saved}")


if __name__ == "__main__":
    reading.run(main)
