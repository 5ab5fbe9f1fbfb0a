"""The pictures that docs/draw.py makes."""

import pytest
import tensorflow as tf
from conftest import ROOT, SCRIPTS, draw_photo, run

CASES = [(script, ()) for script in SCRIPTS] + [("simple_cnn.py", ("seven.jpg",))]


@pytest.mark.slow
@pytest.mark.parametrize(("script", "arguments"), CASES)
def test_a_picture_is_drawn_of_a_lesson_or_a_changed_copy(script, arguments, tmp_path):
    pytest.importorskip("matplotlib")
    code = (ROOT / script).read_text(encoding="utf-8")
    copy = tmp_path / f"my_{script}"
    data = repr(str(ROOT / script))
    copy.write_text(code.replace("Path(__file__)", f"Path({data})"), encoding="utf-8")
    draw_photo(tmp_path / "seven.jpg", 0)
    finished = run(ROOT / "docs" / "draw.py", copy, *arguments, cwd=tmp_path)
    assert finished.stderr == ""
    content = tf.io.read_file(str(tmp_path / f"my_{script[:-3]}.png"))
    picture = tf.io.decode_png(content, channels=3).numpy()
    assert picture.shape[0] > 200
    assert picture.shape[1] > 500
    assert 1 < picture.std() < 120  # Not an empty page.
