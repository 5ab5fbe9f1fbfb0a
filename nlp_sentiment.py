"""Lesson 4: a text classifier, positive or negative.

    python nlp_sentiment.py
    python nlp_sentiment.py "I loved it" "So boring"

A network needs numbers, and text is words. So the words are numbered, and an embedding
gives every word eight numbers of its own, which training moves. Only the sentences have
labels, not the words: a word gets its mood from the sentences in which it appears.

The network then averages the words of a text, whatever their order (a bag of words). It
learns from the 84 sentences below and answers to your texts, or to the tutorial's.
"""

import os
import re
import sys

# Hides TensorFlow's start-up notes. It has to stand before the import.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from sklearn.naive_bayes import MultinomialNB
from tensorflow.keras.layers import Dense, Embedding, GlobalAveragePooling1D, Input
from tensorflow.keras.models import Sequential
from tensorflow.keras.optimizers import Adam
from tensorflow.keras.preprocessing.sequence import pad_sequences
from tensorflow.keras.preprocessing.text import Tokenizer
from tensorflow.keras.utils import set_random_seed

# The tutorial names no sentences. Add your own, a sentence a line. These have 98 different
# words. With more than 99, raise both 100s below, as the rarest words are dropped.
positive = """
This movie was great
Great food and nice staff
I loved this book
We loved the music
What a wonderful day
It was a wonderful trip
The acting is brilliant
Brilliant story and brilliant actors
I really enjoyed it
We enjoyed our time here
Such a good film
The food is very good
My best day ever
Best hotel in the city
I am so happy
Happy with this phone
The actors were fun
So much fun
The hotel was perfect
A perfect evening with friends
Excellent service
This place is excellent
An amazing game
You are amazing
I love my new phone
They love this song
A beautiful song
The city is beautiful
Such nice people
Everything was nice
Fantastic show
We had a fantastic evening
It made me happy
The staff made us happy
I like it very much
All of us like it
Delicious food
The food was delicious
Awesome music and great show
My friends are awesome
We are not sad
The show is not boring
""".strip().splitlines()
negative = """
This movie was terrible
Terrible food and rude staff
I hated this book
We hated the music
What an awful day
It was an awful trip
The acting is bad
Bad story and bad actors
I really disliked it
We disliked our time here
Such a boring film
The show is very boring
My worst day ever
Worst hotel in the city
I am so sad
Sad about this phone
The actors were dull
So boring
The hotel was dirty
A horrible evening with friends
Poor service
This place is horrible
A stupid game
You are stupid
I hate my new phone
They hate this song
An ugly song
The city is ugly
Such rude people
Everything was poor
Dull show
We had a dull evening
It made me sad
The staff made us sad
A waste of time
All of it a waste
Disgusting food
The food was disgusting
Annoying music and dirty place
My friends are annoying
We are not happy
The staff was not nice
""".strip().splitlines()
texts = positive + negative
labels = np.array([1] * len(positive) + [0] * len(negative))

# For the check at the end: new sentences of the same words. 1 is positive, 0 is negative.
# In the hard ones "not", or irony, reverses the meaning of another word.
plain_sentences = {
    "The film was wonderful": 1,
    "I enjoyed the show": 1,
    "My phone is excellent": 1,
    "Such an amazing hotel": 1,
    "What a boring story": 0,
    "We had a bad time": 0,
    "The actors are annoying": 0,
    "Poor service and disgusting food": 0,
}
hard_sentences = {
    "The film was not bad": 1,
    "Not a dull day": 1,
    "My phone is not great": 0,
    "A wonderful waste of time": 0,
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
    return tokenizer, padded_sequences


def build_sentiment_model():
    """Build and compile the network: an embedding, an average, one neuron.

    It takes word numbers of shape (n, 5) and returns scores of shape (n, 1), from 0
    (negative) to 1 (positive).
    """
    model = Sequential([
        # In place of input_length=5 in the next line, which makes Keras 3 warn.
        Input(shape=(5,)),
        # A table of 100 rows, one for each word, with the word's eight numbers.
        Embedding(100, 8),
        # The tutorial leaves open what follows. This averages the five rows, so that the
        # next layer has eight numbers, however long a text is.
        GlobalAveragePooling1D(),
        # A neuron whose activation, the sigmoid, squeezes any sum into 0..1.
        Dense(1, activation="sigmoid"),
    ])
    # Ten epochs are only 30 steps here, one after each batch of 32 sentences. With Adam's
    # usual step size of 0.001 they would leave "This was great" at 0.5, hence 0.1.
    model.compile(
        optimizer=Adam(learning_rate=0.1),
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
    # Only the letters count: "great!", “great” and "great😍" are all the word "great".
    words = re.findall(r"\w+(?:['’]\w+)*", text.lower())
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
        line += f", not known: {' '.join(unknown)}"
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

    # Is something simpler as good? Naive Bayes counts how often each word appears in each
    # class, and adds 1, so that none is 0. For a new text it multiplies these frequencies,
    # word by word, and answers with the class where the product is larger.
    bayes = MultinomialNB().fit(tokenizer.texts_to_matrix(texts, "count"), labels)
    print("\nRight on new sentences  network  naive Bayes")
    for kind, sentences in (("plain", plain_sentences), ("hard", hard_sentences)):
        new_texts = list(sentences)
        new_labels = np.array(list(sentences.values()))
        answers = score_texts(model, tokenizer, new_texts) > 0.5
        bayes_answers = bayes.predict(tokenizer.texts_to_matrix(new_texts, "count"))
        right = np.sum(answers == new_labels)
        bayes_right = np.sum(bayes_answers == new_labels)
        print(f"{len(new_texts)} {kind:20}  {right:7}  {bayes_right:11}")

    # Each word pulls the average its own way, so "not" cannot reverse the word beside it.
    for text, label in hard_sentences.items():
        meant = "positive" if label == 1 else "negative"
        print(f"{classify(model, tokenizer, text)}, meant: {meant}")
