"""Lesson 1: a perceptron as an AND gate.

    python perceptron.py

A perceptron adds up its inputs, each times a weight, and a bias. It answers 1 if the sum
is above 0, and else 0. With two inputs you can draw that: a straight line cuts the plane
in two, and the answer is 1 on one side of it. The line is called the decision boundary.
A task that such a line can solve is called linearly separable.

The tutorial sets the weights by hand. Beyond it, a perceptron learns them from examples.
Training converges when the weights stop changing, with no example wrong. And three
perceptrons solve XOR, which one alone cannot.
"""

import numpy as np

# ===== The tutorial's part =====


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
        # The activation turns the sum into the answer. This one is a step.
        return 1 if calculation > 0 else 0


# ===== Beyond the tutorial =====


def learn(perceptron, inputs, targets, max_epochs=100):
    """Learn by the perceptron rule (Rosenblatt 1958) until no example is wrong.

    Args:
        perceptron: its weights and bias are changed in place.
        inputs: sequence of n arrays of shape (input_size,).
        targets: sequence of the n right answers, each 0 or 1.
        max_epochs: after how many passes over all examples (epochs) to give up.

    Returns:
        The number of epochs, the last of them without an error, or None if it did not
        converge.

    Raises:
        ValueError: an input has another length than the weights, or there are
            not as many targets as inputs.
    """
    for epoch in range(1, max_epochs + 1):
        errors = 0
        for x, target in zip(inputs, targets, strict=True):
            # 1: the sum was too low. -1: it was too high. 0: right, nothing changes.
            error = target - perceptron.predict(x)
            perceptron.weights = perceptron.weights + error * x  # Turns the line.
            perceptron.bias += error  # Shifts the line.
            errors += abs(error)
        if errors == 0:
            return epoch
    return None


if __name__ == "__main__":
    np.random.seed(42)  # The same random numbers at every start.

    # ===== The tutorial's part =====

    perceptron = Perceptron(2)
    # Only 1 + 1 - 1.5 is above 0: both inputs have to be 1.
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

    # ===== Beyond the tutorial =====

    # The weights are "normally learned via training", says the tutorial. Here they are.
    learned = Perceptron(2)
    epochs = learn(learned, test_inputs, [0, 0, 0, 1])
    print(f"\nAND learned in {epochs} epochs")
    print(f"weights {learned.weights.round(2)}, bias {learned.bias:.2f}")
    for x in test_inputs:
        print(f"{x} -> {learned.predict(x)}")

    # XOR is 1 if exactly one input is 1. For weights w1, w2 and a bias b, that means
    #     0 and 0 -> 0:  b <= 0
    #     0 and 1 -> 1:  w2 + b > 0
    #     1 and 0 -> 1:  w1 + b > 0
    #     1 and 1 -> 0:  w1 + w2 + b <= 0
    # The middle two add up to w1 + w2 + 2b > 0, the outer two to w1 + w2 + 2b <= 0.
    # No weights can do both: XOR is not linearly separable.
    exclusive = Perceptron(2)
    epochs = learn(exclusive, test_inputs, [0, 1, 1, 0])
    if epochs is None:
        print("\nXOR with one perceptron: did not converge in 100 epochs")
    else:
        print(f"\nXOR with one perceptron: learned in {epochs} epochs")

    # A second layer solves it. OR and NAND (not AND) answer first, then the tutorial's
    # AND answers to their two answers. Between the two layers stands the step, which is
    # nonlinear. Without it, this would be a weighted sum of weighted sums, and that is
    # only another weighted sum.
    or_gate = Perceptron(2)
    nand_gate = Perceptron(2)
    learn(or_gate, test_inputs, [0, 1, 1, 1])
    learn(nand_gate, test_inputs, [1, 1, 1, 0])
    print("XOR with three perceptrons: inputs -> OR and NAND -> AND of these two")
    for x in test_inputs:
        hidden = np.array([or_gate.predict(x), nand_gate.predict(x)])
        print(f"{x} -> {hidden} -> {perceptron.predict(hidden)}")
