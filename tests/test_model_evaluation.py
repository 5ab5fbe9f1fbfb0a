"""Lesson 6: what model_evaluation.py claims."""

import numpy as np
import pytest
import tensorflow as tf
from conftest import run_main
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import classification_report
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from tensorflow.keras.wrappers import SKLearnClassifier

from model_evaluation import (
    KerasClassifier,
    StandardScaler,
    build_classifier,
    cross_val_score,
    load_data,
)

X_TRAIN, X_TEST, Y_TRAIN, Y_TEST = load_data()


def rows(X):
    return {tuple(row) for row in X}


def folds():
    """The training and the held-out rows of each fold, in scikit-learn's own split."""
    return list(StratifiedKFold(5).split(X_TRAIN, Y_TRAIN))


def test_the_split_holds_out_a_quarter_with_both_classes_in_proportion():
    assert X_TRAIN.shape == (426, 30)
    assert X_TEST.shape == (143, 30)
    assert len(rows(X_TRAIN)) == 426
    assert not rows(X_TRAIN) & rows(X_TEST)
    shares = [(labels == "malignant").mean() for labels in (Y_TRAIN, Y_TEST)]
    assert shares[0] == pytest.approx(shares[1], abs=0.004)
    # Malignant tumours are the larger ones, so no label lost its row.
    for X, y in ((X_TRAIN, Y_TRAIN), (X_TEST, Y_TEST)):
        assert X[y == "malignant", 0].mean() > X[y == "benign", 0].mean() + 4


def test_the_network_gives_two_probabilities_that_sum_to_one():
    model = build_classifier()
    probabilities = model.predict(np.zeros((3, 30)), verbose=0)
    assert probabilities.shape == (3, 2)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    hidden, output = model.layers
    assert hidden.units == 32
    assert hidden.activation is tf.keras.activations.relu
    assert output.activation is tf.keras.activations.softmax
    assert model.loss == "categorical_crossentropy"
    assert float(model.optimizer.learning_rate) == pytest.approx(0.01)


@pytest.mark.xfail(reason="Keras's copies forget fit_kwargs", strict=False)
def test_keras_has_mended_its_wrapper_so_that_ours_can_go():
    ours_can_go = clone(SKLearnClassifier(build_classifier, fit_kwargs={"epochs": 7}))
    assert ours_can_go.fit_kwargs == {"epochs": 7}


@pytest.fixture(scope="module")
def lesson():
    watch = [(kind, "fit") for kind in (StandardScaler, LogisticRegression)]
    return run_main("model_evaluation.py", watch=[*watch, (DummyClassifier, "fit")])


def test_a_run_sets_a_seed_before_anything_random(lesson):
    assert lesson.seeds == [(42, True)]


def test_each_fold_trains_for_all_its_epochs_a_network_of_its_own(lesson):
    fits = lesson.called("fit", tf.keras.Model)
    assert len(fits) == 6  # Five folds, and once for the report.
    assert len({id(fit.owner) for fit in fits}) == 6
    assert [len(fit.result.epoch) for fit in fits] == [10] * 6
    assert [fit.given["epochs"] for fit in fits] == [10] * 6


def test_each_fold_learns_from_the_other_four_and_from_no_test_row(lesson):
    learned = [call.given["X"] for call in lesson.called("fit", StandardScaler)]
    # The network's folds, its training for the report, logistic regression's folds.
    assert len(learned) == 11
    for X, (train, _) in zip([*learned[:5], *learned[6:]], [*folds(), *folds()]):
        np.testing.assert_array_equal(X, X_TRAIN[train])
    np.testing.assert_array_equal(learned[5], X_TRAIN)


def test_the_scaler_learns_from_the_training_part_of_a_fold_alone(lesson):
    # Only then is what reaches the network in training exactly centred and scaled.
    for fit in lesson.called("fit", tf.keras.Model):
        np.testing.assert_allclose(fit.given["x"].mean(axis=0), 0, atol=1e-9)
        np.testing.assert_allclose(fit.given["x"].std(axis=0), 1, atol=1e-9)


def test_each_fold_is_scored_on_its_own_rows(lesson):
    networks = [call.owner for call in lesson.called("fit", tf.keras.Model)][:5]
    for network, score, (train, held_out) in zip(
        networks, lesson.names["scores"], folds(), strict=True
    ):
        scaler = StandardScaler().fit(X_TRAIN[train])
        outputs = network.predict(scaler.transform(X_TRAIN[held_out]), verbose=0)
        # The columns come in the alphabet's order.
        answers = np.array(["benign", "malignant"])[outputs.argmax(axis=1)]
        assert score == pytest.approx((answers == Y_TRAIN[held_out]).mean())


def test_the_rivals_are_scored_on_the_same_folds(lesson):
    for name, rival in (
        ("guessing_scores", DummyClassifier()),
        ("logistic_scores", make_pipeline(StandardScaler(), LogisticRegression())),
    ):
        expected = [
            rival.fit(X_TRAIN[train], Y_TRAIN[train]).score(
                X_TRAIN[rest], Y_TRAIN[rest]
            )
            for train, rest in folds()
        ]
        np.testing.assert_allclose(lesson.names[name], expected)


def test_a_run_prints_what_it_has_measured(lesson):
    network = lesson.called("fit", tf.keras.Model)[-1].owner
    scaled = StandardScaler().fit(X_TRAIN).transform(X_TEST)
    malignant = network.predict(scaled, verbose=0).argmax(axis=1) == 1
    y_pred = np.where(malignant, "malignant", "benign")
    found = (malignant & (Y_TEST == "malignant")).sum()
    scores, guessing, logistic = (
        lesson.names[name] for name in ("scores", "guessing_scores", "logistic_scores")
    )
    better = sum(a > b for a, b in zip(scores, logistic))
    worse = sum(a < b for a, b in zip(scores, logistic))
    precision = 100 * found / malignant.sum()
    recall = 100 * found / (Y_TEST == "malignant").sum()
    expected = [
        "Five folds, each scored by a new network that learned from the other four:",
        f"Accuracy: {np.mean(scores):.2f} (+/- {np.std(scores):.2f})",
        *classification_report(Y_TEST, y_pred).split("\n"),
        f"Precision: of 100 that it calls malignant, {precision:.0f} are malignant.",
        f"Recall: of 100 malignant tumours, it finds {recall:.0f}.",
        "The f1-score is both in one number, low as soon as one of the two is.",
        "",
        f"Accuracy of guessing: {np.mean(guessing):.2f} (+/- {np.std(guessing):.2f})",
        f"Accuracy of logistic regression: {np.mean(logistic):.2f} (+/- {np.std(logistic):.2f})",
        "Fold by fold, the network: " + " ".join(f"{score:.3f}" for score in scores),
        "      logistic regression: " + " ".join(f"{score:.3f}" for score in logistic),
        (
            f"The network is better in {better} folds, equal in {5 - better - worse}, "
            f"worse in {worse}."
        ),
        f"Mean of the differences: {np.mean(scores) - np.mean(logistic):+.3f}",
    ]
    assert lesson.lines == expected


def check_claims(scores, logistic_scores):
    assert len(scores) == 5
    assert scores.mean() >= 0.95
    assert scores.min() >= 0.9
    # "Was not needed": 0.974 to 0.986 over eleven seeds, logistic regression 0.977.
    assert abs(scores.mean() - logistic_scores.mean()) < 0.02


def test_the_network_is_good_and_logistic_regression_as_well(lesson):
    check_claims(lesson.names["scores"], lesson.names["logistic_scores"])
    assert lesson.names["guessing_scores"].mean() == pytest.approx(
        (Y_TRAIN == "benign").mean(), abs=0.005
    )


@pytest.mark.whole
@pytest.mark.parametrize("seed", range(5))
def test_the_claims_hold_for_other_seeds(lesson, seed):
    tf.keras.utils.set_random_seed(seed)
    model = make_pipeline(StandardScaler(), KerasClassifier(build_classifier))
    scores = cross_val_score(model, X_TRAIN, Y_TRAIN, cv=5)
    check_claims(scores, lesson.names["logistic_scores"])
