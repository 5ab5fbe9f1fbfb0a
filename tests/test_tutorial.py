"""The tutorial's lines of code stand in the scripts, in the tutorial's order."""

import io
import tokenize

import pytest
from conftest import ROOT, SCRIPTS

# The lines that do not work today. README.md says why, lesson by lesson.
CHANGED = {
    "layers.Conv2D(32, (3, 3), activation='relu', input_shape=(28, 28, 1)),",
    "(train_images, train_labels), (test_images, test_labels) = tf.keras.datasets.mnist.load_data()",
    "time = np.linspace(0, 100, n_steps * n_samples)",
    "SimpleRNN(32, return_sequences=True, input_shape=[None, 1]),",
    "Embedding(100, 8, input_length=5)",
    "base_model = VGG16(weights='imagenet', include_top=False, input_shape=(150, 150, 3))",
}


def without_layout(code):
    """Join the tokens of code, with quotes, comments and trailing commas evened out."""
    words = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            word = token.string.strip().replace('"', "'")
            if word and token.type not in (tokenize.COMMENT, tokenize.NL):
                if word in ")]}" and words and words[-1] == ",":
                    words.pop()
                words.append(word)
    except tokenize.TokenError:
        pass  # A line of its own may leave a bracket open.
    return " ".join(words).rstrip(", ")


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_tutorials_lines_stand_in_order(script):
    (listing,) = (ROOT / "tests" / "tutorial").glob(f"?_{script[:-3]}.txt")
    code = without_layout((ROOT / script).read_text(encoding="utf-8"))
    place = 0
    for line in listing.read_text(encoding="utf-8").splitlines():
        if line.strip() not in CHANGED:
            found = code.find(without_layout(line.strip()), place)
            assert found >= 0, line
            place = found + 1


def test_each_changed_line_is_one_of_the_tutorials_and_not_in_its_script():
    listings = {p.stem[2:]: p for p in (ROOT / "tests" / "tutorial").glob("*.txt")}
    for line in CHANGED:
        (lesson,) = (n for n, p in listings.items() if line in p.read_text("utf-8"))
        code = without_layout((ROOT / f"{lesson}.py").read_text(encoding="utf-8"))
        assert without_layout(line) not in code
