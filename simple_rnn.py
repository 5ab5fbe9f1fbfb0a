"""Lesson 3: a recurrent network (RNN) that continues a sine wave.

    uv run simple_rnn.py

An RNN is for sequences in which something has to be remembered: readings, sounds, words.
It reads one value at a time and carries a state along, here 32 numbers, in which it keeps
what it has read.

First it forecasts a wave. Then it has to know whether a lamp is on, long after somebody has
pressed a button: that takes a memory, which a window of readings is not.
"""

import os

# Hides TensorFlow's start-up notes. It has to stand before the import.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
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
    """Build and compile the network, of 1,121 weights, for X and y of shape (n, steps, 1).

    It returns a forecast for each step. With y of shape (n,), Keras would learn nonsense
    without a warning.
    """
    model = Sequential([
        # In place of input_shape=[None, 1] inside SimpleRNN(...), which makes Keras 3 warn.
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


def generate_lamp(n_samples, n_steps):
    """Make readings of a lamp's two buttons, and whether the lamp is on.

    A reading is 1 if "on" was just pressed, -1 if "off" was, else 0, each with some noise. A
    press comes in 1 of 20 steps, the first at once. Returns readings and states (1 for on, 0
    for off), both of shape (n_samples, n_steps, 1).
    """
    presses = np.random.choice([-1, 1], size=(n_samples, n_steps))
    presses[:, 1:] *= np.random.rand(n_samples, n_steps - 1) < 1 / 20
    states = presses > 0
    for step in range(1, n_steps):
        # Without a press the lamp stays as it was.
        unpressed = presses[:, step] == 0
        states[unpressed, step] = states[unpressed, step - 1]
    readings = presses + np.random.normal(scale=0.1, size=presses.shape)
    return readings[..., np.newaxis], states[..., np.newaxis].astype(float)


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

    # One clean wave is easy: linear regression continues it from two values. What an RNN is
    # for is memory. Is the lamp on? One has to remember the last press, however long ago it
    # was. A second network like it learns to give the lamp's state at every step.
    print("\nThe lamp:")
    readings, states = generate_lamp(2000, 40)
    lamp_model = build_rnn()
    lamp_model.fit(readings, states, epochs=20)

    # The others have no state, but see the last readings at once, 40 or one. They learn from the
    # same sequences, the lamp's state after each reading. After the third, say, a window
    # has 37 zeros and three readings.
    print("Comparing with what has no state ...")
    padded = np.pad(readings[:, :, 0], ((0, 0), (39, 0)))
    windows = sliding_window_view(padded, 40, axis=1).reshape(-1, 40)
    others = {
        "boosted trees": (HistGradientBoostingClassifier(), 40),
        "logistic regression": (LogisticRegression(), 40),
        "the last reading alone": (HistGradientBoostingClassifier(), 1),
    }
    for method, width in others.values():
        method.fit(windows[:, -width:], states.ravel())

    # At the end of 200 readings the last press may lie further back than any window.
    wrong = {name: [] for name in ["RNN", *others]}
    for n_steps in (40, 200):
        new_readings, new_states = generate_lamp(1000, n_steps)
        is_on = new_states[:, -1, 0] == 1
        answers = lamp_model.predict_on_batch(new_readings)[:, -1, 0] > 0.5
        wrong["RNN"].append(np.mean(answers != is_on))
        for name, (method, width) in others.items():
            answers = method.predict(new_readings[:, -width:, 0]) == 1
            wrong[name].append(np.mean(answers != is_on))
    print("\nWrong in 100 lamps, after  40 readings  200 readings")
    for name, (after_40, after_200) in wrong.items():
        print(f"{name:25}  {100 * after_40:11.1f}  {100 * after_200:12.1f}")
