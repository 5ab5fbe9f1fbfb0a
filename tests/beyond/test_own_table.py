"""Beyond lesson 6: own_table.py compares a network with others on a table of one's own."""

from unittest.mock import Mock

import numpy as np
import own_table
import pytest
from conftest import run

# Neither counted nor rising, so no identifier.
VALUES = [1.5, 2.25, 7.5, 0.5] * 5
CLASSES = ["yes", "no"] * 10


def write_table(path, columns, delimiter=",", encoding="utf-8", mark="."):
    """Write a dict of columns as a CSV file, each point as the decimal mark."""
    lines = [delimiter.join(columns)]
    lines += [delimiter.join(map(str, row)) for row in zip(*columns.values())]
    path.write_bytes("\r\n".join(lines).replace(".", mark).encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_reads_what_spreadsheets_save(delimiter, encoding, tmp_path):
    columns = {"Größe in cm": VALUES, "my class": CLASSES}
    mark = "." if delimiter == "," else ","
    path = write_table(tmp_path / "t.csv", columns, delimiter, encoding, mark)
    with path.open("ab") as file:
        file.write(f"\r\n{delimiter}\r\n\r\n".encode())
    assert own_table.read_table(path)[0] == ["Größe in cm", "my class"]
    X, y, _, notes = own_table.load_table(path, "my class")
    comma_note = "Decimal commas: Größe in cm, with 1,5, read as 1.5"
    assert (comma_note in notes) == (mark == ",")
    np.testing.assert_array_equal(X[:, 0].astype(float), VALUES)
    assert y.tolist() == CLASSES


BROKEN_NOTE = """Column of words: broken, with 'inf' \
(most are numbers; empty the other 5 to use them)"""


def test_sorts_the_columns_and_says_which_are_left_out_and_why(tmp_path):
    n = 20
    columns = {
        "row": range(7, 7 + n),
        "CustomerID": [997 * i % 1009 for i in range(1, n + 1)],
        "name": [f"person {i}" for i in range(n)],
        "land": ["DE"] * n,
        "empty": ["?"] * n,
        "colour": ["red", "", "blue", "red"] * 5,
        "income": [997 * i % 1009 for i in range(1, n + 1)],
        "paid": [997 * i % 1009 for i in range(1, n + 1)],
        "height": [i / 4 for i in range(n)],
        "broken": ["inf", 1.5, 1.5, 2.5] * 5,
        "width": ["N/A", *VALUES[1:]],
        "class": ["True", "False"] * 9 + ["True", ""],
    }
    path = write_table(tmp_path / "t.csv", columns)
    X, y, _, notes = own_table.load_table(path, "class")
    assert notes == [
        "Rows with a value in class: 19 of 20",
        "Left out: row (an identifier)",
        "Left out: CustomerID (an identifier)",
        "Left out: name, with 'person 0' (words, most of them different)",
        "Left out: land, with 'DE' (the same in every row)",
        "Left out: empty (the same in every row)",
        "Column of words: colour, with 'red'",
        BROKEN_NOTE,
        "Columns of numbers: 4",
        "Gaps: 6, filled with the median; in words a word of its own",
    ]
    assert y.tolist() == columns["class"][:-1]
    numbers = X[:, :4].astype(float)
    np.testing.assert_array_equal(numbers[:, 0], columns["income"][:-1])
    np.testing.assert_array_equal(numbers[:, 3], [np.nan, *VALUES[1:-1]])
    assert X[:, 4].tolist() == columns["colour"][:-1]


def table(column, classes):
    return "a,class\n" + "".join(f"{column},{letter}\n" for letter in classes)


UNREADABLE = {
    "has no rows below a line of names": "a,class\n\n",
    "is no CSV file; save": "PK\0",
    "field larger than": table("1" * 200_000, "x"),
    "has 3 cells in line 3, but 2 in its first": "a,class\n1,x\n1,5,x",
    "has no column 'class', only these: a, Class": "a,Class\n1,x\n",
    "needs two classes in 'class', but has 1": table(1, "x" * 9),
    "has 21 numbers in 'class'; classes": table(1, [*range(21)] * 5),
    "has 4 rows of 'y' in 'class'; each class needs five": table(1, "x" * 9 + "y" * 4),
    "the largest seven": table(1, "x" * 6 + "y" * 5),
    "learn from. Left out: a (the same in every row)": table(1, "xy" * 9),
}


@pytest.mark.parametrize("message", UNREADABLE)
def test_says_what_is_wrong_in_a_file(message, tmp_path, refusal):
    path = tmp_path / "t.csv"
    path.write_text(UNREADABLE[message], encoding="utf-8")
    error = refusal(own_table.main, path, "class")
    assert error.startswith(f"{path} ") and message in error


def test_says_what_is_wrong_with_a_path(tmp_path, refusal, monkeypatch):
    main = own_table.main
    assert "is not there" in refusal(main, tmp_path / "no.csv", "class")
    assert "is a folder" in refusal(main, tmp_path, "class")
    monkeypatch.setattr(own_table.Path, "read_bytes", Mock(side_effect=PermissionError))
    assert "may not be read" in refusal(main, tmp_path / "locked.csv", "class")


def test_the_network_is_worth_it_only_if_it_wins_in_all_five_folds():
    scores = {
        "guessing": np.full(5, 0.5),
        "logistic regression": np.full(5, 0.8),
        "trees": np.full(5, 0.8),
        "network": np.array([0.9, 0.9, 0.9, 0.9, 0.8]),
    }
    method, sentence = own_table.judge(scores)
    assert method == "logistic regression"
    assert "is not clearly better than logistic regression: better in 4" in sentence
    scores["network"][4] = 0.81
    method, sentence = own_table.judge(scores)
    assert method == "network"
    assert "is clearly better than logistic regression:" in sentence


def test_methods_learn_from_numbers_words_and_gaps_without_a_warning(recwarn):
    rng = np.random.default_rng(0)
    # The first column has a single value, which most folds do not see.
    numbers = np.full((60, 2), np.nan)
    numbers[0, 0] = 3
    numbers[7:, 1] = rng.normal(size=53) * 1e4
    words = rng.choice(["red", "", "blue"], 60)
    words[5] = "only once"
    X = np.column_stack([numbers.astype(object), words])
    y = np.where(words == "", "gap", np.where(numbers[:, 1] > 0, "up", "down"))
    y[1:5] = "rare"
    methods = own_table.make_methods(X, 2)
    networks = methods.pop("network")
    scores = own_table.compare(methods, X, y)
    assert list(recwarn) == []
    assert scores["gradient-boosted trees"].mean() > 0.7
    assert scores["guessing"].mean() < 0.5
    assert networks[-1].fit_kwargs == {"epochs": 30, "batch_size": 7, "verbose": 0}
    large = own_table.make_methods(np.zeros((5000, 2)), 2)["network"]
    assert large[-1].fit_kwargs == {"epochs": 10, "batch_size": 32, "verbose": 0}


@pytest.mark.slow
def test_a_run_says_what_is_worth_it_whatever_the_code_page(tmp_path):
    x = np.sort(np.random.default_rng(0).normal(size=60))
    target = ["low \N{GRINNING FACE}"] * 25 + ["rare"] * 5 + ["high"] * 30
    columns = {"x": x, "noise": ["a", "b"] * 30, "level": target}
    path = write_table(tmp_path / "t.csv", columns)
    finished = run("beyond/own_table.py", path, "level", encoding="cp1252")
    assert (finished.returncode, finished.stderr) == (0, "")
    assert "\r" not in finished.stdout  # No progress bars.
    printed = finished.stdout.split("\n")
    assert printed[1] == "Column of words: noise, with 'a'"
    assert printed[2] == "Columns of numbers: 1"
    means = {line[:22].strip(): float(line[24:28]) for line in printed[5:9]}
    assert means["network"] > 0.75 > means["guessing"] == 0.5
    assert printed[9].startswith("The network is ")
    assert " of 12 right" in printed[11]
    assert any(line.strip().startswith("low ? ") for line in printed[12:])
