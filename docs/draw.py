"""Draw the picture of each lesson's page, from a run of the lesson as it is.

    uv run --group pictures docs/draw.py
    uv run --group pictures docs/draw.py simple_cnn.py my_perceptron.py

Without a name it draws all six. A changed copy works as well, as long as the lesson's name
is part of its own. The pictures are saved in the current folder, each under its script's
name. For this it takes matplotlib, which no lesson needs.
"""

import argparse
import logging
import os
import runpy
import sys
import tempfile
from pathlib import Path

import numpy as np

# Colours that people with any kind of colour blindness can tell apart (Okabe and Ito).
BLUE = "#0072B2"
ORANGE = "#D55E00"
GREY = "#777777"


def draw_perceptron(figure, names):
    """Draw the four inputs in the plane, and in grey the area where the answer is 1."""
    by_hand, learned, xor = names["perceptron"], names["learned"], names["xor"]
    or_gate, nand_gate = names["or_gate"], names["nand_gate"]
    inputs = np.array(names["test_inputs"])

    figure.set_size_inches(9, 3)
    x, y = np.meshgrid(np.linspace(-0.5, 1.5, 401), np.linspace(-0.5, 1.5, 401))

    def weighted_sum(perceptron):
        return x * perceptron.weights[0] + y * perceptron.weights[1] + perceptron.bias

    # AND of the two is 1 where both sums are above 0, so where the lower one is.
    both = np.minimum(weighted_sum(or_gate), weighted_sum(nand_gate))
    panels = (
        ("AND, set by hand", weighted_sum(by_hand), [0, 0, 0, 1]),
        ("AND, learned", weighted_sum(learned), [0, 0, 0, 1]),
        ("XOR, one perceptron", weighted_sum(xor), [0, 1, 1, 0]),
        ("XOR, three of them", both, [0, 1, 1, 0]),
    )
    for axes, (title, sums, targets) in zip(figure.subplots(1, 4), panels):
        axes.contourf(x, y, sums, levels=[0, np.inf], colors="lightgrey")
        colors = ["black" if target else "white" for target in targets]
        axes.scatter(inputs[:, 0], inputs[:, 1], 70, colors, edgecolors="black")
        axes.set(title=title, xlabel="input 1", ylabel="input 2", aspect="equal")
        axes.set(xticks=[0, 1], yticks=[0, 1])
        axes.label_outer()
    figure.suptitle(
        "Black: should be 1. White: should be 0. Grey area: the answer is 1."
    )


def draw_simple_cnn(figure, names):
    """Draw what six filters make of a digit, and the first six digits read wrong."""
    model = names["model"]
    images, labels = names["test_images"], names["test_labels"]

    figure.set_size_inches(9, 4.6)
    rows = figure.subplots(3, 7)
    for axes in rows.flat:
        axes.set(xticks=[], yticks=[])
    for axes, text in (
        (rows[0, 0], "6 of the 32 filters\n\npurple:\nink counts for\norange: against"),
        (rows[2, 0], "The first 6\nread wrong\n\nwhat it is,\nits answer, score"),
    ):
        axes.set_axis_off()
        axes.text(0.5, 0.5, text, ha="center", va="center", transform=axes.transAxes)
    digit = images[0]
    rows[1, 0].imshow(digit, cmap="gray_r")
    rows[1, 0].set_title("a test digit ...")
    rows[1, 3].set_title("... and what each of these filters makes of it")
    convolution = model.layers[0]
    if convolution.get_weights():  # A changed copy may have no convolution.
        filters = convolution.get_weights()[0][:, :, 0]
        seen = np.asarray(convolution(digit[np.newaxis]))[0]
        # Evenly from the 32, because six that were picked by hand might flatter.
        for i, upper, lower in zip(range(0, 32, 6), rows[0, 1:], rows[1, 1:]):
            limit = np.abs(filters[..., i]).max()
            upper.imshow(filters[..., i], cmap="PuOr", vmin=-limit, vmax=limit)
            lower.imshow(seen[..., i], cmap="gray_r", vmin=0)

    probabilities = model.predict(images, verbose=0)
    answers = probabilities.argmax(axis=1)
    for axes, i in zip(rows[2, 1:], np.flatnonzero(answers != labels)):
        axes.imshow(images[i], cmap="gray_r")
        axes.set_title(f"{labels[i]} as {answers[i]}, {probabilities[i].max():.2f}")


def draw_simple_rnn(figure, names):
    """Draw the errors over the number of values shown, and the wave continued."""
    model, linear = names["model"], names["linear"]
    clean, noisy = names["sequences"], names["noisy_sequences"]
    next_values = names["next_values"]

    figure.set_size_inches(9, 4)
    left, right = figure.subplots(1, 2)

    def error(forecasts):
        return np.abs(forecasts - next_values).mean()

    steps = range(1, 20)
    for sequences, kind, color, marker in (
        (noisy, "noisy", ORANGE, "s"),
        (clean, "clean", BLUE, "o"),
    ):
        errors = [error(forecast(model, sequences[:, -n:])) for n in steps]
        left.plot(
            steps, errors, marker, ls="-", ms=4, color=color, label=f"RNN, {kind}"
        )
        for error_of_all, line, way in (
            (error(sequences[:, -1]), ":", "repeating the last"),
            (error(linear.predict(sequences)), "--", "linear regression on 19"),
        ):
            label = f"{way}, {kind}"
            left.axhline(error_of_all, color=color, ls=line, label=label)
    left.set(title="Error over the number of values shown", xticks=[1, 5, 10, 15, 19])
    left.set(xlabel="values shown", ylabel="mean absolute error", ylim=(0, 0.27))
    # Where there is room, between the RNN's errors and those of repeating.
    left.legend(fontsize="small", loc="upper right", bbox_to_anchor=(1, 0.76))

    period = np.sin(2 * np.pi / 19 * np.arange(57))
    window = period[:19]
    continued = []
    for _ in range(38):
        continued.append(forecast(model, window[np.newaxis])[0])
        window = np.append(window[1:], continued[-1])
    right.plot(period, color=GREY, label="the wave itself")
    right.plot(period[:19], "o", ms=4, color="black", label="the 19 values given")
    right.plot(range(19, 57), continued, "x", color=ORANGE, label="from own forecasts")
    right.set(title="The wave, continued for two periods", xlabel="step")
    right.set(xticks=[0, 19, 38, 57], ylim=(-1.2, 1.9))
    right.legend(fontsize="small", loc="upper right")


def forecast(model, sequences):
    """Return the RNN's forecast after each sequence, from (n, steps) to (n,)."""
    return model.predict(sequences[..., np.newaxis], verbose=0)[:, -1, 0]


def draw_nlp_sentiment(figure, names):
    """Draw how far each word pulls a text, in order, with some of the words named."""
    model, numbers = names["model"], names["tokenizer"].word_index

    figure.set_size_inches(9, 4)
    (embedding,) = model.layers[0].get_weights()
    # A fifth, because the model averages five places.
    pulls = embedding @ model.layers[-1].get_weights()[0][:, 0] / 5
    known = [word for word in numbers if numbers[word] < len(pulls)]
    words = sorted(known, key=lambda word: pulls[numbers[word]])
    heights = [pulls[numbers[word]] for word in words]
    # Nothing in these is positive or negative. What they pull is an accident of the
    # sentences in which they appear.
    accidents = {"this", "was", "staff", "us", "not", "film", "the"}
    colors = [ORANGE if word in accidents else GREY for word in words]
    axes = figure.subplots()
    axes.bar(range(len(words)), heights, color=colors)
    axes.axhline(0, color="black", linewidth=0.8)
    axes.text(
        0.02,
        0.9,
        "orange: neither good nor bad by themselves",
        color=ORANGE,
        transform=axes.transAxes,
    )
    # Every other one, since there is no room for the names of neighbours.
    named = [*words[:13:2], *accidents & set(words), *words[:-14:-2]]
    for word in named:
        place = words.index(word)
        side = "bottom" if heights[place] < 0 else "top"
        axes.text(
            place,
            0.2 if side == "bottom" else -0.2,
            word,
            rotation=90,
            ha="center",
            va=side,
            color=ORANGE if word in accidents else "black",
        )
    axes.set(title=f"How far each of the {len(words)} words pulls a text", xticks=[])
    axes.set(xlabel="the words, in order", ylabel="negative     pull     positive")
    axes.margins(x=0.01, y=0.08)


def draw_transfer_learning(figure, names):
    """Draw eight held-out drawings with their answers, and the accuracy of each epoch."""
    from tensorflow.keras.utils import load_img

    history, head = names["history"].history, names["head"]
    features, labels = names["validation_features"], names["validation_labels"]
    files = names["validation_dataset"].file_paths
    class_names = names["validation_dataset"].class_names

    figure.set_size_inches(9, 4)
    left, right = figure.subfigures(1, 2, width_ratios=[5, 3])
    scores = head.predict(features, verbose=0)[:, 0]
    answers = (scores > 0.5).astype(int)
    wrong = answers != labels
    # False sorts before True, so the wrong ones come first.
    shown = np.argsort(~wrong, kind="stable")[:8]
    for axes, i in zip(left.subplots(2, 4).flat, shown):
        axes.imshow(load_img(files[i]))
        axes.set(xticks=[], yticks=[])
        score = scores[i] if answers[i] == 1 else 1 - scores[i]
        color = ORANGE if wrong[i] else "black"
        mark = "wrong: " if wrong[i] else ""
        axes.set_title(
            f"{mark}{class_names[answers[i]]}\nscore {score:.2f}", color=color
        )
    left.suptitle(f"Held out: {wrong.sum()} of {len(labels)} wrong (these come first)")

    axes = right.subplots()
    epochs = range(1, len(history["accuracy"]) + 1)
    axes.plot(epochs, history["accuracy"], "o-", color=BLUE, label="training")
    axes.plot(epochs, history["val_accuracy"], "s--", color=ORANGE, label="validation")
    axes.set(title="Accuracy", xlabel="epoch", ylim=(0.45, 1.02), xticks=epochs)
    axes.legend(loc="lower right")


def draw_model_evaluation(figure, names):
    """Draw the confusion matrix, and what a threshold trades."""
    from sklearn.metrics import ConfusionMatrixDisplay

    truth, answers = names["y_test"], names["y_pred"]
    scores = names["malignant_scores"]

    figure.set_size_inches(9, 4)
    left, right = figure.subplots(1, 2)
    ConfusionMatrixDisplay.from_predictions(
        truth, answers, ax=left, cmap="Greys", colorbar=False, text_kw={"size": 16}
    )
    left.set(title=f"The {len(truth)} tumours of the test set")
    left.set(xlabel="the network's answer", ylabel="what it is")
    thresholds = np.linspace(0.01, 0.99, 99)
    malignant = truth == "malignant"
    called = scores >= thresholds[:, np.newaxis]
    missed = np.sum(~called & malignant, axis=1)
    false_alarms = np.sum(called & ~malignant, axis=1)
    right.step(thresholds, missed, color=ORANGE, lw=2, label="missed")
    right.step(thresholds, false_alarms, "--", color=BLUE, lw=2, label="false alarms")
    right.axvline(0.5, color=GREY, linestyle=":", label="threshold 0.5")
    right.set(title="What a threshold trades", xlabel="threshold", ylabel="tumours")
    right.yaxis.get_major_locator().set_params(integer=True)
    right.legend()


DRAWINGS = {
    "perceptron": draw_perceptron,
    "simple_cnn": draw_simple_cnn,
    "simple_rnn": draw_simple_rnn,
    "nlp_sentiment": draw_nlp_sentiment,
    "transfer_learning": draw_transfer_learning,
    "model_evaluation": draw_model_evaluation,
}


def run_lesson(script):
    """Run a lesson as a user does, and return the names that it leaves behind."""
    here = Path.cwd()
    sys.argv = [str(script)]
    # In a folder that vanishes, because lesson 2 saves its model in the current one.
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            return runpy.run_path(str(script), run_name="__main__")
        finally:
            os.chdir(here)


def main(arguments=None):
    """Read the command line, refuse what is wrong, then run and draw each lesson."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("lessons", nargs="*", metavar="LESSON", help="such as a.py")
    lessons = parser.parse_args(arguments).lessons
    root = Path(__file__).resolve().parent.parent
    scripts = [Path(lesson).resolve() for lesson in lessons]
    scripts = scripts or [root / f"{name}.py" for name in DRAWINGS]

    problems = []
    drawings = []
    for script in scripts:
        fitting = [name for name in DRAWINGS if name in script.stem]
        if not script.is_file():
            problems.append(
                f"{script} is {'a folder' if script.is_dir() else 'not there'}"
            )
        elif not fitting:
            names = ", ".join(DRAWINGS)
            problems.append(f"{script} has no lesson's name in its own: {names}")
        else:
            drawings.append(DRAWINGS[fitting[0]])
    # matplotlib lists the fonts when it is first used, and says so on standard error.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    try:
        from matplotlib.figure import Figure
        from PIL import Image
    except ImportError:
        problems.append("there is no matplotlib: uv run --group pictures docs/draw.py")
    if problems:
        parser.error("\n".join(problems))

    for script, draw in zip(scripts, drawings):
        names = run_lesson(script)
        figure = Figure(layout="constrained")
        draw(figure, names)
        file = f"{script.stem}.png"
        figure.savefig(file, dpi=100)
        # 256 colours are enough, and make the file less than half as large.
        with Image.open(file) as picture:
            picture.convert("RGB").quantize(256).save(file, optimize=True)
        print(f"Saved {file}")


if __name__ == "__main__":
    main()
