"""Lesson 4: the sentences, the network, and what a text of one's own gets."""

import numpy as np
import pytest
import tensorflow as tf

import nlp_sentiment as lesson


@pytest.fixture(scope="module")
def trained():
    tf.keras.utils.set_random_seed(0)
    tokenizer, padded = lesson.tokenize(lesson.texts)
    model = lesson.build_sentiment_model()
    model.fit(padded, lesson.labels, epochs=10, verbose=0)
    return model, tokenizer


def test_no_word_is_dropped_and_the_new_sentences_have_no_unknown_one():
    tokenizer, padded = lesson.tokenize(lesson.texts)
    assert len(tokenizer.word_index) == 98
    assert padded.shape == (84, 5)
    assert padded.max() == 98
    new = [*lesson.plain_sentences, *lesson.hard_sentences]
    for text in new:
        assert len(tokenizer.texts_to_sequences([text])[0]) == len(text.split())
    assert not {*lesson.texts} & {*new}


def test_each_sentence_has_its_label():
    found = dict(zip(lesson.texts, lesson.labels, strict=True))
    assert found["I loved this book"] == found["The show is not boring"] == 1
    assert found["I hated this book"] == found["The staff was not nice"] == 0
    for labels in (lesson.labels, [*lesson.plain_sentences.values()]):
        assert np.mean(labels) == 0.5


def test_short_texts_are_filled_in_front_and_long_ones_lose_their_beginning():
    _, padded = lesson.tokenize(["one two", "one two one two one one"])
    assert padded.tolist() == [[0, 0, 0, 1, 2], [2, 1, 2, 1, 1]]


def test_the_model_learns_a_slice():
    tokenizer, padded = lesson.tokenize(lesson.texts[30:54])
    labels = lesson.labels[30:54]
    tf.keras.utils.set_random_seed(0)
    model = lesson.build_sentiment_model()
    model.fit(padded, labels, epochs=10, verbose=0)
    scores = lesson.score_texts(model, tokenizer, lesson.texts[30:54])
    assert scores.shape == (24,)
    assert np.sum((scores > 0.5) == labels) >= 22


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("A GREAT day!", "positive (score 1.00)"),
        ("great\N{HORIZONTAL ELLIPSIS}", "positive (score 1.00)"),
        ("Such an awful xyzzy", "negative (score 0.00), not known: xyzzy"),
        ("don't", "no score, as it has no word that the model knows, not known: don't"),
        ("!!!", "no score, as it has no word that the model knows"),
        (
            "Boring so boring and a terrible waste",
            (
                "negative (score 0.00), from its last five known words: "
                "boring and a terrible waste"
            ),
        ),
    ],
)
def test_the_score_decides_and_what_was_ignored_is_named(trained, text, answer):
    assert lesson.classify(*trained, text) == f"{text} -> {answer}"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_over_seeds_plain_sentences_are_right_and_hard_ones_are_not(
    seed, run_with_seed
):
    names = run_with_seed("nlp_sentiment.py", seed)
    model, tokenizer = names["model"], names["tokenizer"]
    assert lesson.score_texts(model, tokenizer, ["This was great"])[0] >= 0.9
    right = [
        np.sum(
            (lesson.score_texts(model, tokenizer, list(texts)) > 0.5)
            == [*texts.values()]
        )
        for texts in (lesson.plain_sentences, lesson.hard_sentences)
    ]
    assert right[0] >= 7
    assert right[1] <= 2
