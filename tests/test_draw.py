"""The pictures that docs/draw.py makes."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import ROOT, SCRIPTS, run
from PIL import Image, ImageStat


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


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS)
def test_a_picture_is_drawn_of_each_lesson(script, drawings):
    folder, future = drawings[script]
    finished = future.result()
    assert finished.stderr == ""
    assert finished.returncode == 0
    with Image.open(folder / f"{script.removesuffix('.py')}.png") as picture:
        width, height = picture.size
        assert width > 500
        assert height > 200
        (deviation,) = ImageStat.Stat(picture.convert("L")).stddev
    assert deviation > 1  # Not an empty page.
