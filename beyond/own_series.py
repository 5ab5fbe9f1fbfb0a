"""Beyond lesson 3: is an RNN worth it on a series of yours?

    python beyond/own_series.py numbers.txt
    python beyond/own_series.py sales.csv price --plot forecast.png
    python beyond/own_series.py

The file has one number in each line, 60 or more, the oldest first, or it is a CSV file and you add the
name of a column or its number, counted from 1. Decimals may have a comma where semicolons
separate the columns. Without a file it takes the Henon map, whose values look random,
although each one follows from the two before it.

Lesson 3's network learns the change from each value to the next, not the value itself,
because a series that rises soon leaves the range that the network was trained on. On the
last fifth, which is held out, the RNN meets linear regression, a weighted sum of the same
19 changes, and repeating the last value.
"""

import argparse
import csv
import importlib.util
import os
import sys
from pathlib import Path

# Hides TensorFlow's start-up notes.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# So that the lessons are found, wherever this is started from.
sys.path.append(str(Path(__file__).resolve().parent.parent))

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.stats import sem
from sklearn.linear_model import LinearRegression

STEPS = 19  # The changes before a forecast, as many as lesson 3's values.
HENON_NOTE = """\
Each value depends on the square of the one before it, which no weighted sum can follow."""


def read_rows(path):
    """Read a CSV file into a list of (line number, cells), and find its separator.

    Raises ValueError with what is wrong, a sentence without its subject.
    """
    try:
        if path.is_dir():
            raise ValueError("is a folder")
        content = path.read_bytes()
        if b"\0" in content:  # Such as a spreadsheet's own format.
            raise ValueError("is no text; save it as CSV UTF-8")
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            # What Excel writes in the west, unless told otherwise.
            text = content.decode("cp1252", errors="replace")
        # Without the empty lines at the end. Between two values, one is a gap.
        lines = text.rstrip().splitlines(keepends=True)
        if not lines or not lines[0].strip():
            raise ValueError("is empty, or its first line is")
        separator = ","
        # A name in the header may have a comma in it, but hardly a semicolon or a tab.
        for mark in "\t;":
            if mark in lines[0]:
                separator = mark
        reader = csv.reader(lines, delimiter=separator, skipinitialspace=True)
        return [(reader.line_num, row) for row in reader], separator
    except FileNotFoundError:
        raise ValueError("is not there") from None
    except OSError:
        raise ValueError("may not be read") from None
    except csv.Error as error:
        raise ValueError(f"is no CSV file: {error}") from None


def to_number(cell, separator):
    """Return the number in a cell, or None if there is none."""
    if separator == ";":
        cell = cell.replace(",", ".")
    try:
        number = float(cell)
    except ValueError:
        return None
    # Neither nan nor infinite nor so large that its square would be.
    return number if abs(number) < 1e30 else None


def read_series(path, column=None):
    """Read a series from a text file with one number in each line, or from a CSV file.

    column is a name or a number, as text. Returns an array of shape (n,). Raises ValueError
    with what is wrong, a sentence without its subject.
    """
    rows, separator = read_rows(path)
    names = [cell.strip() for cell in rows[0][1]]
    numbers = [str(number) for number in range(1, len(names) + 1)]
    if all(to_number(cell, separator) is None for cell in names):
        rows = rows[1:]  # A header has no numbers.
    else:
        names = numbers
    if column is None and len(names) == 1:
        column = "1"
    if column not in names + numbers:
        problem = f"no column {column!r}" if column else "several columns"
        raise ValueError(f"has {problem}, so name one of these: {', '.join(names)}")
    index = names.index(column) if column in names else numbers.index(column)

    values = []
    wrong = []
    for line, row in rows:
        cell = row[index] if index < len(row) else ""
        if len(row) > len(names):
            cell = separator.join(row)  # A 3,5 where commas separate the columns.
        values.append(to_number(cell, separator))
        if values[-1] is None:
            wrong.append(f"line {line} ({cell[:40] or 'a gap'})")
    if wrong:
        counts = f"{len(wrong)} of {len(rows)} lines"
        raise ValueError(f"has no number in {counts}, first in {', '.join(wrong[:5])}")
    if len(values) < 60:
        raise ValueError(f"has {len(values)} values, but needs 60 or more")
    if min(values) == max(values):
        raise ValueError(f"is constant, {values[0]:g} in every line")
    return np.array(values)


def generate_henon_map(n_values=2000):
    """Compute the Henon map (Henon 1976), values -1.3..1.3."""
    values = [0.1, 0.1]
    while len(values) < n_values:
        values.append(1 - 1.4 * values[-1] ** 2 + 0.3 * values[-2])
    return np.array(values)


def train_methods(changes, seed=42):
    """Train the RNN and linear regression on the changes in a series, shape (n,).

    Returns a dict from each method's name to a function that takes windows of 19 changes,
    shape (n, 19), and returns forecasts of the change after each, shape (n,).
    """
    # Only here, because TensorFlow takes seconds, and a wrong file is told at once.
    from tensorflow.keras.utils import set_random_seed

    from simple_rnn import build_rnn

    windows = sliding_window_view(changes, STEPS + 1)
    linear = LinearRegression().fit(windows[:, :-1], windows[:, -1])

    mean = changes.mean()
    # In a straight line all changes are alike, and then there is nothing to scale.
    scale = changes.std() or 1.0
    scaled = (windows[:, :, np.newaxis] - mean) / scale
    # More epochs help where each value follows exactly from those before it, and hurt
    # where it is noisy. In a long series a few do, and more would take minutes.
    epochs = min(40, 1 + 100_000 // len(windows))
    set_random_seed(seed)
    rnn = build_rnn()
    # As in lesson 3, it forecasts at each step the one that comes next.
    rnn.fit(scaled[:, :-1], scaled[:, 1:], epochs=epochs, verbose=0)

    def rnn_forecasts(changes):
        scaled = (changes[:, :, np.newaxis] - mean) / scale
        return rnn.predict(scaled, verbose=0)[:, -1, 0] * scale + mean

    return {
        "RNN": rnn_forecasts,
        "linear regression": linear.predict,
        "repeating the last value": lambda changes: np.zeros(len(changes)),
    }


def forecast_held_out(method, series, n_learned):
    """Forecast each value after the first n_learned from the 20 true ones before it."""
    changes = np.diff(series[n_learned - STEPS - 1 : -1])
    return series[n_learned - 1 : -1] + method(sliding_window_view(changes, STEPS))


def continue_series(method, series, n_values=10):
    """Forecast the next values, each from the 20 before it, forecasts included."""
    values = series
    for _ in range(n_values):
        changes = np.diff(values[-STEPS - 1 :])
        values = np.append(values, values[-1] + method(changes[np.newaxis]))
    return values[len(series) :]


def find_best(errors):
    """Return the method with the smallest mean error, and those that are hardly worse.

    Hardly worse is one whose errors are larger by less than two standard errors of that
    difference: on other values of the same series, it might well be the better one.
    """
    best = min(errors, key=lambda name: errors[name].mean())
    close = []
    for name in errors:
        differences = errors[name] - errors[best]
        if name != best and differences.mean() <= 2 * sem(differences):
            close.append(name)
    return best, close


def save_plot(path, series, forecasts, continued):
    """Draw the series, and below it its last 60 values with forecasts and the next ones."""
    # Without pyplot, matplotlib needs no window.
    from matplotlib.figure import Figure

    n = len(series)
    figure = Figure(figsize=(10, 7), layout="constrained")
    whole, end = figure.subplots(2)
    whole.plot(series, color="black", linewidth=0.8)
    whole.axvspan(n - len(forecasts["RNN"]), n, color="lightgray")
    whole.set_title("The series. Gray: held out")
    end.plot(range(n - 60, n), series[-60:], color="black", label="true values")
    for name, next_values in continued.items():
        shown = np.append(forecasts[name][-60:], next_values)
        end.plot(np.arange(-len(shown), 0) + n + len(next_values), shown, label=name)
    end.set_title("Its end, with forecasts, and the next values")
    end.legend()
    figure.savefig(path)


def main(arguments=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE")
    parser.add_argument("column", nargs="?", metavar="COLUMN", help="name or number")
    parser.add_argument("--plot", type=Path, metavar="FILE.png", help="save a plot")
    options = parser.parse_args(arguments)
    # What the terminal cannot print becomes a "?". (IDLE's window has no reconfigure.)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    plot = options.plot
    if plot and importlib.util.find_spec("matplotlib") is None:
        parser.error("a plot needs matplotlib: uv run --group pictures beyond/...")
    if plot and (plot.suffix.lower() != ".png" or not plot.parent.is_dir()):
        parser.error(f"{plot} is no FILE.png in a folder that is there")
    series = generate_henon_map()
    if options.file:
        try:
            series = read_series(options.file, options.column)
        except ValueError as error:
            parser.error(f"{options.file} {error}")

    n_learned = len(series) - len(series) // 5
    print(f"{options.file or 'The Henon map'}: {len(series)} values")
    print(f"Learning from the first {n_learned} ...", flush=True)
    methods = train_methods(np.diff(series[:n_learned]))
    # So many decimals show three digits of a typical change.
    typical_change = np.abs(np.diff(series)).mean()
    decimals = max(0, 2 - int(np.floor(np.log10(typical_change))))
    print(f"\nMean absolute error on the last {len(series) - n_learned}")
    forecasts = {}
    errors = {}
    for name, method in methods.items():
        forecasts[name] = forecast_held_out(method, series, n_learned)
        errors[name] = np.abs(forecasts[name] - series[n_learned:])
        print(f"{name:24}  {errors[name].mean():.{decimals}f}")
    best, close = find_best(errors)
    print(f"Best: {best}")
    if close:
        print(f"It may be chance that it is ahead of: {', '.join(close)}")
    elif best == "RNN" and not options.file:
        print(HENON_NOTE)

    print("\nThe 10 values after the last one, each from the forecasts before it")
    continued = {}
    for name in sorted({best, "RNN"}):  # One method, if the RNN is the best.
        continued[name] = continue_series(methods[name], series)
        print(f"{name}:", *[f"{value:.{decimals}f}" for value in continued[name]])
    if plot:
        try:
            save_plot(plot, series, forecasts, continued)
            print(f"Saved {plot}")
        except OSError as error:
            print(f"{plot} cannot be saved: {error.strerror}")


if __name__ == "__main__":
    main()
