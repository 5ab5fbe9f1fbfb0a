"""Each lesson's network is built and learns a slice of its data. Begin to read here.

uv run pytest tests/test_lessons.py
"""

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler
from tensorflow.keras.utils import image_dataset_from_directory, set_random_seed

import model_evaluation
import nlp_sentiment
import perceptron
import simple_cnn
import simple_rnn
import transfer_learning


@pytest.fixture(autouse=True)
def same_random_numbers():
    set_random_seed(0)


def test_perceptron_learns_and():
    inputs = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    model = perceptron.Perceptron(2)
    assert perceptron.learn(model, inputs, [0, 0, 0, 1]) <= 20
    assert [model.predict(x) for x in inputs] == [0, 0, 0, 1]


def test_cnn_learns_digits():
    (images, labels), _ = simple_cnn.load_mnist()
    images = images[:1000].reshape(-1, 28, 28, 1) / np.float32(255)
    model = simple_cnn.build_cnn()
    model.fit(images, labels[:1000], epochs=3, verbose=0)
    probabilities = model.predict(images, verbose=0)
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(1000), abs=1e-4)
    # 0.87 to 0.90 for five seeds.
    assert np.mean(probabilities.argmax(axis=1) == labels[:1000]) > 0.8


def test_rnn_learns_a_wave():
    X, y = simple_rnn.generate_time_series_data(200)
    model = simple_rnn.build_rnn()
    before = model.evaluate(X, y, verbose=0)
    model.fit(X, y, epochs=5, verbose=0)
    assert model.predict(X, verbose=0).shape == y.shape
    assert model.evaluate(X, y, verbose=0) < before / 3


def test_text_classifier_learns_sentences():
    texts = nlp_sentiment.positive[:20] + nlp_sentiment.negative[:20]
    labels = np.array([1] * 20 + [0] * 20)
    tokenizer, padded = nlp_sentiment.tokenize(texts)
    model = nlp_sentiment.build_sentiment_model()
    model.fit(padded, labels, epochs=20, verbose=0)
    scores = nlp_sentiment.score_texts(model, tokenizer, texts)
    assert np.sum((scores > 0.5) == labels) >= 36


def test_transfer_model_learns_drawings_with_its_base_frozen():
    drawings = image_dataset_from_directory(
        transfer_learning.DATA / "drawings",
        label_mode="binary",
        image_size=(150, 150),
        batch_size=16,
        seed=0,
        verbose=False,
    )
    images, labels = next(iter(drawings))
    images = transfer_learning.preprocess_input(images)
    model = transfer_learning.build_transfer_model()
    before = model.layers[0].get_weights()
    model.fit(images, labels, epochs=3, verbose=0)
    assert np.mean((model.predict_on_batch(images) > 0.5) == labels) > 0.9
    for old, new in zip(before, model.layers[0].get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_classifier_learns_tumours():
    X, _, y, _ = model_evaluation.load_data()
    X = StandardScaler().fit_transform(X)[:100]
    malignant = (y[:100] == "malignant").astype(int)
    model = model_evaluation.build_classifier()
    model.fit(X, np.eye(2)[malignant], epochs=10, verbose=0)
    assert np.mean(model.predict(X, verbose=0).argmax(axis=1) == malignant) > 0.9
