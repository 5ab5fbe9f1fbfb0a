"""Lesson 3: a recurrent network (RNN) that continues a sine wave.

    python simple_rnn.py

An RNN is for sequences: readings, sounds, words. It reads one value at a time and carries
a state along, here 32 numbers, in which it keeps what it has read. From the state it
forecasts the next value.

It can only continue what looks like its training, so the values that it learns from have
to be as far apart as those that it will see.
"""

import os

# Hides TensorFlow's start-up notes. It has to stand before the import.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_absolute_error
from tensorflow.keras.layers import Dense, Input, SimpleRNN
from tensorflow.keras.models import Sequential
from tensorflow.keras.utils import set_random_seed


def generate_time_series_data(n_samples=1000, n_steps=20):
    """Sample a sine wave and cut it into windows.

    Returns X and y, both of shape (n_samples, n_steps - 1, 1), values -1..1. y[:, t] is
    the value that follows X[:, t].
    """
    # In place of np.linspace(0, 100, n_steps * n_samples), whose values are 66 times
    # closer together than those of the test sequence below.
    time = np.arange(n_steps * n_samples) * 0.33
    data = np.sin(time).reshape(n_samples, n_steps, 1)
    X = data[:, :-1]
    y = data[:, 1:]
    return X, y


def build_rnn():
    """Build and compile the network, of 1,121 weights.

    It takes sequences of shape (n, steps, 1) and returns for each step a forecast of the
    next value, in the same shape.
    """
    model = Sequential([
        # In place of input_shape=[None, 1] in the next line, which makes Keras 3 warn.
        # None: any number of steps. 1: one value at each step.
        Input(shape=[None, 1]),
        # The new state is made of the old one and the value just read, always by the same
        # weights. return_sequences=True gives the state of every step, not just the last.
        SimpleRNN(32, return_sequences=True),
        # From the 32 numbers of the state to the forecast, a weighted sum.
        Dense(1)
    ])
    # The loss is the mean squared error of the forecasts.
    model.compile(optimizer='adam', loss='mse')
    return model


def forecast_errors(model, linear, sequences, next_values):
    """Forecast the value after each sequence in five ways, and measure how far off they are.

    Takes the trained RNN and linear regression, sequences of shape (n, 19) and the values
    that follow, shape (n,). Returns a dict from each way to its mean absolute error.
    """

    def rnn_error(steps):
        last_values = sequences[:, -steps:, np.newaxis]
        forecasts = model.predict(last_values, verbose=0)[:, -1, 0]
        return mean_absolute_error(next_values, forecasts)

    return {
        "RNN, shown only the last value": rnn_error(1),
        "RNN, shown the last 5 values": rnn_error(5),
        "RNN, shown all 19 values": rnn_error(19),
        "linear regression on all 19": mean_absolute_error(
            next_values, linear.predict(sequences)
        ),
        "repeating the last value": mean_absolute_error(next_values, sequences[:, -1]),
    }


if __name__ == "__main__":
    set_random_seed(42)  # The same random numbers at every start.

    X, y = generate_time_series_data()
    model = build_rnn()
    model.fit(X, y, epochs=20)  # The tutorial does not say how many epochs.

    test_sequence = np.sin(np.linspace(0, 2*np.pi, 20)).reshape(1, 20, 1)
    prediction = model.predict(test_sequence)
    print("Next value prediction:", prediction[0, -1, 0])

    # ===== The tutorial's program ends here. What is its result worth? =====

    # The sequence ends after one period, and the next value is one step of 2*pi/19 on.
    print(f"True next value: {np.sin(2 * np.pi / 19):.4f}")

    # One sequence says little. Take 400, which begin anywhere in the period, and then the
    # same with noise, since real readings are never clean. Each has 19 values, as in the
    # training. The values to forecast have no noise.
    starts = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    waves = np.sin(starts[:, np.newaxis] + 2 * np.pi / 19 * np.arange(20))
    sequences = waves[:, :19]
    next_values = waves[:, 19]
    noisy_sequences = sequences + np.random.normal(scale=0.1, size=sequences.shape)

    # How much does the RNN owe to its state? Shown only the last value, it cannot know if
    # the wave is rising or falling there. With a few values more it does.
    #
    # Linear regression has 19 weights, one for each of the values. It finds those whose
    # weighted sum comes closest to the next value. On a sine it is hard to beat, because
    # there each value is a weighted sum of those before it.
    linear = LinearRegression().fit(X[:, :, 0], y[:, -1, 0])
    clean = forecast_errors(model, linear, sequences, next_values)
    noisy = forecast_errors(model, linear, noisy_sequences, next_values)
    print("\nMean absolute error over 400 sequences  clean  noisy")
    for way in clean:
        print(f"{way:38}  {clean[way]:.3f}  {noisy[way]:.3f}")
