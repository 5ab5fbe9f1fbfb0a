"""Lesson 3: the series, the RNN, and what its state is for."""

from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from simple_rnn import build_rnn, forecast_errors, generate_time_series_data


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


def test_the_model_learns_a_slice():
    X, y = generate_time_series_data(200)
    tf.keras.utils.set_random_seed(0)
    model = build_rnn()
    before = model.evaluate(X, y, verbose=0)
    model.fit(X, y, epochs=5, verbose=0)
    assert model.evaluate(X, y, verbose=0) < before / 3
    assert model(np.zeros((2, 40, 1))).shape == (2, 40, 1)


def test_each_way_is_shown_what_its_name_says():
    # Stand-ins that forecast the mean of what they are shown, for 0, 1, ... 18, then 19,
    # and the same with all signs changed, where the errors must not cancel out.
    steps = np.arange(19.0)
    sequences = np.array([steps, -steps])
    model = SimpleNamespace(
        predict=lambda x, verbose: (
            x.cumsum(axis=1) / np.arange(1, x.shape[1] + 1)[:, None]
        )
    )
    linear = SimpleNamespace(predict=lambda x: x.mean(axis=1) + 1)
    errors = forecast_errors(model, linear, sequences, np.array([19.0, -19.0]))
    assert list(errors.values()) == [1, 3, 10, pytest.approx(10), 1]


@pytest.mark.slow
def test_with_another_seed_the_state_helps_and_linear_regression_stands_noise(
    run_with_seed,
):
    names = run_with_seed("simple_rnn.py", 1)
    assert names["prediction"][0, -1, 0] == pytest.approx(0.3247, abs=0.05)
    last, five, everything, linear, repeating = names["clean"].values()
    assert 0.003 < everything < 0.016
    assert everything < five < last
    assert five < repeating
    _, _, everything, linear, repeating = names["noisy"].values()
    assert linear < everything < repeating
