"""Lesson 6: the data, the classifier, and what happens in each fold."""

import re

import numpy as np
import pytest
import tensorflow as tf
from sklearn.model_selection import cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import model_evaluation as lesson


def test_both_parts_have_the_same_proportion():
    X_train, X_test, y_train, y_test = lesson.load_data()
    assert (X_train.shape, X_test.shape) == ((426, 30), (143, 30))
    # Malignant is rarer: 212 in all.
    assert [np.sum(y == "malignant") for y in (y_train, y_test)] == [159, 53]


def test_the_network_takes_its_shapes_from_the_data():
    model = lesson.build_classifier(np.zeros((9, 4)), np.zeros((9, 3)))
    assert model.input_shape == (None, 4)
    assert model.output_shape == (None, 3)


def test_each_fold_trains_for_all_its_epochs_and_has_probabilities():
    tf.keras.utils.set_random_seed(0)
    fit_kwargs = {"epochs": 3, "verbose": 0}
    network = lesson.KerasClassifier(lesson.build_classifier, fit_kwargs=fit_kwargs)
    model = make_pipeline(StandardScaler(), network)
    X, _, y, _ = lesson.load_data()
    folds = cross_validate(model, X, y, cv=2, scoring="roc_auc", return_estimator=True)
    assert folds["test_score"].min() > 0.9
    for fold in folds["estimator"]:
        assert len(fold[-1].history_.epoch) == 3
        assert fold.classes_.tolist() == ["benign", "malignant"]
        answers = fold.classes_[fold.predict_proba(X).argmax(axis=1)]
        assert (answers == fold.predict(X)).all()


@pytest.mark.slow
def test_with_another_seed_the_folds_agree_and_a_lower_threshold_finds_more(
    run_with_seed, capsys
):
    names = run_with_seed("model_evaluation.py", 0)
    assert names["scores"].mean() > 0.95
    assert abs(names["scores"].mean() - names["logistic_scores"].mean()) < 0.02
    printed = capsys.readouterr().out
    found = re.findall(r"(\d+) missed, false alarms: (\d+)", printed)
    missed, false_alarms = np.array(found, dtype=int).T
    assert missed[-1] < missed[0]
    assert false_alarms[-1] > false_alarms[0]
