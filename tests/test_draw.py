"""The pictures that docs/draw.py makes."""

import runpy
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import ROOT, SCRIPTS, run
from PIL import Image, ImageStat

PICTURES = [(script, script.removesuffix(".py")) for script in SCRIPTS]
PICTURES[2:2] = [("simple_cnn.py", "overfitting"), ("simple_cnn.py", "own_digits")]
# matplotlib is optional.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def drawings(tmp_path_factory):
    """Draw all pictures, two at a time; a dict to (folder, future)."""
    pytest.importorskip("matplotlib")
    with ThreadPoolExecutor(2) as pool:
        started = {}
        for script in SCRIPTS:
            folder = tmp_path_factory.mktemp("picture")
            draw = ROOT / "docs" / "draw.py"
            future = pool.submit(run, draw, ROOT / script, cwd=folder)
            started[script] = folder, future
        yield started
        pool.shutdown(cancel_futures=True)  # Those that no chosen test waited for.


@pytest.mark.parametrize(("script", "name"), PICTURES)
def test_a_picture_is_drawn_of_each_lesson(script, name, drawings):
    folder, future = drawings[script]
    finished = future.result()
    assert finished.stderr == ""
    assert finished.returncode == 0
    assert f"Saved {name}.png\n" in finished.stdout
    assert (folder / f"{name}.png").stat().st_size < 100_000
    with Image.open(folder / f"{name}.png") as picture:
        assert picture.width > 500
        assert picture.height > 200
        (deviation,) = ImageStat.Stat(picture.convert("L")).stddev
    assert deviation > 1  # Not an empty page.


@pytest.fixture
def draw():
    """A function that draws on a new figure, and returns it with all texts in it.

    It takes the name of one of docs/draw.py's functions, and the lesson's names.
    """
    pytest.importorskip("matplotlib")
    from matplotlib.figure import Figure
    from matplotlib.text import Text

    functions = runpy.run_path(str(ROOT / "docs" / "draw.py"))

    def draw_with(function, names):
        figure = Figure(layout="constrained")
        functions[function](figure, names)
        figure.canvas.draw()
        return figure, [text.get_text() for text in figure.findobj(Text)]

    return draw_with


def test_one_line_gets_three_of_four_for_xor_and_the_others_get_all(draw):
    names = runpy.run_path(str(ROOT / "perceptron.py"), run_name="__main__")
    figure, _ = draw("draw_perceptron", names)
    counts = [axes.get_title().split("\n")[1] for axes in figure.axes]
    assert counts == ["4 of 4 right"] * 2 + ["3 of 4 right", "4 of 4 right"]


def names_of_a_cnn(weights):
    """What draw_simple_cnn takes of a lesson whose first layer has these weights."""
    random = np.random.default_rng(0)
    return {
        "model": SimpleNamespace(layers=[SimpleNamespace(get_weights=lambda: weights)]),
        "test_images": random.random((20, 28, 28, 1)),
        "test_labels": np.zeros(20, dtype=int),
        "answers": np.arange(20) % 5,
    }


@pytest.mark.parametrize(
    ("shape", "learned"),
    [
        ((5, 5, 1, 16), 4),
        ((3, 3, 1, 1), 1),
        ((784, 10), 0),  # No convolution.
        (None, 0),  # A layer without weights, such as Flatten.
    ],
)
def test_lesson_2_is_drawn_with_any_number_of_filters(shape, learned, draw):
    weights = np.random.default_rng(1).normal(size=shape or 1)
    names = names_of_a_cnn([weights] if shape else [])
    _, texts = draw("draw_simple_cnn", names)
    for kind, count in (("by hand", 2), ("learned", learned), ("0, read as", 6)):
        assert sum(text.startswith(kind) for text in texts) == count


def test_the_filters_that_are_drawn_show_a_pattern_and_differ_from_one_another(draw):
    edge = np.outer([-1, 0, 1], [1, 1, 1])
    filters = [np.full((3, 3), 5), edge, 0.9 * edge + 0.01, -0.5 * edge, 0.4 * edge.T]
    names = names_of_a_cnn([np.stack(filters, axis=-1)[:, :, np.newaxis]])
    _, texts = draw("draw_simple_cnn", names)
    chosen = [text for text in texts if text.startswith("learned")]
    assert chosen[:2] == ["learned:\nnumber 1", "learned:\nnumber 4"]


def test_lesson_4_is_drawn_with_the_score_of_each_text_up_to_each_word(draw):
    asked = []

    def score_texts(model, tokenizer, texts):
        asked.append(texts)
        return np.linspace(0.11, 0.99, len(texts))

    names = {"score_texts": score_texts, "model": None, "tokenizer": None}
    figure, texts = draw("draw_nlp_sentiment", names)
    assert asked[:2] == [
        ["great", "great not", "great not boring"],
        ["boring", "boring not", "boring not great"],
    ]
    assert texts.count("0.11") == texts.count("0.99") == len(figure.axes) == 4


def test_lesson_6_is_drawn_with_what_is_missed_where_it_is_missed(draw):
    truth = np.array(["benign"] * 5 + ["malignant"] * 9)
    answers = np.array(["benign"] * 4 + ["malignant"] * 7 + ["benign"] * 3)
    names = {"y_test": truth, "y_pred": answers, "malignant_scores": np.ones(14)}
    figure, _ = draw("draw_model_evaluation", names)
    cells = [text.get_text().strip() for text in figure.axes[0].texts]
    assert cells == ["4", "right", "1", "false alarm", "3", "missed", "6", "found"]
