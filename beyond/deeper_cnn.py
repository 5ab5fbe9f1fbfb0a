"""A deeper network, which makes fewer errors on MNIST's digits than lesson 2's, and on yours.

    uv run simple_cnn.py             (once, in the same folder: it saves its network)
    uv run beyond/deeper_cnn.py
    uv run beyond/own_digits.py --model deeper_cnn.keras seven.jpg

Four things are added to lesson 2. A second convolution sees larger parts of a digit, made
of the lines and corners that the first one has found. Dropout switches off half of the
numbers at random during training, so that the network cannot rely on any single one. Each
image is turned, shifted and zoomed a little, anew in each epoch, so that the network cannot
learn it by heart. And half of the 1s get the flag that most of the world draws and MNIST's
American writers left out: otherwise a 1 with a flag looks like a 7.
"""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from reading import make_parser, read_model, run


def draw_flags(ones):
    """Draw a flag on images of a 1, some with a foot, too: (n, 28, 28), values 0..255."""
    random = np.random.default_rng(42)
    flagged = []
    for one in ones:
        rows = np.flatnonzero(one.max(axis=1) > 80)
        top, bottom = rows[0], rows[-1]
        # Drawn four times as large and then shrunk, the line has soft edges.
        image = Image.new("L", (112, 112))
        draw = ImageDraw.Draw(image)
        width = random.integers(6, 12)
        start = 4 * one[top].argmax() + 2, 4 * top + 4
        length = 4 * (bottom - top) * random.uniform(0.2, 0.65)
        angle = np.radians(random.uniform(20, 80))
        end = start[0] - length * np.sin(angle), start[1] + length * np.cos(angle)
        draw.line([start, end], fill=255, width=width)
        if random.random() < 0.3:
            x, y = 4 * one[bottom].argmax() + 2, 4 * bottom
            draw.line([(x - length / 2, y), (x + length / 2, y)], fill=255, width=width)
        image = np.maximum(one, image.resize((28, 28), Image.Resampling.BOX))
        # MNIST's digits have their centre of mass in the middle.
        weights = image.sum(axis=0), image.sum(axis=1)
        x, y = (round(np.average(np.arange(28), weights=w)) for w in weights)
        flagged.append(np.roll(image, (14 - y, 14 - x), axis=(0, 1)))
    return np.stack(flagged)


def build_deeper_cnn():
    """Build and compile the network: images of shape (28, 28, 1), values 0..1, to 10 scores.

    The layers that distort, and dropout, do so in training only.
    """
    # TensorFlow takes seconds to load, so it is imported where it is needed.
    from tensorflow.keras import Sequential, layers

    model = Sequential(
        [
            layers.Input((28, 28, 1)),
            # A twentieth of a full turn is 18 degrees.
            layers.RandomRotation(0.05, fill_mode="constant"),
            layers.RandomZoom(0.15, fill_mode="constant"),
            layers.RandomTranslation(0.07, 0.07, fill_mode="constant"),
            layers.Conv2D(32, (3, 3), activation="relu"),
            layers.MaxPooling2D((2, 2)),
            layers.Conv2D(64, (3, 3), activation="relu"),
            layers.MaxPooling2D((2, 2)),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(
        optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    return model


def count_errors(model, images, labels):
    """Return how many images the network reads wrong."""
    answers = model.predict(images, verbose=0).argmax(axis=1)
    return np.sum(answers != labels)


def main(arguments=None):
    parser = make_parser(__doc__)
    parser.parse_args(arguments)
    try:
        simple = read_model(Path("simple_cnn.keras"), "simple_cnn.py")
    except ValueError as error:
        parser.error(f"simple_cnn.keras {error}")
    from tensorflow.keras.utils import set_random_seed

    from simple_cnn import load_mnist

    set_random_seed(42)  # The same random numbers at every start.
    (train_images, train_labels), (test_images, test_labels) = load_mnist()
    half_of_ones = np.flatnonzero(train_labels == 1)[::2]
    train_images[half_of_ones] = draw_flags(train_images[half_of_ones])
    train_images = train_images.reshape(-1, 28, 28, 1) / np.float32(255)
    test_images = test_images.reshape(-1, 28, 28, 1) / np.float32(255)

    model = build_deeper_cnn()
    model.fit(train_images, train_labels, epochs=8, batch_size=64)

    print(f"Errors in {len(test_labels):,} test digits:")
    print("  lesson 2's network ", count_errors(simple, test_images, test_labels))
    print("  the deeper network ", count_errors(model, test_images, test_labels))
    try:
        model.save("deeper_cnn.keras")
        print("Saved deeper_cnn.keras, for own_digits.py --model deeper_cnn.keras")
    except OSError as error:
        print(f"deeper_cnn.keras cannot be saved in this folder: {error}")


if __name__ == "__main__":
    run(main)
