"""What the pages show is what their commands print; their questions' answers hold."""

import doctest
import re
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import (
    COMMANDS,
    KNOWN,
    PAGES,
    ROOT,
    SCRIPTS,
    agree,
    differences,
    is_slow,
    printed_lines,
    read,
    run,
)


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(command, marks=pytest.mark.slow if is_slow(command) else ())
        for command in COMMANDS
    ],
)
def test_a_command_is_quiet_and_prints_what_its_page_shows(command, runs):
    finished = runs[command].result()
    assert finished.stderr == ""
    assert finished.returncode == 0
    assert differences(printed_lines(finished.stdout), COMMANDS[command][1]) == []


def test_each_lesson_and_each_script_of_beyond_is_shown():
    shown = {command.split()[0] for command in COMMANDS}
    scripts = {f"beyond/{path.name}" for path in (ROOT / "beyond").glob("*.py")}
    assert shown == {*SCRIPTS, *scripts} - {"beyond/reading.py"}


@pytest.mark.parametrize("command", ["simple_cnn.py"])
def test_readmes_session_is_as_python_answers(command, runs, user_folder, monkeypatch):
    runs[command].result()
    monkeypatch.chdir(user_folder)
    (typed,) = re.findall(
        r"\$ uv run python\n(>>> .*?)```", read("README.md"), re.DOTALL
    )
    # Python's doctest types the lines and compares the answers.
    session = doctest.DocTestParser().get_doctest(typed, {}, "README", None, 0)
    report = []
    doctest.DocTestRunner().run(session, out=report.append)
    assert report == []


def hunks(lesson):
    """The questions of a lesson's page: for each the (old, new) pieces of its diff block."""
    questions = []
    for block in re.findall(r"```diff\n(.*?)```", read(f"docs/{lesson}.md"), re.DOTALL):
        pieces = []
        for hunk in block.split("...\n"):
            lines = hunk.splitlines(keepends=True)
            old = "\n" + "".join(line[1:] for line in lines if line[0] in "- ")
            new = "\n" + "".join(line[1:] for line in lines if line[0] in "+ ")
            pieces.append((old, new))
        questions.append(pieces)
    return questions


def changed(lesson, number):
    """The code of a lesson, with the change of its page's question 1, 2, ..."""
    code = read(f"{lesson}.py")
    for old, new in hunks(lesson)[number - 1]:
        assert code.count(old) == 1, f"{code.count(old)} times in {lesson}.py: {old}"
        code = code.replace(old, new)
    return code


def after(label, lines):
    """The numbers of the one line that begins with the label, behind it."""
    (line,) = (line for line in lines if line.startswith(label))
    return [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", line.removeprefix(label))]


# (lesson, number of the question): what holds for the lines that the changed copy prints.
ANSWERS = {
    ("perceptron", 1): lambda lines: (
        lines[1:5] == ["[0 0] -> 0", "[0 1] -> 1", "[1 0] -> 1", "[1 1] -> 1"]
    ),
    ("perceptron", 2): lambda lines: (
        lines[8:12] == ["[0 0] -> 1", "[0 1] -> 0", "[1 0] -> 0", "[1 1] -> 0"]
        and max(after("weights", lines)[:2]) < 0
    ),
    # The convolution loses its lead.
    ("simple_cnn", 1): lambda lines: (
        after("  a convolution", lines) > after("  a hidden layer", lines)
    ),
    ("simple_cnn", 2): lambda lines: 300 < after("  a convolution", lines)[0] < 500,
    ("simple_rnn", 1): lambda lines: -0.12 < after("Next value", lines)[0] < 0.12,
    ("simple_rnn", 2): lambda lines: (
        min(after("RNN", lines)) > 3 and after("boosted trees", lines)[0] < 8
    ),
    ("nlp_sentiment", 1): lambda lines: (
        after('192 "not"', lines)[0] == 96 and after('140 "not"', lines)[0] == 70
    ),
    ("nlp_sentiment", 2): lambda lines: after('192 "not"', lines)[0] < 150,
    ("transfer_learning", 1): lambda lines: after("VGG16 and", lines)[0] < 0.78,
    ("transfer_learning", 2): lambda lines: after("VGG16 and", lines)[0] < 0.7,
    ("model_evaluation", 1): lambda lines: (
        after("Threshold 0.02:", lines)[0] == 1
        and after("Threshold 0.02:", lines)[1] >= 8
        and after("Threshold 0.002:", lines)[0] == 0
        and after("Threshold 0.002:", lines)[1] >= 16
    ),
    ("model_evaluation", 2): lambda lines: 0.7 < after("network ", lines)[0] < 0.93,
}


def test_each_question_has_its_answer_here():
    lessons = [script.removesuffix(".py") for script in SCRIPTS]
    assert list(ANSWERS) == [(x, i + 1) for x in lessons for i in range(len(hunks(x)))]


@pytest.mark.parametrize(("lesson", "number"), ANSWERS)
def test_the_change_of_a_question_applies_and_compiles(lesson, number):
    compile(changed(lesson, number), f"{lesson}.py", "exec")


@pytest.fixture(scope="module")
def changed_runs(tmp_path_factory):
    """Run a changed copy for each question, two at a time; a dict to their futures."""
    folder = tmp_path_factory.mktemp("questions")
    shutil.copytree(ROOT / "data", folder / "data")
    with ThreadPoolExecutor(2) as pool:
        futures = {}
        for lesson, number in ANSWERS:
            copy = folder / f"my_{lesson}_{number}.py"
            copy.write_text(changed(lesson, number), encoding="utf-8")
            futures[lesson, number] = pool.submit(run, copy, cwd=folder)
        yield futures
        pool.shutdown(cancel_futures=True)  # Those that no chosen test waited for.


@pytest.mark.slow
@pytest.mark.parametrize(("lesson", "number"), ANSWERS)
def test_the_answer_to_a_question_holds(lesson, number, changed_runs):
    finished = changed_runs[lesson, number].result()
    assert finished.returncode == 0, finished.stderr
    lines = printed_lines(finished.stdout)
    assert ANSWERS[lesson, number](lines), lines


@pytest.mark.parametrize("page", PAGES)
def test_no_link_is_dead(page):
    for link in re.findall(r"\]\((?!https?://)(.*?)\)", read(page)):
        path, _, anchor = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        assert target.exists(), link
        if anchor:
            text = read(target).lower().replace(" ", "-")
            headings = re.findall(r"^#+-(.*)", text, re.MULTILINE)
            # What GitHub makes of them.
            anchors = {re.sub(r"[^\w-]", "", heading) for heading in headings}
            assert anchor in anchors, link


@pytest.mark.parametrize("page", PAGES)
def test_each_command_runs_a_file_that_is_there(page):
    commands = re.findall(r"(?:uv run|python3?) (?:--\S+ \S+ )*(\S+\.py)\b", read(page))
    missing = {path for path in commands if not (ROOT / path).exists()}
    assert missing == set()


# What the comparison itself is worth: (printed, on the page, whether they agree).
ACCURACY = "VGG16: 0.94 (45 of 48)"
COMPARED = [
    ("[0 1] -> 1", "[0 1] -> 0", False),
    ("weights [-2.6  1.16]", "weights [2.6  1.16]", False),
    ("VGG16: 0.90 (43 of 48)", ACCURACY, True),
    ("VGG16: 0.88 (42 of 48)", ACCURACY, False),
    ("Guessing: 0.94 (45 of 48)", ACCURACY, False),
    ("  the CNN       253", "the CNN 249", True),
    ("  the CNN       256", "the CNN 249", False),
    ("Next value prediction: 0.3281", "Next value prediction: 0.3250428", True),
    ("Next value prediction: 0.3381", "Next value prediction: 0.3250428", False),
    ("RNN  0.8  9.9", "RNN  1.3  9.9", True),
    ("RNN  2.8  9.9", "RNN  1.3  9.9", False),
    ("great -> positive (score 0.97)", "great -> positive (score 0.99)", True),
    ("great -> positive (score 0.95)", "great -> positive (score 0.99)", False),
    ("Test accuracy:", "Test accuracy: 0.9751", False),
]


@pytest.mark.parametrize(("line", "expected", "agreed"), COMPARED)
@pytest.mark.skipif(not KNOWN, reason="tolerances are wider here")
def test_lines_agree_where_words_are_the_same_and_numbers_close(line, expected, agreed):
    assert agree(line, expected) == agreed


def test_a_missing_line_and_one_too_many_are_differences():
    assert differences(["a"], ["a", "b"]) == [("(no line)", "b")]
    assert differences(["a", "b"], ["a"]) == [("b", "(no line)")]


@pytest.mark.parametrize("between", ["\b\b\r", "\b\b\n"], ids=["", "Windows"])
def test_progress_bars_and_epochs_are_left_out_and_nothing_else(between):
    bar = f"{between}\x1b[1m1/2\x1b[0m ====     {between}\x1b[1m2/2\x1b[0m ==== - loss: 0.1"
    output = (
        f"{bar}\n{bar}\n\nEpoch 1/20\n{bar}\nThe Epoch 1/20 is over\n\n0.5\n{bar}\n1\n"
    )
    assert printed_lines(output) == ["", "The Epoch 1/20 is over", "", "0.5", "1"]
