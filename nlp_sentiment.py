"""Lesson 4: a text classifier, positive or negative.

    uv run nlp_sentiment.py
    uv run nlp_sentiment.py "I loved it" "So boring" "It isn't bad"

In a text the order of the words decides: "great, not boring" and "boring, not great" have
the same words. So the network reads them one after the other, as lesson 3's reads values,
and learns what one word does to the next.

It needs numbers, and text is words. So the words are numbered, and an embedding gives each
of them eight numbers, which training moves. It learns from the texts below.
"""

import itertools
import os
import re
import sys

# Hides TensorFlow's start-up notes. It has to stand before the import.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from tensorflow.keras.layers import GRU, Dense, Embedding, Input
from tensorflow.keras.models import Sequential
from tensorflow.keras.optimizers import Adam
from tensorflow.keras.preprocessing.sequence import pad_sequences
from tensorflow.keras.preprocessing.text import Tokenizer
from tensorflow.keras.utils import set_random_seed

# The tutorial names no texts. Add sentences of your own. There is room for nine more words:
# with more than 99 in all, the rarest are dropped, unless you raise both 100s below.
positive = """
This movie was great. Great food and nice staff. I loved this book. We loved the music.
What a wonderful day. A wonderful book. The show was wonderful.
Brilliant story and brilliant actors. The film is brilliant. I really enjoyed it.
We enjoyed the evening. Such a good film. The food is very good. Best hotel in the city.
Excellent service. I am so happy. The staff made us happy. The actors were fun.
So much fun. A perfect hotel. A perfect evening with friends. An excellent hotel.
This place is excellent. An amazing city. I love my new phone.
A beautiful song. The city is beautiful. Such nice people. Fantastic show.
We had a fantastic evening. Delicious food. Awesome music and great show.
My friends are awesome. I like it very much.
""".strip("\n.").replace("\n", " ").split(". ")
negative = """
This movie was terrible. Terrible food and rude staff. I hated this book.
We hated the music. What an awful day. An awful book. The show was awful.
Bad story and bad actors. The film is bad. I really disliked it.
We disliked the evening. Such a boring film. The food is very poor.
Worst hotel in the city. A poor hotel. I am so sad. The staff made us sad.
The actors were dull. So boring. The hotel was dirty. A horrible evening with friends.
Poor service. This place is horrible. A stupid city. I hate my new phone.
An ugly song. The city is ugly. Such rude people. Dull show.
We had a dull evening. Disgusting food. Annoying music and dirty place.
My friends are annoying. A waste of time.
""".strip("\n.").replace("\n", " ").split(". ")


def contrast(pairs):
    """Make four texts of each (good word, bad word). Returns a dict from text to label."""
    labels = {}
    for good, bad in pairs:
        labels[f"{good} not {bad}"] = 1
        labels[f"not {bad} but {good}"] = 1
        labels[f"{bad} not {good}"] = 0
        labels[f"not {good} but {bad}"] = 0
    return labels


def negate(frames, good_words, bad_words):
    """Put words into "It was not {}" and so on, also without the "not", as a dict, too."""
    labels = {}
    for frame in frames:
        plain_frame = frame.replace("do not ", "").replace("not ", "")
        for words, label in ((good_words, 1), (bad_words, 0)):
            for word in words:
                labels[plain_frame.format(word)] = label
                labels[frame.format(word)] = 1 - label
    return labels


# Besides them there are short texts in which the order decides. Each word appears in as many
# positive ones as negative ones, so that none gives the answer away by itself.
good_words = ["great", "good", "nice", "perfect"]
good_words += ["excellent", "amazing", "beautiful", "delicious"]
bad_words = ["terrible", "bad", "boring", "horrible"]
bad_words += ["stupid", "ugly", "disgusting", "annoying"]
# Three bad words for each good one: numbers i, i - 1 and i - 2, where -1 is the last.
pairs = [(g, bad_words[i - j]) for i, g in enumerate(good_words) for j in range(3)]
frames = ["It was not {}", "It is not {}", "The food is not {}"]
frames += ["I am not {}", "The hotel was not {}", "They are not {}"]
verb_frames = ["I do not {} it", "I do not {} the music", "They do not {} this song"]
order_texts = contrast(pairs) | negate(frames, good_words, bad_words)
order_texts |= negate(verb_frames, ["like", "love"], ["hate", "dislike"])
texts = positive + negative + list(order_texts)
labels = np.array([1] * len(positive) + [0] * len(negative) + list(order_texts.values()))

# For the check at the end: new texts. Some have words that never stood beside a "not".
new_good_words = ["wonderful", "brilliant", "fantastic", "awesome", "fun"]
new_bad_words = ["awful", "dull", "rude", "dirty", "poor"]
other_pairs = set(itertools.product(good_words, bad_words)) - set(pairs)
new_pairs = itertools.product(new_good_words, new_bad_words)
new_texts = {
    "plain sentences": {
        "The film was wonderful": 1,
        "I enjoyed the show": 1,
        "My phone is excellent": 1,
        "Such an amazing hotel": 1,
        "What a boring story": 0,
        "We had a bad time": 0,
        "The actors are annoying": 0,
        "Poor service and disgusting food": 0,
    },
    '"not", words trained with it': (
        contrast(other_pairs) | negate(["My phone is not {}"], good_words, bad_words)
    ),
    '"not", words new to it': contrast(new_pairs) | negate(
        ["My phone is not {}", "This place is not {}"], new_good_words, new_bad_words
    ),
    "hard sentences": {
        "The film was not bad": 1,
        "Not a dull day": 1,
        "My phone is not great": 0,
        "A wonderful waste of time": 0,
    },
}


def tokenize(texts):
    """Number the words of the texts, and turn each text into five numbers.

    Returns the tokenizer and an integer array of shape (n, 5), values 0..99.
    """
    # The most frequent word gets number 1. Number 0 is kept for the padding.
    tokenizer = Tokenizer(num_words=100)
    tokenizer.fit_on_texts(texts)
    sequences = tokenizer.texts_to_sequences(texts)
    # A shorter text is filled up with zeros in front, a longer one loses its beginning.
    padded_sequences = pad_sequences(sequences, maxlen=5)
    dropped = len(tokenizer.word_index) - (tokenizer.num_words - 1)
    if dropped > 0:
        print(f"Too many different words: the {dropped} rarest are dropped.")
    return tokenizer, padded_sequences


def build_sentiment_model():
    """Build and compile the network: an embedding, a GRU, one neuron.

    It takes word numbers of shape (n, 5) and returns scores of shape (n, 1), from 0
    (negative) to 1 (positive).
    """
    model = Sequential([
        # In place of input_length=5 inside Embedding(...), which makes Keras 3 warn.
        Input(shape=(5,)),
        # A table of 100 rows, one for each word number, with eight numbers in each.
        Embedding(100, 8),
        # The tutorial leaves open what follows. This reads the five rows in their order. It
        # is lesson 3's SimpleRNN with gates, which learn what to keep and what to forget.
        GRU(16),
        # A neuron whose activation, the sigmoid, squeezes any sum into 0..1.
        Dense(1, activation="sigmoid"),
    ])
    # Ten epochs are only 120 steps here, one after each batch of 32 texts. Adam's usual
    # step size of 0.001 is too small for so few, hence 0.02.
    model.compile(
        optimizer=Adam(learning_rate=0.02),
        loss="binary_crossentropy",
        metrics=["accuracy"],
    )
    return model


def score_texts(model, tokenizer, texts):
    """Return the trained model's score of each text, shape (len(texts),), values 0..1."""
    padded = pad_sequences(tokenizer.texts_to_sequences(texts), maxlen=5)
    return model.predict(padded, verbose=0)[:, 0]


def classify(model, tokenizer, text):
    """Answer to one text, whatever is in it, with a line that also says what was ignored."""
    # Only the letters count: "great!" is the word "great". And "isn't" is "is not".
    words = re.findall(r"\w+", re.sub(r"n['’]t\b", " not", text.lower()))
    known = [word for word in words if tokenizer.texts_to_sequences([word])[0]]
    unknown = [word for word in words if word not in known]
    if known:
        score = score_texts(model, tokenizer, [" ".join(known)])[0]
        answer = "positive" if score > 0.5 else "negative"
        line = f"{text} -> {answer} (score {score:.2f})"
    else:
        line = f"{text} -> no score, as it has no word that the model knows"
    if len(known) > 5:
        line += f", from its last five known words: {' '.join(known[-5:])}"
    if unknown:
        line += f", not known: {', '.join(unknown)}"
    return line


if __name__ == "__main__":
    set_random_seed(42)  # The same random numbers at every start.

    tokenizer, padded_sequences = tokenize(texts)
    model = build_sentiment_model()
    model.fit(padded_sequences, labels, epochs=10)

    # A new text has to go through the same tokenizer and the same padding.
    test_text = ["This was great"]
    test_seq = tokenizer.texts_to_sequences(test_text)
    test_padded = pad_sequences(test_seq, maxlen=5)
    print(model.predict(test_padded))

    # ===== The tutorial's program ends here. What is its result worth? =====

    # What a terminal cannot print, such as an emoji, becomes a "?". (IDLE prints it all.)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    for text in sys.argv[1:] or test_text:
        print(classify(model, tokenizer, text))

    # Does it need the order? Naive Bayes counts how often each word appears in each class,
    # and multiplies these frequencies for a new text. It may count pairs of neighbours as
    # well, such as "not great". But a pair that it never counted tells it nothing, while the
    # network has learned what "not" does to a word.
    words = make_pipeline(CountVectorizer(), MultinomialNB())
    word_pairs = make_pipeline(CountVectorizer(ngram_range=(1, 2)), MultinomialNB())
    words.fit(texts, labels)
    word_pairs.fit(texts, labels)
    print("\n                                          naive Bayes, which counts")
    print("Right on new texts            network     words     words and pairs")
    for kind, kind_labels in new_texts.items():
        kind_texts = list(kind_labels)
        truth = np.array(list(kind_labels.values()))
        right = np.sum((score_texts(model, tokenizer, kind_texts) > 0.5) == truth)
        words_right = np.sum(words.predict(kind_texts) == truth)
        pairs_right = np.sum(word_pairs.predict(kind_texts) == truth)
        print(f"{len(truth):3} {kind:27}  {right:6}  {words_right:8}  {pairs_right:18}")

    print()
    for text, label in new_texts["hard sentences"].items():
        meant = "positive" if label == 1 else "negative"
        print(f"{classify(model, tokenizer, text)}, meant: {meant}")
