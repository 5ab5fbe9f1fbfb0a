"""README.md is true: outputs, differences from the tutorial, exercises, commands, links."""

import io
import re
import shlex
import subprocess
import sys
import token
import tokenize
from pathlib import Path

import pytest
from conftest import ROOT, SCRIPTS, Run, copy_of, run_script, user_environment

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
WORKFLOW = (ROOT / ".github" / "workflows" / "tests.yml").read_text(encoding="utf-8")
TUTORIAL = Path(__file__).resolve().parent / "tutorial"

# Each lesson's section; a line break within a paragraph means no more than a space.
SECTIONS = {
    script: re.sub(r"\n +", " ", TEXT.split(f"\n### {number}. {script}\n")[1])
    .split("\n### ")[0]
    .split("\n## ")[0]
    for number, script in enumerate(SCRIPTS, start=1)
}


def test_it_is_short_enough_to_read():
    lines = TEXT.splitlines()
    assert len(lines) <= 240
    assert max(map(len, lines)) <= 120


def test_no_link_in_it_is_dead():
    targets = re.findall(r"\]\(([^)]+)\)", TEXT)
    headings = re.findall(r"^#+ (.*)$", TEXT, re.MULTILINE)
    anchors = {
        "#" + re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
        for heading in headings
    }
    assert len(targets) >= 12
    for target in targets:
        assert target in anchors or (ROOT / target).is_file(), target


# One to one with the tutorial.


def tokens(source):
    """The tokens of Python source as strings, formatting aside."""
    skipped = {
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENDMARKER,
    }
    words = []
    try:
        for found in tokenize.generate_tokens(io.StringIO(source).readline):
            word = found.string
            if found.type in skipped:
                continue
            if found.type == token.STRING or word in {'"', 'f"'}:
                word = word.replace('"', "'")
            if word in ")]}" and words and words[-1] == ",":
                words.pop()  # A comma before a closing bracket is formatting.
            words.append(word)
    except (tokenize.TokenError, IndentationError):
        pass  # Part of a statement: its brackets may stay open.
    return words[:-1] if words and words[-1] == "," else words


def find(needle, haystack, start=0):
    """The place just behind the first match at or after start, or None."""
    for i in range(start, len(haystack) - len(needle) + 1):
        if haystack[i : i + len(needle)] == needle:
            return i + len(needle)
    return None


def differences(script):
    """The tutorial's lines that README.md names as different, and what stands instead."""
    pattern = r"^- \*\*Differs:\*\* `(.+?)` has become `(.+?)`"
    return re.findall(pattern, SECTIONS[script], re.MULTILINE)


def test_the_tutorial_has_its_74_lines_and_readme_the_right_number_of_them():
    lines = [path.read_text(encoding="utf-8") for path in sorted(TUTORIAL.iterdir())]
    assert len("".join(lines).splitlines()) == 74
    different = sum(len(differences(script)) for script in SCRIPTS)
    assert f"Of the tutorial's 74 lines of code {74 - different} stand" in " ".join(
        TEXT.split()
    )
    assert different == 6


@pytest.mark.parametrize("script", SCRIPTS)
def test_each_line_of_the_tutorial_stands_in_its_order_or_is_named_as_different(script):
    (lesson,) = TUTORIAL.glob(f"*_{script.removesuffix('.py')}.txt")
    stream = tokens((ROOT / script).read_text(encoding="utf-8"))
    named = [tokens(line) for line, _ in differences(script)]
    here, missing = 0, []
    for line in lesson.read_text(encoding="utf-8").splitlines():
        place = find(tokens(line.strip()), stream, here)
        if place is None:
            missing.append(tokens(line.strip()))
        else:
            here = place
    assert missing == named


@pytest.mark.parametrize("script", SCRIPTS)
def test_what_has_become_of_a_line_stands_in_the_script(script):
    stream = tokens((ROOT / script).read_text(encoding="utf-8"))
    for _, ours in differences(script):
        assert find(tokens(ours), stream), ours


# Outputs.

BLOCKS = re.findall(
    r"^```text\n\$ \.venv/bin/python (.*)\n((?:.*\n)*?)```$", TEXT, re.MULTILINE
)
OUTPUTS = [(command, out) for command, out in BLOCKS if not command.startswith("-i ")]


def test_every_script_has_an_output_and_a_picture():
    assert [shlex.split(command)[0] for command, _ in OUTPUTS] == SCRIPTS
    for script in SCRIPTS:
        assert f"(docs/{script.removesuffix('.py')}.png)" in TEXT


NUMBER = r"-?\d+\.\d+|\d+"


def same(shown, printed):
    """Whether two lines agree: their words exactly, their numbers nearly.

    Another machine may have other last digits: 0.05, or 5 of 100, are allowed.
    """
    words = [
        re.sub(r"\s+", " ", re.sub(NUMBER, "#", line)) for line in (shown, printed)
    ]
    numbers = [list(map(float, re.findall(NUMBER, line))) for line in (shown, printed)]
    return words[0] == words[1] and all(
        abs(a - b) <= 0.05 * max(1, abs(a)) for a, b in zip(*numbers, strict=True)
    )


def assert_shows(shown, printed):
    """Each part between two lines "..." is found in what was printed, in its order."""
    parts = re.split(r"^\.\.\.$", "\n".join(shown), flags=re.MULTILINE)
    parts = [part.strip("\n").split("\n") for part in parts]
    here = 0
    for number, lines in enumerate(parts):
        if lines == [""]:  # Nothing stands before a first "...", or behind a last one.
            continue
        starts = range(here, len(printed) - len(lines) + 1)
        if number == 0:
            starts = starts[:1]
        if number == len(parts) - 1:
            starts = starts[-1:] if number else starts[: len(printed) == len(lines)]
        fits = [i for i in starts if all(map(same, lines, printed[i : i + len(lines)]))]
        assert fits, "\n".join(["not printed:", *lines, "but:", *printed[here:]])
        here = fits[0] + len(lines)


def test_outputs_are_compared_word_for_word_and_number_for_number():
    assert same("accuracy 0.98  of 90", "accuracy 0.94 of 90")
    assert not same("accuracy 0.98", "accuracy 0.92")
    assert not same("accuracy 0.98", "recall 0.98")
    assert not same("5 -> 6", "5 -> 5")
    assert_shows(["a 1", "...", "c 3"], ["a 1", "b 2", "c 3"])
    assert_shows(["...", "", "c 3"], ["", "b 2", "", "c 3"])
    assert_shows(["a 1", "...", "c 3"], ["a 1", "c 3", "c 3"])
    assert_shows(["a 1", "..."], ["a 1", "b 2", "c 3"])
    for wrong in (
        ["a 1", "c 3"],
        ["c 3", "...", "a 1"],
        ["...", "b 2"],
        ["b 2", "..."],
    ):
        with pytest.raises(AssertionError):
            assert_shows(wrong, ["a 1", "b 2", "c 3"])


@pytest.mark.whole
@pytest.mark.parametrize(("command", "output"), OUTPUTS, ids=SCRIPTS)
def test_it_shows_what_a_script_prints_anywhere(command, output, tmp_path):
    """In a copy that cannot be written, from another folder, with a home that neither."""
    script, *arguments = shlex.split(command)
    folder = copy_of(script, tmp_path / "a copy of möbius")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "home").touch()  # A file: no folder can be made in it.
    parts = [folder, *folder.rglob("*")]
    for path in parts:
        path.chmod(0o555 if path.is_dir() else 0o444)
    run = run_script(
        script,
        *arguments,
        folder=folder,
        home=tmp_path / "home",
        cwd=tmp_path / "elsewhere",
    )
    after = [folder, *folder.rglob("*")]
    for path in parts:
        path.chmod(0o755)
    assert run.errors == ""
    assert run.code == 0
    assert_shows(output.rstrip("\n").split("\n"), run.lines)
    # No progress bar runs past its end, as 960/938 would.
    bars = re.findall(r"(\d+)/(\d+) ", re.sub(r"\x1b\[\d*m", "", run.raw))
    assert all(int(done) <= int(steps) for done, steps in bars)
    assert sorted(after) == sorted(parts)
    assert not list((tmp_path / "elsewhere").iterdir())


@pytest.mark.whole
def test_the_trained_model_can_be_asked(tmp_path):
    ((command, session),) = [block for block in BLOCKS if block[0].startswith("-i ")]
    typed = re.findall(r"^>>> (.*)$", session, re.MULTILINE)
    answers = [line for line in session.splitlines() if not line.startswith(">>> ")]
    assert len(typed) == 3
    assert typed.pop() == "exit()"
    finished = subprocess.run(
        [sys.executable, *shlex.split(command)],
        cwd=ROOT,
        env=user_environment(tmp_path),
        input="\n".join(typed).encode(),
        capture_output=True,
        timeout=600,
        check=False,
    )
    assert Run(finished).lines[-len(answers) :] == answers


# Exercises.


class Exercise:
    """What a "Try" of the README changes, and what its answer says that this does."""

    def __init__(self, script, text):
        self.script = script
        change, self.answer = text.split(" **Answer:** ")
        self.question = re.search(r"[^.?]*\?$", change)
        code = r"`(.+?)`(?= in place of |\. | and `)"
        if change.startswith("write "):
            new, old = re.match(
                r"write `(.+?)` in place of `(.+?)`[.,]", change
            ).groups()
            self.changes = [(old, new)]
        else:
            removed = re.match(rf"remove {code}(?: and {code})?", change).groups()
            self.changes = [(old, "") for old in removed if old]
        self.printed = re.findall(
            r"`([^`]+)`",
            "".join(re.findall(r"it prints (`.*?`(?: and `.*?`)*)", self.answer)),
        )
        self.ranges = re.findall(
            r"(last number of )?`([^`]+)` is (?:then )?between (-?[\d.]+) and (-?[\d.]*\d)",
            self.answer,
        )

    def holds(self, lines):
        """Whether a run that printed these lines bears out the answer."""
        found = all(line in lines for line in self.printed)
        for last, label, low, high in self.ranges:
            (line,) = (line for line in lines if line.startswith(label))
            numbers = re.findall(NUMBER, line.removeprefix(label))
            found &= float(low) <= float(numbers[-1 if last else 0]) <= float(high)
        return found


EXERCISES = [
    Exercise(script, text)
    for script in SCRIPTS
    for text in re.findall(r"^- \*\*Try:\*\* (.*)$", SECTIONS[script], re.MULTILINE)
]
each_exercise = pytest.mark.parametrize(
    "exercise",
    EXERCISES,
    ids=lambda exercise: f"{exercise.script}: {exercise.changes[0]}",
)


def test_every_lesson_has_an_exercise():
    assert {exercise.script for exercise in EXERCISES} == set(SCRIPTS)


@each_exercise
def test_an_exercise_asks_first_applies_and_has_an_answer_that_can_be_checked(exercise):
    code = (ROOT / exercise.script).read_text(encoding="utf-8")
    assert exercise.question
    for old, new in exercise.changes:
        assert old in code
        compile(code.replace(old, new), exercise.script, "exec")
    assert exercise.printed or exercise.ranges


@pytest.mark.whole
@each_exercise
def test_an_exercise_does_what_its_answer_says(exercise, tmp_path):
    folder = copy_of(exercise.script, tmp_path, *exercise.changes)
    run = run_script(exercise.script, folder=folder)
    assert run.code == 0, run.errors
    assert exercise.holds(run.lines), "\n".join(run.lines)


# What else it says can be done.


@pytest.mark.whole
def test_the_build_functions_work_on_several_devices(tmp_path):
    (scope,) = re.findall(r"`with (tf\..*):`", TEXT)
    program = f"""
from simple_cnn import build_cnn, np, tf
from simple_rnn import build_rnn
cpu = tf.config.list_physical_devices("CPU")[0]
two = [tf.config.LogicalDeviceConfiguration()] * 2
tf.config.set_logical_device_configuration(cpu, two)
with {scope}:
    assert tf.distribute.get_strategy().num_replicas_in_sync == 2
    models = [build_cnn(), build_rnn()]
for model, x, y in zip(
    models,
    [np.zeros((32, 28, 28, 1)), np.zeros((32, 19, 1))],
    [np.ones(32), np.ones((32, 19, 1))],
):
    losses = model.fit(x, y, epochs=4, batch_size=16, verbose=0).history["loss"]
    assert losses[-1] < losses[0], losses
"""
    finished = subprocess.run(
        [sys.executable, "-c", program],
        env=user_environment(tmp_path, PYTHONPATH=str(ROOT)),
        capture_output=True,
        timeout=600,
        check=False,
    )
    assert (finished.returncode, finished.stderr.decode()) == (0, "")


def test_its_commands_are_those_that_the_checks_run():
    commands = re.findall(r"^(?:python3|\.venv/bin/python) .*$", TEXT, re.MULTILINE)
    assert commands == [
        "python3 -m venv .venv",
        ".venv/bin/python -m pip install -r requirements.txt",
        ".venv/bin/python -m pytest",
        ".venv/bin/python -m pytest -m whole",
    ]
    assert "grep" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for command in commands[1:]:
        assert command.removeprefix(".venv/bin/") in WORKFLOW
    for version in ("3.10", "3.11", "3.12", "3.13"):
        assert f'"{version}"' in WORKFLOW
        assert version in TEXT.split("## A first look")[0]
