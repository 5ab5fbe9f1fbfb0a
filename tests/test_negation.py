"""Beyond lesson 4: a hidden layer learns "not"."""

import negation
import numpy as np
import pytest
from conftest import differences, shown
from tensorflow.keras.utils import set_random_seed


@pytest.fixture(scope="module")
def compared():
    set_random_seed(42)
    return negation.compare()


def test_not_reverses_every_other_text():
    texts, labels = negation.negated_texts(["It was", "I am"], ["great"], ["bad"])
    assert dict(zip(texts, labels, strict=True)) == {
        "It was great": 1,
        "It was not great": 0,
        "It was bad": 0,
        "It was not bad": 1,
        "I am great": 1,
        "I am not great": 0,
        "I am bad": 0,
        "I am not bad": 1,
    }


def test_the_other_adjectives_were_trained_but_never_beside_a_not():
    words = " ".join(negation.lesson.texts).lower()
    beside_not = {*negation.GOOD, *negation.BAD}
    for adjective in negation.OTHER_GOOD + negation.OTHER_BAD:
        assert adjective in words
        assert f"not {adjective}" not in words
        assert adjective not in beside_not


def test_it_prints_what_its_page_shows(compared, monkeypatch, capsys):
    monkeypatch.setattr(negation, "compare", lambda: compared)
    negation.main([])
    lines = capsys.readouterr().out.splitlines()
    expected = shown("nlp_sentiment", "beyond/negation.py")
    assert differences(lines, expected) == []


def test_it_answers_to_texts_of_ones_own(compared, monkeypatch, capsys):
    monkeypatch.setattr(negation, "compare", lambda: compared)
    negation.main(["It was not bad", "It was not good", "xyzzy"])
    *_, bad, good, unknown = capsys.readouterr().out.splitlines()
    assert bad.startswith("It was not bad -> positive (score ")
    assert good.startswith("It was not good -> negative (score ")
    assert unknown.startswith("xyzzy -> no score")


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_over_seeds_it_takes_a_hidden_layer(seed):
    set_random_seed(seed)
    _, _, right = negation.compare()
    for kind in ("adjectives trained beside a not", "others, never beside a not"):
        count = right[kind]
        share = {name: number / count["texts"] for name, number in count.items()}
        assert share["with a hidden layer"] > (0.9 if "trained" in kind else 0.8)
        assert share["lesson 4's network"] < 0.65
        assert share["naive Bayes"] < 0.65
    assert np.isin(right["lesson 4's hard sentences"]["with a hidden layer"], [3, 4])
