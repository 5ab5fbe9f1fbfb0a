"""Beyond lesson 3: is an RNN worth it on a series of yours?

    uv run beyond/own_series.py numbers.txt
    uv run beyond/own_series.py sales.csv price --season 12 --plot forecast.png
    uv run beyond/own_series.py

The file has one number in each line, 60 or more, the oldest first, or it is a CSV file and
you add a column, its name or its number, counted from 1. Where there are dates, they have
to rise. Without a file it takes the Henon map, whose values look random, although each one
follows from the two before it.

Lesson 3's network learns the change from each value to the next, not the value itself,
because a series that rises soon leaves the range that the network was trained on. On the
last fifth, which is held out, the RNN meets linear regression, a weighted sum of the same
19 changes, and repeating the last value. Where there is a season, such as 12 months, it
also meets the value of a season ago (the seasonal naive forecast).
"""

import calendar
import importlib.util
import re
import textwrap
from itertools import pairwise
from pathlib import Path

import numpy as np
import reading
from numpy.lib.stride_tricks import sliding_window_view
from scipy.ndimage import median_filter
from scipy.stats import sem
from sklearn.linear_model import LinearRegression

STEPS = 19  # The changes before a forecast, as many as lesson 3's values.
HENON_NOTE = """\
Each value depends on the square of the one before it, which no weighted sum can follow."""
MONTHS = [month.lower() for month in calendar.month_abbr]
WEEKDAYS = [day.lower() for day in calendar.day_abbr]
# Parts of a date, each of which may have a column, in their order.
PARTS = (
    " date datum year jahr quarter month monat week day tag hour time uhrzeit minute "
)


def read_date(cell, order):
    """Read a date whose numbers come in an order such as "DMY".

    Returns year, month, day and time as a tuple, or () if it is no such date.
    """
    text = cell.lower()
    for word in re.findall("[a-z]{3,}", text):
        if word[:3] in MONTHS:
            text = text.replace(word, f" {MONTHS.index(word[:3])} ")
        elif word[:3] in WEEKDAYS:
            text = text.replace(word, "")
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    parts = {"Y": 0, "M": 1, "D": 1, **dict(zip(order, numbers))}
    year, month, day = (parts[part] for part in "YMD")
    if year < 100 and order[0] != "Y":
        year += 1900 if year >= 70 else 2000
    time = numbers[len(order) :]
    if text.endswith("m") and time:  # 12 AM is 0, and 12 PM is 12.
        time[0] = time[0] % 12 + 12 * text.endswith("pm")
    # Two numbers may be a year and a quarter or a week.
    is_date = year >= 1000 and month <= (12 if "D" in order else 53) and day <= 31
    has_parts = len(numbers) >= len(order) and (len(order) == 3 or not time)
    has_marks = re.fullmatch(r"(?!\d+:)[\d\s.:,/+tzqw-]*(am|pm)?", text)
    return (year, month, day, *time) if is_date and has_parts and has_marks else ()


def find_falls(dates):
    """Return the places of the dates that are no later than the one before them."""
    return [i for i, (date, later) in enumerate(pairwise(dates), 1) if later <= date]


def check_dates(table, column):
    """Raise ValueError if the table has dates beside the column, and none of them rise."""
    columns = {name: reading.find_column(table, name) for name in table.names}
    parts = [name for name in columns if f" {name.lower()} " in PARTS]
    parts.sort(key=lambda name: PARTS.index(f" {name.lower()} "))
    cells = zip(
        *([cell.removesuffix(".0") for cell in columns[name]] for name in parts)
    )
    columns = {" ".join(parts): [" ".join(row) for row in cells], **columns}
    problems = []
    for name, cells in columns.items():
        named = {"date", "datum", "year", "jahr", "timestamp"} & {
            *name.lower().split("_")
        }
        if name == column or not cells:
            continue
        # Day first or month first, whichever is a date more often, and then whichever rises.
        orders = ("YMD", "YM", "Y", "DMY", "MDY", "MY")
        readings = [[read_date(cell, order) for cell in cells] for order in orders]
        dates = min(
            readings, key=lambda dates: (dates.count(()), len(find_falls(dates)))
        )
        if name in table.names:
            numbers, words = reading.to_numbers(table, name)
            if not words and not named:
                continue
            if not words:
                dates = [(number,) for number in numbers]
        missing = [i for i, date in enumerate(dates) if not date]
        wrong = missing or find_falls(dates)
        if not wrong:
            return
        if len(missing) < len(dates) / 2 or named:
            problem = "do not rise; sort them, the oldest first, and of several series keep one"
            problem = (
                "are missing; delete a total, write a date" if missing else problem
            )
            listed = reading.list_lines([(table.lines[i], cells[i]) for i in wrong])
            problem = f"has dates in {name!r} that {problem}: {listed}"
            problems.append(f"{problem}. A date that is sure is 2023-01-31")
    if problems:
        raise ValueError(problems[0])


def find_far(values):
    """Find values far from all others, a fifth of them at most. Returns their places.

    They are further from the others than these are from each other, or they leave the
    median of the five around them by four times what nearly all changes have, or they are
    -99, -999 or -9999 where no other value is negative, which may stand for a gap.
    """
    few = len(values) // 5
    spikes = np.abs(values - median_filter(values, 5))
    limit = 4 * np.quantile(np.abs(np.diff(values)), 0.95)
    places = {*np.flatnonzero(spikes > limit).tolist()} if limit else set()
    codes = np.isin(values, [-99, -999, -9999])
    if np.all(values[~codes] >= 0):
        places |= {*np.flatnonzero(codes).tolist()}
    for x in (values, -values):
        order = np.argsort(x)
        distances = np.diff(x[order])[-few:]
        (far,) = np.nonzero(distances > (x[order][:-1] - x[order][0])[-few:])
        if len(far):
            places |= {*order[len(x) - few + far[0] :].tolist()}
    return sorted(places)


def read_series(path, column=None):
    """Read a series from a text file with one number in each line, or from a CSV file.

    column is a name or a number, as text. Returns an array of shape (n,) and notes for the
    user. Raises ValueError with what is wrong, a sentence without its subject.
    """
    table = reading.read_table(path)
    if column is None and len(table.names) == 1:
        column = "1"
    if column is None:
        raise ValueError(f"has several columns; name one: {', '.join(table.names)}")
    if column in map(str, range(1, len(table.names) + 1)):
        column = table.names[int(column) - 1]
    cells = reading.find_column(table, column)
    places = [(line, cell) for line, cell in zip(table.lines, cells)]
    values, strange = reading.to_numbers(table, column)
    if strange:
        raise ValueError(reading.say_strange(table, column, strange))
    gaps = [places[i] for i in np.flatnonzero(np.isnan(values))]
    if gaps:
        raise ValueError(
            f"has gaps in {column!r}, {reading.list_lines(gaps)}; fill them, such as with "
            "the mean of their neighbors, or take a part without them"
        )
    check_dates(table, column)
    if len(values) < 60:
        raise ValueError(f"has {len(values)} values, but needs 60 or more")
    if min(values) == max(values):
        raise ValueError(f"is constant, {values[0]:g} in every line")
    notes = [f"The oldest is {cells[0]}, in line {table.lines[0]}"]
    far = [places[i] for i in find_far(values)]
    if far:
        notes.append(f"Far from all others: {reading.list_lines(far)}.")
        notes.append(
            "If that is a mistake, a total or a gap, correct, delete or fill it."
        )
    return values, [*notes, *filter(None, [table.note])]


def generate_henon_map(n_values=2000):
    """Compute the Henon map (Henon 1976), values -1.3..1.3."""
    values = [0.1, 0.1]
    while len(values) < n_values:
        values.append(1 - 1.4 * values[-1] ** 2 + 0.3 * values[-2])
    return np.array(values)


def train_methods(series, season=None, seed=42):
    """Train the RNN and linear regression on the changes in a series, shape (n,).

    Returns a dict from each method's name to a function that takes windows of values,
    shape (n, 20 or more), and returns forecasts of the value after each, shape (n,).
    """
    # Only here, because TensorFlow takes seconds, and a wrong file is told at once.
    from tensorflow.keras.utils import set_random_seed

    from simple_rnn import build_rnn

    changes = np.diff(series)
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

    def last_changes(windows):
        return np.diff(windows[:, -STEPS - 1 :])

    def rnn_forecasts(windows):
        scaled = (last_changes(windows)[:, :, np.newaxis] - mean) / scale
        return windows[:, -1] + rnn.predict_on_batch(scaled)[:, -1, 0] * scale + mean

    methods = {
        "RNN": rnn_forecasts,
        "linear regression": lambda x: x[:, -1] + linear.predict(last_changes(x)),
        "repeating the last value": lambda x: x[:, -1],
    }
    if season:
        methods["the value a season ago"] = lambda x: x[:, -season]
    return methods


def continue_series(method, series, width, n_values):
    """Forecast the next values, each from the width before it, forecasts included."""
    values = series
    for _ in range(n_values):
        values = np.append(values, method(values[np.newaxis, -width:]))
    return values[len(series) :]


def find_best(errors):
    """Return the methods that may be the best: that with the smallest mean error first.

    A lead counts if it is larger than two standard errors of the difference. Where that of
    the best does not, the two are a tie, and all in between.
    """
    ranking = sorted(errors, key=lambda name: errors[name].mean())
    n_best = 1
    for place, name in enumerate(ranking[1:], 2):
        lead = errors[name] - errors[ranking[0]]
        if lead.mean() <= 2 * sem(lead):
            n_best = place
    return ranking[:n_best]


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
    parser = reading.make_parser(__doc__)
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE")
    parser.add_argument("column", nargs="?", metavar="COLUMN", help="name or number")
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
    best, *tied = find_best(errors)
    if tied:
        names = ", ".join([best, *tied])
        print(f"A tie: {names}. Which of them is ahead may be chance.")
    else:
        print(f"Best: {best}. Its lead is larger than chance makes likely.")
        if best == "RNN" and not options.file:
            print(HENON_NOTE)

    print(
        f"\nThe {n_next} values after the last one, each from the forecasts before it"
    )
    continued = {}
    for name in sorted({best, "RNN"}):  # One method, if the RNN is the best.
        continued[name] = continue_series(methods[name], series, width, n_next)
        numbers = " ".join(f"{value:.{decimals}f}" for value in continued[name])
        print(textwrap.fill(f"{name}: {numbers}", 88))
    if plot:
        try:
            save_plot(plot, series, forecasts, continued)
            print(f"Saved {plot}")
        except OSError as error:
            print(f"{plot} cannot be saved: {error.strerror}")


if __name__ == "__main__":
    reading.run(main)
