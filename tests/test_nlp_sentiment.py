"""Lesson 4: the sentences, the classifiers, and what a text of one's own gets."""

import numpy as np
import pytest
import tensorflow as tf
from sklearn.naive_bayes import MultinomialNB

import nlp_sentiment as lesson


@pytest.fixture(scope="module")
def tokenizer():
    tokenizer = lesson.Tokenizer(num_words=100)
    tokenizer.fit_on_texts(lesson.texts)
    return tokenizer


def trained(build, tokenizer, texts, labels, epochs, seed=0):
    tf.keras.utils.set_random_seed(seed)
    model = build()
    model.fit(lesson.pad(tokenizer, texts), labels, epochs=epochs, verbose=0)
    return model


def test_no_word_is_cut_and_none_of_the_tests_has_an_unknown_one(tokenizer):
    assert len(tokenizer.word_index) < 100
    new_texts = lesson.negated_texts(["It was", "My phone is", "This place is"])[0]
    for text in lesson.plain_texts + lesson.hard_texts + new_texts:
        assert len(tokenizer.texts_to_sequences([text])[0]) == len(text.split())
    assert not {*lesson.texts} & {*lesson.plain_texts, *lesson.hard_texts}


def test_labels_come_from_the_length_of_each_list():
    assert len(lesson.labels) == len(lesson.texts) == 84
    assert lesson.labels[lesson.texts.index("I loved this book")] == 1
    assert lesson.labels[lesson.texts.index("I hated this book")] == 0


def test_the_model_learns_a_slice(tokenizer):
    some = slice(30, 54)
    model = trained(
        lesson.build_sentiment_model,
        tokenizer,
        lesson.texts[some],
        lesson.labels[some],
        epochs=10,
    )
    padded = lesson.pad(tokenizer, lesson.texts[some])
    assert padded.shape == (24, 5)
    assert model(padded).shape == (24, 1)
    assert lesson.count_right(model, padded, lesson.labels[some]) >= 22


def test_the_score_decides_and_unknown_words_are_named(tokenizer):
    model = trained(
        lesson.build_sentiment_model, tokenizer, lesson.texts, lesson.labels, 10
    )
    great = lesson.classify(model, tokenizer, "A GREAT day!")
    assert great == "A GREAT day! -> positive (score 1.00)"
    assert lesson.classify(model, tokenizer, "Such an awful xyzzy").endswith(
        "-> negative (score 0.00), not known: xyzzy"
    )
    for text in ("xyzzy", "", "!!!"):
        assert lesson.classify(model, tokenizer, text).startswith(f"{text} -> no score")


def test_not_turns_every_other_negated_text_round():
    texts, labels = lesson.negated_texts(["It was"])
    found = dict(zip(texts, labels, strict=True))
    assert found["It was great"] == found["It was not bad"] == 1
    assert found["It was bad"] == found["It was not great"] == 0
    assert np.mean(labels) == 0.5


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_over_seeds_the_claims_hold(seed, tokenizer):
    model = trained(
        lesson.build_sentiment_model, tokenizer, lesson.texts, lesson.labels, 10, seed
    )
    assert model(lesson.pad(tokenizer, ["This was great"])).numpy()[0, 0] > 0.9
    plain = lesson.pad(tokenizer, lesson.plain_texts)
    assert lesson.count_right(model, plain, lesson.plain_labels) >= 7
    hard = lesson.pad(tokenizer, lesson.hard_texts)
    assert lesson.count_right(model, hard, lesson.hard_labels) <= 2

    beginnings = ["It was", "I am", "The food is", "The hotel was"]
    not_texts, not_labels = lesson.negated_texts(beginnings)
    texts = lesson.texts + not_texts
    labels = np.concatenate([lesson.labels, not_labels])
    new_texts, new_labels = lesson.negated_texts(["My phone is", "This place is"])
    padded = lesson.pad(tokenizer, new_texts)
    flat = trained(lesson.build_sentiment_model, tokenizer, texts, labels, 20, seed)
    deeper = trained(lesson.build_deeper_model, tokenizer, texts, labels, 20, seed)
    assert lesson.count_right(flat, padded, new_labels) < 0.65 * 64
    assert lesson.count_right(deeper, padded, new_labels) > 0.9 * 64
    bayes = MultinomialNB().fit(tokenizer.texts_to_matrix(texts, "count"), labels)
    answers = bayes.predict(tokenizer.texts_to_matrix(new_texts, "count"))
    assert np.mean(answers == new_labels) < 0.65
