"""Beyond lesson 4: own_texts.py learns from texts that its user brings."""

import csv
import functools

import numpy as np
import own_texts
import reading
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

GOOD = ["great", "nice", "fun"]
BAD = ["dull", "ugly", "sad"]


def write_texts(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *rows])
    return path


def test_splits_texts_into_words_in_small_letters():
    words = own_texts.split_text("“Great!” It’s… so-so 42 día")
    assert words == ["great", "it’s", "so", "so", "42", "día"]


def test_reads_texts_once_and_names_what_is_left_out(tmp_path):
    rows = [(f"text {i}", "ab"[i % 2]) for i in range(20)]
    more = [rows[0], ("?!", "a"), ("new", ""), (" ", "b")]
    path = write_texts(tmp_path / "t.csv", rows + more)
    texts, labels, notes = own_texts.read_texts(path, "text", "label")
    assert [*zip(texts, labels)] == rows
    assert notes == [
        "20 texts, 4 left out (a copy, or without words or a label)",
        "Classes: 10 a, 10 b",
    ]


def test_what_is_wrong_is_said_before_anything_is_trained(tmp_path, refusal):
    path = write_texts(tmp_path / "t.csv", [("a b", "x")] * 9)
    main = own_texts.main
    assert "has no column 'x'. Its first line" in refusal(main, path, "text", "x")
    assert "but has 1 of x" in refusal(main, path, "text", "label")


def test_the_network_fits_the_texts_and_reads_the_words_in_their_order():
    texts = [f"{a} not {b}" for a in GOOD + BAD for b in GOOD + BAD if a != b]
    # What stands before the "not" decides, and each word is there as often as any other.
    y = np.array([text.split()[0] in GOOD for text in texts]).astype(int)
    score = own_texts.train_network(texts * 5, np.tile(y, 5))
    scores = score(texts)
    assert scores.shape == (30, 2)
    assert np.mean(scores.argmax(axis=1) == y) == 1
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-5)
    # It reads the end of a longer text, and passes over words that it does not know.
    longer = ["sad fun ugly great not sad", "great xyzzy not sad", "great not sad"]
    scores = score(longer)
    np.testing.assert_allclose(scores[:2], scores[[2, 2]], atol=1e-5)


def test_describes_what_is_taken_for_what(capsys):
    own_texts.describe(np.array([[7, 1, 2], [0, 9, 0], [0, 0, 0]]), ["a", "b", "c"])
    assert capsys.readouterr().out.splitlines() == [
        "Of 10 a it finds 7, takes 1 for b, takes 2 for c",
        "Of 9 b it finds 9",
        "Of 0 c it finds 0",
    ]


def test_the_words_that_count_most_of_two_classes(capsys):
    logistic = make_pipeline(CountVectorizer(), LogisticRegression())
    own_texts.weigh_words(logistic.fit(GOOD + BAD, [1, 1, 1, 0, 0, 0]), ["bad", "good"])
    bad, good = capsys.readouterr().out.splitlines()
    assert {*bad[5:].split(", ")[:3]} == {*BAD}
    assert {*good[6:].split(", ")[:3]} == {*GOOD}


def test_a_run_compares_and_answers_whatever_the_code_page(tmp_path, western_terminal):
    rows = []
    for i in range(10):
        rows += [(f"room {i} was {word}", "good 😍") for word in GOOD]
        rows += [(f"room {i} was {word}", "bad") for word in BAD]
        rows += [(f"where is room {i} {word}", "question") for word in ("so", "now")]
    # Labels by chance, and the words say nothing.
    rows += [(f"chance {i}", ["good 😍", "bad"][i % 2]) for i in range(12)]
    path = write_texts(tmp_path / "t.csv", rows)
    options = ["--ask", "Where IS the room", "--ask", "猫"]
    main = functools.partial(reading.run, own_texts.main)
    code, lines = western_terminal(main, path, "text", "label", *options)
    assert code == 0
    assert lines[1] == "Classes: 36 good ?, 36 bad, 20 question"
    (best,) = (line for line in lines if line.startswith("A tie: "))
    for name in "naive Bayes", "logistic regression", "network":
        (line,) = (line for line in lines if line.startswith(f"{name}  "))
        assert float(line[-4:]) >= 0.8
        assert name in best  # All of them tie.
    words = lines.index("The words that count most, by logistic regression")
    for name, word in zip(["bad", "good ?", "question"], ["dull", "great", "where is"]):
        words += 1
        assert lines[words].startswith(f"{name}: ") and word in lines[words]
    assert lines[-2].startswith("Where IS the room -> question (score ")
    assert lines[-2].endswith(", not known: the")
    assert lines[-1] == "? -> no answer, as it has no known word"
