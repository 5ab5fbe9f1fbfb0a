"""Beyond lesson 1: two layers learn XOR together, by gradient descent.

    uv run beyond/hidden_layer.py

Lesson 1 built XOR of three perceptrons and had to know what each should do. Here nobody
knows it: all weights begin at random, and each takes small steps in the direction in which
the loss falls. The slope of the loss says which direction that is. It would be 0 behind
lesson 1's step, so the hidden neurons have tanh in its place, a smooth step from -1 to 1,
and the answer has the sigmoid, a smooth step from 0 to 1.
"""

import numpy as np
from reading import make_parser, run

INPUTS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
TARGETS = np.array([0, 1, 1, 0])  # XOR.


def start(hidden_neurons, seed):
    """Return random weights: a list of four arrays.

    Weights and biases of the hidden layer, shapes (2, hidden_neurons) and
    (hidden_neurons,), then those of the answer, shapes (hidden_neurons,) and (1,).
    """
    random = np.random.default_rng(seed)
    hidden_weights = random.normal(size=(2, hidden_neurons))
    answer_weights = random.normal(size=hidden_neurons)
    return [hidden_weights, np.zeros(hidden_neurons), answer_weights, np.zeros(1)]


def forward(weights):
    """Return the hidden neurons, shape (4, hidden_neurons), and the answers, shape (4,)."""
    hidden_weights, hidden_biases, answer_weights, answer_bias = weights
    hidden = np.tanh(INPUTS @ hidden_weights + hidden_biases)
    answers = 1 / (1 + np.exp(-(hidden @ answer_weights + answer_bias)))
    return hidden, answers


def loss(weights):
    """Return how wrong the answers are, a number: the binary cross-entropy."""
    _, answers = forward(weights)
    # An answer is the probability of a 1. This takes that of what would be right.
    return -np.log(np.where(TARGETS == 1, answers, 1 - answers)).mean()


def backward(weights):
    """Return the slope of the loss for each weight, in the shapes of the weights.

    Backpropagation (Rumelhart, Hinton and Williams 1986): from the last layer to the first.
    """
    hidden, answers = forward(weights)
    # For the sum before the sigmoid: lesson 1's error, with the other sign.
    answer_slopes = (answers - TARGETS) / len(TARGETS)
    # For a hidden neuron's sum: that, times its weight in the answer, times tanh's slope.
    hidden_slopes = np.outer(answer_slopes, weights[2]) * (1 - hidden**2)
    # For a weight: times its input, as lesson 1's error * x, added up over the four inputs.
    return [
        INPUTS.T @ hidden_slopes,
        hidden_slopes.sum(axis=0),
        hidden.T @ answer_slopes,
        answer_slopes.sum(keepdims=True),
    ]


def step(weights, rate=1):
    """Return new weights, each a small step further down its slope."""
    return [w - rate * slopes for w, slopes in zip(weights, backward(weights))]


def measure_slopes(weights, by=0.001):
    """Return what backward() returns, as one list: move one weight, see what the loss does."""
    measured = []
    for array in weights:
        for place, before in np.ndenumerate(array):
            array[place] = before + by
            higher = loss(weights)
            array[place] = before - by
            lower = loss(weights)
            array[place] = before
            measured.append((higher - lower) / (2 * by))
    return measured


def steps_to_xor(weights, max_steps=5000):
    """Return after how many steps all four answers are right, or None if not by then."""
    for count in range(max_steps + 1):
        _, answers = forward(weights)
        if np.array_equal(answers > 0.5, TARGETS == 1):
            return count
        weights = step(weights)
    return None


def main(arguments=None):
    """Print that the slopes are right, how a network learns, and how often one does."""
    make_parser(__doc__).parse_args(arguments)
    weights = start(2, seed=42)

    print("Slopes at the start      backward()  measured")
    slopes = np.concatenate([array.ravel() for array in backward(weights)])
    measured = measure_slopes(weights)
    for number, pair in enumerate(zip(slopes, measured), start=1):
        print("weight or bias {}  {:17.4f}  {:8.4f}".format(number, *pair))
    print(f"largest difference {np.abs(slopes - measured).max():.7f}")

    print("\nTwo hidden neurons learn XOR")
    for count in range(1001):
        if count in (0, 20, 50, 100, 200, 500, 1000):
            print(f"step {count:4}  loss {loss(weights):.4f}")
        weights = step(weights)
    print("inputs -> hidden neurons -> answer")
    for x, hidden, answer in zip(INPUTS, *forward(weights)):
        print(f"{x} -> [{hidden[0]:5.2f} {hidden[1]:5.2f}] -> {answer:.2f}")

    print("\nXOR found within 5,000 steps")
    for hidden_neurons in (2, 3, 4):
        counts = [steps_to_xor(start(hidden_neurons, seed)) for seed in range(50)]
        found = sum(count is not None for count in counts)
        print(f"{hidden_neurons} hidden neurons: from {found} of 50 random starts")


if __name__ == "__main__":
    run(main)
