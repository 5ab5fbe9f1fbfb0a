"""A hidden layer learns "not" (lesson 4, one step further).

    python beyond/negation.py
    python beyond/negation.py "The film was not bad" "My day was not wonderful"

Lesson 4's network takes an average in which each word pulls its own way, so "not" cannot
reverse the word beside it: good, not good, bad and not bad are lesson 1's XOR once more.

There a second layer was the answer. It is here, too: the same network with a hidden layer
after the average learns what "not" does in texts like these, and does it to words that it
has never seen beside a "not". At the end it answers to your texts.
"""

import argparse
import logging
import os
import sys
from pathlib import Path

# Hides TensorFlow's start-up notes.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# And its warning about more than one network in a run.
logging.getLogger("tensorflow").setLevel(logging.ERROR)
# So that the lessons are found, wherever this is started from.
sys.path.append(str(Path(__file__).resolve().parent.parent))

import numpy as np
from sklearn.naive_bayes import MultinomialNB
from tensorflow.keras.layers import Dense, Embedding, GlobalAveragePooling1D, Input
from tensorflow.keras.models import Sequential
from tensorflow.keras.optimizers import Adam
from tensorflow.keras.utils import set_random_seed

import nlp_sentiment as lesson

# Trained with "not" and without.
GOOD = [
    "great",
    "good",
    "nice",
    "perfect",
    "excellent",
    "amazing",
    "beautiful",
    "delicious",
]
BAD = [
    "terrible",
    "bad",
    "boring",
    "horrible",
    "stupid",
    "ugly",
    "disgusting",
    "annoying",
]
# In lesson 4's sentences, but never beside a "not".
OTHER_GOOD = ["wonderful", "brilliant", "fantastic", "awesome", "fun"]
OTHER_BAD = ["awful", "dull", "rude", "dirty", "poor"]


def negated_texts(beginnings, good, bad):
    """Make texts such as "It was good" and "It was not good", all in which "not" decides.

    Returns a list of n texts and an array of n labels, 1 for positive and 0 for negative.
    """
    texts = []
    labels = []
    for beginning in beginnings:
        for label, adjectives in ((1, good), (0, bad)):
            for adjective in adjectives:
                texts += [f"{beginning} {adjective}", f"{beginning} not {adjective}"]
                labels += [label, 1 - label]
    return texts, np.array(labels)


def build_hidden_model():
    """Build and compile lesson 4's network with a hidden layer between average and output.

    It learns more steadily with a smaller step than lesson 4's.
    """
    model = Sequential(
        [
            Input(shape=(5,)),
            Embedding(100, 8),
            GlobalAveragePooling1D(),
            Dense(64, activation="relu"),
            Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(
        optimizer=Adam(learning_rate=0.03),
        loss="binary_crossentropy",
        metrics=["accuracy"],
    )
    return model


def compare():
    """Train three classifiers on the same texts, and test them on three kinds of new ones.

    Returns the network with the hidden layer, its tokenizer, and a dict: for each kind of
    test the number of texts, and how many of them each classifier got right.
    """
    not_texts, not_labels = negated_texts(
        ["It was", "I am", "The food is", "The hotel was"], GOOD, BAD
    )
    texts = lesson.texts + not_texts
    labels = np.concatenate([lesson.labels, not_labels])
    tokenizer, padded = lesson.tokenize(texts)

    flat_model = lesson.build_sentiment_model()
    flat_model.fit(padded, labels, epochs=20, verbose=0)
    hidden_model = build_hidden_model()
    hidden_model.fit(padded, labels, epochs=20, verbose=0)
    bayes = MultinomialNB().fit(tokenizer.texts_to_matrix(texts, "count"), labels)

    hard = lesson.hard_sentences
    beginnings = ["My phone is", "This place is"]
    tests = {
        "adjectives trained beside a not": negated_texts(beginnings, GOOD, BAD),
        "others, never beside a not": negated_texts(beginnings, OTHER_GOOD, OTHER_BAD),
        "lesson 4's hard sentences": (list(hard), np.array(list(hard.values()))),
    }
    right = {}
    for kind, (new_texts, new_labels) in tests.items():
        bayes_answers = bayes.predict(tokenizer.texts_to_matrix(new_texts, "count"))
        flat_answers = lesson.score_texts(flat_model, tokenizer, new_texts) > 0.5
        hidden_answers = lesson.score_texts(hidden_model, tokenizer, new_texts) > 0.5
        right[kind] = {
            "texts": len(new_texts),
            "naive Bayes": np.sum(bayes_answers == new_labels),
            "lesson 4's network": np.sum(flat_answers == new_labels),
            "with a hidden layer": np.sum(hidden_answers == new_labels),
        }
    return hidden_model, tokenizer, right


def main(arguments=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("texts", nargs="*", metavar="TEXT", help="a text to classify")
    texts = parser.parse_args(arguments).texts
    # What the terminal cannot print becomes a "?". (IDLE's window has no reconfigure.)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    set_random_seed(42)

    model, tokenizer, right = compare()
    print(f"{'Right on new texts':33}", "  ".join(right["lesson 4's hard sentences"]))
    for kind, numbers in right.items():
        columns = [f"{number:{len(name)}}" for name, number in numbers.items()]
        print(f"{kind:33}", "  ".join(columns))
    print()
    for text in texts or lesson.hard_sentences:
        print(lesson.classify(model, tokenizer, text))


if __name__ == "__main__":
    main()
