"""Lesson 6: how good is a network really? Cross-validation and a report.

    python model_evaluation.py

The task: is a tumour malignant or benign, from 30 measurements of its cells?

To take away: one accuracy says little. Ask how much it varies from one part of the
data to the next, which mistakes are behind it, and whether something simpler would
have done as well.
"""

import argparse
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
from sklearn.metrics import classification_report
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tensorflow.keras.layers import Dense, Input
from tensorflow.keras.models import Sequential
from tensorflow.keras.optimizers import Adam
from tensorflow.keras.utils import set_random_seed
from tensorflow.keras.wrappers import SKLearnClassifier


def load_data():
    """Load the breast cancer data of Wolberg, Street and Mangasarian (Wisconsin).

    Returns:
        X_train, X_test: float64 arrays of shapes (426, 30) and (143, 30): radius,
        texture, area, smoothness and six more, of each the mean, the standard error
        and the worst, each in its own unit; y_train, y_test: str arrays of shapes
        (426,) and (143,), "malignant" or "benign", in both in the same proportion.
    """
    data = load_breast_cancer()
    labels = data.target_names[data.target]
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
        [Input(shape=(30,)), Dense(32, activation="relu"), Dense(2, "softmax")]
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


if __name__ == "__main__":
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    set_random_seed(42)  # The same weights at every start.

    X_train, X_test, y_train, y_test = load_data()
    # The scaler belongs inside: it learns mean and variance, and what it learns from
    # rows that are held out would leak into the training.
    model = make_pipeline(StandardScaler(), KerasClassifier(build_classifier))

    print("Five folds, each scored by a new network that learned from the other four:")
    scores = cross_val_score(model, X_train, y_train, cv=5)
    print(f"Accuracy: {scores.mean():.2f} (+/- {scores.std():.2f})")

    y_pred = model.fit(X_train, y_train).predict(X_test)
    print(classification_report(y_test, y_pred))

    # Beyond the tutorial: how to read the report.
    malignant = classification_report(y_test, y_pred, output_dict=True)["malignant"]
    precision, recall = 100 * malignant["precision"], 100 * malignant["recall"]
    print(f"Precision: of 100 that it calls malignant, {precision:.0f} are malignant.")
    print(f"Recall: of 100 malignant tumours, it finds {recall:.0f}.")
    print("The f1-score is both in one number, low as soon as one of the two is.\n")

    # The same line for two that are no network.
    logistic = make_pipeline(StandardScaler(), LogisticRegression())
    guessing_scores = cross_val_score(DummyClassifier(), X_train, y_train, cv=5)
    logistic_scores = cross_val_score(logistic, X_train, y_train, cv=5)
    baselines = {"guessing": guessing_scores, "logistic regression": logistic_scores}
    for name, baseline in baselines.items():
        print(f"Accuracy of {name}: {baseline.mean():.2f} (+/- {baseline.std():.2f})")

    # All were scored on the same folds, and some folds are harder than others: so the
    # network and logistic regression are compared fold by fold.
    differences = scores - logistic_scores
    better, equal, worse = (np.sum(np.sign(differences) == i) for i in (1, 0, -1))
    print("Fold by fold, the network:", *(f"{score:.3f}" for score in scores))
    print("      logistic regression:", *(f"{score:.3f}" for score in logistic_scores))
    print(
        f"The network is better in {better} folds, equal in {equal}, worse in {worse}."
    )
    print(f"Mean of the differences: {differences.mean():+.3f}")
