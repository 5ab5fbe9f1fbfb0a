"""Beyond lesson 3: is an RNN worth it on a series of yours?

    uv run beyond/own_series.py numbers.txt
    uv run beyond/own_series.py sales.csv price --season 12 --plot forecast.png
    uv run beyond/own_series.py

The file has one number in each line, 60 or more, the oldest first, or it is a CSV file and
you add the name of a column. Where there are dates, they have to rise. Without a file it
takes the Henon map, whose values look random, although each one follows from the two before.

Lesson 3's network learns the change from each value to the next, not the value itself,
because a series that rises soon leaves the range that the network was trained on. On the
last fifth, which is held out, the RNN meets linear regression, a weighted sum of the same
19 changes, boosted trees, which get the same, and repeating the last value. Where there is
a season, such as 12 months, it also meets the value of a season ago (the seasonal naive
forecast).
"""

import importlib.util
import re
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import reading
from numpy.lib.stride_tricks import sliding_window_view
from scipy.ndimage import median_filter
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LinearRegression

STEPS = 19  # The changes before a forecast, as many as lesson 3's values.
# How dates are written, with "-" in place of a blank and of other marks.
DATES = ["%Y-%m-%d", "%d-%m-%Y", "%m-%d-%Y", "%Y%m%d", "%Y-%m", "%m-%Y", "%Y"]
TIMES = ["", "-%H", "-%H:%M", "-%H:%M:%S"]
DATE_NAMES = {"date", "time", "timestamp", "year", "quarter", "month", "week", "day"}
DATE_NAMES |= {"hour", "datum", "zeit", "jahr", "quartal", "monat", "woche", "tag"}


def read_date(text, form):
    """Read a date in a form of strptime's. Returns datetime.min if it is none."""
    # A program that calculates writes a year as 1959.0.
    text = re.sub(r"[\s./T]+", "-", re.sub(r"\.0\b", "", text))
    try:
        return datetime.strptime(text, form)
    except ValueError:
        return datetime.min


def check_dates(table, column):
    """Raise ValueError if the table has dates beside the column that do not rise.

    They are in columns with the name of a date, or else in those of words with digits.
    """
    columns = {name: reading.find_column(table, name) for name in table.names}
    del columns[column]
    names = [name for name in columns if name.lower() in DATE_NAMES]
    for name, cells in columns.items():
        first_is_word = reading.to_numbers(table, name)[2][:1] == [0]
        if not names and first_is_word and re.search(r"\d", cells[0]):
            names.append(name)
    # A year and a month, or a date and a time, may stand in two columns.
    dates = [" ".join(cells) for cells in zip(*(columns[name] for name in names))]
    falls = []
    # Day first or month first, whichever rises.
    for form in [date + time for date in DATES for time in TIMES]:
        read = [datetime.min, *(read_date(date, form) for date in dates)]
        # What cannot be read is no later than the one before, either.
        falls.append([i for i, pair in enumerate(pairwise(read)) if pair[1] <= pair[0]])
    wrong = min(falls, key=len)
    if wrong:
        listed = reading.list_lines([(table.lines[i], dates[i]) for i in wrong])
        raise ValueError(
            f"has dates in {' and '.join(names)} that cannot be read or do not rise, "
            f"{listed}; sort them, the oldest first, keep one series and no total, write "
            "them like 2023-01-31, and delete a column without dates"
        )


def find_far(values):
    """Return the places of values that may be typing errors, totals or gaps.

    They leave the median of the five around them by four times what nearly all changes
    have, or they are -99, -999 or -9999 where no other value is negative.
    """
    changes = np.abs(np.diff(values))
    spikes = np.abs(values - median_filter(values, 5))
    far = spikes > 4 * np.quantile(changes[changes > 0], 0.95)
    return np.flatnonzero(far | reading.find_codes(values))


def read_series(path, column=None):
    """Read a series from a text file with one number in each line, or from a CSV file.

    column is a name. Returns an array of shape (n,) and notes for the user. Raises
    ValueError with what is wrong, a sentence without its subject.
    """
    table = reading.read_table(path)
    if column is None and len(table.names) > 1:
        raise ValueError(f"has several columns; name one: {', '.join(table.names)}")
    column = column or table.names[0]
    values = reading.to_numbers(table, column)[0]
    unclear = np.flatnonzero(np.isnan(values))
    if len(unclear):
        raise ValueError(
            f"{reading.say_unclear(table, column, unclear)}; fill a gap, such as with the mean "
            "of its neighbors, or take a part without gaps"
        )
    check_dates(table, column)
    if len(values) < 60:
        raise ValueError(f"has {len(values)} values, but needs 60 or more")
    if min(values) == max(values):
        raise ValueError(f"is constant, {values[0]:g} in every line")
    notes = [f"The oldest is {values[0]:g}, in line {table.lines[0]}"]
    far = [(table.lines[i], f"{values[i]:g}") for i in find_far(values)]
    if far:
        notes.append(
            f"Far from all others, a mistake or a total? {reading.list_lines(far)}"
        )
    return values, [*notes, *filter(None, [table.note])]


def generate_henon_map(n_values=2000):
    """Compute the Henon map (Henon 1976), values -1.3..1.3."""
    values = [0.1, 0.1]
    while len(values) < n_values:
        values.append(1 - 1.4 * values[-1] ** 2 + 0.3 * values[-2])
    return np.array(values)


def train_methods(series, season=None, seed=42):
    """Train the RNN and its opponents on the changes in a series, shape (n,).

    Returns a dict from each method's name to a function that takes windows of values,
    shape (n, 20 or more), and returns forecasts of the value after each, shape (n,).
    """
    # Only here, because TensorFlow takes seconds, and a wrong file is told at once.
    from tensorflow.keras.utils import set_random_seed

    from simple_rnn import build_rnn

    changes = np.diff(series)
    mean = changes.mean()
    # In a straight line all changes are alike, and then there is nothing to scale.
    scale = changes.std() or 1.0
    windows = sliding_window_view((changes - mean) / scale, STEPS + 1)
    linear = LinearRegression().fit(windows[:, :-1], windows[:, -1])
    trees = HistGradientBoostingRegressor(random_state=seed)
    trees.fit(windows[:, :-1], windows[:, -1])
    # More epochs help where each value follows exactly from those before it, and hurt
    # where it is noisy. In a long series a few do, and more would take minutes.
    epochs = min(40, 1 + 100_000 // len(windows))
    set_random_seed(seed)
    rnn = build_rnn()
    # As in lesson 3, it forecasts at each step the one that comes next.
    inputs = windows[:, :, np.newaxis]
    rnn.fit(inputs[:, :-1], inputs[:, 1:], epochs=epochs, verbose=0)

    def forecasts(values, predict):
        changes = (np.diff(values[:, -STEPS - 1 :]) - mean) / scale
        return values[:, -1] + mean + scale * predict(changes)

    def predict_by_rnn(changes):
        return rnn.predict_on_batch(changes[:, :, np.newaxis])[:, -1, 0]

    methods = {
        "RNN": lambda values: forecasts(values, predict_by_rnn),
        "linear regression": lambda values: forecasts(values, linear.predict),
        "boosted trees": lambda values: forecasts(values, trees.predict),
        "repeating the last value": lambda values: values[:, -1],
    }
    if season:
        methods["the value a season ago"] = lambda values: values[:, -season]
    return methods


def save_plot(path, series, forecasts, continued):
    """Draw a series' last 60 values, with forecasts of them and of the next ones."""
    # Without pyplot, matplotlib needs no window.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4), layout="constrained")
    axes = figure.subplots()
    axes.plot(range(-60, 0), series[-60:], color="black", label="true values")
    for name, next_values in continued.items():
        shown = np.append(forecasts[name][-60:], next_values)
        axes.plot(np.arange(-len(shown), 0) + len(next_values), shown, label=name)
    axes.set(xlabel="steps after the last value", ylabel="value")
    axes.legend()
    figure.savefig(path)


def main(arguments=None):
    parser = reading.make_parser(__doc__)
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE")
    parser.add_argument("column", nargs="?", metavar="COLUMN", help="its name")
    parser.add_argument("--season", type=int, metavar="N", help="values in a season")
    parser.add_argument("--next", type=int, metavar="N", help="how many to forecast")
    parser.add_argument("--plot", type=Path, metavar="FILE.png", help="save a plot")
    options = parser.parse_args(arguments)
    plot = options.plot
    if plot and importlib.util.find_spec("matplotlib") is None:
        parser.error("a plot needs matplotlib: uv run --group pictures beyond/...")
    if plot and (plot.suffix.lower() != ".png" or not plot.parent.is_dir()):
        parser.error(f"{plot} is no FILE.png in a folder that is there")
    series, notes = generate_henon_map(), []
    if options.file:
        try:
            series, notes = read_series(options.file, options.column)
        except ValueError as error:
            parser.error(f"{options.file} {error}")
    n_learned = len(series) - len(series) // 5
    season = options.season
    if season is not None and not 2 <= season <= n_learned // 2:
        parser.error(f"--season {season} is not from 2 to {n_learned // 2} values")
    n_next = options.next if options.next is not None else season or 10
    if not 1 <= n_next <= len(series):
        parser.error(f"--next {n_next} is not from 1 to {len(series)}")

    print(f"{options.file or 'The Henon map'}: {len(series)} values", *notes, sep="\n")
    print(f"Learning from the first {n_learned} ...", flush=True)
    methods = train_methods(series[:n_learned], season)
    width = max(STEPS + 1, season or 0)
    windows = sliding_window_view(series[n_learned - width : -1], width)
    # So many decimals show three digits of a typical change.
    typical_change = np.abs(np.diff(series)).mean()
    decimals = max(0, 2 - int(np.floor(np.log10(typical_change))))
    print(f"\nMean absolute error on the last {len(series) - n_learned}")
    forecasts = {name: method(windows) for name, method in methods.items()}
    errors = {}
    for name in methods:
        errors[name] = np.abs(forecasts[name] - series[n_learned:])
        print(f"{name:24}  {errors[name].mean():.{decimals}f}")
    best, sentence = reading.find_best(errors)
    print(sentence)

    print(
        f"\nThe {n_next} values after the last one, each from the forecasts before it"
    )
    continued = {}
    for name in sorted({best, "RNN"}):  # One method, if the RNN is the best.
        values = series
        for _ in range(n_next):
            values = np.append(values, methods[name](values[np.newaxis, -width:]))
        continued[name] = values[len(series) :]
        numbers = " ".join(f"{value:.{decimals}f}" for value in continued[name])
        print(f"{name}: {numbers}")
    if plot:
        try:
            save_plot(plot, series, forecasts, continued)
            print(f"Saved {plot}")
        except OSError as error:
            print(f"{plot} cannot be saved: {error.strerror}")


if __name__ == "__main__":
    reading.run(main)
