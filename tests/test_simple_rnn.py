"""Lesson 3: the wave, the lamp, and what the RNN's state is for."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from simple_rnn import generate_lamp, generate_time_series_data


def test_y_is_the_next_value_of_x():
    X, y = generate_time_series_data(50, 8)
    assert X.shape == y.shape == (50, 7, 1)
    np.testing.assert_array_equal(X[:, 1:], y[:, :-1])
    np.testing.assert_array_equal(
        X[1:, 0], np.sin(0.33 * 8 * np.arange(1, 50))[:, None]
    )


def test_training_is_sampled_like_the_test_sequence_but_does_not_contain_it():
    X, _ = generate_time_series_data()
    assert X.shape == (1000, 19, 1)
    assert np.arcsin(X[0, 1, 0]) == pytest.approx(2 * np.pi / 19, rel=0.01)
    test_sequence = np.sin(np.linspace(0, 2 * np.pi, 20))[:19]
    assert np.abs(X[:, :, 0] - test_sequence).max(axis=1).min() > 0.001


def test_linear_regression_continues_the_clean_wave_from_two_values():
    X, y = generate_time_series_data()
    linear = LinearRegression().fit(X[:, -2:, 0], y[:, -1, 0])
    wave = np.sin(2 * np.pi / 19 * np.arange(200))
    forecasts = linear.predict(np.column_stack([wave[:-2], wave[1:-1]]))
    assert np.abs(forecasts - wave[2:]).mean() < 0.001


def test_the_lamp_is_as_the_last_press_left_it():
    np.random.seed(0)
    readings, states = generate_lamp(300, 60)
    assert readings.shape == states.shape == (300, 60, 1)
    presses = np.round(readings[..., 0])  # The noise is small.
    assert set(presses.ravel()) == {-1, 0, 1}
    assert np.all(presses[:, 0] != 0)
    assert np.mean(presses[:, 1:] != 0) == pytest.approx(1 / 20, abs=0.01)
    assert np.std(readings[..., 0] - presses) == pytest.approx(0.1, abs=0.005)
    for sequence, lamp in zip(presses, states[..., 0]):
        for step in range(60):
            last_press = sequence[: step + 1][sequence[: step + 1] != 0][-1]
            assert lamp[step] == (last_press == 1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_with_other_seeds_the_rnn_remembers_what_no_window_sees(seed, run_with_seed):
    names = run_with_seed("simple_rnn.py", seed)
    assert names["prediction"][0, -1, 0] == pytest.approx(0.3247, abs=0.05)
    rnn, trees, logistic, last = [after_200 for _, after_200 in names["wrong"].values()]
    assert rnn <= 0.04
    assert rnn <= trees / 2
    assert trees < logistic < last
    # More training makes the lead larger, or leaves it as it is.
    names["lamp_model"].fit(names["readings"], names["states"], epochs=20, verbose=0)
    answers = names["lamp_model"].predict(names["new_readings"], verbose=0)[:, -1] > 0.5
    assert np.mean(answers != names["new_states"][:, -1]) <= rnn + 0.01
