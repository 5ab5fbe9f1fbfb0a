"""Lesson 6: how good is a network really? Cross-validation and a report.

    uv run model_evaluation.py

The task: is a tumour malignant or benign, from 30 measurements of its cells?

One accuracy says little. This lesson is about the questions that it leaves open: how much
does it vary from one part of the data to another, which mistakes are behind it, and would
something simpler have done as well?
"""

import logging
import os

# Hides TensorFlow's start-up notes. It has to stand before the import.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# And its warning about many networks in one run. Here each fold needs one of its own.
logging.getLogger("tensorflow").setLevel(logging.ERROR)

import numpy as np
from scipy.stats import binomtest
from sklearn.datasets import load_breast_cancer
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import classification_report, confusion_matrix, f1_score
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

    Returns X_train, X_test, y_train, y_test: 30 measurements for each of 426 and 143
    tumours, each in its own unit, and their labels, "malignant" or "benign".
    """
    data = load_breast_cancer()
    labels = data.target_names[data.target]
    # Stratified: both parts have the same proportion of malignant tumours.
    return train_test_split(data.data, labels, stratify=labels, random_state=42)


def build_classifier(X=None, y=None):
    """Build and compile a network with a hidden layer, for rows X and classes y.

    X and y come from Keras's wrapper: shapes (n, columns) and (n, classes), a 1 in the
    column of the right class. Without them it is made for 30 columns and two classes.
    The network returns a probability for each class.
    """
    columns = 30 if X is None else X.shape[1]
    classes = 2 if y is None else y.shape[1]
    model = Sequential([
        Input(shape=(columns,)),
        Dense(32, activation="relu"),
        Dense(classes, activation="softmax"),
    ])
    model.compile(
        optimizer=Adam(learning_rate=0.01),
        loss="categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


class KerasClassifier(SKLearnClassifier):
    """A Keras network as a scikit-learn classifier. You can skip this: it fills two gaps.

    It is Keras's own wrapper. fit_kwargs are what fit gets besides the data, such as {"epochs": 10}.
    """

    def __sklearn_clone__(self):
        # Each fold trains a clone. Up to Keras 3.15.1 a clone forgets its fit_kwargs and
        # trains for a single epoch, without a word.
        clone = super().__sklearn_clone__()
        clone.fit_kwargs = self.fit_kwargs
        return clone

    # For scoring="roc_auc" scikit-learn would ask this one first, and wants a single column
    # for two classes. An empty property is as good as none, so it asks predict_proba.
    decision_function = property()

    def predict_proba(self, X):
        """Return the probability of each class, shape (n, classes), as in classes_."""
        return self.model_.predict(X, verbose=0)


if __name__ == "__main__":
    set_random_seed(42)  # The same random numbers at every start.

    # The tutorial leaves open what model is. This is a pipeline: it scales each column to
    # mean 0 and standard deviation 1, and then asks the network. As the scaler is part of
    # the model, nothing of a fold's held-out rows leaks into its training.
    X_train, X_test, y_train, y_test = load_data()
    classifier = KerasClassifier(
        build_classifier, fit_kwargs={"epochs": 10, "verbose": 0}
    )
    model = make_pipeline(StandardScaler(), classifier)

    print("Training a network for each of five folds ...")
    # Five folds: each is held out once, while a new network learns from the other four.
    # The number after +/- is the standard deviation of the five scores.
    scores = cross_val_score(model, X_train, y_train, cv=5)
    print(f"Accuracy: {scores.mean():.2f} (+/- {scores.std():.2f})")

    # The report is about one more network. It learns from all training rows, and answers
    # for the test rows, which no network has seen.
    y_pred = model.fit(X_train, y_train).predict(X_test)
    print(classification_report(y_test, y_pred))

    # ===== The tutorial's program ends here. What is its result worth? =====

    # The report in words, for the malignant tumours. (Support is how many there are. The
    # macro average is the mean over the classes, the weighted one counts each by support.)
    # Rows are what the tumours are, columns what the network says: benign, malignant.
    (benign, false_alarms), (missed, found) = confusion_matrix(y_test, y_pred)
    right = benign + found
    f1 = f1_score(y_test, y_pred, pos_label="malignant")
    print(f"Precision: {found} of the {found + false_alarms}", end=" ")
    print("that it calls malignant are malignant.")
    print(f"Recall: it finds {found} of the {found + missed} malignant tumours.")
    print(f"F1, the harmonic mean of precision and recall: {f1:.2f}")

    # The folds and the test set need not agree, because 143 tumours are only a sample. With
    # a confidence of 95 %, the true accuracy lies in this interval.
    interval = binomtest(right, len(y_test)).proportion_ci()
    print(f"Accuracy: {right} of {len(y_test)}, so between", end=" ")
    print(f"{interval.low:.2f} and {interval.high:.2f} for tumours like these")

    # To miss a malignant tumour is worse than a false alarm, so a doctor may want a lower
    # threshold. Choose it on the training rows: here the test set only shows the trade.
    malignant_scores = model.predict_proba(X_test)[:, 1]  # classes_: benign, malignant
    print()
    for threshold in (0.5, 0.2, 0.05):
        called = np.where(malignant_scores >= threshold, "malignant", "benign")
        (_, false_alarms), (missed, _) = confusion_matrix(y_test, called)
        print(f"Threshold {threshold}: {missed} missed, false alarms: {false_alarms}")

    # Does it need a network? Logistic regression is one without a hidden layer. Guessing
    # always answers benign, the larger class.
    logistic = make_pipeline(StandardScaler(), LogisticRegression())
    logistic_scores = cross_val_score(logistic, X_train, y_train, cv=5)
    logistic_right = np.sum(logistic.fit(X_train, y_train).predict(X_test) == y_test)
    guessing = DummyClassifier()
    guessing_scores = cross_val_score(guessing, X_train, y_train, cv=5)
    guessing_right = np.sum(guessing.fit(X_train, y_train).predict(X_test) == y_test)
    print("\n                     five folds         test set")
    for name, its_scores, its_right in (
        ("network", scores, right),
        ("logistic regression", logistic_scores, logistic_right),
        ("guessing", guessing_scores, guessing_right),
    ):
        folds = f"{its_scores.mean():.2f} (+/- {its_scores.std():.2f})"
        print(f"{name:19}  {folds:17}  {its_right:3} of {len(y_test)}")
