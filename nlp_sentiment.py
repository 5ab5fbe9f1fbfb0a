"""Lesson 4: a text classifier, positive or negative.

    python nlp_sentiment.py
    python nlp_sentiment.py "I loved it" "So boring"

Learns from the 84 sentences in this script, then classifies yours, or else the
tutorial's "This was great".

An embedding gives every word eight numbers, and training moves them. The sentences are
labelled, the words are not: a word that appears in positive sentences is pulled to the
positive side. The network then takes the average of the words, whatever their order.
That is called a bag of words.
"""

import argparse
import os

# Hides all that TensorFlow's C++ part writes: notes at the start, but warnings too,
# such as why it does not use a GPU. To read them, set the variable to 0.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from sklearn.naive_bayes import MultinomialNB
from tensorflow.keras.layers import Dense, Embedding, GlobalAveragePooling1D, Input
from tensorflow.keras.models import Sequential
from tensorflow.keras.optimizers import Adam
from tensorflow.keras.preprocessing.sequence import pad_sequences

# Tokenizer still works. Keras has deprecated it and recommends TextVectorization.
from tensorflow.keras.preprocessing.text import Tokenizer, text_to_word_sequence
from tensorflow.keras.utils import set_random_seed

# ===== The tutorial's part =====

# Written for this lesson. Most sentences have a twin on the other side, so that words
# such as "this" and "was" appear on both. They have 98 different words, and there is
# room for 99, as number 0 is the padding. With more, raise the two 100s below, in
# Tokenizer and in Embedding.
positive = [
    "This movie was great",
    "Great food and nice staff",
    "I loved this book",
    "We loved the music",
    "What a wonderful day",
    "It was a wonderful trip",
    "The acting is brilliant",
    "Brilliant story and brilliant actors",
    "I really enjoyed it",
    "We enjoyed our time here",
    "Such a good film",
    "The food is very good",
    "My best day ever",
    "Best hotel in the city",
    "I am so happy",
    "Happy with this phone",
    "The actors were fun",
    "So much fun",
    "The hotel was perfect",
    "A perfect evening with friends",
    "Excellent service",
    "This place is excellent",
    "An amazing game",
    "You are amazing",
    "I love my new phone",
    "They love this song",
    "A beautiful song",
    "The city is beautiful",
    "Such nice people",
    "Everything was nice",
    "Fantastic show",
    "We had a fantastic evening",
    "It made me happy",
    "The staff made us happy",
    "I like it very much",
    "All of us like it",
    "Delicious food",
    "The food was delicious",
    "Awesome music and great show",
    "My friends are awesome",
    "We are not sad",
    "The show is not boring",
]
negative = [
    "This movie was terrible",
    "Terrible food and rude staff",
    "I hated this book",
    "We hated the music",
    "What an awful day",
    "It was an awful trip",
    "The acting is bad",
    "Bad story and bad actors",
    "I really disliked it",
    "We disliked our time here",
    "Such a boring film",
    "The show is very boring",
    "My worst day ever",
    "Worst hotel in the city",
    "I am so sad",
    "Sad about this phone",
    "The actors were dull",
    "So boring",
    "The hotel was dirty",
    "A horrible evening with friends",
    "Poor service",
    "This place is horrible",
    "A stupid game",
    "You are stupid",
    "I hate my new phone",
    "They hate this song",
    "An ugly song",
    "The city is ugly",
    "Such rude people",
    "Everything was poor",
    "Dull show",
    "We had a dull evening",
    "It made me sad",
    "The staff made us sad",
    "A waste of time",
    "All of it a waste",
    "Disgusting food",
    "The food was disgusting",
    "Annoying music and dirty place",
    "My friends are annoying",
    "We are not happy",
    "The staff was not nice",
]
texts = positive + negative
labels = np.array([1] * len(positive) + [0] * len(negative))  # 1 is positive.


def build_sentiment_model():
    """Build and compile the network: the tutorial's embedding, then an average.

    Returns:
        A model from word numbers, an integer array of shape (n, 5) with values
        0..99, to float32 scores of shape (n, 1): 0 is negative, 1 is positive.
    """
    model = Sequential(
        [
            # In place of input_length= in the layer below, which makes Keras 3 warn.
            Input(shape=(5,)),
            # Eight numbers for each of up to 100 words.
            Embedding(100, 8),
            # The tutorial leaves open what follows. This averages the five places. In a
            # shorter sentence some hold padding, number 0, whose vector is trained too.
            GlobalAveragePooling1D(),
            # The activation sigmoid turns any number into a score from 0 to 1.
            Dense(1, activation="sigmoid"),
        ]
    )
    # The learning rate says how far each step moves the weights. Ten epochs are only 30
    # steps, one a batch. At Adam's own rate of 0.001 they leave "This was great" at 0.5.
    model.compile(
        optimizer=Adam(learning_rate=0.1),
        loss="binary_crossentropy",
        metrics=["accuracy"],
    )
    return model


# ===== Beyond the tutorial =====

# Not trained on, but made of the same words by the same hand: an easy test. In the hard
# ones "not", or irony, turns the sense of another word round.
plain_texts = [
    "The film was wonderful",
    "I enjoyed the show",
    "My phone is excellent",
    "Such an amazing hotel",
    "What a boring story",
    "We had a bad time",
    "The actors are annoying",
    "Poor service and disgusting food",
]
plain_labels = np.array([1, 1, 1, 1, 0, 0, 0, 0])
hard_texts = [
    "The film was not bad",
    "Not a dull day",
    "My phone is not great",
    "A wonderful waste of time",
]
hard_labels = np.array([1, 1, 0, 0])

good_words = [
    "great",
    "good",
    "nice",
    "perfect",
    "excellent",
    "amazing",
    "beautiful",
    "delicious",
]
bad_words = [
    "terrible",
    "bad",
    "boring",
    "horrible",
    "stupid",
    "ugly",
    "disgusting",
    "annoying",
]


def negated_texts(beginnings):
    """Make sentences in which "not" decides, such as "It was good" and "It was not good".

    Args:
        beginnings: list of strings, such as "It was".

    Returns:
        texts, labels: a list of n strings and an int array of shape (n,), 1 positive.
    """
    texts = []
    labels = []
    for beginning in beginnings:
        for word in good_words:
            texts.append(f"{beginning} {word}")
            labels.append(1)
            texts.append(f"{beginning} not {word}")
            labels.append(0)
        for word in bad_words:
            texts.append(f"{beginning} {word}")
            labels.append(0)
            texts.append(f"{beginning} not {word}")
            labels.append(1)
    return texts, np.array(labels)


def build_deeper_model():
    """Build and compile the same network with a hidden layer after the average.

    Its learning rate is smaller, as more layers learn less steadily. At this rate, too,
    the network without a hidden layer stays at guessing.
    """
    model = Sequential(
        [
            Input(shape=(5,)),
            Embedding(100, 8),
            GlobalAveragePooling1D(),
            Dense(16, activation="relu"),
            Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(
        optimizer=Adam(learning_rate=0.03),
        loss="binary_crossentropy",
        metrics=["accuracy"],
    )
    return model


def pad(tokenizer, texts):
    """Turn texts into word numbers, an int32 array of shape (len(texts), 5)."""
    return pad_sequences(tokenizer.texts_to_sequences(texts), maxlen=5)


def count_right(model, padded, labels):
    """Count the texts whose score is on the right side of 0.5."""
    # A model that is called answers like predict(), but without a progress bar.
    answers = model(padded).numpy()[:, 0] > 0.5
    return np.sum(answers == labels)


def classify(model, tokenizer, text):
    """Classify one text, whatever is in it.

    Args:
        model: what build_sentiment_model() gives, trained.
        tokenizer: the one that numbered the words for the training.
        text: a string.

    Returns:
        A line: the text, the answer, its score, and the words that the model does not
        know. Without any known word there is no score.
    """
    known = []
    unknown = []
    for word in text_to_word_sequence(text):
        if tokenizer.texts_to_sequences([word])[0]:
            known.append(word)
        else:
            unknown.append(word)
    if not known:
        return f"{text} -> no score, as it has no word that the model knows"
    score = model(pad(tokenizer, [text])).numpy()[0, 0]
    answer = "positive" if score > 0.5 else "negative"
    line = f"{text} -> {answer} (score {score:.2f})"
    if unknown:
        line += f", not known: {', '.join(unknown)}"
    return line


def read_command_line():
    """Return the texts named on the command line, a list of strings."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("texts", nargs="*", metavar="TEXT", help="a text to classify")
    return parser.parse_args().texts


if __name__ == "__main__":
    own_texts = read_command_line()
    set_random_seed(42)  # The same random numbers at every start.

    # ===== The tutorial's part =====

    # The tokenizer numbers the words, the commonest first. Every sentence becomes five
    # numbers: a longer one loses its beginning, a shorter one is padded with zeros.
    tokenizer = Tokenizer(num_words=100)
    tokenizer.fit_on_texts(texts)
    sequences = tokenizer.texts_to_sequences(texts)
    padded_sequences = pad_sequences(sequences, maxlen=5)

    model = build_sentiment_model()
    model.fit(padded_sequences, labels, epochs=10)

    # A new text has to go through the same tokenizer and the same padding. The answer has
    # one row a text, with one score from 0 (negative) to 1 (positive).
    test_text = ["This was great"]
    test_seq = tokenizer.texts_to_sequences(test_text)
    test_padded = pad_sequences(test_seq, maxlen=5)
    print(model.predict(test_padded))

    # ===== Beyond the tutorial =====

    for text in own_texts or test_text:
        print(classify(model, tokenizer, text))

    # Is it right on sentences that are new? The baseline, naive Bayes, only counts how
    # often each word appears in each class. It takes a row a text and a column a word.
    bayes = MultinomialNB().fit(tokenizer.texts_to_matrix(texts, "count"), labels)
    right = count_right(model, pad(tokenizer, plain_texts), plain_labels)
    bayes_answers = bayes.predict(tokenizer.texts_to_matrix(plain_texts, "count"))
    bayes_right = np.sum(bayes_answers == plain_labels)
    print(
        f"\nRight on 8 plain new sentences: network {right}, naive Bayes {bayes_right}"
    )
    right = count_right(model, pad(tokenizer, hard_texts), hard_labels)
    bayes_answers = bayes.predict(tokenizer.texts_to_matrix(hard_texts, "count"))
    bayes_right = np.sum(bayes_answers == hard_labels)
    print(f"Right on 4 hard new sentences: network {right}, naive Bayes {bayes_right}")
    for text, label in zip(hard_texts, hard_labels, strict=True):
        meant = "positive" if label == 1 else "negative"
        print(f"{classify(model, tokenizer, text)}, meant: {meant}")

    # Each word pulls by itself, so "not" cannot reverse the word beside it. "good", "not
    # good", "bad" and "not bad" are XOR again (lesson 1). Is it enough to train on such
    # sentences, or does it take a hidden layer? Only the beginnings of the test
    # sentences are new: each adjective was in the training with "not" and without.
    not_texts, not_labels = negated_texts(
        ["It was", "I am", "The food is", "The hotel was"]
    )
    new_texts, new_labels = negated_texts(["My phone is", "This place is"])
    more_texts = texts + not_texts
    more_labels = np.concatenate([labels, not_labels])
    more_padded = pad(tokenizer, more_texts)
    new_padded = pad(tokenizer, new_texts)

    print(f"\nRight on {len(new_texts)} new sentences, half of them with a not:")
    flat_model = build_sentiment_model()
    flat_model.fit(more_padded, more_labels, epochs=20, verbose=0)
    right = count_right(flat_model, new_padded, new_labels)
    print(f"the same network: {right}")
    deeper_model = build_deeper_model()
    deeper_model.fit(more_padded, more_labels, epochs=20, verbose=0)
    right = count_right(deeper_model, new_padded, new_labels)
    print(f"with a hidden layer: {right}")
    bayes.fit(tokenizer.texts_to_matrix(more_texts, "count"), more_labels)
    bayes_answers = bayes.predict(tokenizer.texts_to_matrix(new_texts, "count"))
    print(f"naive Bayes: {np.sum(bayes_answers == new_labels)}")
