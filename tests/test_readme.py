"""README.md says what the scripts do: its outputs, commands, numbers and code."""

import importlib
import re
import shlex
import subprocess
import sys

import pytest
from conftest import ROOT, SCRIPTS, user_environment
from test_transfer_learning import make_folder

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
COMMANDS = [
    line.removeprefix(".venv/bin/python ")
    for kind, block in BLOCKS
    if not kind
    for line in block.splitlines()
    if line.startswith(".venv/bin/python ")
]

# Numbers that differ a little from machine to machine, and what they may be. What is
# not here has to be in the README to the letter as the script prints it.
RANGES = {
    "simple_cnn.py": {"Test accuracy: ": (0.88, 0.95)},
    "simple_rnn.py": {
        "Next value prediction: ": (0.2747, 0.3747),
        "Largest error over a period of its own forecasts: ": (0.02, 1.5),
    },
    "nlp_sentiment.py": {"[[": (0.9, 1), "This was great: ": (0.9, 1)},
    "transfer_learning.py": {"Validation accuracy: ": (0.93, 1)},
    "model_evaluation.py": {
        "Accuracy: ": (0.95, 1),
        "Accuracy of logistic regression: ": (0.95, 1),
    },
}
VARYING = (
    r"(?<=^The five folds one by one: ).*",  # The five scores.
    r"(?<=-> )\d \(.*(?= sure\)$)",  # An answer and how sure it is.
    r"(?<=: )\d\.\d\d(?= (positive|negative))",  # A text's score.
    r"(?<=[a-z] )\d\.\d\d(?= |$)|(?<=\d )\d\.\d\d(?= )",  # The report, and its words.
    r"(?<=\+/- )\d\.\d\d",  # A spread.
    r"(?<=\[Errno )-?\d+\] [^)]*",  # What the system calls a missing network.
)


def output_of(script, block=0):
    """The lines of a block that follows a lesson's heading in the README."""
    section = README.split(f"### {1 + SCRIPTS.index(script)}. {script}")[1]
    blocks = re.findall(r"^```text\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)
    return blocks[block].rstrip("\n").split("\n")


def settle(script, lines):
    """Put a # for each number that may vary, once it is seen to lie in its range."""
    settled = []
    for line in lines:
        for label, (low, high) in RANGES.get(script, {}).items():
            if line.startswith(label):
                number = re.search(r"\d\.\d+", line[len(label) :]).group()
                assert low <= float(number) <= high, line
                line = line.replace(number, "#", 1)
        for pattern in VARYING if script != "perceptron.py" else ():
            line = re.sub(pattern, "#", line)
        settled.append(re.sub(r" +", " ", line))
    return settled


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_output_that_it_shows_is_what_the_script_prints(script, user_run):
    shown, printed = output_of(script), user_run(script).result()
    assert settle(script, shown) == settle(script, printed)


def test_the_answers_to_texts_are_those_that_the_script_gives(readme_texts_run):
    shown, printed = output_of("nlp_sentiment.py", 1), readme_texts_run.result()
    assert settle("nlp_sentiment.py", shown) == settle(
        "nlp_sentiment.py", printed.result()
    )
    assert printed.errors == ""


@pytest.fixture(scope="module", autouse=True)
def readme_texts_run(run_beside, tmp_path_factory):
    (command,) = (line for line in COMMANDS if line.startswith('nlp_sentiment.py "'))
    return run_beside(*shlex.split(command), home=tmp_path_factory.mktemp("home"))


@pytest.mark.parametrize(
    "command", [line for line in COMMANDS if not line.startswith("-m ")]
)
def test_every_command_in_it_is_one_that_the_script_takes(
    command, monkeypatch, tmp_path
):
    photos = make_folder(tmp_path)
    (tmp_path / "cats_and_dogs_filtered").mkdir()
    photos.rename(tmp_path / "cats_and_dogs_filtered" / "train")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", shlex.split(command))
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    script = importlib.import_module(sys.argv[0].removesuffix(".py"))
    assert script.read_command_line()


def test_both_set_up_commands_do_the_same_and_every_script_is_shown():
    lesson, tests = re.findall(r"^python3 -m venv .*$", README, re.MULTILINE)
    assert lesson.removesuffix("simple_cnn.py") == tests.removesuffix("-m pytest")
    assert set(SCRIPTS) <= set(COMMANDS)
    for script in SCRIPTS:
        assert f"docs/{script.removesuffix('.py')}.png" in README


def squeezed(code):
    """Code without what formatting may change."""
    return re.sub(r",(?=[)\]])", "", re.sub(r"\s", "", code.replace('"', "'")))


ROWS = re.findall(r"^\| (\w+\.py) \| `(.+?)` \| `(.+?)` \|", README, re.MULTILINE)


@pytest.mark.parametrize(("script", "tutorial", "ours"), ROWS)
def test_the_table_of_differences_is_true(script, tutorial, ours):
    code = re.sub(r"#.*", "", (ROOT / script).read_text(encoding="utf-8"))
    assert squeezed(ours) in squeezed(code)
    assert squeezed(tutorial) not in squeezed(code)


def test_the_table_of_differences_has_its_nine_rows():
    assert len(ROWS) == 9
    assert "These nine do not" in README


@pytest.fixture(scope="module", autouse=True)
def devices_run(tmp_path_factory):
    """Run the README's lines beside the other tests, on a CPU that poses as two."""
    (snippet,) = (block for kind, block in BLOCKS if kind == "python")
    program = f"""
from simple_cnn import build_cnn, np, tf
from simple_rnn import build_rnn
cpu = tf.config.list_physical_devices("CPU")[0]
two = [tf.config.LogicalDeviceConfiguration()] * 2
tf.config.set_logical_device_configuration(cpu, two)
{snippet}
assert strategy.num_replicas_in_sync == 2
with strategy.scope():
    models = [model, build_rnn()]
for model, x, y in zip(
    models,
    [np.zeros((32, 28, 28, 1)), np.zeros((32, 19, 1))],
    [np.ones(32), np.ones((32, 19, 1))],
):
    losses = model.fit(x, y, epochs=4, batch_size=16, verbose=0).history["loss"]
    assert losses[-1] < losses[0], losses
"""
    home = tmp_path_factory.mktemp("home")
    with subprocess.Popen(
        [sys.executable, "-c", program],
        env=user_environment(home, PYTHONPATH=str(ROOT)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        yield process


def test_the_build_functions_work_on_several_devices(devices_run):
    _, errors = devices_run.communicate()
    assert errors == ""
    assert devices_run.returncode == 0
