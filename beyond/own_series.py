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
19 changes, and repeating the last value. In a series with a season, such as 12 months, it
also meets the value of a season ago (the seasonal naive forecast).
"""

import importlib.util
import re
import textwrap
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from reading import find_column, list_lines, make_parser, read_table, run
from reading import say_strange, to_numbers
from scipy.ndimage import median_filter
from scipy.stats import sem
from sklearn.linear_model import LinearRegression

STEPS = 19  # The changes before a forecast, as many as lesson 3's values.
HENON_NOTE = """\
Each value depends on the square of the one before it, which no weighted sum can follow."""
# English or German, from the third letter on whatever.
MONTHS = "jan feb m[aä]r apr ma[yi] jun jul aug sep o[ck]t nov de[cz]".split()
# Parts of a date that have a column each, the largest first.
PARTS = (
    "year jahr quarter qtr quartal month monat week woche day tag hour stunde".split()
)
TOTAL = re.compile(r"(grand )?total\b.*|sum|summe|gesamt|average|mean", re.IGNORECASE)


def split_date(cell):
    """Split a date into its numbers, in their order, or return [] if it is none."""
    text = cell.lower()
    for number, month in enumerate(MONTHS, 1):
        text = re.sub(rf"{month}[a-zä]*", f" {number} ", text)
    if not re.fullmatch(r"[\d\s.:,/+tzqw-]*(am|pm)?", text):
        return []
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    if text.endswith("m") and len(numbers) > 3:
        numbers[3] = numbers[3] % 12 + 12 * text.endswith("pm")
    return numbers


def read_date(cell, order):
    """Read a date whose numbers are in an order such as "DMY", as a tuple, or ()."""
    numbers = split_date(cell)
    if len(numbers) < len(order) or len(order) < 3 and len(numbers) > len(order):
        return ()
    parts = dict(zip(order, numbers))
    if parts["Y"] < 100 and order[0] != "Y":
        parts["Y"] += 1900 if parts["Y"] >= 70 else 2000
    day, month = parts.get("D", 1), parts.get("M", 1)
    # Two numbers may be a year and a quarter or a week.
    if parts["Y"] < 1000 or month > (12 if "D" in order else 53) or day > 31:
        return ()
    return (parts["Y"], month, day, *numbers[len(order) :])


def check_dates(table, column):
    """Raise ValueError if the table has dates beside the column, and none of them rise."""
    columns = {name: find_column(table, name) for name in table.names if name != column}
    parts = [name for part in PARTS for name in columns if name.lower() == part]
    joined = list(zip(*(columns[name] for name in parts)))
    columns["-".join(parts)] = ["-".join(cells).replace(".0", "") for cells in joined]
    problems = []
    for name, cells in columns.items():
        words = re.split(r"[\W_]", name.lower())
        named = {"date", "datum", "year", "jahr", "timestamp"} & {*words}
        if not named and not to_numbers(cells, table.separator)[1]:
            continue  # Plain numbers.
        orders = ["YMD", "YM", "Y", "DMY", "MDY", "MY"]
        readings = [[read_date(cell, order) for cell in cells] for order in orders]
        dates = max(readings, key=lambda dates: sum(map(bool, dates)))
        found = sum(map(bool, dates))
        if found <= len(dates) / 2:
            continue
        readings = [dates for dates in readings if sum(map(bool, dates)) == found]
        dates = min(readings, key=lambda dates: np.sum(falls(dates)))
        if found == len(dates) and not any(falls(dates)):
            return
        places = [i for i, date in enumerate(dates) if not date]
        problem = f"has dates in {name!r}, but none in"
        if not places and any(all(falls(dates)) for dates in readings):
            problem = (
                f"has its newest line first; sort it by {name!r}, the oldest first:"
            )
        elif not places:
            places = np.flatnonzero(falls(dates)) + 1
            problem = f"has dates in {name!r} that do not rise; sort them, the oldest "
            problem += "first, and of several series below each other keep one:"
        wrong = [
            (table.lines[i], cells[i]) for i in (places if len(places) else [0, 1])
        ]
        problems.append(f"{problem} {list_lines(wrong)}. A sure date is 2023-01-31")
    if problems:
        raise ValueError(problems[0])


def falls(dates):
    """Whether each date but the first is no later than the one before it."""
    return [later <= date for date, later in zip(dates, dates[1:])]


def find_far(values):
    """Find values further from all others than these are from each other.

    Looks at the values, and at how far each is from the median of the five around it.
    Takes the largest twentieth at most. Returns their places, rising.
    """
    few = 1 + len(values) // 20
    places = set()
    for x in (values, -values, np.abs(values - median_filter(values, 5))):
        order = np.argsort(x)
        x = x[order]
        gaps = np.diff(x)[-few:]
        (far,) = np.nonzero(gaps > (x[:-1] - x[0])[-few:])
        if len(far):
            places |= {*order[len(x) - few + far[0] :].tolist()}
    return sorted(places)


def read_series(path, column=None):
    """Read a series from a text file with one number in each line, or from a CSV file.

    column is a name or a number, as text. Returns an array of shape (n,) and notes for the
    user. Raises ValueError with what is wrong, a sentence without its subject.
    """
    table = read_table(path)
    names = table.names
    if column is None and len(names) == 1:
        column = names[0]
    if column is None:
        raise ValueError(f"has several columns; name one of these: {', '.join(names)}")
    if column.isdigit() and 0 < int(column) <= len(names):
        column = names[int(column) - 1]
    cells = find_column(table, column)
    for line, row in zip(table.lines, table.rows):
        for cell in row:
            if TOTAL.fullmatch(cell):
                raise ValueError(
                    f"has a line that is no value, {line} ({cell}); delete it"
                )
    values, strange = to_numbers(cells, table.separator)
    if strange:
        raise ValueError(say_strange(table, column, strange))
    for code in (np.nan, -9999, -999, -99, 999, 9999, 99999):
        is_gap = np.isnan(values) if np.isnan(code) else values == code
        others = values[~is_gap]
        if is_gap.any() and len(others):
            distance = max(min(others) - code, code - max(others))
            if not distance <= np.ptp(others):
                gaps = [(table.lines[i], cells[i]) for i in np.flatnonzero(is_gap)]
                raise ValueError(
                    f"has gaps in {column!r}, {list_lines(gaps)}; fill them, or keep a part "
                    "without them"
                )
    check_dates(table, column)
    if len(values) < 60:
        raise ValueError(f"has {len(values)} values, but needs 60 or more")
    if min(values) == max(values):
        raise ValueError(f"is constant, {values[0]:g} in every line")
    if np.isclose(values[-1], values[:-1].sum(), rtol=1e-9, atol=0):
        raise ValueError(f"ends with the sum of all others, {cells[-1]}; delete it")
    notes = [f"The oldest: {cells[0]} in line {table.lines[0]}", table.note]
    far = [(table.lines[i], cells[i]) for i in find_far(values)]
    if far:
        notes.append(
            f"Far from the others: {list_lines(far)}. If it is wrong, correct it."
        )
    return values, [note for note in notes if note]


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
    parser = make_parser(__doc__)
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
    if n_next < 1:
        parser.error(f"--next {n_next} is not 1 or more")

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
        print(
            f"A tie: {best}, {', '.join(tied)}. They are so close that on other values of"
        )
        print("the series another one of them may be ahead.")
    else:
        print(f"Best: {best}. Its lead is larger than chance explains.")
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
    run(main)
