"""Lesson 6: how good is a network really? Cross-validation and a report.

    python model_evaluation.py

The task: is a tumour malignant or benign, from 30 measurements of its cells?

One accuracy says little. Ask how much it varies from one part of the data to the next,
which mistakes are behind it, and whether something simpler would have done as well.
Cross-validation splits the training data into parts, called folds. For each fold, a new
network learns from all the others and is scored on this one.
"""

import logging
import os

# Hides all that TensorFlow's C++ part writes: notes at the start, but warnings too,
# such as why it does not use a GPU. To read them, set the variable to 0.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# TensorFlow warns of many networks in one run, but here each fold needs its own.
logging.getLogger("tensorflow").setLevel(logging.ERROR)

import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import classification_report, f1_score
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tensorflow.keras.layers import Dense, Input
from tensorflow.keras.models import Sequential
from tensorflow.keras.optimizers import Adam
from tensorflow.keras.utils import set_random_seed
from tensorflow.keras.wrappers import SKLearnClassifier

# ===== The tutorial's part ===== (it names neither data nor a network)


def load_data():
    """Load the breast cancer data of Wolberg, Street and Mangasarian (Wisconsin).

    Returns:
        X_train, X_test: float64 arrays of shapes (426, 30) and (143, 30): radius,
        texture, area, smoothness and six more, of each the mean, the standard error
        and the worst, each in its own unit; y_train, y_test: str arrays of shapes
        (426,) and (143,), "malignant" or "benign".
    """
    data = load_breast_cancer()
    labels = data.target_names[data.target]
    # Stratified: both parts have the same proportion of malignant tumours.
    return train_test_split(data.data, labels, stratify=labels, random_state=42)


def build_classifier(X=None, y=None):
    """Build and compile a network of one hidden layer.

    Args:
        X, y: what Keras's wrapper passes, the data of a fold; not needed here.

    Returns:
        A model from float arrays of shape (n, 30), each column scaled to mean 0 and
        variance 1, to float32 probabilities of shape (n, 2) that sum to 1.
    """
    model = Sequential(
        [
            Input(shape=(30,)),
            Dense(32, activation="relu"),
            # Keras's wrapper wants one output a class, as softmax gives. One sigmoid
            # unit, as in lessons 4 and 5, would say the same.
            Dense(2, activation="softmax"),
        ]
    )
    model.compile(
        optimizer=Adam(learning_rate=0.01),
        loss="categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


class KerasClassifier(SKLearnClassifier):
    """Keras's wrapper for scikit-learn, with the number of epochs inside.

    scikit-learn trains a copy in each fold. Up to Keras 3.15.1 a copy forgets what the
    wrapper was given as fit_kwargs: every fold would train for one epoch only, and
    nothing would say so.
    """

    def fit(self, X, y):
        return super().fit(X, y, epochs=10, verbose=0)


# ===== Beyond the tutorial =====


def report_threshold(malignant_scores, y_test, threshold):
    """Print the mistakes if a tumour is called malignant at or above a threshold.

    Args:
        malignant_scores: float array of shape (n,), values 0..1.
        y_test: str array of shape (n,), "malignant" or "benign".
        threshold: 0..1; a tumour is called malignant if its score is at least this.
    """
    called_malignant = malignant_scores >= threshold
    missed = np.sum(~called_malignant & (y_test == "malignant"))
    false_alarms = np.sum(called_malignant & (y_test == "benign"))
    print(
        f"Threshold {threshold}: {missed} of {np.sum(y_test == 'malignant')} malignant "
        f"missed, {false_alarms} of {np.sum(y_test == 'benign')} benign called malignant"
    )


if __name__ == "__main__":
    set_random_seed(42)  # The same random numbers at every start.

    # ===== The tutorial's part =====

    X_train, X_test, y_train, y_test = load_data()
    # A pipeline is one model made of steps. With the scaler as a step, each fold computes
    # mean and variance from its training rows only. Otherwise information from the rows
    # that are held out would leak into the training.
    model = make_pipeline(StandardScaler(), KerasClassifier(build_classifier))

    # The number after +/- is the standard deviation of the five scores. It says how much
    # they differ, and is no margin of error.
    scores = cross_val_score(model, X_train, y_train, cv=5)
    print(f"Accuracy: {scores.mean():.2f} (+/- {scores.std():.2f})")

    # The report is of a sixth network. It learns from all training rows and is scored on
    # the test rows, which none of the others has seen.
    y_pred = model.fit(X_train, y_train).predict(X_test)
    print(classification_report(y_test, y_pred))

    # ===== Beyond the tutorial =====

    # The report in words. Support is how many tumours there are. The macro average is
    # the plain one over the classes, the weighted average counts each by its support.
    right = np.sum(y_pred == y_test)
    print(f"Right: {right} of {len(y_test)} in the test set")
    called = np.sum(y_pred == "malignant")
    malignant = np.sum(y_test == "malignant")
    found = np.sum((y_pred == "malignant") & (y_test == "malignant"))
    print(f"Precision: {found} of the {called} that it calls malignant are malignant.")
    print(f"Recall: it finds {found} of the {malignant} malignant tumours.")
    f1 = f1_score(y_test, y_pred, pos_label="malignant")
    print(f"F1, the harmonic mean of precision and recall: {f1:.2f}\n")

    # To miss a malignant tumour is worse than a false alarm over a benign one. So a doctor
    # may want a lower threshold. It has to be chosen before looking at the test set, or
    # on other data. The pipeline's last step has the network, those before it scale.
    network = model[-1].model_
    X_scaled = model[:-1].transform(X_test)
    probabilities = network.predict(X_scaled, verbose=0)
    malignant_scores = probabilities[:, 1]  # The classes are in alphabetical order.
    report_threshold(malignant_scores, y_test, 0.5)
    report_threshold(malignant_scores, y_test, 0.2)
    report_threshold(malignant_scores, y_test, 0.05)

    # Two baselines on the same folds. The first always answers benign, the larger class.
    # Its scores hardly differ, as the folds are stratified: each has nearly the same
    # share of benign tumours.
    guessing_scores = cross_val_score(DummyClassifier(), X_train, y_train, cv=5)
    print(
        f"\nAccuracy of guessing the larger class: {guessing_scores.mean():.2f} "
        f"(+/- {guessing_scores.std():.2f})"
    )
    logistic = make_pipeline(StandardScaler(), LogisticRegression())
    logistic_scores = cross_val_score(logistic, X_train, y_train, cv=5)
    print(
        f"Accuracy of logistic regression: {logistic_scores.mean():.2f} "
        f"(+/- {logistic_scores.std():.2f})"
    )

    # Some folds are harder than others, so the two are compared fold by fold. And in the
    # end on the test set.
    print("Fold by fold, the network:", *(f"{score:.3f}" for score in scores))
    print("      logistic regression:", *(f"{score:.3f}" for score in logistic_scores))
    better = np.sum(scores > logistic_scores)
    worse = np.sum(scores < logistic_scores)
    print(f"The network is better in {better} folds of 5, worse in {worse}.")
    logistic_pred = logistic.fit(X_train, y_train).predict(X_test)
    wrong = np.sum(y_pred != y_test)
    logistic_wrong = np.sum(logistic_pred != y_test)
    print(
        f"Errors in the test set: network {wrong}, logistic regression {logistic_wrong}"
    )
