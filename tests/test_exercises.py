"""README's exercises: what to change in which script, and what then holds.

Each is applied to a copy of the script, and the copy is run. The code of each stands in
README.md as it stands here.
"""

import re
import shutil

import pytest
from conftest import README, ROOT, draw_photo, run, without_progress_bars


def number_after(label, output):
    """The first number with a point in the line that starts with the label."""
    (line,) = (line for line in output if line.startswith(label))
    return float(re.findall(r"-?\d\.\d+", line)[0])


def last_number(label, output):
    """The last number of the line that starts with the label."""
    (line,) = (line for line in output if line.startswith(label))
    return float(line.split()[-1])


def right_of_8(output):
    """How many of the plain sentences the network got right."""
    (line,) = (line for line in output if line.startswith("Right on 8 plain"))
    return int(line.split()[7].rstrip(","))


def digits_right(output):
    """How many of the first ten test digits of MNIST were read from their photos."""
    lines = output[-10:]
    return sum(line.split(" -> ")[1][0] == line[0] for line in lines)


EXERCISES = [
    (
        "perceptron.py",
        "perceptron.bias = -1.5",
        "perceptron.bias = -0.5",
        lambda out: (
            out[1:5] == ["[0 0] -> 0", "[0 1] -> 1", "[1 0] -> 1", "[1 1] -> 1"]
        ),
    ),
    (
        "simple_cnn.py",
        'layers.Conv2D(32, (3, 3), activation="relu"),|layers.MaxPooling2D((2, 2)),',
        "",
        lambda out: 0.91 < number_after("Test accuracy", out) < 0.925,
    ),
    (
        "simple_cnn.py",
        "digits.append(read_digit(path))",
        (
            'photo = tf.keras.utils.load_img(path, color_mode="grayscale", target_size=(28, 28))\n'
            'digits.append(1 - np.asarray(photo, "float32")[..., np.newaxis] / 255)'
        ),
        lambda out: digits_right(out) <= 4,
    ),
    (
        "simple_rnn.py",
        "np.arange(n_steps * n_samples) * 0.33",
        "np.linspace(0, 100, n_steps * n_samples)",
        lambda out: (
            -0.12 < number_after("Next value prediction", out) < 0.06
            and number_after("straight line", out) < number_after("linear", out[:10])
        ),
    ),
    (
        "simple_rnn.py",
        "model.fit(X, y, epochs=20)",
        "model.fit(X + np.random.normal(scale=0.1, size=X.shape), y, epochs=20)",
        lambda out: 0.05 < last_number("RNN", out[:9]) < 0.07,
    ),
    (
        "nlp_sentiment.py",
        "optimizer=Adam(learning_rate=0.1)",
        "optimizer=Adam()",
        lambda out: 0.48 < number_after("This was great", out) < 0.53,
    ),
    (
        "nlp_sentiment.py",
        "tokenizer = Tokenizer(num_words=100)",
        "tokenizer = Tokenizer(num_words=20)",
        lambda out: right_of_8(out) <= 6,
    ),
    (
        "transfer_learning.py",
        "model = build_transfer_model()",
        "model = build_transfer_model(weights=None)",
        lambda out: number_after("Validation accuracy", out) < 0.85,
    ),
    (
        "transfer_learning.py",
        "validation_split=0.2",
        "validation_split=0.9",
        lambda out: (
            number_after("Logistic regression", out) > 0.7
            and number_after("Support vector machine", out) < 0.65
        ),
    ),
    (
        "model_evaluation.py",
        "KerasClassifier(build_classifier)",
        'SKLearnClassifier(build_classifier, fit_kwargs={"epochs": 10, "verbose": 0})',
        lambda out: 0.92 < number_after("Accuracy:", out) < 0.975,
    ),
    (
        "model_evaluation.py",
        "make_pipeline(StandardScaler(), KerasClassifier(build_classifier))",
        'make_pipeline("passthrough", KerasClassifier(build_classifier))',
        lambda out: 0.7 < number_after("Accuracy:", out) < 0.93,
    ),
]


def changed(script, old, new):
    """The code of a script with each part of old (between |) replaced by new."""
    code = (ROOT / script).read_text(encoding="utf-8")
    for part in old.split("|"):
        assert code.count(part) == 1
        indent = re.search(rf"^( *).*{re.escape(part)}", code, re.MULTILINE)[1]
        code = code.replace(part, new.replace("\n", "\n" + indent))
    return code


@pytest.mark.parametrize(("script", "old", "new", "holds"), EXERCISES)
def test_readme_has_the_exercise_and_the_script_what_it_changes(
    script, old, new, holds
):
    for code in [*old.split("|"), *new.split("\n")]:
        assert code in README
    compile(changed(script, old, new), script, "exec")


@pytest.mark.slow
@pytest.mark.parametrize(("script", "old", "new", "holds"), EXERCISES)
def test_the_answer_of_the_exercise_holds(script, old, new, holds, tmp_path):
    (tmp_path / script).write_text(changed(script, old, new), encoding="utf-8")
    shutil.copytree(ROOT / "data", tmp_path / "data")
    photos = []
    if "photo" in new:
        for i in range(10):
            label = draw_photo(tmp_path / "photo.jpg", i)
            photos.append(f"{label}_{i}.jpg")
            (tmp_path / "photo.jpg").rename(tmp_path / photos[-1])
    finished = run(script, *photos, cwd=tmp_path)
    assert finished.returncode == 0, finished.stderr
    assert holds(without_progress_bars(finished.stdout))
