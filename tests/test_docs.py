"""What the pages say: their questions' answers hold, links and commands lead somewhere."""

import re
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import ROOT, SCRIPTS, printed_lines, run, shown

LESSONS = [script.removesuffix(".py") for script in SCRIPTS]
PAGES = ["README.md", "data/README.md"]
PAGES += sorted(f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md"))


def read(path):
    return (ROOT / path).read_text(encoding="utf-8")


def diff_blocks(lesson):
    """The ```diff blocks of a lesson's page, in their order."""
    return re.findall(r"```diff\n(.*?)```", read(f"docs/{lesson}.md"), re.DOTALL)


def changed(lesson, number):
    """The code of a lesson, with the change of its page's question 1, 2, ..."""
    lines = diff_blocks(lesson)[number - 1].splitlines(keepends=True)
    old = "\n" + "".join(line[1:] for line in lines if line[0] in "- ")
    new = "\n" + "".join(line[1:] for line in lines if line[0] in "+ ")
    code = read(f"{lesson}.py")
    assert code.count(old) == 1, f"stands {code.count(old)} times in {lesson}.py: {old}"
    return code.replace(old, new)


def numbers_after(label, lines):
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
        and max(numbers_after("weights", lines)[:2]) < 0
    ),
    ("simple_cnn", 1): lambda lines: (
        0.91 < numbers_after("Test accuracy:", lines)[0] < 0.925
    ),
    ("simple_cnn", 2): lambda lines: (
        300 < numbers_after("  a convolution (the CNN)", lines)[0] < 500
    ),
    ("simple_rnn", 1): lambda lines: (
        -0.12 < numbers_after("Next value prediction:", lines)[0] < 0.12
    ),
    ("simple_rnn", 2): lambda lines: (
        0.05 < numbers_after("RNN, shown all 19 values", lines)[1] < 0.075
    ),
    ("nlp_sentiment", 1): lambda lines: (
        0.45 < numbers_after("This was great", lines)[0] < 0.55
    ),
    ("nlp_sentiment", 2): lambda lines: numbers_after("8 plain", lines)[0] <= 6,
    ("transfer_learning", 1): lambda lines: (
        numbers_after("Validation accuracy:", lines)[0] < 0.85
    ),
    ("transfer_learning", 2): lambda lines: (
        numbers_after("Training accuracy:", lines)[0] > 0.9
        and numbers_after("Validation accuracy:", lines)[0] < 0.75
    ),
    ("model_evaluation", 1): lambda lines: (
        numbers_after("Threshold 0.02:", lines)[0] == 1
        and numbers_after("Threshold 0.02:", lines)[1] >= 8
        and numbers_after("Threshold 0.002:", lines)[0] == 0
        and numbers_after("Threshold 0.002:", lines)[1] >= 16
    ),
    ("model_evaluation", 2): lambda lines: (
        0.7 < numbers_after("network ", lines)[0] < 0.93
    ),
}


def test_each_question_has_its_answer_here():
    on_pages = [(x, i + 1) for x in LESSONS for i in range(len(diff_blocks(x)))]
    assert on_pages == list(ANSWERS)


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


def test_readme_begins_with_what_the_first_page_shows():
    (lines,) = re.findall(
        r"\$ uv run perceptron.py\n(.*?)\n\.\.\.", read("README.md"), re.DOTALL
    )
    lines = lines.split("\n")
    assert lines == shown("perceptron", "perceptron.py")[: len(lines)]


def anchors(path):
    """What GitHub makes of a page's headings."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.*)", read(path), re.MULTILINE)
    }


@pytest.mark.parametrize("page", PAGES)
def test_no_link_is_dead(page):
    for link in re.findall(r"\]\((?!https?://)(.*?)\)", read(page)):
        path, _, anchor = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES)
def test_each_command_runs_a_file_that_is_there(page):
    commands = re.findall(r"(?:uv run|python3?) (?:--\S+ \S+ )*(\S+\.py)\b", read(page))
    missing = {path for path in commands if not (ROOT / path).exists()}
    assert missing == set()
