"""Lesson 3: a recurrent network (RNN) that continues a sine wave.

    python simple_rnn.py

A recurrent network reads a sequence one value at a time and carries a state along, here
32 numbers, in which it can keep what it has read. At every step it forecasts the next
value from that state. It is trained on windows of a sine wave, 19 values each.

It can only continue what looks like its training. So the values that it learns from have
to be as far apart as those that it will see.
"""

import os

# Hides all that TensorFlow's C++ part writes: notes at the start, but warnings too,
# such as why it does not use a GPU. To read them, set the variable to 0.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from sklearn.linear_model import LinearRegression
from tensorflow.keras.layers import Dense, Input, SimpleRNN
from tensorflow.keras.models import Sequential
from tensorflow.keras.utils import set_random_seed

# ===== The tutorial's part =====


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
            # None: any number of steps. 1: one value at each step.
            Input(shape=[None, 1]),
            # return_sequences=True: an output at every step, not only at the last. Its
            # activation, tanh unless another is named, is what makes it nonlinear.
            SimpleRNN(32, return_sequences=True),
            # From the 32 numbers of the state to one value. It has no activation, as a
            # forecast may be any number.
            Dense(1),
        ]
    )
    # The loss "mse" is the mean of the squared errors.
    model.compile(optimizer="adam", loss="mse")
    return model


# ===== Beyond the tutorial =====


def forecast(model, sequence, n_steps):
    """Continue a sequence by several values, from its own forecasts (autoregressive).

    Args:
        model: what build_rnn() gives, trained.
        sequence: array of shape (1, steps, 1) to start from; it is not changed.
        n_steps: how many values to add.

    Returns:
        float32 array of shape (n_steps,).
    """
    values = []
    for _ in range(n_steps):
        # A model that is called answers like predict(), but without a progress bar.
        value = model(sequence).numpy()[0, -1, 0]
        values.append(value)
        # The oldest value goes out, and the forecast comes in as if it were measured.
        sequence = np.append(sequence[:, 1:], [[[value]]], axis=1)
    return np.array(values)


def sequences_from_all_phases(n_sequences=400):
    """Sample the wave as the test sequence does, but from any phase on.

    The phase is the place in the period at which a sequence begins.

    Returns:
        sequences, next_values: float64 arrays of shapes (n_sequences, 20) and
        (n_sequences,), values -1..1.
    """
    phases = np.linspace(0, 2 * np.pi, n_sequences, endpoint=False)
    waves = np.sin(phases[:, np.newaxis] + 2 * np.pi / 19 * np.arange(21))
    return waves[:, :20], waves[:, 20]


def generate_henon_data(n_samples=1200, n_steps=20):
    """Compute the Hénon map (Hénon 1976) and cut it into windows.

    Its values look random, but each follows from the two before it by a formula.

    Returns:
        X, y: as generate_time_series_data() gives them, values -1.3..1.3.
    """
    data = [0.1, 0.1]
    while len(data) < n_steps * n_samples:
        data.append(1 - 1.4 * data[-1] ** 2 + 0.3 * data[-2])
    data = np.array(data).reshape(n_samples, n_steps, 1)
    return data[:, :-1], data[:, 1:]


def mean_absolute_error(forecasts, next_values):
    """Average the sizes of the errors, without their signs, which would cancel out."""
    return np.mean(np.abs(forecasts - next_values))


if __name__ == "__main__":
    set_random_seed(42)  # The same random numbers at every start.

    # ===== The tutorial's part =====

    X, y = generate_time_series_data()
    model = build_rnn()
    # The tutorial does not say how many epochs.
    model.fit(X, y, epochs=20)

    test_sequence = np.sin(np.linspace(0, 2 * np.pi, 20)).reshape(1, 20, 1)
    prediction = model.predict(test_sequence)
    print("Next value prediction:", prediction[0, -1, 0])

    # ===== Beyond the tutorial =====

    # The next period of the wave. The forecast begins right after the test sequence.
    truth = np.sin(2 * np.pi + 2 * np.pi / 19 * np.arange(1, 20))
    print(f"True next value: {truth[0]:.4f}")

    # One step ahead is easy. Each further step is computed from forecasts, and their
    # errors add up.
    continued = forecast(model, test_sequence, len(truth))
    largest_error = np.abs(continued - truth).max()
    print(f"Largest error of a whole period of forecasts: {largest_error:.1f}")

    # One sequence says little, so take 400, begun at all phases. And readings are never
    # clean, so take the same 400 with noise as well. The true next values have none.
    sequences, next_values = sequences_from_all_phases()
    noisy_sequences = sequences + np.random.normal(scale=0.1, size=sequences.shape)
    # Linear regression: 19 weights, one for each of the last 19 values, so that their
    # weighted sum comes closest to the next value.
    linear = LinearRegression().fit(X[:, :, 0], y[:, -1, 0])

    print("\nMean absolute error over 400 sequences  clean  noisy")
    rnn_errors = []
    repeating_errors = []
    line_errors = []
    linear_errors = []
    for values in (sequences, noisy_sequences):
        # The RNN wants one more axis. Its forecast after the last value is the one.
        rnn_forecasts = model(values[..., np.newaxis]).numpy()[:, -1, 0]
        rnn_errors.append(mean_absolute_error(rnn_forecasts, next_values))
        repeating_errors.append(mean_absolute_error(values[:, -1], next_values))
        # From the last value on by the same difference as between the last two.
        line_forecasts = 2 * values[:, -1] - values[:, -2]
        line_errors.append(mean_absolute_error(line_forecasts, next_values))
        # Without the oldest value, as linear regression has learned from 19.
        linear_forecasts = linear.predict(values[:, 1:])
        linear_errors.append(mean_absolute_error(linear_forecasts, next_values))
    errors_of = {
        "RNN": rnn_errors,
        "repeating the last value": repeating_errors,
        "straight line through the last two": line_errors,
        "linear regression on the last 19": linear_errors,
    }
    for name, (clean, noisy) in errors_of.items():
        print(f"{name:38}  {clean:.3f}  {noisy:.3f}")

    # On a sine, linear regression is hard to beat: each value is a weighted sum of those
    # before it. In the Hénon map the next value depends on the square of the last one.
    # No weighted sum can follow that. Can the same network with the same training?
    X_henon, y_henon = generate_henon_data()
    X_train, y_train = X_henon[:1000], y_henon[:1000]
    X_test, y_test = X_henon[1000:, :, 0], y_henon[1000:, -1, 0]
    henon_model = build_rnn()
    henon_model.fit(X_train, y_train, epochs=20, verbose=0)
    henon_linear = LinearRegression().fit(X_train[:, :, 0], y_train[:, -1, 0])

    print("\nMean absolute error on the Hénon map, 200 later windows")
    rnn_forecasts = henon_model(X_test[..., np.newaxis]).numpy()[:, -1, 0]
    print(f"{'RNN':38}  {mean_absolute_error(rnn_forecasts, y_test):.3f}")
    linear_forecasts = henon_linear.predict(X_test)
    print(
        f"{'linear regression on the last 19':38}  "
        f"{mean_absolute_error(linear_forecasts, y_test):.3f}"
    )
    mean_value = np.mean(y_train)
    print(f"{'always the mean':38}  {mean_absolute_error(mean_value, y_test):.3f}")
