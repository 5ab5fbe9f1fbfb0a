"""Lesson 1: the perceptron, and the rule by which it learns."""

import numpy as np
import pytest

from perceptron import Perceptron, learn

INPUTS = [np.array(x) for x in ([0, 0], [0, 1], [1, 0], [1, 1])]


def answers(perceptron):
    return [perceptron.predict(x) for x in INPUTS]


def test_weights_and_bias_are_random_in_0_to_1():
    np.random.seed(0)
    one, other = Perceptron(3), Perceptron(3)
    assert one.weights.shape == (3,)
    assert (one.weights != other.weights).all()
    for value in (*one.weights, one.bias):
        assert 0 <= value < 1


def test_a_sum_of_exactly_0_answers_0():
    perceptron = Perceptron(2)
    perceptron.weights = np.array([1, 1])
    perceptron.bias = -1
    assert answers(perceptron) == [0, 0, 0, 1]


@pytest.mark.parametrize(
    "gate", [[0, 0, 0, 1], [0, 1, 1, 1], [1, 1, 1, 0], [1, 0, 0, 0]]
)
def test_each_linearly_separable_gate_is_learned_from_any_start(gate):
    np.random.seed(0)
    for _ in range(50):
        perceptron = Perceptron(2)
        assert learn(perceptron, INPUTS, gate) <= 20
        assert answers(perceptron) == gate


def test_xor_does_not_converge():
    np.random.seed(0)
    assert learn(Perceptron(2), INPUTS, [0, 1, 1, 0]) is None


def test_the_correction_is_the_one_that_the_comment_works_out():
    perceptron = Perceptron(2)
    perceptron.weights = np.array([3.0, 1.0])
    perceptron.bias = -1.5
    assert learn(perceptron, [np.array([1, 0])], [0], max_epochs=1) is None
    assert perceptron.weights.tolist() == [2, 1]
    assert perceptron.bias == -2.5


def test_the_last_epoch_is_one_without_an_error():
    perceptron = Perceptron(2)
    perceptron.weights = np.array([1, 1])
    perceptron.bias = -1.5
    assert learn(perceptron, INPUTS, [0, 0, 0, 1], max_epochs=1) == 1
    assert learn(perceptron, INPUTS, [0, 1, 1, 1], max_epochs=1) is None


@pytest.mark.parametrize("kind", [list, lambda x: np.array(x, "uint8")])
def test_lists_and_small_integers_are_learned_from_alike(kind):
    np.random.seed(0)
    perceptron = Perceptron(2)
    inputs = kind([[0, 0], [0, 1], [1, 0], [1, 1]])
    assert learn(perceptron, inputs, kind([0, 0, 0, 1])) <= 20
    assert answers(perceptron) == [0, 0, 0, 1]


def test_other_targets_than_0_and_1_are_refused():
    with pytest.raises(ValueError, match="0 or 1"):
        learn(Perceptron(2), INPUTS, [-1, -1, -1, 1])
