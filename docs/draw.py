"""Draw the picture of each lesson's page, from a run of the lesson as it is.

    uv run --group pictures docs/draw.py
    uv run --group pictures docs/draw.py simple_cnn.py my_perceptron.py

Without a name it draws all six. A changed copy works as well, as long as the lesson's name
is part of its own. The pictures are saved in the current folder, each under its script's
name. With simple_cnn come two more, overfitting and own_digits. For this it takes matplotlib,
which no lesson needs.
"""

import argparse
import logging
import os
import runpy
import sys
import tempfile
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.linalg import qr

# Colours that people with any kind of colour blindness can tell apart (Okabe and Ito).
BLUE = "#0072B2"
ORANGE = "#D55E00"
YELLOW = "#F0E442"
GREY = "#777777"


def draw_perceptron(figure, names):
    """Draw the four inputs in the plane, and in grey the area where the answer is 1."""
    by_hand, learned = names["perceptron"], names["learned"]
    or_gate, nand_gate = names["or_gate"], names["nand_gate"]
    inputs = np.array(names["test_inputs"])

    figure.set_size_inches(9, 3.3)
    x, y = np.meshgrid(np.linspace(-0.5, 1.5, 401), np.linspace(-0.5, 1.5, 401))
    plane = np.stack([x, y], axis=-1)

    def weighted_sum(perceptron):
        return lambda points: points @ perceptron.weights + perceptron.bias

    def three_perceptrons(points):
        # AND of the two is 1 where both sums are above 0, so where the lower one is.
        return np.minimum(
            weighted_sum(or_gate)(points), weighted_sum(nand_gate)(points)
        )

    panels = (
        ("AND, set by hand", weighted_sum(by_hand), [0, 0, 0, 1]),
        ("AND, learned", weighted_sum(learned), [0, 0, 0, 1]),
        # By hand, because what learn() leaves behind when it gives up is chance. No line
        # gets more than three right.
        ("XOR, the best line", lambda points: points @ [1, 1] - 0.5, [0, 1, 1, 0]),
        ("XOR, three perceptrons", three_perceptrons, [0, 1, 1, 0]),
    )
    for axes, (title, sums, targets) in zip(figure.subplots(1, 4), panels):
        axes.contourf(x, y, sums(plane), levels=[0, np.inf], colors="lightgrey")
        answers = (sums(inputs) > 0).astype(int)
        axes.scatter(*inputs.T, 290, "white", edgecolors="black")
        wrong = inputs[answers != targets]
        axes.scatter(*wrong.T, 500, "none", edgecolors=ORANGE, linewidths=3)
        # Points may lie so close to the border that their side cannot be seen.
        for place, answer in zip(inputs, answers):
            axes.text(*place, answer, ha="center", va="center_baseline", weight="bold")
        count = np.sum(answers == targets)
        axes.set_title(f"{title}:\n{count} of 4 right", fontsize="medium")
        axes.set(xlabel="input 1", ylabel="input 2", aspect="equal")
        axes.set(xticks=[0, 1], yticks=[0, 1])
        axes.label_outer()
    figure.suptitle(
        "In each circle: the answer to this input, 1 in the grey area. Orange: wrong."
    )


def draw_simple_cnn(figure, names):
    """Draw what filters make of a digit, and the first six digits read wrong."""
    model, answers = names["model"], names["answers"]
    images, labels = names["test_images"], names["test_labels"]
    digit = images[0, :, :, 0]

    figure.set_size_inches(9, 4.8)
    rows = figure.subplots(3, 7)
    for axes in rows.flat:
        axes.set_axis_off()
    legend = "filters of 3x3\n(purple: ink counts\nfor, orange: against),"
    legend += "\nbelow: what each\nmakes of the digit"
    for axes, text in ((rows[0, 0], legend), (rows[2, 0], "the first\nread wrong")):
        axes.text(0.5, 0.5, text, ha="center", va="center", transform=axes.transAxes)
    rows[1, 0].imshow(digit, cmap="gray_r")
    rows[1, 0].set_title("a digit", fontsize="medium")
    # Above nothing and below ink: the upper edge of a line. Turned, its left edge.
    upper_edge = np.array([[-1, -1, -1], [0, 0, 0], [1, 1, 1]])
    shown = [
        ("by hand:\nupper edge", upper_edge),
        ("by hand:\nleft edge", upper_edge.T),
    ]
    shown += [(f"learned:\nnumber {i}", kernel) for i, kernel in clear_filters(model)]
    for (title, kernel), above, below in zip(shown, rows[0, 1:], rows[1, 1:]):
        limit = np.abs(kernel).max()
        above.imshow(kernel, cmap="PuOr", vmin=-limit, vmax=limit)
        above.set_title(title, fontsize="medium")
        windows = sliding_window_view(digit, kernel.shape)
        seen = np.sum(windows * kernel, axis=(2, 3))
        below.imshow(seen, cmap="gray_r", vmin=0)  # From 0, as relu leaves it.

    for axes, i in zip(rows[2, 1:], np.flatnonzero(answers != labels)):
        axes.imshow(images[i], cmap="gray_r")
        axes.set_title(f"{labels[i]}, read as {answers[i]}", fontsize="medium")


def clear_filters(model, count=4):
    """Choose the clearest filters of the first layer, each unlike those before it.

    Returns pairs of number and filter, or an empty list without a convolution.
    """
    weights = model.layers[0].get_weights()
    if not weights or weights[0].ndim != 4:  # A changed copy may have no convolution.
        return []
    filters = weights[0][:, :, 0]
    # Without its mean, as a filter of equal weights shows no pattern, it only blurs.
    flat = filters.reshape(-1, filters.shape[-1])
    # Takes the filter with the largest weights, then again and again the one that has most
    # left when what those before it have in common with it is taken away.
    _, order = qr(flat - flat.mean(axis=0), mode="r", pivoting=True)
    return [(i, filters[..., i]) for i in order[:count]]


def draw_overfitting(figure, names):
    """Draw loss and accuracy while lesson 2's network learns from too few images."""
    from tensorflow.keras.utils import set_random_seed

    set_random_seed(42)
    history = names["build_cnn"]().fit(
        names["train_images"][:1000],
        names["train_labels"][:1000],
        epochs=30,
        batch_size=64,
        verbose=0,
        validation_data=(names["test_images"], names["test_labels"]),
    )
    figure.set_size_inches(9, 3.5)
    left, right = figure.subplots(1, 2)
    draw_curves(left, history.history, "loss")
    draw_curves(right, history.history, "accuracy")
    best = np.argmin(history.history["val_loss"]) + 1
    left.axvline(
        best, color=GREY, ls=":", label=f"lowest validation loss: epoch {best}"
    )
    left.set_ylim(0, 1)
    left.legend()
    figure.suptitle("Learning from 1,000 images only")


def draw_own_digits(figure, names):
    """Draw the photos of data/digits, what own_digits.py makes of them, and the answers."""
    root = Path(__file__).resolve().parent.parent
    sys.path.append(str(root / "beyond"))
    from own_digits import read_digits
    from reading import read_picture

    paths = sorted((root / "data" / "digits").iterdir())
    figure.set_size_inches(9, 3.9)
    columns = figure.subplots(2, len(paths)).T
    for path, (photo, prepared) in zip(paths, columns):
        images, *_ = read_digits(path)
        probabilities = names["model"].predict_on_batch(images)[0]
        photo.imshow(read_picture(path))
        prepared.imshow(images[0], cmap="gray_r")
        answer = probabilities.argmax()
        prepared.set_title(f"{answer}, score {probabilities[answer]:.2f}")
        for axes in (photo, prepared):
            axes.set(xticks=[], yticks=[])
    columns[0, 0].set_ylabel("what people wrote")
    columns[0, 1].set_ylabel("what lesson 2's network\nis given, and reads")


def draw_curves(axes, history, kind):
    """Draw the loss or the accuracy after each epoch, in training and validation."""
    epochs = range(1, len(history[kind]) + 1)
    axes.plot(epochs, history[kind], "o-", ms=4, color=BLUE, label="training")
    axes.plot(
        epochs, history[f"val_{kind}"], "s--", ms=4, color=ORANGE, label="validation"
    )
    axes.set(title=kind.capitalize(), xlabel="epoch")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend()


def draw_simple_rnn(figure, names):
    """Draw a lamp that the state remembers, and the wave continued."""
    from tensorflow.keras import Model

    figure.set_size_inches(9, 4)
    left, right = figure.subfigures(1, 2)

    lamp_model = names["lamp_model"]
    np.random.seed(0)
    readings, lamps = names["generate_lamp"](200, 100)
    state_model = Model(lamp_model.inputs, lamp_model.layers[0].output)
    states = state_model.predict(readings, verbose=0)
    # Of the 32 numbers of the state the one that follows the lamp best, over all 200. One
    # of them is drawn, number 17, as there is nothing to be seen for long after a press.
    number = np.argmax(
        [
            np.corrcoef(states[..., i].ravel(), lamps.ravel())[0, 1]
            for i in range(states.shape[-1])
        ]
    )
    upper, lower = left.subplots(2, 1, sharex=True)
    upper.plot(readings[17, :, 0], color="black", lw=1)
    upper.set_ylabel("reading")
    upper.set_title(
        "Yellow: the lamp is on. Peaks: a button is pressed", fontsize="medium"
    )
    lower.plot(states[17, :, number], color=BLUE, lw=2)
    lower.set(ylabel=f"state, number {number}", xlabel="step")
    for axes in (upper, lower):
        axes.set(ylim=(-1.4, 1.4), yticks=[-1, 0, 1])
        axes.fill_between(
            range(100), -1.4, 1.4, lamps[17, :, 0] == 1, color=YELLOW, lw=0, step="post"
        )
    left.suptitle("The lamp, and a number that remembers it")

    # Two periods of 19 steps, each value from the 19 before it, its own forecasts.
    wave = np.sin(2 * np.pi / 19 * np.arange(57))
    continued = wave[:19]
    for _ in range(38):
        window = continued[np.newaxis, -19:, np.newaxis]
        forecast = names["model"].predict(window, verbose=0)[0, -1]
        continued = np.append(continued, forecast)
    axes = right.subplots()
    axes.plot(wave, color=GREY, label="the wave itself")
    axes.plot(wave[:19], "o", ms=4, color="black", label="the 19 values given")
    axes.plot(range(19, 57), continued[19:], "x", color=ORANGE, label="forecasts")
    axes.set(xlabel="step", xticks=[0, 19, 38, 57], ylim=(-1.2, 1.9))
    axes.legend(fontsize="small", loc="upper right")
    right.suptitle("The wave, continued from its own forecasts")


def draw_nlp_sentiment(figure, names):
    """Draw the score of four texts after each of their words."""
    figure.set_size_inches(9, 4.4)
    texts = ["great not boring", "boring not great"]
    texts += ["the film was not bad", "my phone is not great"]
    for axes, text in zip(figure.subplots(2, 2, sharey=True).flat, texts):
        words = text.split()
        # What the text is so far. The places still to come are zeros in front.
        beginnings = [" ".join(words[: i + 1]) for i in range(len(words))]
        scores = names["score_texts"](names["model"], names["tokenizer"], beginnings)
        axes.plot(words, scores, color=GREY, zorder=1)
        colors = [BLUE if score > 0.5 else ORANGE for score in scores]
        axes.scatter(range(len(words)), scores, 80, colors)
        for place, score in enumerate(scores):
            height = score + (0.22 if score > 0.5 else -0.22)
            axes.text(place, height, f"{score:.2f}", ha="center", va="center")
        axes.axhline(0.5, color=GREY, ls=":", lw=1)
        axes.set_yticks([0, 1], ["negative", "positive"])
        axes.set_ylim(-0.4, 1.4)
        axes.margins(x=0.12)
        axes.tick_params(axis="x", labelsize="large")
    figure.suptitle("The score after each word, from 0 (negative) to 1 (positive)")


def draw_transfer_learning(figure, names):
    """Draw eight held-out drawings with their answers, and the accuracy of each epoch."""
    from tensorflow.keras.utils import load_img

    features, labels = names["features"], names["labels"].astype(int)
    files = names["validation_dataset"].file_paths
    class_names = names["validation_dataset"].class_names

    figure.set_size_inches(9, 4)
    left, right = figure.subfigures(1, 2, width_ratios=[5, 3])
    scores = names["head"].predict(features, verbose=0)[:, 0]
    answers = (scores > 0.5).astype(int)
    wrong = answers != labels
    rows = left.subfigures(2, 1)
    for row, name, kind, color in (
        (rows[0], "Wrong", wrong, ORANGE),
        (rows[1], "Right", ~wrong, "black"),
    ):
        # The first two of each class, or what there is.
        of_class = [np.flatnonzero(kind & (labels == label))[:2] for label in (0, 1)]
        shown = np.concatenate(of_class)
        row.suptitle(f"{name}: {len(shown)} of the {np.sum(kind)}", color=color)
        axes_of_row = row.subplots(1, 4)
        for axes in axes_of_row:
            axes.set_axis_off()
        for axes, i in zip(axes_of_row, shown):
            axes.imshow(load_img(files[i]))
            score = scores[i] if answers[i] == 1 else 1 - scores[i]
            axes.set_title(f"{class_names[answers[i]]}, {score:.2f}", color=color)
    left.suptitle(f"{len(labels)} drawings held out. Above each: the answer, its score")

    axes = right.subplots()
    draw_curves(axes, names["history"].history, "accuracy")
    axes.set(ylim=(0.45, 1.02))


def draw_model_evaluation(figure, names):
    """Draw the confusion matrix, and what a threshold trades."""
    from matplotlib.colors import ListedColormap
    from sklearn.metrics import confusion_matrix

    truth, answers = names["y_test"], names["y_pred"]
    scores = names["malignant_scores"]

    figure.set_size_inches(9, 4)
    left, right = figure.subplots(1, 2)
    counts = confusion_matrix(truth, answers)
    meanings = [["right", "false alarm"], ["missed", "found"]]
    # By what it means, not by how many: the few mistakes are what matters here.
    left.imshow(np.eye(2), cmap=ListedColormap([ORANGE, "lightgrey"]))
    for (row, column), count in np.ndenumerate(counts):
        color = "black" if row == column else "white"
        left.text(column, row, count, size=26, ha="center", va="bottom", color=color)
        meaning = f"\n{meanings[row][column]}"
        left.text(column, row, meaning, size=13, ha="center", va="top", color=color)
    classes = ["benign", "malignant"]
    left.set_xticks([0, 1], classes)
    left.set_yticks([0, 1], classes)
    left.set(xlabel="the network's answer", ylabel="what it is")
    left.set_title(f"The {len(truth)} tumours of the test set. Orange: mistakes")
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


# For each lesson its pictures: the name, and who draws it.
DRAWINGS = {
    "perceptron": {"perceptron": draw_perceptron},
    "simple_cnn": {
        "simple_cnn": draw_simple_cnn,
        "overfitting": draw_overfitting,
        "own_digits": draw_own_digits,
    },
    "simple_rnn": {"simple_rnn": draw_simple_rnn},
    "nlp_sentiment": {"nlp_sentiment": draw_nlp_sentiment},
    "transfer_learning": {"transfer_learning": draw_transfer_learning},
    "model_evaluation": {"model_evaluation": draw_model_evaluation},
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
    lessons = []
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
            lessons.append(fitting[0])
    # TensorFlow warns about many networks in one run. Here each lesson has its own.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    # matplotlib lists the fonts when it is first used, and says so on standard error.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    try:
        from matplotlib.figure import Figure
        from PIL import Image
    except ImportError:
        problems.append("there is no matplotlib: uv run --group pictures docs/draw.py")
    if problems:
        parser.error("\n".join(problems))

    for script, lesson in zip(scripts, lessons):
        names = run_lesson(script)
        for picture, draw in DRAWINGS[lesson].items():
            figure = Figure(layout="constrained")
            draw(figure, names)
            # A copy's name stays part of it: my_simple_cnn.png and my_overfitting.png.
            file = f"{script.stem.replace(lesson, picture)}.png"
            figure.savefig(file, dpi=100)
            # 256 colours are enough, and make the file less than half as large.
            with Image.open(file) as image:
                image.convert("RGB").quantize(256).save(file, optimize=True)
            print(f"Saved {file}")


if __name__ == "__main__":
    main()
