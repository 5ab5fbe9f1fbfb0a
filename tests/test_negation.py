"""Beyond lesson 4: a hidden layer learns "not"."""

import negation
import numpy as np
import pytest
from conftest import ROOT, differences, run, shown
from tensorflow.keras.utils import set_random_seed


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
    texts = " ".join(negation.lesson.texts).lower()
    beside_not = {*negation.GOOD, *negation.BAD}
    for adjective in negation.OTHER_GOOD + negation.OTHER_BAD:
        assert adjective in texts.split()
        assert f"not {adjective}" not in texts
        assert adjective not in beside_not


def test_it_prints_what_its_page_shows_and_answers_to_texts_of_ones_own(tmp_path):
    texts = ["It was not bad", "It was not good", "\N{CJK UNIFIED IDEOGRAPH-732B}"]
    arguments = [*negation.lesson.hard_sentences, *texts]
    script = ROOT / "beyond" / "negation.py"
    finished = run(script, *arguments, cwd=tmp_path, encoding="cp1252")
    assert finished.stderr == ""
    *lines, bad, good, unknown = finished.stdout.splitlines()
    expected = shown("nlp_sentiment", "beyond/negation.py")
    assert differences(lines, expected) == []
    assert bad.startswith("It was not bad -> positive (score ")
    assert good.startswith("It was not good -> negative (score ")
    assert unknown.startswith("? -> no score")


def test_without_a_text_the_hard_sentences_are_asked(monkeypatch, capsys):
    hard = negation.lesson.hard_sentences
    right = {"lesson 4's hard sentences": {"texts": len(hard)}}
    monkeypatch.setattr(negation, "compare", lambda: (None, None, right))
    monkeypatch.setattr(negation.lesson, "classify", lambda *arguments: arguments[2])
    negation.main([])
    assert capsys.readouterr().out.splitlines()[-len(hard) :] == list(hard)


@pytest.mark.slow
def test_with_another_seed_too_it_takes_a_hidden_layer():
    set_random_seed(0)
    _, _, right = negation.compare()
    for kind in ("adjectives trained beside a not", "others, never beside a not"):
        count = right[kind]
        share = {name: number / count["texts"] for name, number in count.items()}
        assert share["with a hidden layer"] > (0.9 if "trained" in kind else 0.8)
        assert share["lesson 4's network"] < 0.65
        assert share["naive Bayes"] < 0.65
    assert np.isin(right["lesson 4's hard sentences"]["with a hidden layer"], [3, 4])
