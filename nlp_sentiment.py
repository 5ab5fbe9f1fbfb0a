"""Lesson 4: a text classifier, positive or negative.

    python nlp_sentiment.py
    python nlp_sentiment.py "I loved it" "So boring"

Learns from the 84 sentences in this script, then classifies yours, or else the
tutorial's "This was great".

To take away: an embedding gives every word a few numbers, and training moves them.
The sentences are labelled, the words are not: what "great" means follows from the
sentences that it stands in.
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

# Works, but Keras gives it no more care and names TextVectorization as its successor.
from tensorflow.keras.preprocessing.text import Tokenizer, text_to_word_sequence
from tensorflow.keras.utils import set_random_seed

# Written for this lesson: 98 different words, so that num_words=100 cuts none. Most
# sentences have a twin on the other side, so that "this" or "was" takes no side.
positive = (
    "This movie was great; Great food and nice staff; I loved this book; "
    "We loved the music; What a wonderful day; It was a wonderful trip; "
    "The acting is brilliant; Brilliant story and brilliant actors; "
    "I really enjoyed it; We enjoyed our time here; Such a good film; "
    "The food is very good; My best day ever; Best hotel in the city; "
    "I am so happy; Happy with this phone; The actors were fun; So much fun; "
    "The hotel was perfect; A perfect evening with friends; Excellent service; "
    "This place is excellent; An amazing game; You are amazing; "
    "I love my new phone; They love this song; A beautiful song; "
    "The city is beautiful; Such nice people; Everything was nice; Fantastic show; "
    "We had a fantastic evening; It made me happy; The staff made us happy; "
    "I like it very much; All of us like it; Delicious food; "
    "The food was delicious; Awesome music and great show; My friends are awesome; "
    "We are not sad; The show is not boring"
)
negative = (
    "This movie was terrible; Terrible food and rude staff; I hated this book; "
    "We hated the music; What an awful day; It was an awful trip; "
    "The acting is bad; Bad story and bad actors; I really disliked it; "
    "We disliked our time here; Such a boring film; The show is very boring; "
    "My worst day ever; Worst hotel in the city; I am so sad; Sad about this phone; "
    "The actors were dull; So boring; The hotel was dirty; "
    "A horrible evening with friends; Poor service; This place is horrible; "
    "A stupid game; You are stupid; I hate my new phone; They hate this song; "
    "An ugly song; The city is ugly; Such rude people; Everything was poor; "
    "Dull show; We had a dull evening; It made me sad; The staff made us sad; "
    "A waste of time; All of it a waste; Disgusting food; The food was disgusting; "
    "Annoying music and dirty place; My friends are annoying; We are not happy; "
    "The staff was not nice"
)
texts = positive.split("; ") + negative.split("; ")
labels = np.repeat([1, 0], len(texts) // 2)  # 1 is positive, 0 negative.

# Not trained on, but made of the same words. In the hard ones "not", or irony, turns
# the sense of another word round.
plain_texts = {
    "The film was wonderful": 1,
    "I enjoyed the show": 1,
    "My phone is excellent": 1,
    "Such an amazing hotel": 1,
    "What a boring story": 0,
    "We had a bad time": 0,
    "The actors are annoying": 0,
    "Poor service and disgusting food": 0,
}
hard_texts = {
    "The film was not bad": 1,
    "Not a dull day": 1,
    "My phone is not great": 0,
    "A wonderful waste of time": 0,
}


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
            Embedding(100, 8),
            # The tutorial leaves open what follows. This averages the five places. In a
            # shorter sentence some hold padding, number 0, whose vector is trained too.
            GlobalAveragePooling1D(),
            Dense(1, activation="sigmoid"),
        ]
    )
    # Ten epochs are 30 steps. At Adam's own rate of 0.001 they leave "This was great"
    # between 0.49 and 0.52, at 0.1 it has 0.99 or more (10 seeds).
    model.compile(
        optimizer=Adam(learning_rate=0.1),
        loss="binary_crossentropy",
        metrics=["accuracy"],
    )
    return model


# From here on: what goes beyond the tutorial.


def classify(model, tokenizer, texts):
    """Classify texts, whatever is in them.

    Args:
        model: what build_sentiment_model() gives, trained.
        tokenizer: the one that numbered the words for the training.
        texts: list of strings.

    Returns:
        A list of lines, one per text: score and verdict, and the words that the model
        does not know. Without any known word there is no score.
    """
    padded = pad_sequences(tokenizer.texts_to_sequences(texts), maxlen=5)
    lines = []
    for text, score in zip(texts, model.predict(padded, verbose=0)[:, 0]):
        words = text_to_word_sequence(text)
        known = tokenizer.texts_to_sequences(words)  # Empty for one that is not.
        unknown = [word for word, number in zip(words, known) if not number]
        if len(unknown) == len(words):
            line = f"{text}: no score, as it has no word that the model knows"
        else:
            line = f"{text}: {score:.2f} {'positive' if score > 0.5 else 'negative'}"
            if unknown:
                line += f" (not known: {', '.join(unknown)})"
        lines.append(line)
    return lines


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("texts", nargs="*", metavar="TEXT", help="a text to classify")
    arguments = parser.parse_args()
    set_random_seed(42)  # The same weights at every start.

    tokenizer = Tokenizer(num_words=100)
    tokenizer.fit_on_texts(texts)
    sequences = tokenizer.texts_to_sequences(texts)
    padded_sequences = pad_sequences(sequences, maxlen=5)

    model = build_sentiment_model()
    model.fit(padded_sequences, labels, epochs=10)

    test_text = ["This was great"]
    test_seq = tokenizer.texts_to_sequences(test_text)
    test_padded = pad_sequences(test_seq, maxlen=5)
    print(model.predict(test_padded))

    # Beyond the tutorial: any text, and in words.
    for line in classify(model, tokenizer, arguments.texts or test_text):
        print(line)

    # What one score does not say: is it right on sentences that are new? Naive Bayes
    # only counts how often each word stands in which sentences.
    bayes = MultinomialNB().fit(tokenizer.texts_to_matrix(texts, "count"), labels)
    for kind, new_texts in (("plain", plain_texts), ("hard", hard_texts)):
        answers = list(new_texts.values())
        new_padded = pad_sequences(tokenizer.texts_to_sequences(new_texts), maxlen=5)
        right = np.sum((model.predict(new_padded, verbose=0)[:, 0] > 0.5) == answers)
        counts = tokenizer.texts_to_matrix(new_texts, "count")
        bayes_right = np.sum(bayes.predict(counts) == answers)
        print(
            f"Right on {len(new_texts)} new sentences, {kind} ones: {right} "
            f"(naive Bayes: {bayes_right}, guessing: {len(new_texts) // 2})"
        )
    for line, answer in zip(classify(model, tokenizer, hard_texts), answers):
        print(f"{line} (meant: {'positive' if answer else 'negative'})")
