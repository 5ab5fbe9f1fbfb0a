"""Lesson 1: a perceptron as an AND gate.

    uv run perceptron.py

A perceptron answers a yes-or-no question from a few numbers. It multiplies each input by
a weight, adds these products and a bias, and answers 1 if the sum is above 0, else 0.

Nearly all networks are made of such neurons. With two inputs you can draw what one of them
can do: a straight line divides the plane, and the answer is 1 on one side of it. That is
enough for AND, but not for XOR, which takes a second layer.
"""

import numpy as np


class Perceptron:
    """One neuron: input_size weights and a bias, random in 0..1 at first."""

    def __init__(self, input_size):
        self.weights = np.random.rand(input_size)
        self.bias = np.random.rand()

    def predict(self, inputs):
        """Answer 1 or 0 for one input, an array of shape (input_size,)."""
        calculation = np.dot(inputs, self.weights) + self.bias
        # The activation function makes an answer of the sum. This one is a step.
        return 1 if calculation > 0 else 0


def learn(perceptron, inputs, targets, max_epochs=100):
    """Change the weights until every answer is right: the perceptron rule (Rosenblatt 1958).

    Takes n inputs of shape (input_size,) and n targets. Returns how many epochs it took,
    that is passes over all inputs, or None if it did not converge. Raises ValueError for
    targets other than 0 and 1.
    """
    if not set(targets) <= {0, 1}:
        raise ValueError("each target has to be 0 or 1")
    inputs = np.asarray(inputs, dtype=float)
    for epoch in range(1, max_epochs + 1):
        errors = 0
        for x, target in zip(inputs, targets, strict=True):
            # 0 if the answer is right, 1 if the sum is too low, -1 if it is too high.
            error = int(target) - perceptron.predict(x)
            # Say [1 0] should give 0 and gives 1. Then error * x is [-1 0]: the first
            # weight falls by 1. The second keeps its value, because its input was 0 and
            # had no part in the mistake. The bias falls as well, so the sum is lower by 2.
            perceptron.weights = perceptron.weights + error * x
            perceptron.bias = perceptron.bias + error
            errors += abs(error)
        if errors == 0:
            return epoch
    return None


if __name__ == "__main__":
    np.random.seed(42)  # The same random numbers at every start.

    perceptron = Perceptron(2)
    # Only 1 + 1 - 1.5 is above 0, so both inputs have to be 1.
    perceptron.weights = np.array([1, 1])
    perceptron.bias = -1.5

    test_inputs = [np.array([0, 0]), np.array([0, 1]),
                   np.array([1, 0]), np.array([1, 1])]

    print("AND Gate Results:")
    for x in test_inputs:
        print(f"{x} -> {perceptron.predict(x)}")

    # ===== The tutorial's program ends here. What is its result worth? =====

    # The weights were set by hand. Can a perceptron find such weights by itself?
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
    xor = Perceptron(2)
    epochs = learn(xor, test_inputs, [0, 1, 1, 0])
    if epochs is None:
        print("\nXOR with one perceptron: did not converge in 100 epochs")
    else:
        print(f"\nXOR with one perceptron: learned in {epochs} epochs")

    # A second layer solves it. OR and NAND (not AND) answer first, and the tutorial's AND
    # gets their two answers as its inputs. It works because the step between the layers
    # is not linear: a weighted sum of weighted sums would only be another weighted sum.
    or_gate = Perceptron(2)
    nand_gate = Perceptron(2)
    learn(or_gate, test_inputs, [0, 1, 1, 1])
    learn(nand_gate, test_inputs, [1, 1, 1, 0])
    print("XOR with three perceptrons: inputs -> OR and NAND -> AND of these two")
    for x in test_inputs:
        hidden = np.array([or_gate.predict(x), nand_gate.predict(x)])
        print(f"{x} -> {hidden} -> {perceptron.predict(hidden)}")
