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
from sklearn.model_selection import (
    StratifiedGroupKFold,
    StratifiedKFold,
    cross_validate,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

# patient_id, CustomerID, userid, but not PAID, which may be a column, too.
IDENTIFIER = re.compile(
    r"[a-z](Id|ID)$|(?i:(^|[\W_]|customer|client|patient|person|user|student|order|case)"
    r"(id|uuid|guid)([\W_]|$)|unnamed: \d+$)"
)


def why_left_out(name, cells, is_words):
    """Return why nothing can be learned from a column, or ""."""
    values = Counter(filter(None, cells))
    if len({*cells}) == 1:
        return "the same in every row"
    if IDENTIFIER.search(name):
        return "an identifier, by its name"
    if is_words and len(values) > values.total() / 2:
        return "words, most of them different"
    return ""


def gives_away(cells, labels):
    """Whether each repeated cell of a column has one class, and most cells are repeated."""
    counts = Counter(cells)
    pairs = Counter(pair for pair in zip(cells, labels) if counts[pair[0]] > 1)
    return (
        pairs.total() > len(cells) / 2
        and all(n == counts[cell] for (cell, _), n in pairs.items())
        and {label for _, label in pairs} == {*labels}
    )


def sort_columns(table, target):
    """Find out what the columns beside the target are, from the rows that have a target.

    Returns a dict of columns of numbers, NaN for a gap, a dict of columns of words, "" for
    a gap, what identifies rows that belong together (or None), and notes for the user.
    Raises ValueError with all that has to be cleaned.
    """
    labels = np.array(reading.find_column(table, target), dtype=object)
    known = labels != ""
    number_columns = {}
    word_columns = {}
    groups = None
    notes = []
    problems = []
    seen = [labels[known]]
    for name in table.names:
        if name == target:
            continue
        cells = np.array(reading.find_column(table, name), dtype=object)
        numbers, strange = reading.to_numbers(table, name)
        n_numbers = np.sum(~np.isnan(numbers))
        n_words = sum(not advice for advice in strange.values())
        if len(strange) > n_words and n_numbers + len(strange) > 2 * n_words:
            problems.append(reading.say_strange(table, name, strange))
        about = name
        if strange:
            about += f", with {cells[min(strange)][:40]!r}"
        if strange and n_numbers > n_words:
            about += f" (most are numbers; empty the other {n_words} to use them)"
        reason = why_left_out(name, cells[known], bool(strange))
        if reason:
            notes.append(f"Left out: {about} ({reason})")
            n_different = len({*cells[known]})
            finer = groups is None or n_different > len({*groups})
            if "identifier" in reason and finer and n_different < known.sum():
                ids = enumerate(cells[known])
                groups = np.array([cell or f"a gap in row {i}" for i, cell in ids])
                notes.append(
                    f"Rows with the same {name} stay on one side of each split."
                )
            continue
        seen.append(cells[known])
        if strange:
            notes.append(f"Column of words: {about}")
            word_columns[name] = cells
        else:
            number_columns[name] = numbers
        if gives_away(cells[known], labels[known]):
            notes.append(
                f"{name} gives {target} away, as each of its repeated values has one class. "
                "If it is known only after the answer, delete it."
            )
    if len(seen) == 1 and not problems:
        problems.append(f"has no column to learn from. {'. '.join(notes)}")
    for label in {*labels[known]} if groups is not None else ():
        if len({*groups[labels[known] == label]}) < 5:
            problems.append(
                f"has fewer than five identifiers in {label}; rename the column if it "
                "holds something else"
            )
    if problems:
        raise ValueError("; ".join(problems))
    notes.append(f"Columns of numbers: {len(number_columns)}")
    n_gaps = sum(np.sum(np.isnan(numbers)) for numbers in number_columns.values())
    n_gaps += sum(np.sum(cells == "") for cells in word_columns.values())
    if n_gaps:
        notes.append(
            f"Gaps: {n_gaps}, filled with the median; in words a word of its own"
        )
    copies = known.sum() - len({*zip(*seen)})
    if copies:
        notes.append(
            f"Rows like another one in all columns used: {copies} of {known.sum()}. If one "
            "thing is there\ntwice, delete a row: both learned from and held out, it makes "
            "the result too good."
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
    numbers = make_pipeline(gaps, StandardScaler())
    # A column of 0 and 1 for each word, a gap among them. The rarest share the 50th.
    words = OneHotEncoder(max_categories=50, handle_unknown="infrequent_if_exist")
    columns = make_column_transformer(
        (numbers, list(range(n_numbers))),
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


def compare(methods, X, y, groups, rare):
    """Print each method's accuracy in the same five folds, and the recall of a rare class.

    Returns a dict of their accuracies, or if a class is rare of their mean recalls.
    """

    def recall_of_rare(model, X, y):
        return np.mean((model.predict(X) == rare)[y == rare]) if rare in y else np.nan

    scoring = {"accuracy": "accuracy"}
    if rare:
        scoring |= {"mean recall": "balanced_accuracy", "recall": recall_of_rare}
    scores = {}
    for name, method in methods.items():
        # The same rows in each fold for every method.
        its = cross_validate(
            method, X, y, groups=groups, cv=make_folds(groups), scoring=scoring
        )
        accuracies = its["test_accuracy"]
        recall = f"  {np.nanmean(its['test_recall']):.2f}" if rare else ""
        means = f"{accuracies.mean():.2f} (+/- {accuracies.std():.2f})"
        print(f"{name:22}  {means}{recall}", flush=True)
        scores[name] = its["test_mean recall"] if rare else accuracies
    return scores


def make_folds(groups):
    """Make five folds with the classes' proportions, and no group in two of them."""
    splitter = StratifiedKFold if groups is None else StratifiedGroupKFold
    return splitter(n_splits=5, shuffle=True, random_state=42)


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


def report(model, X, y, label, names, scoring):
    """Print how right a model is on held-out rows, and the five columns that matter most."""
    predicted = model.predict(X)
    print(f"{np.sum(predicted == y)} of {len(y)} right")
    print(classification_report(y, predicted, zero_division=0))
    found = np.sum((predicted == label) & (y == label))
    called = np.sum(predicted == label)
    print(f"Precision: {found} of the {called} that it calls {label} are {label}.")
    print(f"Recall: it finds {found} of the {np.sum(y == label)} that are {label}.")
    # Shuffled, a column tells nothing. The more worse the answers get, the more it matters.
    importances = permutation_importance(
        model,
        X,
        y,
        scoring=scoring,
        n_repeats=max(1, min(5, 200 // len(names))),
        max_samples=min(1000, len(y)),
        random_state=42,
    ).importances_mean
    print("\nWhat matters most: how much is lost when a column is shuffled")
    for i in np.argsort(-importances, kind="stable")[:5]:
        if importances[i] > 0:
            print(f"{names[i]:22}  {importances[i]:.2f}")


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
        counts, notes = reading.count_classes(table, target)
        numbers, words, groups, more_notes = sort_columns(table, target)
        new = np.flatnonzero(labels == "")
        if len(new) and saved.exists():
            raise ValueError(
                f"has new rows, but {saved} is there already; move it away"
            )
    except ValueError as error:
        parser.error(f"{options.file} {error}")
    print(f"Rows with a value in {target}: {np.sum(labels != '')} of {len(labels)}")
    print("\n".join(filter(None, [*notes, *more_notes, table.note])))

    # Each word gets a number, because scikit-learn wants a single array.
    codes = [np.unique(cells, return_inverse=True)[1] for cells in words.values()]
    all_X = np.column_stack([*numbers.values(), *codes])
    X = all_X[labels != ""]
    y = labels[labels != ""]
    *_, smallest = counts
    # Then whoever never answers with it is right most times, so accuracy says little.
    rare = smallest if 2 * counts[smallest] < max(counts.values()) else None
    # A class of five has four rows here, and is missing from one fold. That does no harm.
    warnings.filterwarnings(
        "ignore", "The least populated class|y_pred contains classes"
    )
    train, test = next(make_folds(groups).split(X, y, groups))
    methods = make_methods(len(train), len(numbers), X.shape[1])
    recall = f", and recall of {rare}" if rare else ""
    print(
        f"\nAccuracy (+/- standard deviation) in five folds of {len(train)} rows{recall}"
    )
    its_groups = None if groups is None else groups[train]
    method, sentence = judge(compare(methods, X[train], y[train], its_groups, rare))
    print(sentence)
    if rare:
        print("What counts here is the mean recall of the classes.")
    model = methods[method].fit(X[train], y[train])
    print(f"\nThe held-out fifth, by {method}:", end=" ")
    scoring = "balanced_accuracy" if rare else "accuracy"
    report(model, X[test], y[test], smallest, [*numbers, *words], scoring)
    if not len(new):
        return
    model.fit(X, y)  # With all rows that have an answer.
    answers = model.predict(all_X[new])
    scores = model.predict_proba(all_X[new]).max(axis=1)
    print(f"\nThe {len(new)} rows without {target}, by {method}")
    for i, answer, score in list(zip(new, answers, scores))[:10]:
        print(f"line {table.lines[i]}: {answer} (score {score:.2f})")
    try:
        with saved.open("x", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, delimiter=table.separator)
            writer.writerow([*table.names, f"{target}: answer", f"{target}: score"])
            for i, answer, score in zip(new, answers, scores):
                writer.writerow([*table.rows[i], answer, f"{score:.2f}"])
        print(f"Saved {saved}")
    except OSError as error:
        print(f"{saved} cannot be saved: {error.strerror}")


if __name__ == "__main__":
    reading.run(main)
