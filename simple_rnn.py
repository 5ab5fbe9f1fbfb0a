"""Lesson 3: a recurrent network (RNN) that continues a sine wave.

    python simple_rnn.py

The network sees 19 values of a wave and learns to say, at every step, which value
comes next.

To take away: an RNN reads a sequence one step at a time and carries 32 numbers of
memory along. It can only continue what looks like its training, so the values it
learns from have to be as far apart as those that it will see.
"""

import argparse
import os

# Hides all that TensorFlow's C++ part writes: notes at the start, but warnings too,
# such as why it does not use a GPU. To read them, set the variable to 0.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from tensorflow.keras.layers import Dense, Input, SimpleRNN
from tensorflow.keras.models import Sequential
from tensorflow.keras.utils import set_random_seed


def generate_time_series_data(n_samples=1000, n_steps=20):
    """Sample a sine wave and cut it into windows.

    Args:
        n_samples: how many windows.
        n_steps: values in a window; one more than the network sees.

    Returns:
        X, y: float64 arrays of shape (n_samples, n_steps - 1, 1), values -1..1;
        y[:, t] is the value that follows X[:, t].
    """
    # The tutorial's np.linspace(0, 100, n_steps * n_samples) has a value every 0.005,
    # its test sequence below one every 2*pi/19 = 0.3307. Training and test then do not
    # look alike, and the forecast is wrong. With exactly 2*pi/19 instead of 0.33 there
    # would be only 19 different windows, and the test sequence would be one of them.
    time = np.arange(n_steps * n_samples) * 0.33
    data = np.sin(time).reshape(n_samples, n_steps, 1)
    X = data[:, :-1]
    y = data[:, 1:]
    return X, y


def build_rnn():
    """Build and compile the tutorial's network, of 1,121 parameters.

    Returns:
        A model from sequences of shape (n, steps, 1), of any number of steps, to a
        forecast of the next value at each step, of the same shape, float32.
    """
    model = Sequential(
        [
            # In place of input_shape= in the layer below, which makes Keras 3 warn.
            Input(shape=[None, 1]),
            SimpleRNN(32, return_sequences=True),
            Dense(1),
        ]
    )
    model.compile(optimizer="adam", loss="mse")
    return model


# From here on: what goes beyond the tutorial.


def forecast(model, sequence, n_steps):
    """Continue a sequence alone: each forecast is read as if it had been measured.

    Args:
        model: what build_rnn() gives, trained.
        sequence: array of shape (1, steps, 1) to start from; it is not changed.
        n_steps: how many values to add.

    Returns:
        float32 array of shape (n_steps,).
    """
    values = []
    for _ in range(n_steps):
        value = model.predict(sequence, verbose=0)[0, -1, 0]
        values.append(value)
        # The oldest value goes out, the newest forecast comes in.
        sequence = np.append(sequence[:, 1:], [[[value]]], axis=1)
    return np.array(values)


def sequences_from_all_phases(n_sequences=400):
    """Sample the wave like the test sequence, but begun anywhere in its period.

    Returns:
        sequences, next_values: float64 arrays of shapes (n_sequences, 20) and
        (n_sequences,), values -1..1.
    """
    starts = np.linspace(0, 2 * np.pi, n_sequences, endpoint=False)
    waves = np.sin(starts[:, np.newaxis] + 2 * np.pi / 19 * np.arange(21))
    return waves[:, :20], waves[:, 20]


if __name__ == "__main__":
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    set_random_seed(42)  # The same weights at every start.

    X, y = generate_time_series_data()
    model = build_rnn()
    model.fit(X, y, epochs=20)

    test_sequence = np.sin(np.linspace(0, 2 * np.pi, 20)).reshape(1, 20, 1)
    prediction = model.predict(test_sequence)
    print("Next value prediction:", prediction[0, -1, 0])

    # Beyond the tutorial: how good that is. The next period, which nobody showed it:
    truth = np.sin(2 * np.pi + 2 * np.pi / 19 * np.arange(1, 20))
    print(f"True next value: {truth[0]:.4f}")
    last = round(test_sequence[0, -1, 0], 4) + 0.0  # + 0.0 makes -0.0 a plain 0.0.
    print(f"Repeating the last value: {last:.4f}")

    alone = forecast(model, test_sequence, len(truth))
    largest_error = np.abs(alone - truth).max()
    print(f"Largest error over a period of its own forecasts: {largest_error:.4f}")

    # The test sequence ends where the wave crosses zero: repeating is at its worst there
    # and a straight line exact. And readings are never clean.
    sequences, next_values = sequences_from_all_phases()
    noisy_sequences = sequences + np.random.normal(scale=0.1, size=sequences.shape)
    # Least squares: the weights that bring a sum of 19 values closest to the next one.
    weights = np.linalg.lstsq(X[:, :, 0], y[:, -1, 0], rcond=None)[0]
    forecasters = {
        "the RNN": lambda x: model.predict(x[..., np.newaxis], verbose=0)[:, -1, 0],
        "repeating the last value": lambda x: x[:, -1],
        "a straight line through the last two": lambda x: 2 * x[:, -1] - x[:, -2],
        "linear regression on the last 19": lambda x: x[:, 1:] @ weights,
    }
    print(f"\nMean error over {len(sequences)} sequences     clean  noisy")
    mean_errors, readings = {}, (sequences, noisy_sequences)
    for name, forecaster in forecasters.items():
        errors = [np.abs(forecaster(x) - next_values).mean() for x in readings]
        print(f"{name:36}  {errors[0]:.3f}  {errors[1]:.3f}")
        mean_errors[name] = errors
    print(
        f"Best: {min(mean_errors, key=mean_errors.get)}. Each value of a sine wave is\n"
        "a weighted sum of those before it: no RNN needed. And a sum evens noise out."
    )
