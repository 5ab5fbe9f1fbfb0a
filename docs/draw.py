"""Run a lesson as it is, then save its picture in the current folder.

    python docs/draw.py simple_cnn.py
    python docs/draw.py transfer_learning.py photos/

What follows the script's name is handed to the script. The pictures are drawn from the
names that a lesson leaves behind, and need matplotlib, which no lesson does.
"""

import argparse
import logging
import os
import runpy
import sys
import tempfile
from pathlib import Path

import numpy as np

LESSONS = Path(__file__).resolve().parent.parent


def draw_perceptron(figure, names):
    """Draw the inputs in the plane, and in grey where each perceptron answers 1.

    Reads test_inputs, perceptron, learned and exclusive.
    """
    figure.set_size_inches(8, 3.4)
    x, y = np.meshgrid(np.linspace(-0.5, 1.5, 401), np.linspace(-0.5, 1.5, 401))
    panels = (
        ("AND, set by hand", names["perceptron"], [0, 0, 0, 1]),
        ("AND, learned", names["learned"], [0, 0, 0, 1]),
        ("XOR, given up", names["exclusive"], [0, 1, 1, 0]),
    )
    for axes, (title, perceptron, targets) in zip(figure.subplots(1, 3), panels):
        plane = x * perceptron.weights[0] + y * perceptron.weights[1] + perceptron.bias
        axes.contourf(x, y, plane, levels=[0, np.inf], colors="lightgrey")
        colors = ["black" if target else "white" for target in targets]
        axes.scatter(*np.transpose(names["test_inputs"]), 90, colors, edgecolors="k")
        axes.set(title=title, xlabel="input 1", ylabel="input 2", aspect="equal")
        axes.set(xticks=[0, 1], yticks=[0, 1])
    figure.suptitle("Black: should be 1. White: should be 0. Grey: the answer is 1.")


def draw_simple_cnn(figure, names):
    """Draw nine digits that the network got wrong, and the filters that it learned.

    Reads model, test_images and test_labels.
    """
    figure.set_size_inches(8, 4.6)
    model, images, labels = (
        names[name] for name in ("model", "test_images", "test_labels")
    )
    left, right = figure.subfigures(1, 2)
    probabilities = model.predict(images, verbose=0)
    answers = probabilities.argmax(axis=1)
    left.suptitle(
        "Read wrong: what it is, what it was taken for,\nand how sure that was"
    )
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


def draw_simple_rnn(figure, names):
    """Draw the wave, and what the network forecast of it.

    Reads test_sequence, prediction, alone and truth.
    """
    figure.set_size_inches(8, 4)
    axes = figure.subplots()
    wave = [*names["test_sequence"].ravel(), *names["truth"]]
    axes.plot(wave, "-", color="grey", label="the wave itself")
    one_step = names["prediction"].ravel()
    axes.plot(range(1, 21), one_step, "x", color="tab:blue", label="one step ahead")
    axes.plot(
        range(20, 39),
        names["alone"],
        "o--",
        mfc="white",
        color="tab:red",
        label="alone",
    )
    axes.axvline(19.5, linestyle=":", color="black", label="from here on unseen")
    axes.set(title="A sine wave, forecast by an RNN", ylabel="value")
    axes.set(xlabel="step (19 steps are one period)")
    axes.legend(loc="lower left")


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
    axes.set(title="What 28 of the words came to mean", ylim=(-0.6, 27.6))
    axes.set(
        xlabel="pull on the score before the sigmoid: left negative, right positive"
    )


def draw_transfer_learning(figure, names):
    """Draw eight images that were held out, with the answers; wrong ones come first.

    Reads validation_images, validation_labels, validation_features, head, classes
    and read_photo.
    """
    figure.set_size_inches(8, 4.8)
    labels = names["validation_labels"]
    probabilities = np.ravel(names["head"](names["validation_features"]))
    answers = (probabilities > 0.5).astype(int)
    wrong = np.flatnonzero(answers != labels)
    # Up to four wrong ones, and right ones from all over the others.
    right = np.flatnonzero(answers == labels)
    few = np.linspace(0, len(right) - 1, 8 - len(wrong[:4])).astype(int)
    shown = list(dict.fromkeys([*wrong[:4], *right[few]]))
    panels = figure.subplots(2, 4).ravel()
    for axes in panels:
        axes.set_axis_off()
    for axes, i in zip(panels, shown):
        image = names["validation_images"][i]
        axes.imshow(names["read_photo"](image) if isinstance(image, str) else image)
        sure = max(probabilities[i], 1 - probabilities[i])
        mark = "WRONG: " if i in wrong else ""
        axes.set_title(f"{mark}{names['classes'][answers[i]]}, {sure:.2f}")
    figure.suptitle(
        f"Held out: the answer and how sure it is; {len(wrong)} of {len(labels)} wrong"
    )


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

    # All that can go wrong is looked at before the lesson runs, which takes a while.
    lesson = Path(arguments.script).name.removesuffix(".py")
    if lesson not in DRAWINGS:
        parser.error(f"no lesson {arguments.script}; there are {', '.join(DRAWINGS)}")
    # That it lists the fonts when it is used for the first time is no error of yours.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    try:
        from matplotlib.figure import Figure
    except ImportError:
        parser.error(f"no matplotlib: {sys.executable} -m pip install matplotlib")
    picture = Path(f"{lesson}.png")
    if picture.is_dir():
        parser.error(
            f"{picture.resolve()} is a folder: a picture cannot take its place"
        )
    try:
        # The picture is made in a folder beside it and then moved: whole or not at all.
        folder = tempfile.TemporaryDirectory(dir=Path.cwd(), prefix="picture-")
    except OSError as error:
        parser.error(f"{picture} cannot be written in {Path.cwd()}: {error.strerror}")

    with folder:
        sys.argv = [str(LESSONS / f"{lesson}.py"), *arguments.rest]
        names = runpy.run_path(sys.argv[0], run_name="__main__")
        figure = Figure(layout="constrained")
        DRAWINGS[lesson](figure, names)
        figure.savefig(Path(folder.name) / picture)
        os.replace(Path(folder.name) / picture, picture)
    print(f"Picture saved: {picture.resolve()}")
