"""What can go wrong around a script, and how it ends: a clear line, the right code."""

import http.client
import http.server
import shutil
import signal
import subprocess
import sys
import threading
import urllib.request

import numpy as np
import pytest
from conftest import ROOT, user_environment

from simple_cnn import load_mnist
from transfer_learning import DATA, load_vgg16

# Each download: where Keras keeps it, what asks for it, and whether what came back is
# what stands in data/.


def is_the_sample(loaded):
    (x_train, _), (x_test, _) = loaded
    return x_train.shape == (10_000, 28, 28) and x_test.shape == (2_000, 28, 28)


def is_the_7_bit_vgg16(model):
    # 7 bits: times a power of two, a filter's weights are whole numbers up to 64.
    weights = model.get_layer("block1_conv1").get_weights()[0][..., 0]
    whole = weights / np.abs(weights).max() * np.arange(32, 65)[:, None, None, None]
    return np.abs(whole - whole.round()).max(axis=(1, 2, 3)).min() < 0.01


DOWNLOADS = {
    "mnist": ("datasets/mnist.npz", load_mnist, is_the_sample),
    "vgg16": (
        "models/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
        load_vgg16,
        is_the_7_bit_vgg16,
    ),
}


class Server(http.server.BaseHTTPRequestHandler):
    """Answers as self.server.fault says; stands where Keras looks for its files."""

    def do_GET(self):
        fault = self.server.fault
        if fault == "never answers":
            self.server.released.wait(60)
            return
        if isinstance(fault, int):
            self.send_error(fault)
            return
        body = b"<html>Please log in</html>" if fault == "HTML" else b"x" * 100_000
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: 50_000 if fault == "cut short" else None])

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    """A web server on this machine that takes the place of every https address."""

    class Redirect(urllib.request.HTTPSHandler):
        def https_open(self, request):
            request.host = f"127.0.0.1:{server.server_port}"
            return self.do_open(http.client.HTTPConnection, request)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    server.released = threading.Event()
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    urllib.request.install_opener(urllib.request.build_opener(Redirect))
    yield server
    urllib.request.install_opener(None)
    server.released.set()
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("name", "fault", "reason"),
    [
        ("mnist", 404, "Not Found"),
        ("mnist", 500, "Internal Server Error"),
        ("mnist", "cut short", "got only 50000 out of 100000 bytes"),
        ("mnist", "HTML", "corrupted"),
        ("mnist", "never answers", "timed out"),
        ("vgg16", 404, "Not Found"),
        ("vgg16", "wrong bytes", "corrupted"),
        ("vgg16", "never answers", "timed out"),
    ],
)
def test_each_way_that_a_download_can_fail(
    server, keras_cache, capsys, name, fault, reason
):
    server.fault = fault
    _, load, falls_back = DOWNLOADS[name]
    assert falls_back(load())
    printed = capsys.readouterr()
    assert "could not be downloaded" in printed.out
    assert reason in printed.out
    assert printed.err == ""


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("mnist", (DATA / "mnist_sample.npz").read_bytes()[:9999]),
        ("mnist", b"<html>"),
        ("mnist", b""),
        ("vgg16", b"<html>"),
    ],
    ids=["mnist cut short", "mnist other bytes", "mnist empty", "vgg16 other bytes"],
)
def test_a_damaged_file_in_keras_cache_without_a_network(
    keras_cache, capsys, name, content
):
    file, load, falls_back = DOWNLOADS[name]
    (keras_cache / file).write_bytes(content)
    assert falls_back(load())
    assert "could not be downloaded" in capsys.readouterr().out
    assert not (keras_cache / file).exists()


def start(script, home, cwd=ROOT):
    return subprocess.Popen(
        [sys.executable, str(script)],
        cwd=cwd,
        env=user_environment(home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def read_until(process, word):
    for line in process.stdout:
        if word in line:
            return
    pytest.fail(f"{word} was never printed; on standard error: {process.stderr.read()}")


needs_signals = pytest.mark.skipif(
    sys.platform == "win32", reason="Ctrl-C cannot be sent to one process on Windows"
)


@needs_signals
def test_ctrl_c_in_training_ends_in_one_line_also_where_home_cannot_be_written(
    tmp_path,
):
    (tmp_path / "home").touch()  # A file: no folder can be made in it.
    process = start(ROOT / "simple_cnn.py", home=tmp_path / "home")
    read_until(process, "Going on with the 10,000 images")
    read_until(process, "Epoch 1/2")
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert errors == "\nStopped by Ctrl-C.\n"
    assert process.returncode == 130
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def copy(tmp_path, *names):
    folder = tmp_path / "a copy of möbius"
    (folder / "data").mkdir(parents=True)
    for name in names:
        shutil.copy(ROOT / name, folder / name)
    return folder


@needs_signals
def test_a_reader_that_stops_early_also_in_a_read_only_copy_run_from_elsewhere(
    tmp_path,
):
    folder = copy(tmp_path, "simple_cnn.py", "data/mnist_sample.npz")
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = sorted(folder.rglob("*"))
    (tmp_path / "elsewhere").mkdir()
    process = start(
        folder / "simple_cnn.py", home=tmp_path / "home", cwd=tmp_path / "elsewhere"
    )
    read_until(process, "Going on with the 10,000 images")
    process.stdout.close()
    errors = process.stderr.read()
    assert errors == "Stopped: nothing reads the output any more.\n"
    assert process.wait(60) == 1
    assert sorted(folder.rglob("*")) == before
    assert not list((tmp_path / "elsewhere").iterdir())
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755)


@needs_signals
def test_a_reader_that_reads_nothing_at_all(tmp_path):
    process = start(ROOT / "perceptron.py", home=tmp_path)
    process.stdout.close()
    assert process.stderr.read() == "Stopped: nothing reads the output any more.\n"
    assert process.wait(60) == 1


@pytest.fixture(scope="module", autouse=True)
def data_missing_run(run_beside, tmp_path_factory):
    folder = copy(tmp_path_factory.mktemp("data missing"), "simple_cnn.py")
    return folder, run_beside("simple_cnn.py", home=folder.parent, folder=folder)


def test_data_missing(data_missing_run):
    folder, started = data_missing_run
    run = started.result()
    assert run.code == 1
    assert run.errors.startswith(str(folder / "data" / "mnist_sample.npz"))
    assert "Get the project's folder data/ again" in run.errors
    assert run.errors.count("\n") == 1
