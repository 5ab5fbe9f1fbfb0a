"""Lesson 4: the texts, the network that reads them in order, and what it answers."""

import functools
import itertools
import runpy

import numpy as np
import pytest
from conftest import ROOT, differences
from sklearn.feature_extraction.text import CountVectorizer
from tensorflow.keras.utils import set_random_seed

import nlp_sentiment as lesson

UNSEEN = lesson.new_texts['"not", words new to it']


@pytest.fixture(scope="module")
def trained():
    set_random_seed(0)
    tokenizer, padded = lesson.tokenize(lesson.texts)
    model = lesson.build_sentiment_model()
    model.fit(padded, lesson.labels, epochs=10, verbose=0)
    return model, tokenizer


def test_no_word_is_dropped_and_the_new_texts_have_no_unknown_one(capsys):
    tokenizer, padded = lesson.tokenize(lesson.texts)
    assert padded.shape == (len(lesson.texts), 5)
    assert padded.max() == len(tokenizer.word_index) == 90
    for text in itertools.chain(*lesson.new_texts.values()):
        assert len(tokenizer.texts_to_sequences([text])[0]) == len(text.split())
        assert text not in lesson.texts
    assert capsys.readouterr().out == ""


def test_words_that_are_too_many_are_dropped_with_a_word(capsys):
    lesson.tokenize([f"word{number}" for number in range(120)])
    assert "the 21 rarest are dropped" in capsys.readouterr().out


def test_each_text_has_its_label():
    found = dict(zip(lesson.texts, lesson.labels, strict=True))
    positive = ["I loved this book", "great not terrible", "It was not stupid"]
    positive += ["I like it", "I do not hate the music", "not terrible but great"]
    negative = ["I hated this book", "terrible not great", "It was not perfect"]
    negative += ["I hate it", "I do not like it", "not great but terrible"]
    assert [found.get(text) for text in positive] == [1] * 6
    assert [found.get(text) for text in negative] == [0] * 6
    assert len(lesson.texts) == len(found)


def test_no_word_of_the_short_texts_gives_the_answer_away():
    vectorizer = CountVectorizer(token_pattern=r"\S+")
    counts = vectorizer.fit_transform(lesson.order_texts).toarray()
    labels = np.array(list(lesson.order_texts.values()))
    given_away = counts[labels == 1].sum(axis=0) != counts[labels == 0].sum(axis=0)
    assert not vectorizer.get_feature_names_out()[given_away].tolist()


def test_the_words_that_are_new_beside_a_not_are_new_there():
    words = {*lesson.new_good_words, *lesson.new_bad_words}
    for text in lesson.texts:
        assert "not" not in text.split() or not words & {*text.lower().split()}


def test_short_texts_are_filled_in_front_and_long_ones_lose_their_beginning():
    _, padded = lesson.tokenize(["one two", "one two one two one one"])
    assert padded.tolist() == [[0, 0, 0, 1, 2], [2, 1, 2, 1, 1]]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("great\N{HORIZONTAL ELLIPSIS}", "positive (score 1.00)"),
        ("Such an awful xyzzy", "negative (score 0.00), not known: xyzzy"),
        ("It isn't wonderful", "negative (score 0.00)"),
        ("I don\N{RIGHT SINGLE QUOTATION MARK}t hate it", "positive (score 1.00)"),
        ("xyzzy", "no score, as it has no word that the model knows, not known: xyzzy"),
        ("!!!", "no score, as it has no word that the model knows"),
        (
            "So boring such an awful waste",
            "negative (score 0.00), from its last five known words: boring such an awful waste",
        ),
    ],
)
def test_the_score_decides_and_what_was_ignored_is_named(trained, text, answer):
    line = lesson.classify(*trained, text)
    assert differences([line], [f"{text} -> {answer}"]) == []


def right(model, tokenizer, texts):
    answers = lesson.score_texts(model, tokenizer, list(texts)) > 0.5
    return np.mean(answers == list(texts.values()))


def test_the_network_turns_words_over_that_it_never_saw_beside_a_not(trained):
    assert right(*trained, UNSEEN) >= 0.95


def test_what_a_terminal_cannot_print_becomes_a_question_mark(
    western_terminal, monkeypatch
):
    # Nothing is trained here, to save the time, so the score is about 0.50.
    monkeypatch.setattr("tensorflow.keras.Model.fit", lambda *args, **kwargs: None)
    text = "A great\N{SMILING FACE WITH SMILING EYES} \N{LEFT DOUBLE QUOTATION MARK}day"
    script = str(ROOT / "nlp_sentiment.py")
    lesson = functools.partial(runpy.run_path, script, run_name="__main__")
    _, [_, line, *_] = western_terminal(lesson, text)
    assert line.startswith("A great? \N{LEFT DOUBLE QUOTATION MARK}day -> ")
    assert line.endswith(")")


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_with_other_seeds_the_order_decides_for_the_network_alone(seed, run_with_seed):
    names = run_with_seed("nlp_sentiment.py", seed)
    trained = names["model"], names["tokenizer"]
    assert lesson.score_texts(*trained, ["This was great"])[0] >= 0.9
    assert lesson.score_texts(*trained, ["The film was not bad"])[0] > 0.5
    assert right(*trained, lesson.new_texts["plain sentences"]) >= 7 / 8
    assert right(*trained, UNSEEN) >= 0.95
    # More training leaves it so.
    names["model"].fit(names["padded_sequences"], lesson.labels, epochs=10, verbose=0)
    assert right(*trained, UNSEEN) >= 0.95
