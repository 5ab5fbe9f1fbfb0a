"""Lesson 6: how good is a network really? Cross-validation and a report.

    python model_evaluation.py

The task: is a tumour malignant or benign, from 30 measurements of its cells?

To take away: one accuracy says little. Ask how much it varies from one part of the
data to the next, which mistakes are behind it, and whether something simpler would
have done as well.
"""

import argparse
import logging
import os
import signal
import sys
import tempfile
from pathlib import Path

# Start-up notes of TensorFlow, and of matplotlib if it is there, are not errors
# of yours. They must be off before the import.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
logging.getLogger("matplotlib").setLevel(logging.ERROR)
# TensorFlow warns when many networks are built in one run; here each fold needs its own.
logging.getLogger("tensorflow").setLevel(logging.ERROR)

from sklearn.datasets import load_breast_cancer
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import ConfusionMatrixDisplay, classification_report
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tensorflow.keras.layers import Dense, Input
from tensorflow.keras.models import Sequential
from tensorflow.keras.optimizers import Adam
from tensorflow.keras.utils import set_random_seed
from tensorflow.keras.wrappers import SKLearnClassifier


def load_data():
    """Load the breast cancer data of Wolberg, Street and Mangasarian (Wisconsin).

    Returns:
        X_train, X_test: float64 arrays of shapes (426, 30) and (143, 30), lengths and
        areas in different units; y_train, y_test: str arrays of shapes (426,) and
        (143,), "malignant" or "benign", in both parts in the same proportion.
    """
    data = load_breast_cancer()
    labels = data.target_names[data.target]
    return train_test_split(data.data, labels, stratify=labels, random_state=42)


def build_classifier(X=None, y=None):
    """Build and compile a network of one hidden layer.

    Args:
        X, y: what Keras's wrapper passes, the data of a fold; not needed here.

    Returns:
        A model from float arrays of shape (n, 30), each column scaled to mean 0 and
        variance 1, to float32 probabilities of shape (n, 2) that sum to 1.
    """
    model = Sequential(
        [Input(shape=(30,)), Dense(32, activation="relu"), Dense(2, "softmax")]
    )
    model.compile(
        optimizer=Adam(learning_rate=0.01),
        loss="categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


class KerasClassifier(SKLearnClassifier):
    """Keras's wrapper for scikit-learn, with copies that train as long as it does.

    scikit-learn trains a copy in each fold. Up to Keras 3.15.1 a copy forgets
    fit_kwargs, and with them the number of epochs: every fold trains for one only,
    and nothing says so. Once Keras has mended that, SKLearnClassifier will do.
    """

    def __sklearn_clone__(self):
        copy = super().__sklearn_clone__()
        copy.fit_kwargs = self.fit_kwargs
        return copy


def build_pipeline():
    """Put a scaler and the network together: what one fold trains.

    Returns:
        An untrained scikit-learn Pipeline, for the data that load_data() gives.
    """
    # The scaler belongs inside: it learns mean and variance, and what it learns from
    # rows that are held out would leak into the training.
    return make_pipeline(
        StandardScaler(),
        KerasClassifier(build_classifier, fit_kwargs={"epochs": 10, "verbose": 0}),
    )


# The command line and saving a picture, as in every lesson: no part of this one.


def read_command_line():
    """Read the options; bad ones end the run with one line and exit code 2."""
    signal.signal(signal.SIGINT, end_at_ctrl_c)
    sys.excepthook = end_in_one_line
    # A line is shown once it is printed, and no letter is too strange to print.
    sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.error = lambda message: parser.exit(
        2, f"{parser.prog}: {message} (--help says what works)\n"
    )
    parser.add_argument(
        "--plot", metavar="FILE.png", type=picture_file, help="also save a picture"
    )
    return parser.parse_args()


def end_at_ctrl_c(number, frame):
    """End in one line, at once: as an exception, TensorFlow sometimes swallows it."""
    print("\nStopped by Ctrl-C.", file=sys.stderr, flush=True)
    os._exit(130)


def end_in_one_line(kind, error, traceback):
    """Spare the user Python's page of traceback where nothing is broken."""
    if kind is BrokenPipeError:  # For example `| head`, which reads a few lines.
        print("Stopped: nothing reads the output any more.", file=sys.stderr)
        os._exit(1)  # A normal exit would try to write the rest, and complain.
    else:
        sys.__excepthook__(kind, error, traceback)


def picture_file(name):
    """Return the path for --plot, if a picture can be saved there; else say why not."""
    path = Path(name)
    try:
        from matplotlib.figure import Figure  # Needed for pictures only.

        with tempfile.TemporaryDirectory(dir=path.parent):
            types = Figure().canvas.get_supported_filetypes()
    except ImportError:
        raise argparse.ArgumentTypeError(
            f"no matplotlib; {sys.executable} -m pip install matplotlib adds it"
        ) from None
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{path.parent}: {error.strerror}") from None
    if path.suffix[1:].lower() not in types or path.is_dir():
        raise argparse.ArgumentTypeError(f"{name} is no picture's name, such as a.png")
    return path


def save_picture(figure, path):
    """Save a matplotlib figure; an older file goes only once the new one is whole."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        figure.savefig(Path(folder) / path.name)
        os.replace(Path(folder) / path.name, path)
    print(f"Picture saved: {path}")


def draw_picture(y_test, y_pred, scores_by_name):
    """Draw the confusion matrix, and the folds' scores beside the baselines'.

    Args:
        y_test, y_pred: str arrays of shape (n,), the right labels and the predicted.
        scores_by_name: a dict from a name to an array of shape (5,).

    Returns:
        A matplotlib Figure, 800 pixels wide.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    ConfusionMatrixDisplay.from_predictions(
        y_test, y_pred, ax=left, cmap="Greys", colorbar=False
    )
    left.set(title="Tumours of the test set")
    for (name, scores), marker in zip(scores_by_name.items(), "osD"):
        right.plot(range(1, 6), scores, marker, mfc="none", ms=9, label=name)
    right.set(
        title="The five folds", xlabel="fold", ylabel="accuracy", ylim=(0.5, 1.02)
    )
    right.legend(loc="center")
    return figure


if __name__ == "__main__":
    arguments = read_command_line()
    set_random_seed(42)  # The same weights at every start.

    X_train, X_test, y_train, y_test = load_data()
    model = build_pipeline()

    print(
        "Five folds, each a new network, trained on the others and scored on its own:"
    )
    scores = cross_val_score(model, X_train, y_train, cv=5)
    print(f"Accuracy: {scores.mean():.2f} (+/- {scores.std():.2f})")

    y_pred = model.fit(X_train, y_train).predict(X_test)
    print(classification_report(y_test, y_pred))

    # Beyond the tutorial: the same line for two that are no network.
    scores_by_name = {"the network": scores}
    for name, baseline in (
        ("always guessing the larger class", DummyClassifier()),
        ("logistic regression", make_pipeline(StandardScaler(), LogisticRegression())),
    ):
        baseline_scores = cross_val_score(baseline, X_train, y_train, cv=5)
        scores_by_name[name] = baseline_scores
        print(
            f"Accuracy of {name}: "
            f"{baseline_scores.mean():.2f} (+/- {baseline_scores.std():.2f})"
        )

    # And how to read all that.
    print("The five folds one by one:", *(f"{score:.3f}" for score in scores))
    print(
        f"+/- {scores.std():.2f} is how much they vary: two models that differ by less "
        "may well be equally good."
    )
    malignant = classification_report(y_test, y_pred, output_dict=True)["malignant"]
    print(
        f"Precision {malignant['precision']:.2f} (malignant): so many of the tumours that "
        "it calls malignant are."
    )
    print(
        f"Recall {malignant['recall']:.2f} (malignant): so many of the malignant tumours "
        "it finds; it misses the others."
    )
    print(
        f"f1-score {malignant['f1-score']:.2f} (malignant): both in one number, low as "
        "soon as one of the two is."
    )

    if arguments.plot:
        save_picture(draw_picture(y_test, y_pred, scores_by_name), arguments.plot)
