"""All six scripts, run as a user runs them, print what README.md shows."""

import math
import platform
import re
import runpy
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import tensorflow as tf
from conftest import README, ROOT, SCRIPTS, draw_photo, run, without_progress_bars

NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e-?\d+)?")
# No two Linux machines differed in the fourth digit. Elsewhere nobody has looked yet.
KNOWN = (platform.system(), platform.machine()) == ("Linux", "x86_64")
# Two of the drawings that are held out.
DRAWINGS = ["animals/contour_cheetah.png", "food/bananas_nicu_buculei_01.png"]


def shown_in_readme(script):
    """The lines of README's block that shows the script without arguments."""
    block = re.search(rf"\$ uv run {script}\n(.*?)\n```", README, re.DOTALL)
    return block[1].split("\n")


def alike(line, expected):
    """Whether two lines have the same words, and numbers that are close."""
    score = re.search(r"\(score (\d\.\d+)\)", expected)
    if score and 0.1 < float(score[1]) < 0.9:
        return True  # Close to the border between two answers.
    if "->" in expected:
        return re.sub(r"\(score .*?\)", "", line) == re.sub(
            r"\(score .*?\)", "", expected
        )
    if NUMBER.sub("#", line).split() != NUMBER.sub("#", expected).split():
        return False
    of_examples = re.search(r"\d of (\d+)\)", expected)
    for number, other in zip(NUMBER.findall(line), NUMBER.findall(expected)):
        absolute = 0.01
        if of_examples:  # An accuracy with its counts: two examples.
            absolute = 2 if "." not in other else 2 / int(of_examples[1]) + 0.01
        elif "." not in other:
            absolute = 1
        if not math.isclose(
            float(number),
            float(other),
            rel_tol=0.02 if KNOWN else 0.3,
            abs_tol=absolute if KNOWN else 5 * absolute,
        ):
            return False
    return True


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Start all six scripts, two at a time; a dict from each to its future run."""
    folder = tmp_path_factory.mktemp("photos")
    digits = {
        "seven.jpg": draw_photo(folder / "seven.jpg", 0),
        "two.png": draw_photo(folder / "two.png", 1, light_on_dark=True),
    }
    assert list(digits.values()) == [7, 2]
    arguments = dict.fromkeys(SCRIPTS, ())
    arguments["simple_cnn.py"] = [folder / name for name in digits]
    drawings = ROOT / "data" / "drawings"
    arguments["transfer_learning.py"] = [drawings] + [drawings / d for d in DRAWINGS]
    with ThreadPoolExecutor(2) as pool:
        longest_first = sorted(SCRIPTS, key=["simple_cnn.py", *SCRIPTS].index)
        yield {s: pool.submit(run, s, *arguments[s]) for s in longest_first}


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_run_is_quiet_and_prints_what_readme_shows(script, runs):
    finished = runs[script].result()
    assert finished.stderr == ""
    assert finished.returncode == 0
    lines = without_progress_bars(finished.stdout)
    shown = shown_in_readme(script)
    different = [pair for pair in zip(lines, shown) if not alike(*pair)]
    assert different == []
    added = {"simple_cnn.py": 2, "transfer_learning.py": 2}
    assert len(lines) == len(shown) + added.get(script, 0)


def test_own_digits_are_read(runs):
    lines = without_progress_bars(runs["simple_cnn.py"].result().stdout)
    assert re.search(r"seven\.jpg -> 7 \(score (0\.[89]|1\.)", lines[-2])
    assert re.search(r"two\.png -> 2 \(score (0\.[89]|1\.)", lines[-1])


def test_new_pictures_are_classified(runs):
    lines = without_progress_bars(runs["transfer_learning.py"].result().stdout)
    for line, drawing in zip(lines[-2:], DRAWINGS, strict=True):
        assert f"{drawing} -> {drawing.split('/')[0]} (score " in line


def test_own_texts_are_classified_as_readme_shows():
    command, *shown = re.search(
        r"\$ uv run (nlp_sentiment.py .*?)\n\.\.\.", README, re.DOTALL
    )[1].split("\n")
    texts = re.findall('"(.*?)"', command)
    lines = without_progress_bars(run("nlp_sentiment.py", *texts).stdout)
    assert [alike(*pair) for pair in zip(lines, shown)] == [True] * (1 + len(texts))


@pytest.fixture
def bad(tmp_path, monkeypatch):
    """A folder with input of all kinds that a script has to refuse."""
    monkeypatch.chdir(tmp_path)
    for path in ("two/a", "two/b", "three/a", "three/b", "three/c", "few/a", "few/b"):
        (tmp_path / path).mkdir(parents=True)
        for i in range(4 if path == "few/b" else 5):
            picture = ROOT / "data" / "drawings" / "food" / "mug.png"
            shutil.copy(picture, tmp_path / path / f"{i}.png")
    shutil.copytree("two", "broken")
    (tmp_path / "text.png").write_text("no picture")
    shutil.copy("text.png", "broken/b/5.jpg")
    draw_photo("whole.jpg", 0)
    shade = np.linspace(150, 230, 90)[np.newaxis, :, np.newaxis] * np.ones((60, 1, 3))
    tf.keras.utils.save_img("blank.jpg", shade, scale=False)
    whole = (tmp_path / "whole.jpg").read_bytes()
    (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    return tmp_path


LESSON_2, LESSON_4, LESSON_5 = SCRIPTS[1], SCRIPTS[3], SCRIPTS[4]


@pytest.mark.parametrize(
    ("script", "arguments", "message"),
    [
        (LESSON_2, ["--epochs"], "unrecognized arguments: --epochs"),
        (LESSON_2, ["no.jpg"], "no.jpg: there is no such file"),
        (LESSON_2, ["text.png"], "text.png is not a whole JPEG, PNG"),
        (LESSON_2, ["whole.jpg", "cut.jpg"], "cut.jpg is not a whole JPEG, PNG"),
        (LESSON_2, ["blank.jpg"], "blank.jpg: no ink"),
        (LESSON_2, ["two"], "two is not a whole JPEG, PNG"),
        (LESSON_4, ["--x", "good"], "unrecognized arguments: --x"),
        (LESSON_5, ["no"], "no is no folder"),
        (LESSON_5, ["text.png"], "text.png is no folder"),
        (LESSON_5, ["three"], "three has to have exactly two subfolders"),
        (LESSON_5, ["few"], "b has to have five or more JPEG, PNG"),
        (LESSON_5, ["broken"], "5.jpg cannot be read"),
        (LESSON_5, ["two", "no.png"], "no.png cannot be read"),
        (LESSON_5, ["two", "cut.jpg"], "cut.jpg cannot be read"),
        (LESSON_5, ["two", "whole.jpg", "--x"], "unrecognized arguments: --x"),
        ("docs/draw.py", ["no.py"], "no.py: there is no such file"),
        ("docs/draw.py", ["text.png"], "text.png has none of these in its name"),
    ],
)
def test_bad_input_is_named_before_anything_is_trained(
    bad, script, arguments, message, monkeypatch, capsys
):
    monkeypatch.setattr(sys, "argv", [script, *arguments])
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(ROOT / script), run_name="__main__")
    printed = capsys.readouterr()
    assert end.value.code == 2
    assert printed.out == ""
    assert message in printed.err
