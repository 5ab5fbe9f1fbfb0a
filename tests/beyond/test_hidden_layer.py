"""Beyond lesson 1: the slopes of two layers, and what they learn with them."""

import numpy as np
import pytest
from hidden_layer import (
    backward,
    forward,
    loss,
    measure_slopes,
    start,
    step,
    steps_to_xor,
)


@pytest.mark.parametrize("hidden_neurons", [2, 3, 4])
def test_each_slope_is_what_the_loss_does_when_that_weight_is_moved(hidden_neurons):
    for seed in range(10):
        random = np.random.default_rng(seed)
        # Biases other than 0, too, as they are after the first step.
        weights = [random.normal(size=w.shape) for w in start(hidden_neurons, seed)]
        slopes = np.concatenate([array.ravel() for array in backward(weights)])
        assert np.ptp(slopes) > 0.05  # There is something to compare.
        np.testing.assert_allclose(slopes, measure_slopes(weights), atol=1e-5)


def test_the_loss_is_what_a_right_answers_probability_says():
    weights = [np.zeros((2, 2)), np.zeros(2), np.zeros(2), np.zeros(1)]
    assert loss(weights) == pytest.approx(np.log(2))  # Each answer is 0.5.
    weights[3][0] = np.log(4)  # Each answer is 0.8.
    assert loss(weights) == pytest.approx(-np.log([0.2, 0.8, 0.8, 0.2]).mean())


def test_a_small_step_makes_the_loss_smaller():
    for seed in range(50):
        weights = start(2, seed)
        assert loss(step(weights, rate=0.1)) < loss(weights)


def test_xor_is_found_from_most_starts_with_four_neurons_and_from_fewer_with_two():
    for seeds in (range(20), range(100, 120), range(200, 220)):
        found = {}
        for hidden_neurons in (2, 4):
            weights = [start(hidden_neurons, seed) for seed in seeds]
            counts = [steps_to_xor(w, max_steps=1000) for w in weights]
            found[hidden_neurons] = sum(count is not None for count in counts)
        assert found[4] >= 17
        assert found[4] > found[2]


def test_the_steps_are_counted_up_to_the_one_after_which_all_answers_are_right():
    weights = start(4, 42)
    count = steps_to_xor(weights)
    for done in range(count + 1):
        _, answers = forward(weights)
        assert ((answers > 0.5) == [False, True, True, False]).all() == (done == count)
        weights = step(weights)
    assert steps_to_xor(start(4, 42), max_steps=count) == count
    assert steps_to_xor(start(4, 42), max_steps=count - 1) is None
