"""Beyond lesson 3: own_series.py forecasts a series that its user brings."""

import datetime
from unittest.mock import Mock

import numpy as np
import own_series
import pytest

import simple_rnn

# As few as are accepted.
VALUES = [0.5, 1.5] * 29 + [0.5, 2.5]
DAYS = [datetime.date(2023, 1, 10) + datetime.timedelta(days=3 * i) for i in range(60)]
MONTHS = [f"{2000 + i // 12}-{i % 12 + 1:02}" for i in range(60)]
QUARTERS = [f"{1990 + i // 4}.0,{i % 4 + 1}.0" for i in range(60)]


def table(dates, names="date", values=VALUES):
    """A text with a date and a value in each line."""
    lines = [f"{date},{value}\n" for date, value in zip(dates, values)]
    return f"{names},v\n" + "".join(lines)


def days(form):
    return [f"{day:{form}}" for day in DAYS]


READABLE = {
    "one number a line": "".join(f"{value}\n" for value in VALUES),
    "day first": table(days("%d.%m.%Y")),
    "month first": table(days("%m/%d/%Y")),
    "a time": table(days("%Y-%m-%dT12:30:00"), "when"),
    "years": table([f"{year}.0" for year in range(1700, 1760)], "YEAR"),
    "a year and a quarter": table(QUARTERS, "year,quarter"),
    "a date and a time": table(
        [f"{DAYS[i // 24]},{i % 24}:30" for i in range(60)], "Date,Time"
    ),
    "a date and words": table([f"{month},shop 1" for month in MONTHS], "date,where"),
    "numbers and words that are no dates": table(
        [f"{i},red" for i in range(1999, 1939, -1)], "points,color"
    ),
    "numbers to clean, which are no dates": table(["6.48M"] * 60, "volume"),
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
    series, notes = own_series.read_series(file(text), "v" if "v" in text else None)
    np.testing.assert_array_equal(series, VALUES)
    assert notes == [f"The oldest is 0.5, in line {2 if 'v' in text else 1}"]


def test_names_the_line_of_a_value_far_from_all_others(file):
    text = table(range(60), "n", [*VALUES[:59], 850])
    _, (_, far) = own_series.read_series(file(text), "v")
    assert far == "Far from all others, a mistake or a total? line 61 (850)"


FALL = "that cannot be read or do not rise, line "
UNREADABLE = {
    f"has dates in date {FALL}3 ({DAYS[58]}), line 4 ": table(DAYS[::-1]),
    "write them like 2023-01-31": table(sorted(days("%d.%m.%Y"))),
    f"date {FALL}32 (2000-01); sort them, the oldest first, keep one series": table(
        MONTHS[:30] * 2
    ),
    f"date {FALL}61 (Total); ": table([*MONTHS[:59], "Total"]),
    f"year {FALL}3 (1999), line 5 ": table([1999 + i // 2 for i in range(60)], "year"),
    f"year and quarter {FALL}3 (2004.0 3.0), ": table(QUARTERS[::-1], "year,quarter"),
    f"when {FALL}2 (Jan 10 2023), ": table(days("%b %d %Y"), "when"),
    f"Datum {FALL}3 (": table(days("%Y%m%d")[::-1], "Datum"),
    f"timestamp {FALL}2 (59), ": table(range(59, -1, -1), "timestamp"),
    f"date {FALL}2 (10/01/23), ": table(days("%d/%m/%y")),
    "has no column 'v'. Its first line has to hold the names": "n,price\n7,5\n",
    "has no clear number in 'v', line 62 (12 EUR), line 63 (a gap); write 1234.5": table(
        range(62), "n", [*VALUES, "12 EUR", ""]
    ),
    "; fill a gap, such as with": table(range(61), "n", [*VALUES, "nan"]),
    "has 59 values, but needs 60 or more": table(range(59), "n"),
    "is constant, 3 in every line": table(range(60), "n", [3] * 60),
}


@pytest.mark.parametrize("message", UNREADABLE)
def test_says_what_is_wrong_in_a_file(message, file, refusal):
    error = refusal(own_series.main, file(UNREADABLE[message]), "v")
    assert "series.csv " in error
    assert message in error


def test_names_typing_errors_totals_and_codes_for_gaps_and_nothing_else():
    rng = np.random.default_rng(0)
    # As wide as -999 is far, so that only the sign tells.
    rising = np.linspace(100, 5000, 200) + rng.normal(scale=20, size=200)
    walk = rng.normal(size=200).cumsum()
    rare = np.where(np.arange(200) % 50 == 9, 5, 0)
    for usual in rising, walk, np.sin(rising), np.round(np.abs(walk)), rare:
        assert own_series.find_far(usual).tolist() == []
    for place, wrong in (100, 26_000), (100, 260), (199, rising.sum()), (100, -999):
        series = rising.copy()
        series[place] = wrong
        assert own_series.find_far(series).tolist() == [place]
    many = np.where(np.arange(200) % 10 == 3, -999, rising)
    assert own_series.find_far(many).tolist() == [*range(3, 200, 10)]


def test_says_what_is_wrong_with_an_option(file, refusal, monkeypatch):
    main = own_series.main
    path = file(table(range(60), "n"))
    assert "has several columns; name one: n, v" in refusal(main, path)
    for option, values, message in (
        ("--season", (1, 25), "is not from 2 to 24 values"),
        ("--next", (0, 61), "is not from 1 to 60"),
    ):
        for value in values:
            error = refusal(main, path, "v", option, value)
            assert f"{option} {value} {message}" in error
    monkeypatch.setattr(own_series.importlib.util, "find_spec", lambda name: name)
    for plot in path.with_name("no") / "plot.png", path.with_name("plot.xyz"):
        assert f"{plot} is no FILE.png in a" in refusal(main, "--plot", plot)
    monkeypatch.setattr(own_series.importlib.util, "find_spec", lambda name: None)
    assert "needs matplotlib" in refusal(main, "--plot", path.with_name("plot.png"))


@pytest.fixture
def model(monkeypatch):
    """Stands in for the network: its last forecast is always a scaled change of 2."""

    def predict_on_batch(X):
        forecasts = np.full(X.shape, 99.0)
        forecasts[:, -1] = 2
        return forecasts

    model = Mock(predict_on_batch=predict_on_batch)
    monkeypatch.setattr(simple_rnn, "build_rnn", lambda: model)
    return model


def test_a_long_series_takes_few_epochs_and_a_straight_line_is_no_nan(model):
    own_series.train_methods(np.zeros(40_001))
    (X, _), options = model.fit.call_args
    assert options["epochs"] == 3
    assert np.isfinite(X).all()


def test_learns_scaled_changes(model):
    time = np.arange(160)
    series = 5 + 0.3 * time + np.sin(time)
    own_series.train_methods(series)
    (X, y), options = model.fit.call_args
    changes = np.diff(series)
    scaled = (changes - changes.mean()) / changes.std()
    assert options["epochs"] == 40
    # At each step the one that comes next.
    np.testing.assert_allclose(X[-1, :, 0], scaled[-20:-1])
    np.testing.assert_allclose(y[-1, :, 0], scaled[-19:])


def test_prints_errors_the_best_and_the_next_values(model, file, capsys):
    # The changes are 1, 3, 5 ..., up to 109 in the first 56 values.
    path = file("".join(f"{1000 + i**2}\n" for i in range(70)))
    own_series.main([str(path), "--season", "24"])
    change = 55 + 2 * np.std(np.arange(1, 111, 2))
    rnn_error = np.abs(np.arange(111, 139, 2) - change).mean()
    next_values = [f"{5761 + change * n:.1f}" for n in range(1, 25)]
    squares = [f"{1000 + i**2:.1f}" for i in range(70, 94)]
    assert capsys.readouterr().out.splitlines() == [
        f"{path}: 70 values",
        "The oldest is 1000, in line 1",
        "Learning from the first 56 ...",
        "",
        "Mean absolute error on the last 14",
        f"RNN                       {rnn_error:.1f}",
        "linear regression         0.0",
        # In 36 windows there is nothing to split: the trees' change is always the mean, 74.
        "boosted trees             50.0",
        "repeating the last value  124.0",
        "the value a season ago    2424.0",
        "Best: linear regression. Its lead is larger than chance makes likely.",
        "",
        "The 24 values after the last one, each from the forecasts before it",
        f"RNN: {' '.join(next_values)}",
        f"linear regression: {' '.join(squares)}",
    ]
    own_series.main([str(path), "--season", "12", "--next", "2"])
    output = capsys.readouterr().out
    assert "\nthe value a season ago    1356.0\n" in output
    assert f"\nRNN: {' '.join(next_values[:2])}\n" in output


@pytest.mark.slow
def test_saves_a_plot(model, tmp_path, capsys):
    pytest.importorskip("matplotlib")
    plot = tmp_path / "plot.png"
    own_series.main(["--plot", str(plot)])
    output, errors = capsys.readouterr()
    assert errors == ""
    assert output.endswith(f"\nSaved {plot}\n")
    assert plot.read_bytes().startswith(b"\x89PNG")
