"""Beyond lesson 3: own_series.py forecasts a series that its user brings."""

import datetime
from unittest.mock import Mock

import numpy as np
import own_series
import pytest
from conftest import ROOT, differences, run, shown
from numpy.lib.stride_tricks import sliding_window_view

import simple_rnn

# As few as are accepted.
VALUES = [0.5, 1.5] * 29 + [0.5, 2.5]
DAYS = [datetime.date(2023, 1, 10) + datetime.timedelta(days=3 * i) for i in range(60)]


def table(row, header="", values=VALUES):
    """A text with a line for each value. {} in the row is where it stands."""
    return header + "".join(row.format(value) + "\n" for value in values)


def dated(dates, header="date,v\n", values=VALUES):
    """A text with a date and a value in each line."""
    return header + "".join(f"{date},{v}\n" for date, v in zip(dates, values))


def with_dates(form):
    return dated([f"{day:{form}}" for day in DAYS])


MONTHS = [f"{2000 + i // 12}-{i % 12 + 1:02}" for i in range(60)]
PARTS = [month.replace("-", ".0,") for month in MONTHS]
HOURS = [f"{i % 24}:30" for i in range(60)]
NOON = ["12:00 AM", "1:00 AM", "12:00 PM", "1:00 PM"]
READABLE = {
    "one number a line": table("{}"),
    "decimal commas": table("7;{}", "n;v\n").replace(".", ","),
    "day first": with_dates("%d.%m.%Y"),
    "month first": with_dates("%m/%d/%Y"),
    "short years": with_dates("%d/%m/%y"),
    "as in a database": with_dates("%Y-%m-%dT00:00:00Z"),
    "no marks": with_dates("%Y%m%d"),
    "a month's name": with_dates("%a %b %d %Y"),
    "months": dated(MONTHS),
    "quarters": dated([f"Q{i % 4 + 1} {1990 + i // 4}" for i in range(60)]),
    "years": dated(range(1700, 1760), "year,v\n"),
    "a year and a month": dated(PARTS, "Year,Month,v\n"),
    "a day and an hour": dated(
        [f"{DAYS[i // 24]},{hour}" for i, hour in enumerate(HOURS)], "Date,Time,v\n"
    ),
    "hours of no day": dated(HOURS, "clock,v\n"),
    "two columns of dates": dated([f"{month},2020-01" for month in MONTHS], "a,b,v\n"),
    "noon": dated([f"{i // 4 + 1}/1/23 {NOON[i % 4]}" for i in range(60)]),
    "numbers that are no dates": dated(range(1999, 1939, -1), "points,v\n"),
}


@pytest.fixture
def file(tmp_path):
    """A function that saves a text as a file."""

    def save(text):
        path = tmp_path / "series.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return save


@pytest.mark.parametrize("case", READABLE)
def test_reads(case, file):
    text = READABLE[case]
    series, (oldest,) = own_series.read_series(file(text), "v" if "v" in text else None)
    np.testing.assert_array_equal(series, VALUES)
    assert oldest.startswith("The oldest is 0") and ", in line " in oldest


def test_a_column_is_found_by_name_or_number(file):
    path = file(table("7,{}", "n,price\n"))
    for column in "price", "2":
        np.testing.assert_array_equal(own_series.read_series(path, column)[0], VALUES)


SORT = "that do not rise; sort them, the oldest first, and of several series keep one: line"
UNREADABLE = {
    f"has dates in 'date' {SORT} 3 ({DAYS[58]}), ": dated(DAYS[::-1]),
    f"in 'date' {SORT} ": dated(sorted(f"{day:%d.%m.%Y}" for day in DAYS)),
    f"{SORT} 32 (2000-01). A date that": dated(MONTHS[:30] * 2),
    f"{SORT} 4 (2000), line 6": dated(
        [1999 + (i + 1) // 2 for i in range(60)], "year,v\n"
    ),
    f"in 'Year Month' {SORT} 3 (2004 11)": dated(PARTS[::-1], "Year,Month,v\n"),
    "in 'date' that are missing; delete a total, write a date: line 61 (Total). A": dated(
        [*MONTHS[:59], "Total"]
    ),
    "in 'date' that are missing; delete a total, write a date: line 2 (le 1), ": dated(
        [f"le {i}" for i in range(1, 61)]
    ),
    "has no column 'v', only n, price.": table("7,{}", "n,price\n"),
    "has gaps in 'v', line 62 (a gap), line 63 (a gap); fill": table("{}", "v\n")
    + "\nnan\n1",
    "is no number in 'v', line 62 (12 EUR), line 63 (x): remove": table("{}", "v\n")
    + "12 EUR\nx\n",
    "has 59 values, but needs 60 or more": table("{}", "v\n", VALUES[1:]),
    "is constant, 3 in every line": table("3", "v\n"),
}


@pytest.mark.parametrize("message", UNREADABLE)
def test_says_what_is_wrong_in_a_file(message, file, refusal):
    error = refusal(own_series.main, file(UNREADABLE[message]), "v")
    assert "series.csv " in error
    assert message in error


FAR = {
    "850 in one line": (59, 850, "Far from all others: line 61 (850)."),
    "a total below": (59, 61, "line 61 (61)"),
    "a code for a gap": (30, -999, "line 32 (-999)"),
}


@pytest.mark.parametrize("case", FAR)
def test_names_a_value_far_from_all_others(case, file):
    place, value, message = FAR[case]
    values = [*VALUES]
    values[place] = value
    _, notes = own_series.read_series(file(table("{}", "v\n", values)))
    assert any(message in note for note in notes)


def test_finds_typing_errors_and_gaps_in_a_rising_series_and_nothing_else():
    rng = np.random.default_rng(0)
    # As wide as -999 is far, so that only the sign tells.
    rising = np.linspace(100, 5000, 200) + rng.normal(scale=20, size=200)
    walk = rng.normal(size=200).cumsum()
    for usual in rising, walk, np.sin(rising), np.round(np.abs(walk)):
        assert own_series.find_far(usual) == []
    for wrong in rising[100] * 10, rising[100] / 10, -999:
        series = rising.copy()
        series[100] = wrong
        assert own_series.find_far(series) == [100]
    for gap in -999, -20_000, 20_000:
        series = np.where(np.arange(200) % 10 == 3, gap, rising)
        assert own_series.find_far(series) == [*range(3, 200, 10)]


def test_says_what_is_wrong_with_an_option(file, refusal, monkeypatch):
    main = own_series.main
    path = file(table("{}"))
    several = file(table("7,{}", "n,price\n")).rename(path.with_name("several.csv"))
    assert "has several columns; name one: n, price" in refusal(main, several)
    path = file(table("{}"))
    assert "--season 25 is not from 2 to 24 values" in refusal(
        main, path, "--season", 25
    )
    assert "--next 0 is not from 1 to 60" in refusal(main, path, "--next", 0)
    monkeypatch.setattr(own_series.importlib.util, "find_spec", lambda name: name)
    for plot in path.with_name("no") / "plot.png", path.with_name("plot.xyz"):
        assert f"{plot} is no FILE.png in a" in refusal(main, "--plot", plot)
    monkeypatch.setattr(own_series.importlib.util, "find_spec", lambda name: None)
    assert "needs matplotlib" in refusal(main, "--plot", path.with_name("plot.png"))


class FakeRNN:
    """Stands in for the network: its last forecast is always a scaled change of 2."""

    def fit(self, X, y, epochs, verbose):
        self.fitted = X, y, epochs

    def predict_on_batch(self, X):
        forecasts = np.full(X.shape, 99.0)
        forecasts[:, -1] = 2
        return forecasts


@pytest.fixture
def model(monkeypatch):
    model = FakeRNN()
    monkeypatch.setattr(simple_rnn, "build_rnn", lambda: model)
    return model


def test_a_long_series_takes_few_epochs_and_a_straight_line_is_no_nan(model):
    own_series.train_methods(np.zeros(40_001))
    X, _, epochs = model.fitted
    assert epochs == 3
    assert np.isfinite(X).all()


@pytest.mark.parametrize("unit", [1e-9, 1, 1e12])
def test_learns_scaled_changes_and_forecasts_in_the_unit_of_the_series(unit, model):
    time = np.arange(200)
    series = unit * (5 + 0.3 * time + np.sin(time))
    changes = np.diff(series[:160])
    windows = sliding_window_view(series[160 - 24 : -1], 24)
    methods = own_series.train_methods(series[:160], season=24)
    forecasts = {name: method(windows) for name, method in methods.items()}

    X, y, epochs = model.fitted
    scaled = (changes - changes.mean()) / changes.std()
    assert epochs == 40
    assert X.shape == y.shape == (140, 19, 1)
    # At each step the one that comes next.
    np.testing.assert_allclose(X[-1, :, 0], scaled[-20:-1])
    np.testing.assert_allclose(y[-1, :, 0], scaled[-19:])
    before = series[159:-1]
    rnn = before + changes.mean() + 2 * changes.std()
    np.testing.assert_allclose(forecasts["RNN"], rnn)
    # A sine on a straight line is a weighted sum of the values before.
    np.testing.assert_allclose(forecasts["linear regression"], series[160:])
    np.testing.assert_array_equal(forecasts["repeating the last value"], before)
    np.testing.assert_array_equal(forecasts["the value a season ago"], series[136:-24])


def test_a_lead_that_may_be_chance_is_a_tie_with_all_in_between():
    noise = np.random.default_rng(0).uniform(size=100)
    errors = {
        "slightly worse": 1.06 + noise[::-1],
        "best": 1 + noise,
        "always worse by a little": 1.005 + noise,
        "worse": 2 + noise[::-1],
    }
    tied = ["best", "always worse by a little", "slightly worse"]
    assert own_series.find_best(errors) == tied
    del errors["slightly worse"]
    assert own_series.find_best(errors) == ["best"]


def test_prints_errors_a_tie_and_the_next_values(model, tmp_path, capsys, monkeypatch):
    path = tmp_path / "series.csv"
    # The changes are 1, 3, 5 ..., up to 109 in the first 56 values.
    path.write_text(table("{}", values=[1000 + i**2 for i in range(70)]))
    tied = ["linear regression", "RNN", "a"]
    monkeypatch.setattr(own_series, "find_best", lambda errors: tied)
    own_series.main([str(path), "--season", "12"])
    change = 55 + 2 * np.std(np.arange(1, 111, 2))
    rnn_error = np.abs(np.arange(111, 139, 2) - change).mean()
    next_values = " ".join(f"{5761 + change * n:.1f}" for n in range(1, 13))
    squares = " ".join(f"{1000 + i**2:.1f}" for i in range(70, 82))
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == [f"{path}: 70 values", "The oldest is 1000, in line 1"]
    assert lines[4:11] == [
        "Mean absolute error on the last 14",
        f"RNN                       {rnn_error:.1f}",
        "linear regression         0.0",
        "repeating the last value  124.0",
        "the value a season ago    1356.0",
        "A tie: linear regression, RNN, a. Which of them is ahead may be chance.",
        "",
    ]
    assert lines[11].startswith("The 12 values after the last one, ")
    assert " ".join(lines[12:]) == f"RNN: {next_values} linear regression: {squares}"
    monkeypatch.setattr(own_series, "find_best", lambda errors: ["RNN"])
    own_series.main([str(path), "--next", "2"])
    *_, best, _, _, values = capsys.readouterr().out.splitlines()
    assert best == "Best: RNN. Its lead is larger than chance makes likely."
    assert values == "RNN: " + " ".join(next_values.split()[:2])


def test_a_plot_that_cannot_be_saved_is_named(model, tmp_path, capsys, monkeypatch):
    path = tmp_path / "series.csv"
    path.write_text(table("{}"))
    error = PermissionError(13, "Permission denied")
    monkeypatch.setattr(own_series, "save_plot", Mock(side_effect=error))
    monkeypatch.setattr(own_series.importlib.util, "find_spec", lambda name: name)
    own_series.main([str(path), "--plot", "plot.png"])
    *_, last = capsys.readouterr().out.splitlines()
    assert last == "plot.png cannot be saved: Permission denied"


@pytest.mark.slow
def test_draws_the_series_its_held_out_part_and_the_next_values(monkeypatch):
    figure_class = pytest.importorskip("matplotlib.figure").Figure
    figures = []
    monkeypatch.setattr(figure_class, "savefig", lambda *args: figures.append(args[0]))
    series = np.arange(100.0)
    own_series.save_plot("x.png", series, {"RNN": series[80:] + 5}, {"RNN": [7, 8]})
    whole, end = figures[0].axes
    np.testing.assert_array_equal(whole.lines[0].get_ydata(), series)
    assert whole.patches[0].get_xy()[0] == 80
    true_values, forecasts = end.lines
    np.testing.assert_array_equal(true_values.get_xdata(), range(40, 100))
    np.testing.assert_array_equal(forecasts.get_xdata(), range(80, 102))
    np.testing.assert_array_equal(forecasts.get_ydata(), [*range(85, 105), 7, 8])


@pytest.mark.slow
def test_prints_what_its_page_shows_and_saves_a_plot(tmp_path):
    pytest.importorskip("matplotlib")
    plot = tmp_path / "plot.png"
    finished = run("beyond/own_series.py", "--plot", plot)
    assert finished.stderr == ""
    *lines, last = finished.stdout.splitlines()
    assert last == f"Saved {plot}"
    assert differences(lines, shown("simple_rnn", "beyond/own_series.py")) == []
    assert plot.read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_a_rising_series_with_a_name_that_the_terminal_cannot_print(tmp_path):
    time = np.arange(240)
    noise = np.random.default_rng(0).normal(size=240)
    path = tmp_path / "猫.csv"
    path.write_text(table("{}", values=time + 10 * np.sin(time / 2) + noise))
    script = ROOT / "beyond" / "own_series.py"
    finished = run(script, path, cwd=tmp_path, encoding="cp1252")
    assert finished.stderr == ""
    assert "?.csv: 240 values" in finished.stdout
    lines = finished.stdout.splitlines()
    rnn, linear, repeating = [float(line.split()[-1]) for line in lines[5:8]]
    assert max(rnn, linear) < 0.6 * repeating
