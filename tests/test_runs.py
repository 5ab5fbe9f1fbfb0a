"""All six lessons, run as a user runs them, print what their pages show."""

import doctest
import re
import shlex
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import KNOWN, ROOT, SCRIPTS, agree, differences, printed_lines, run, shown

# The longest first, two at a time. A lesson's output has to fit into any code page.
ENCODINGS = {
    "simple_cnn.py": "ascii",
    "transfer_learning.py": "cp1252",
    "model_evaluation.py": "cp950",
    "simple_rnn.py": "cp1251",
    "nlp_sentiment.py": "cp932",
    "perceptron.py": "utf-8",
}
# Texts of one's own: those of the page, and then of all kinds.
PAGES_TEXTS = (
    'nlp_sentiment.py "I loved it" "Yeah, just great, two hours wasted" "xyzzy"'
)
OTHER_TEXTS = {
    "A great\N{SMILING FACE WITH SMILING EYES}": "A great? -> positive (score 0.99)",
    "\N{LEFT DOUBLE QUOTATION MARK}Awful\N{RIGHT DOUBLE QUOTATION MARK}": (
        "\N{LEFT DOUBLE QUOTATION MARK}Awful\N{RIGHT DOUBLE QUOTATION MARK} "
        "-> negative (score 0.00)"
    ),
    "\N{CJK UNIFIED IDEOGRAPH-732B}": (
        "? -> no score, as it has no word that the model knows, not known: ?"
    ),
    "": " -> no score, as it has no word that the model knows",
    "A bad story, and then the best day with friends": (
        "A bad story, and then the best day with friends -> positive (score 1.00), "
        "from its last five known words: the best day with friends, not known: then"
    ),
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Start everything, two at a time, each in a folder; a dict to (folder, future)."""
    with ThreadPoolExecutor(2) as pool:

        def start(script, *arguments, encoding):
            folder = tmp_path_factory.mktemp("run")
            path = ROOT / script
            future = pool.submit(run, path, *arguments, cwd=folder, encoding=encoding)
            return folder, future

        started = {s: start(s, encoding=code) for s, code in ENCODINGS.items()}
        texts = shlex.split(PAGES_TEXTS)[1:] + list(OTHER_TEXTS)
        started["texts"] = start("nlp_sentiment.py", *texts, encoding="cp1252")
        yield started
        pool.shutdown(cancel_futures=True)  # Those that no chosen test waited for.


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_run_is_quiet_and_prints_what_its_page_shows(script, runs):
    _, future = runs[script]
    finished = future.result()
    assert finished.stderr == ""
    assert finished.returncode == 0
    lines = printed_lines(finished.stdout)
    assert differences(lines, shown(script[:-3], script)) == []


def test_texts_of_ones_own_are_answered_whatever_the_code_page(runs):
    _, future = runs["texts"]
    finished = future.result()
    assert finished.stderr == ""
    expected = shown("nlp_sentiment", PAGES_TEXTS) + list(OTHER_TEXTS.values())
    lines = printed_lines(finished.stdout)
    assert differences(lines[: len(expected)], expected) == []
    # And then the check again, as without texts.
    check = shown("nlp_sentiment", "nlp_sentiment.py")[2:]
    assert differences(lines[len(expected) :], check) == []


def test_the_saved_cnn_can_be_used_as_readme_shows(runs, monkeypatch):
    folder, future = runs["simple_cnn.py"]
    future.result()
    monkeypatch.chdir(folder)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (typed,) = re.findall(r"\$ uv run python\n(>>> .*?)```", readme, re.DOTALL)
    # Python's doctest types the lines and compares the answers.
    session = doctest.DocTestParser().get_doctest(typed, {}, "README", None, 0)
    report = []
    doctest.DocTestRunner().run(session, out=report.append, clear_globs=False)
    assert report == []
    images = session.globs["images"][:300].reshape(-1, 28, 28, 1) / 255
    answers = session.globs["model"].predict(images, verbose=0).argmax(axis=1)
    assert (answers == session.globs["labels"][:300]).mean() > 0.95


def test_half_a_download_of_mnist_is_named(tmp_path):
    shutil.copy(ROOT / "simple_cnn.py", tmp_path)
    file = tmp_path / "data" / "mnist.npz"
    file.parent.mkdir()
    file.write_bytes((ROOT / "data" / "mnist.npz").read_bytes()[:5_000_000])
    finished = run("simple_cnn.py", cwd=tmp_path)
    assert finished.returncode == 2
    assert finished.stdout == ""
    assert finished.stderr == f"{file} is damaged. Please get it again.\n"


# What the comparison itself is worth.

ACCURACY = "Validation accuracy: 0.94 (45 of 48)"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("[0 1] -> 0", "[0 1] -> 0"),
        ("Validation accuracy: 0.90 (43 of 48)", ACCURACY),
        (
            "  a convolution (the CNN)                 253",
            "a convolution (the CNN) 249",
        ),
        ("Next value prediction: 0.3281", "Next value prediction: 0.3250428"),
        (
            "This was great -> positive (score 0.98)",
            "This was great -> positive (score 0.99)",
        ),
    ],
)
def test_close_lines_agree(line, expected):
    assert agree(line, expected)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("[0 1] -> 1", "[0 1] -> 0"),
        ("AND learned in 7 epochs", "AND learned in 6 epochs"),
        ("weights [-2.6  1.16]", "weights [2.6  1.16]"),
        ("Validation accuracy: 0.88 (42 of 48)", ACCURACY),
        ("Training accuracy: 0.94 (45 of 48)", ACCURACY),
        (
            "  a convolution (the CNN)                 256",
            "a convolution (the CNN) 249",
        ),
        (
            "RNN, shown all 19 values   0.008  0.091",
            "RNN, shown all 19 values  0.005  0.091",
        ),
        (
            "This was great -> positive (score 0.97)",
            "This was great -> positive (score 0.99)",
        ),
        (
            "This was great -> negative (score 0.99)",
            "This was great -> positive (score 0.99)",
        ),
        ("", "Test accuracy: 0.9751"),
        ("Test accuracy:", "Test accuracy: 0.9751"),
    ],
)
@pytest.mark.skipif(not KNOWN, reason="tolerances are wider here")
def test_other_lines_do_not(line, expected):
    assert not agree(line, expected)


def test_a_missing_line_and_one_too_many_are_differences():
    assert differences(["a"], ["a", "b"]) == [("(no line)", "b")]
    assert differences(["a", "b"], ["a"]) == [("b", "(no line)")]
    assert differences(["b", "a"], ["a", "b"]) == [("b", "a"), ("a", "b")]


@pytest.mark.parametrize("between", ["\b\b\r", "\b\b\n"], ids=["", "Windows"])
def test_progress_bars_and_epochs_are_left_out_and_nothing_else(between):
    bar = f"{between}\x1b[1m1/2\x1b[0m ====     {between}\x1b[1m2/2\x1b[0m ==== - loss: 0.1"
    output = (
        f"{bar}\n{bar}\n\nEpoch 1/20\n{bar}\nThe Epoch 1/20 is over\n\n0.5\n{bar}\n1\n"
    )
    assert printed_lines(output) == ["", "The Epoch 1/20 is over", "", "0.5", "1"]
