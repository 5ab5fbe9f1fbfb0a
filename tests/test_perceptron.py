"""Lesson 1: what perceptron.py claims."""

import subprocess
import sys

import numpy as np
import pytest
from conftest import ROOT, run_main

from perceptron import Perceptron, learn

ROWS = [np.array(row) for row in ([0, 0], [0, 1], [1, 0], [1, 1])]
GATES = {"AND": [0, 0, 0, 1], "OR": [0, 1, 1, 1], "NAND": [1, 1, 1, 0]}


def and_gate():
    perceptron = Perceptron(2)
    perceptron.weights = np.array([1, 1])
    perceptron.bias = -1.5
    return perceptron


def answers(perceptron):
    return [perceptron.predict(row) for row in ROWS]


def test_the_tutorials_weights_make_an_and_gate():
    assert answers(and_gate()) == GATES["AND"]


@pytest.mark.parametrize(
    ("row", "weights", "bias", "past"),
    [
        (0, [1, 1], 0, 0.01),
        (1, [1, 1.5], -1.5, 0.01),
        (2, [1.5, 1], -1.5, 0.01),
        (3, [1, 1], -1.99, -0.01),
        (3, [0.51, 1], -1.5, -0.01),
    ],
)
def test_each_row_turns_wrong_just_past_its_limit(row, weights, bias, past):
    perceptron = and_gate()
    perceptron.weights, perceptron.bias = np.array(weights), bias
    assert answers(perceptron)[row] == GATES["AND"][row]
    perceptron.bias += past
    assert answers(perceptron)[row] != GATES["AND"][row]


def test_a_new_perceptron_has_random_weights_and_bias_between_0_and_1():
    np.random.seed(0)
    first, second = Perceptron(3), Perceptron(3)
    assert first.weights.shape == (3,)
    assert first.weights.dtype == np.float64
    numbers = [*first.weights, first.bias, *second.weights, second.bias]
    assert all(0 <= number < 1 for number in numbers)
    assert len(set(numbers)) == 8


@pytest.mark.parametrize("gate", GATES)
def test_every_random_start_learns_the_gate(gate):
    np.random.seed(0)
    for _ in range(200):
        perceptron = Perceptron(2)
        assert learn(perceptron, ROWS, GATES[gate], max_passes=100) <= 9
        assert answers(perceptron) == GATES[gate]


def test_learning_stops_once_no_row_is_wrong():
    perceptron = and_gate()
    assert learn(perceptron, ROWS, GATES["AND"], max_passes=100) == 1
    assert perceptron.weights.tolist() == [1, 1]
    assert perceptron.bias == -1.5


def test_one_mistake_turns_and_shifts_the_line_by_the_rule():
    perceptron = and_gate()
    learn(perceptron, [np.array([1, 0])], [1], max_passes=1)
    assert perceptron.weights.tolist() == [2, 1]
    assert perceptron.bias == -0.5


@pytest.mark.parametrize("max_passes", [1, 100, 300])
def test_xor_is_given_up_after_max_passes(max_passes):
    class Counting(Perceptron):
        asked = 0

        def predict(self, inputs):
            self.asked += 1
            return super().predict(inputs)

    np.random.seed(0)
    for _ in range(20):
        perceptron = Counting(2)
        assert learn(perceptron, ROWS, [0, 1, 1, 0], max_passes) is None
        assert perceptron.asked == 4 * max_passes
        assert answers(perceptron) != [0, 1, 1, 0]


@pytest.mark.parametrize("call", ["predict", "learn"])
def test_input_of_the_wrong_length_is_an_error_that_names_both_lengths(call):
    perceptron = and_gate()
    with pytest.raises(ValueError, match=r"3.*2"):
        if call == "predict":
            perceptron.predict(np.array([1, 0, 1]))
        else:
            learn(perceptron, [np.array([1, 0, 1])], [1], max_passes=1)


def test_rows_and_targets_must_be_equally_many():
    with pytest.raises(ValueError, match="shorter"):
        learn(and_gate(), ROWS, [0, 0, 0], max_passes=1)


def test_a_run_prints_what_its_perceptrons_answer():
    np.random.seed(1)
    lesson = run_main("perceptron.py")
    learned, exclusive = lesson.names["learned"], lesson.names["exclusive"]
    assert lesson.lines == [
        "AND Gate Results:",
        "[0 0] -> 0",
        "[0 1] -> 0",
        "[1 0] -> 0",
        "[1 1] -> 1",
        "",
        (
            f"AND learned in {lesson.names['passes']} passes over its four rows: weights "
            f"{learned.weights.round(2)}, bias {learned.bias:.2f}"
        ),
        "[0 0] -> 0",
        "[0 1] -> 0",
        "[1 0] -> 0",
        "[1 1] -> 1",
        "",
        (
            "XOR given up after 100 passes: no straight line separates its ones from its "
            "zeros."
        ),
        "One perceptron is not enough; a network with a hidden layer is.",
    ]
    assert answers(lesson.names["perceptron"]) == GATES["AND"]
    assert answers(learned) == GATES["AND"]
    # It was the rule that got there, from a random start that was no gate yet.
    np.random.seed(42)
    Perceptron(2)
    start = Perceptron(2)
    assert answers(start) != GATES["AND"]
    assert learn(start, ROWS, GATES["AND"], max_passes=100) == lesson.names["passes"]
    np.testing.assert_array_equal(start.weights, learned.weights)
    # XOR was tried: what is left of it answers wrong, and is no untouched start.
    assert answers(exclusive) != [0, 1, 1, 0]
    learn(start := Perceptron(2), ROWS, [0, 1, 1, 0], max_passes=100)
    np.testing.assert_array_equal(start.weights, exclusive.weights)


def test_every_run_is_the_same():
    np.random.seed(1)
    first = run_main("perceptron.py").lines
    np.random.seed(2)
    assert run_main("perceptron.py").lines == first


def test_it_needs_neither_tensorflow_nor_scikit_learn_nor_matplotlib():
    code = "import sys, perceptron; print([m for m in sys.modules if m in sys.argv])"
    command = [sys.executable, "-c", code, "tensorflow", "sklearn", "matplotlib"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    assert printed.stdout.split() == [b"[]"]
