"""Beyond lesson 3: own_series.py forecasts a series that its user brings."""

from unittest.mock import Mock

import numpy as np
import own_series
import pytest
from conftest import ROOT, differences, run, shown

import simple_rnn

# As few as are accepted.
VALUES = [0.5, 1.5] * 29 + [0.5, 2.5]


def table(row, header="", values=VALUES):
    """A text with a line for each value. {} in the row is where it stands."""
    return header + "".join(row.format(value) + "\n" for value in values)


READABLE = {
    "one number a line": (table("{}"), None),
    "a name above": (table("{}", "price\n"), None),
    "column by name": (table("7, {}", "n, price \n"), "price"),
    "column by number": (table("7,{}", "n,price\n"), "2"),
    "no header": (table("7,{}"), "2"),
    "tabs": (table("7\t{}", "n\ta, b\n"), "a, b"),
    "decimal commas": (table("7;{}", "n;Höhe, m\n").replace(".", ","), "Höhe, m"),
    "empty lines at the end": (table("{}") + "\n \n", None),
}


@pytest.mark.parametrize("case", READABLE)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252"])
def test_reads(case, encoding, tmp_path):
    text, column = READABLE[case]
    path = tmp_path / "series.csv"
    path.write_text(text, encoding=encoding)
    np.testing.assert_array_equal(own_series.read_series(path, column), VALUES)


NAMED = table("7,{}", "n,price\n")
UNREADABLE = {
    "is empty, or its first line is": (" \n" + NAMED, None),
    "is no text; save it as CSV UTF-8": ("\0" + NAMED, None),
    "has no column 'cost', so name one of these: n, price": (NAMED, "cost"),
    "has no column '3', so name one of these: 1, 2": (table("7,{}"), "3"),
    "has several columns, so name one of these: n, price": (NAMED, None),
    "has no number in 4 of 65 lines, first in line 62 (a gap), line 63 (nan), "
    "line 64 (12 EUR), line 65 (-1e300)\n": (
        table("{}", "price\n") + "\nnan\n12 EUR\n-1e300\n1",
        None,
    ),
    "7 of 67 lines, first in line 1 (a gap), line 2 (a gap), line 3 (a gap), "
    "line 4 (a gap), line 5 (a gap)\n": (",7\n" * 7 + table("{},7"), "1"),
    "60 of 60 lines, first in line 2 (3,5), line 3 (3,5),": (table("3,5", "p\n"), None),
    "line 61 (1.234,5)": (table("7;{}") + "7;1.234,5", "2"),
    "has 59 values, but needs 60 or more": (table("{}", values=VALUES[1:]), None),
    "is constant, 3 in every line": (table("3"), None),
    "is no CSV file: field larger than field limit": (table("1" * 200_000), None),
}


@pytest.mark.parametrize("message", UNREADABLE)
def test_says_what_is_wrong_in_a_file(message, tmp_path, refusal):
    text, column = UNREADABLE[message]
    path = tmp_path / "series.csv"
    path.write_text(text, encoding="utf-8")
    error = refusal(own_series.main, path, *([column] if column else []))
    assert error.startswith(f"{path} ")
    assert message in error


def test_says_what_is_wrong_with_a_path(tmp_path, refusal, monkeypatch):
    main = own_series.main
    assert "no.csv is not there" in refusal(main, tmp_path / "no.csv")
    assert "is a folder" in refusal(main, tmp_path)
    path = tmp_path / "series.csv"
    path.write_text(table("{}"))
    with monkeypatch.context() as patch:
        patch.setattr(own_series.Path, "read_bytes", Mock(side_effect=PermissionError))
        assert "may not be read" in refusal(main, path)
    monkeypatch.setattr(own_series.importlib.util, "find_spec", lambda name: name)
    for plot in (tmp_path / "no" / "plot.png", tmp_path / "plot.xyz"):
        assert f"{plot} is no FILE.png in a" in refusal(main, "--plot", plot)
    monkeypatch.setattr(own_series.importlib.util, "find_spec", lambda name: None)
    assert "needs matplotlib" in refusal(main, "--plot", tmp_path / "plot.png")


class FakeRNN:
    """Stands in for the network: its last forecast is always a scaled change of 2."""

    def fit(self, X, y, epochs, verbose):
        self.fitted = X, y, epochs

    def predict(self, X, verbose):
        forecasts = np.full(X.shape, 99.0)
        forecasts[:, -1] = 2
        return forecasts


@pytest.fixture
def model(monkeypatch):
    model = FakeRNN()
    monkeypatch.setattr(simple_rnn, "build_rnn", lambda: model)
    return model


def test_a_long_series_takes_few_epochs_and_a_straight_line_is_no_nan(model):
    own_series.train_methods(np.zeros(40_000))
    X, _, epochs = model.fitted
    assert epochs == 3
    assert np.isfinite(X).all()


@pytest.mark.parametrize("unit", [1e-9, 1, 1e12])
def test_learns_scaled_changes_and_forecasts_in_the_unit_of_the_series(unit, model):
    time = np.arange(200)
    series = unit * (5 + 0.3 * time + np.sin(time))
    changes = np.diff(series[:160])
    forecasts = {}
    for name, method in own_series.train_methods(changes).items():
        forecasts[name] = own_series.forecast_held_out(method, series, 160)

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


def test_a_lead_that_may_be_chance_is_no_win():
    noise = np.random.default_rng(0).uniform(size=100)
    errors = {
        "slightly worse": 1.01 + noise[::-1],
        "best": 1 + noise,
        "always worse by a little": 1.05 + noise,
        "worse": 2 + noise[::-1],
        "equal": 1 + noise,
    }
    assert own_series.find_best(errors) == ("best", ["slightly worse", "equal"])


def test_prints_errors_the_best_and_the_next_values(
    model, tmp_path, capsys, monkeypatch
):
    path = tmp_path / "series.csv"
    # The changes are 1, 3, 5 ..., up to 109 in the first 56 values.
    path.write_text(table("{}", values=[1000 + i**2 for i in range(70)]))
    best = "linear regression"
    monkeypatch.setattr(own_series, "find_best", lambda errors: (best, ["a", "b"]))
    own_series.main([str(path)])
    change = 55 + 2 * np.std(np.arange(1, 111, 2))
    rnn_error = np.abs(np.arange(111, 139, 2) - change).mean()
    next_values = [f"{5761 + change * n:.1f}" for n in range(1, 11)]
    squares = [f"{1000 + i**2:.1f}" for i in range(70, 80)]
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{path}: 70 values"
    assert lines[3:] == [
        "Mean absolute error on the last 14",
        f"RNN                       {rnn_error:.1f}",
        "linear regression         0.0",
        "repeating the last value  124.0",
        "Best: linear regression",
        "It may be chance that it is ahead of: a, b",
        "",
        "The 10 values after the last one, each from the forecasts before it",
        " ".join(["RNN:", *next_values]),
        " ".join(["linear regression:", *squares]),
    ]


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
    rnn, linear, repeating = [float(line.split()[-1]) for line in lines[4:7]]
    assert max(rnn, linear) < 0.6 * repeating
