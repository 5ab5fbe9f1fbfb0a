"""Run a lesson as it is, then save its picture in the current folder.

    python docs/draw.py simple_cnn.py
    python docs/draw.py simple_cnn.py seven.jpg
    python docs/draw.py my_perceptron.py

What follows the script's name is handed to the script. A changed copy works as well, as
long as the lesson's name is part of its own. The pictures are drawn from the names that a
lesson leaves behind, and need matplotlib, which no lesson does.
"""

import argparse
import logging
import runpy
import sys
from pathlib import Path

import numpy as np


def draw_perceptron(figure, names):
    """Draw the inputs in the plane, and in grey where the answer is 1.

    Reads test_inputs, perceptron, learned, exclusive, or_gate and nand_gate.
    """
    figure.set_size_inches(10, 3.2)
    x, y = np.meshgrid(np.linspace(-0.5, 1.5, 401), np.linspace(-0.5, 1.5, 401))

    def plane(name):
        perceptron = names[name]
        return x * perceptron.weights[0] + y * perceptron.weights[1] + perceptron.bias

    both = np.minimum(plane("or_gate"), plane("nand_gate"))
    panels = (
        ("AND, set by hand", plane("perceptron"), [0, 0, 0, 1]),
        ("AND, learned", plane("learned"), [0, 0, 0, 1]),
        ("XOR, one perceptron", plane("exclusive"), [0, 1, 1, 0]),
        ("XOR, three of them", both, [0, 1, 1, 0]),
    )
    for axes, (title, values, targets) in zip(figure.subplots(1, 4), panels):
        axes.contourf(x, y, values, levels=[0, np.inf], colors="lightgrey")
        colors = ["black" if target else "white" for target in targets]
        axes.scatter(*np.transpose(names["test_inputs"]), 90, colors, edgecolors="k")
        axes.set(title=title, xlabel="input 1", ylabel="input 2", aspect="equal")
        axes.set(xticks=[0, 1], yticks=[0, 1])
    figure.suptitle("Black: should be 1. White: should be 0. Grey: the answer is 1.")


def draw_simple_cnn(figure, names):
    """Draw the photos that it was given, or else what it read wrong and its filters.

    Reads photos and digits, or model, test_images and test_labels.
    """
    if names["photos"]:
        draw_photos(figure, names)
        return
    figure.set_size_inches(8, 4.6)
    model = names["model"]
    images = names["test_images"]
    labels = names["test_labels"]
    left, right = figure.subfigures(1, 2)
    probabilities = model.predict(images, verbose=0)
    answers = probabilities.argmax(axis=1)
    left.suptitle("Read wrong: what it is, what it was taken for,\nand the score")
    for axes, i in zip(left.subplots(3, 3).flat, np.flatnonzero(answers != labels)):
        axes.imshow(images[i], cmap="gray_r")
        axes.set_title(f"{labels[i]} as {answers[i]}, {probabilities[i].max():.2f}")
        axes.set_axis_off()
    filters = model.layers[0].get_weights()[0]
    right.suptitle(
        "The 32 filters, each 3x3 pixels\n(black: lowest weight, white: highest)"
    )
    for i, axes in enumerate(right.subplots(4, 8).flat):
        axes.imshow(filters[..., i], "gray", vmin=filters.min(), vmax=filters.max())
        axes.set_axis_off()


def draw_photos(figure, names):
    """Draw each photo beside what the network saw of it.

    Reads model, photos and digits.
    """
    from tensorflow.keras.utils import load_img

    count = len(names["photos"])
    figure.set_size_inches(6, 2.6 * count + 0.4)
    rows = figure.subplots(count, 2, squeeze=False)
    for (left, right), path, digit in zip(rows, names["photos"], names["digits"]):
        scores = names["model"].predict(digit[np.newaxis], verbose=0)[0]
        left.imshow(load_img(path))
        left.set_title(Path(path).name)
        right.imshow(digit, cmap="gray_r")
        right.set_title(f"read as {scores.argmax()}, score {scores.max():.2f}")
        left.set_axis_off()
        right.set_axis_off()


def draw_simple_rnn(figure, names):
    """Draw the wave with its forecasts, and the Hénon map with those of two models.

    Reads test_sequence, prediction, continued, truth, X_test, y_test, rnn_forecasts and
    linear_forecasts.
    """
    figure.set_size_inches(10, 4)
    left, right = figure.subplots(1, 2, width_ratios=[3, 2])
    wave = [*names["test_sequence"].ravel(), *names["truth"]]
    left.plot(wave, "-", color="grey", label="the wave itself")
    one_step = names["prediction"].ravel()
    left.plot(range(1, 21), one_step, "x", color="tab:blue", label="one step ahead")
    left.plot(
        range(20, 39),
        names["continued"],
        "o--",
        mfc="white",
        color="tab:red",
        label="from its own forecasts",
    )
    left.axvline(19.5, linestyle=":", color="black", label="end of the input")
    left.set(title="A sine wave, continued by an RNN", ylabel="value")
    left.set(xlabel="step (19 steps are one period)")
    left.legend(loc="lower left")
    last = names["X_test"][:, -1]
    right.plot(last, names["y_test"], ".", color="grey", label="true")
    right.plot(last, names["rnn_forecasts"], ".", color="tab:red", label="RNN")
    right.plot(last, names["linear_forecasts"], "+", label="linear regression")
    right.set(title="Hénon map", xlabel="last value", ylabel="next value")
    right.legend()


def draw_nlp_sentiment(figure, names):
    """Draw the words that pull a text furthest towards negative or positive.

    Reads model and tokenizer.
    """
    figure.set_size_inches(8, 6)
    (embedding,) = names["model"].layers[0].get_weights()
    # A fifth, as the model averages five places.
    pulls = embedding @ names["model"].layers[-1].get_weights()[0][:, 0] / 5
    numbers = names["tokenizer"].word_index
    words = sorted(numbers, key=lambda word: pulls[numbers[word]])
    words = words[:14] + words[-14:]
    axes = figure.subplots()
    axes.barh(words, [pulls[numbers[word]] for word in words], color="grey")
    axes.axvline(0, color="black")
    axes.axhline(13.5, color="black", linestyle=":")
    axes.set(title="The 28 words that pull hardest", ylim=(-0.6, 27.6))
    axes.set(
        xlabel="pull on the score before the sigmoid: left negative, right positive"
    )


def draw_transfer_learning(figure, names):
    """Draw eight held-out pictures with the answers, and the accuracy of each epoch.

    Reads history, answers, validation_labels, validation_dataset and class_names.
    """
    from tensorflow.keras.utils import load_img

    figure.set_size_inches(10, 4.4)
    left, right = figure.subfigures(1, 2, width_ratios=[3, 2])
    answers = names["answers"].astype(int)
    labels = names["validation_labels"]
    wrong = np.flatnonzero(answers != labels)
    right_ones = np.flatnonzero(answers == labels)
    shown = [*wrong, *right_ones][:8]
    panels = left.subplots(2, 4).ravel()
    for axes in panels:
        axes.set_axis_off()
    for axes, i in zip(panels, shown):
        axes.imshow(load_img(names["validation_dataset"].file_paths[i]))
        mark = "WRONG: " if i in wrong else ""
        axes.set_title(mark + names["class_names"][answers[i]])
    left.suptitle(f"Held out, {len(wrong)} of {len(labels)} wrong (these come first)")
    axes = right.subplots()
    history = names["history"].history
    epochs = range(1, len(history["accuracy"]) + 1)
    axes.plot(epochs, history["accuracy"], "o-", label="training")
    axes.plot(epochs, history["val_accuracy"], "s--", label="validation")
    axes.set(title="Accuracy", xlabel="epoch", ylabel="accuracy", ylim=(0.4, 1.02))
    axes.legend(loc="lower right")


def draw_model_evaluation(figure, names):
    """Draw the confusion matrix, and the folds' scores beside the baselines'.

    Reads y_test, y_pred, scores, guessing_scores and logistic_scores.
    """
    from sklearn.metrics import ConfusionMatrixDisplay

    figure.set_size_inches(8, 3.8)
    left, right = figure.subplots(1, 2)
    ConfusionMatrixDisplay.from_predictions(
        names["y_test"], names["y_pred"], ax=left, cmap="Greys", colorbar=False
    )
    left.set(title="Tumours of the test set")
    for label, name, marker in (
        ("the network", "scores", "o"),
        ("always guessing the larger class", "guessing_scores", "s"),
        ("logistic regression", "logistic_scores", "D"),
    ):
        right.plot(range(1, 6), names[name], marker, mfc="none", ms=9, label=label)
    right.set(
        title="The five folds", xlabel="fold", ylabel="accuracy", ylim=(0.5, 1.02)
    )
    right.legend(loc="center")


DRAWINGS = {
    "perceptron": draw_perceptron,
    "simple_cnn": draw_simple_cnn,
    "simple_rnn": draw_simple_rnn,
    "nlp_sentiment": draw_nlp_sentiment,
    "transfer_learning": draw_transfer_learning,
    "model_evaluation": draw_model_evaluation,
}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("script", metavar="SCRIPT.py", help=", ".join(DRAWINGS))
    parser.add_argument(
        "rest", nargs=argparse.REMAINDER, metavar="...", help="what the script takes"
    )
    arguments = parser.parse_args()

    script = Path(arguments.script)
    if not script.is_file():
        parser.error(f"{script}: there is no such file")
    lessons = [lesson for lesson in DRAWINGS if lesson in script.stem]
    if not lessons:
        parser.error(f"{script} has none of these in its name: {', '.join(DRAWINGS)}")
    # That it lists the fonts when it is used for the first time is no error of yours.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    try:
        from matplotlib.figure import Figure
    except ImportError:
        parser.error(f"no matplotlib: {sys.executable} -m pip install matplotlib")

    sys.argv = [arguments.script, *arguments.rest]
    names = runpy.run_path(arguments.script, run_name="__main__")
    figure = Figure(layout="constrained")
    DRAWINGS[lessons[0]](figure, names)
    picture = Path(f"{script.stem}.png")
    figure.savefig(picture)
    print(f"Picture saved: {picture.resolve()}")
