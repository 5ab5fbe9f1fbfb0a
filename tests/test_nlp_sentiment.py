"""Lesson 4: what nlp_sentiment.py claims."""

import re

import pytest
import tensorflow as tf
from tensorflow.keras import layers

import nlp_sentiment
from nlp_sentiment import Tokenizer, classify, labels, pad_sequences, texts

# New combinations of words that the sentences in the script have: 1 is positive.
HELD_OUT = {
    "The film was wonderful": 1,
    "What a great story": 1,
    "I enjoyed the show": 1,
    "My phone is excellent": 1,
    "We had a good time": 1,
    "Everything here is beautiful": 1,
    "The people are fantastic": 1,
    "I love the city": 1,
    "Such an amazing hotel": 1,
    "The actors were brilliant": 1,
    "Perfect service and delicious food": 1,
    "This song is awesome": 1,
    "This is the best book": 1,
    "We are happy here": 1,
    "A fun evening": 1,
    "The film was awful": 0,
    "What a boring story": 0,
    "I disliked the show": 0,
    "My phone is horrible": 0,
    "We had a bad time": 0,
    "Everything here is ugly": 0,
    "The people are rude": 0,
    "I hate the city": 0,
    "Such a terrible hotel": 0,
    "The actors are annoying": 0,
    "Poor service and disgusting food": 0,
    "This song is stupid": 0,
    "This is the worst book": 0,
    "We are sad here": 0,
    "A dull evening": 0,
}


@pytest.fixture(scope="module")
def tokenizer():
    tokenizer = Tokenizer(num_words=100)
    tokenizer.fit_on_texts(texts)
    return tokenizer


@pytest.fixture(scope="module", params=[0, 1, 2, 3])
def model(request, tokenizer):
    tf.keras.utils.set_random_seed(request.param)
    model = nlp_sentiment.build_sentiment_model()
    padded = pad_sequences(tokenizer.texts_to_sequences(texts), maxlen=5)
    model.fit(padded, labels, epochs=10, verbose=0)
    return model


def scores(model, tokenizer, sentences):
    padded = pad_sequences(tokenizer.texts_to_sequences(sentences), maxlen=5)
    return model.predict(padded, verbose=0)[:, 0]


def test_num_words_cuts_no_word(tokenizer):
    assert len(tokenizer.word_index) <= 99
    number_of_words = sum(len(text.split()) for text in texts)
    assert sum(map(len, tokenizer.texts_to_sequences(texts))) == number_of_words


def test_the_sentences_are_many_short_different_and_balanced():
    assert len(texts) == len(labels) == 80
    assert len({text.lower() for text in texts}) == 80
    assert max(len(text.split()) for text in texts) <= 5
    assert labels.sum() == 40


def test_the_network_has_the_tutorials_embedding():
    model = nlp_sentiment.build_sentiment_model()
    assert isinstance(model.layers[0], layers.Embedding)
    assert model.layers[0].get_weights()[0].shape == (100, 8)
    assert model.input_shape == (None, 5)
    assert model.output_shape == (None, 1)


def test_this_was_great_is_positive_and_its_opposite_negative(model, tokenizer):
    great, terrible = scores(model, tokenizer, ["This was great", "This was terrible"])
    assert great >= 0.9
    assert terrible <= 0.1


def test_the_held_out_sentences_are_new_but_their_words_are_known(tokenizer):
    assert len(HELD_OUT) >= 20
    assert not {text.lower() for text in texts} & {text.lower() for text in HELD_OUT}
    words = {word for text in HELD_OUT for word in text.lower().split()}
    assert words <= set(tokenizer.word_index)


def test_new_sentences_are_classified_right(model, tokenizer):
    right = (scores(model, tokenizer, list(HELD_OUT)) > 0.5) == list(HELD_OUT.values())
    assert right.mean() >= 0.9


def test_short_texts_are_filled_with_zeros_and_long_ones_keep_their_end(tokenizer):
    number = tokenizer.word_index
    short, long = pad_sequences(
        tokenizer.texts_to_sequences(["This was", "I hate it we love this music"]),
        maxlen=5,
    )
    assert short.tolist() == [0, 0, 0, number["this"], number["was"]]
    assert long.tolist() == [number[w] for w in ("it", "we", "love", "this", "music")]


def test_the_order_of_the_words_does_not_matter(model, tokenizer):
    one, other = scores(model, tokenizer, ["The food was great", "Was great the food"])
    assert one == pytest.approx(other, abs=1e-5)


def test_negation_is_not_understood(model, tokenizer):
    (line,) = classify(model, tokenizer, ["I did not like it"])
    assert line.endswith(" positive (not known: did, not)")


@pytest.mark.parametrize(
    ("text", "shown", "verdict"),
    [
        ("This was GREAT!!!", "This was GREAT!!!", "positive"),
        ("  great\n awful\tawful ", "great awful awful", "negative"),
        ("Zebras were awful", "Zebras were awful", "negative (not known: zebras)"),
        ("great " * 9999, "great " * 9998 + "great", "positive"),
        ("(great)#%&{}", "(great)#%&{}", "positive"),
        ("Großes ☃ great", "Großes ☃ great", "positive (not known: großes, ☃)"),
    ],
)
def test_whatever_is_in_a_text_it_gets_a_score(model, tokenizer, text, shown, verdict):
    (line,) = classify(model, tokenizer, [text])
    assert line.startswith(f"{shown}: ")
    assert re.fullmatch(r"[01]\.\d\d " + re.escape(verdict), line[len(shown) + 2 :])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("über Größe", "über Größe"),
        ("☃ 好", "☃ 好"),
        ("?!", "?!"),
        ("", "(an empty text)"),
        (" \t", "(an empty text)"),
    ],
)
def test_a_text_without_a_known_word_gets_no_score(model, tokenizer, text, shown):
    assert classify(model, tokenizer, [text]) == [
        f"{shown}: no score, as it has no word that the model knows"
    ]


def test_lines_come_in_the_order_of_the_texts(model, tokenizer):
    lines = classify(model, tokenizer, ["xyzzy", "I love it", "", "I hate it"])
    assert [line.split(": ")[0] for line in lines] == [
        "xyzzy",
        "I love it",
        "(an empty text)",
        "I hate it",
    ]
    assert lines[1].endswith(" positive")
    assert lines[3].endswith(" negative")


def test_a_run_ends_with_the_tutorials_text(user_run):
    run = user_run("nlp_sentiment.py")
    assert run.code == 0
    assert run.errors == ""
    printed, line = run.result()
    assert float(printed.strip("[]")) >= 0.9
    assert run.number("This was great: ") >= 0.9
    assert line.endswith(" positive")
    assert sum("Epoch" in line for line in run.lines) == 10
