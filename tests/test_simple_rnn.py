"""Lesson 3: what simple_rnn.py claims."""

import numpy as np
import pytest
import tensorflow as tf
from conftest import run_main
from tensorflow.keras import layers

import simple_rnn
from simple_rnn import (
    build_rnn,
    forecast,
    generate_time_series_data,
    sequences_from_all_phases,
)

PERIOD = 2 * np.pi / 19 * np.arange(40)  # Time steps of the test sequence and on.
TEST_SEQUENCE = np.sin(PERIOD[:20]).reshape(1, 20, 1)


def test_y_is_x_one_step_later():
    X, y = generate_time_series_data()
    assert X.shape == y.shape == (1000, 19, 1)
    assert X.dtype == y.dtype == np.float64
    np.testing.assert_array_equal(y[:, :-1], X[:, 1:])
    # The last target of a window comes one step before the next window's first input.
    time = 0.33 * np.arange(20_000).reshape(1000, 20)
    np.testing.assert_allclose(X[:, :, 0], np.sin(time[:, :-1]))
    np.testing.assert_allclose(y[:, -1, 0], np.sin(time[:, -1]))


@pytest.mark.parametrize(("n_samples", "n_steps"), [(1, 2), (7, 20), (50, 5)])
def test_the_shapes_follow_the_arguments(n_samples, n_steps):
    X, y = generate_time_series_data(n_samples, n_steps)
    assert X.shape == y.shape == (n_samples, n_steps - 1, 1)


def test_training_is_sampled_like_the_test_sequence_but_does_not_contain_it():
    X, _ = generate_time_series_data()
    step = np.arcsin(X[0, 1, 0])
    assert step == pytest.approx(np.arcsin(TEST_SEQUENCE[0, 1, 0]), rel=0.01)
    # Every window is a different one, and none is the test sequence's.
    windows = np.concatenate([X[:, :, 0], TEST_SEQUENCE[:, :19, 0]])
    assert len(np.unique(windows.round(3), axis=0)) == 1001


def test_the_network_has_the_tutorials_layers():
    model = build_rnn()
    assert [type(layer) for layer in model.layers] == [layers.SimpleRNN, layers.Dense]
    assert model.layers[0].return_sequences
    assert model.layers[0].units == 32
    assert model.count_params() == 1_121
    assert model.output_shape == (None, None, 1)
    assert model.loss == "mse"
    assert type(model.optimizer) is tf.keras.optimizers.Adam


@pytest.mark.parametrize("steps", [1, 19, 40])
def test_a_sequence_may_have_any_length(steps):
    assert build_rnn()(np.zeros((2, steps, 1))).shape == (2, steps, 1)


@pytest.mark.parametrize("changed", [0, 7, 18])
def test_no_output_knows_a_later_input(changed):
    model = build_rnn()
    before = np.random.default_rng(0).normal(size=(3, 19, 1))
    after = before.copy()
    after[:, changed] += 1
    old, new = model(before).numpy(), model(after).numpy()
    np.testing.assert_array_equal(old[:, :changed], new[:, :changed])
    assert (old[:, changed] != new[:, changed]).all()


def test_a_longer_forecast_feeds_on_itself():
    class AddOne:
        """A model whose forecast is the sum of the first and last value, plus one."""

        def predict(self, sequence, verbose):
            return sequence + sequence[:, :1] + 1

    start = np.array([[[1.0], [2.0]]])
    assert forecast(AddOne(), start, 3).tolist() == [4, 7, 12]
    assert start.tolist() == [[[1.0], [2.0]]]


def test_the_sequences_begin_anywhere_in_a_period_and_go_on_like_the_test_sequence():
    sequences, next_values = sequences_from_all_phases(8)
    np.testing.assert_allclose(sequences[0], TEST_SEQUENCE[0, :, 0], atol=1e-12)
    starts = np.arange(8)[:, np.newaxis] * np.pi / 4
    np.testing.assert_allclose(sequences, np.sin(starts + PERIOD[:20]), atol=1e-12)
    expected = np.sin(starts[:, 0] + PERIOD[20])
    np.testing.assert_allclose(next_values, expected, atol=1e-12)
    assert len(sequences_from_all_phases()[0]) == 400


def mean_errors(model, weights, readings, next_values):
    """The four forecasters' mean errors, computed here anew."""
    network = model.predict(readings.reshape(len(readings), 20, 1), verbose=0)
    slope = readings[:, 19] - readings[:, 18]
    forecasts = (
        network[:, 19, 0],
        readings[:, 19],
        readings[:, 19] + slope,
        np.einsum("ij,j->i", readings[:, 1:20], weights),
    )
    return [np.mean(abs(values - next_values)) for values in forecasts]


NAMES = [
    "the RNN",
    "repeating the last value",
    "a straight line through the last two",
    "linear regression on the last 19",
]


@pytest.fixture(scope="module")
def lesson():
    return run_main("simple_rnn.py")


def test_a_run_sets_a_seed_before_anything_random(lesson):
    assert lesson.seeds == [(42, True)]


def test_a_run_trains_on_its_windows_for_20_epochs(lesson):
    (fit,) = lesson.called("fit")
    X, y = generate_time_series_data()
    np.testing.assert_array_equal(fit.given["x"], X)
    np.testing.assert_array_equal(fit.given["y"], y)
    assert fit.given["epochs"] == 20
    assert fit.given["batch_size"] is None  # Keras's own, 32.
    assert fit.owner is lesson.names["model"]


def test_a_run_prints_what_it_has_measured(lesson):
    names, model = lesson.names, lesson.names["model"]
    prediction = model.predict(TEST_SEQUENCE, verbose=0)
    truth = np.sin(PERIOD[20:39])
    alone, seen = [], TEST_SEQUENCE[0, :, 0].tolist()
    for _ in range(19):
        window = np.array(seen[-20:]).reshape(1, 20, 1)
        seen.append(model.predict(window, verbose=0)[0, 19, 0])
        alone.append(seen[-1])
    sequences, next_values = sequences_from_all_phases()
    noisy = names["noisy_sequences"]
    # Least squares, solved by its normal equations; two dimensions hold all windows.
    X, y = generate_time_series_data()
    weights = np.linalg.pinv(X[:, :, 0], rcond=1e-6) @ y[:, -1, 0]
    clean_errors = mean_errors(model, weights, sequences, next_values)
    noisy_errors = mean_errors(model, weights, noisy, next_values)

    assert lesson.lines[:5] == [
        "Next value prediction: " + str(prediction[0, -1, 0]),
        f"True next value: {truth[0]:.4f}",
        "Repeating the last value: 0.0000",
        f"Largest error over a period of its own forecasts: {max(abs(alone - truth)):.4f}",
        "",
    ]
    assert lesson.lines[5].split() == [
        "Mean",
        "error",
        "over",
        "400",
        "sequences",
        "clean",
        "noisy",
    ]
    for line, name, clean, noise in zip(
        lesson.lines[6:10], NAMES, clean_errors, noisy_errors, strict=True
    ):
        assert line.split("  ")[0] == name
        assert line.split()[-2:] == [f"{clean:.3f}", f"{noise:.3f}"]
    assert lesson.lines[10:] == [
        "Best: linear regression on the last 19. Each value of a sine wave is",
        "a weighted sum of those before it: no RNN needed. And a sum evens noise out.",
    ]
    assert clean_errors[3] == min(clean_errors)
    assert noisy_errors[3] == min(noisy_errors)
    assert abs(prediction[0, -1, 0] - truth[0]) < 0.05


def test_the_noise_is_on_the_readings_and_not_on_the_truth(lesson):
    sequences, next_values = sequences_from_all_phases()
    np.testing.assert_array_equal(lesson.names["sequences"], sequences)
    np.testing.assert_array_equal(lesson.names["next_values"], next_values)
    noise = lesson.names["noisy_sequences"] - sequences
    assert noise.std() == pytest.approx(0.1, rel=0.05)
    assert noise.mean() == pytest.approx(0, abs=0.005)


def check_claims(model, seed):
    """What the lesson says of its network; True for one trained as the script does."""
    error = model.predict(TEST_SEQUENCE, verbose=0)[0, -1, 0] - np.sin(PERIOD[20])
    X, y = generate_time_series_data()
    weights = np.linalg.lstsq(X[:, :, 0], y[:, -1, 0], rcond=None)[0]
    sequences, next_values = sequences_from_all_phases()
    noise = np.random.default_rng(seed).normal(scale=0.1, size=sequences.shape)
    clean = mean_errors(model, weights, sequences, next_values)
    noisy = mean_errors(model, weights, sequences + noise, next_values)
    return (
        abs(error) < 0.05
        and clean[0] < 0.5 * clean[1]  # Repeating: 0.210; the network 0.008 to 0.060.
        and noisy[0] < 0.75 * noisy[2]  # A line: 0.172 or more; 0.078 to 0.102.
        and clean[3] < 0.007 < clean[0] + 0.002
        and noisy[3] < 0.5 * noisy[0]
    )


def test_the_claims_hold_for_the_script_as_it_is(lesson):
    assert check_claims(lesson.names["model"], seed=0)


@pytest.mark.whole
@pytest.mark.parametrize("seed", range(6))
def test_the_claims_hold_for_other_seeds(seed):
    tf.keras.utils.set_random_seed(seed)
    model = build_rnn()
    model.fit(*generate_time_series_data(), epochs=20, verbose=0)
    assert check_claims(model, seed)


@pytest.mark.whole
@pytest.mark.parametrize("seed", [0, 1])
def test_on_the_tutorials_own_grid_the_same_training_fails(seed, monkeypatch):
    tf.keras.utils.set_random_seed(seed)
    data = np.sin(np.linspace(0, 100, 20 * 1000)).reshape(1000, 20, 1)
    model = simple_rnn.build_rnn()
    model.fit(data[:, :-1], data[:, 1:], epochs=20, verbose=0)
    assert not check_claims(model, seed)
    # What is like the training itself, a straight line continues better still.
    forecasts = model.predict(data[:, :-1], verbose=0)[:, -1, 0]
    line = 2 * data[:, -2, 0] - data[:, -3, 0]
    network_error = np.mean(abs(forecasts - data[:, -1, 0]))
    assert np.mean(abs(line - data[:, -1, 0])) < network_error / 100
