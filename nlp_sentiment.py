"""Lesson 4: a text classifier, positive or negative.

    python nlp_sentiment.py
    python nlp_sentiment.py "I loved it" "So boring"

Learns from the 80 sentences in this script, then classifies yours, or else the tutorial's
"This was great".

To take away: an embedding gives every word a few numbers, and training moves them.
Nobody told the network what "great" means; it saw which sentences it stands in.
"""

import argparse
import logging
import os
import signal
import sys
import tempfile
from pathlib import Path

# Start-up notes of TensorFlow, and of matplotlib if it is there, are not errors
# of yours. They must be off before the import.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
logging.getLogger("matplotlib").setLevel(logging.ERROR)

import numpy as np
from tensorflow.keras.layers import Dense, Embedding, GlobalAveragePooling1D, Input
from tensorflow.keras.models import Sequential
from tensorflow.keras.optimizers import Adam
from tensorflow.keras.preprocessing.sequence import pad_sequences
from tensorflow.keras.preprocessing.text import Tokenizer, text_to_word_sequence
from tensorflow.keras.utils import set_random_seed

# Written for this lesson: 97 different words, so that num_words=100 cuts none. Each
# positive sentence has a negative twin, so that "this" or "was" takes no side.
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
]
texts = positive + negative
labels = np.array([1] * len(positive) + [0] * len(negative))


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
            # The tutorial leaves open what follows. The average of the five words is
            # right on 30 of 30 new sentences; Flatten, which learns a word anew for
            # each place it can stand in, on 27 to 30 (10 seeds).
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
        line = " ".join(text.split()) or "(an empty text)"
        words = text_to_word_sequence(text)
        unknown = [word for word in words if word not in tokenizer.word_index]
        if len(unknown) == len(words):
            line += ": no score, as it has no word that the model knows"
        else:
            line += f": {score:.2f} {'positive' if score > 0.5 else 'negative'}"
            if unknown:
                line += f" (not known: {', '.join(unknown)})"
        lines.append(line)
    return lines


# The command line and saving a picture, as in every lesson: no part of this one.


def read_command_line():
    """Read the options; bad ones end the run with one line and exit code 2."""
    signal.signal(signal.SIGINT, end_at_ctrl_c)
    sys.excepthook = end_in_one_line
    # A line is shown once it is printed, and no letter is too strange to print.
    sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.error = lambda message: parser.exit(
        2, f"{parser.prog}: {message} (--help says what works)\n"
    )
    parser.add_argument("texts", nargs="*", metavar="TEXT", help="a text to classify")
    parser.add_argument(
        "--plot", metavar="FILE.png", type=picture_file, help="also save a picture"
    )
    return parser.parse_args()


def end_at_ctrl_c(number, frame):
    """End in one line, at once: as an exception, TensorFlow sometimes swallows it."""
    print("\nStopped by Ctrl-C.", file=sys.stderr, flush=True)
    os._exit(130)


def end_in_one_line(kind, error, traceback):
    """Spare the user Python's page of traceback where nothing is broken."""
    if kind is BrokenPipeError:  # For example `| head`, which reads a few lines.
        print("Stopped: nothing reads the output any more.", file=sys.stderr)
        os._exit(1)  # A normal exit would try to write the rest, and complain.
    else:
        sys.__excepthook__(kind, error, traceback)


def picture_file(name):
    """Return the path for --plot, if a picture can be saved there; else say why not."""
    path = Path(name)
    try:
        from matplotlib.figure import Figure  # Needed for pictures only.

        with tempfile.TemporaryDirectory(dir=path.parent):
            types = Figure().canvas.get_supported_filetypes()
    except ImportError:
        raise argparse.ArgumentTypeError(
            f"no matplotlib; {sys.executable} -m pip install matplotlib adds it"
        ) from None
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{path.parent}: {error.strerror}") from None
    if path.suffix[1:].lower() not in types or path.is_dir():
        raise argparse.ArgumentTypeError(f"{name} is no picture's name, such as a.png")
    return path


def save_picture(figure, path):
    """Save a matplotlib figure; an older file goes only once the new one is whole."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        figure.savefig(Path(folder) / path.name)
        os.replace(Path(folder) / path.name, path)
    print(f"Picture saved: {path}")


def draw_picture(model, tokenizer):
    """Draw the words that pull a text furthest towards negative or positive.

    Args:
        model: what build_sentiment_model() gives, trained.
        tokenizer: the one that numbered the words for the training.

    Returns:
        A matplotlib Figure, 800 pixels wide.
    """
    from matplotlib.figure import Figure

    (embedding,) = model.layers[0].get_weights()
    # A fifth, as the model averages five words.
    pulls = embedding @ model.layers[-1].get_weights()[0][:, 0] / 5
    words = sorted(
        tokenizer.word_index, key=lambda word: pulls[tokenizer.word_index[word]]
    )
    words = words[:14] + words[-14:]
    figure = Figure(figsize=(8, 6), layout="constrained")
    axes = figure.subplots()
    axes.barh(
        words, [pulls[tokenizer.word_index[word]] for word in words], color="grey"
    )
    axes.axvline(0, color="black")
    axes.axhline(13.5, color="black", linestyle=":")
    axes.set(title="What 28 of the words came to mean", ylim=(-0.6, 27.6))
    axes.set(
        xlabel="pull on the score before the sigmoid: left negative, right positive"
    )
    return figure


if __name__ == "__main__":
    arguments = read_command_line()
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

    if arguments.plot:
        save_picture(draw_picture(model, tokenizer), arguments.plot)
