"""Lesson 5: VGG16, a network that others trained, reused for a new task.

    python transfer_learning.py
    python transfer_learning.py photos/
    python transfer_learning.py photos/ new1.jpg new2.jpg

The task is to tell the pictures of two classes apart: drawings of animals and drawings
of food, or the two subfolders of a folder of yours. Pictures that you name after the
folder are classified at the end.

VGG16 learned from 1.2 million photographs what edges, textures and shapes look like.
Here it only turns each picture into 8,192 numbers, its features. This is called feature
extraction. VGG16's own weights do not change: they are a frozen base. Only the small
head on top of it learns, and for that fewer than 200 pictures are enough.
(Training the base a little further as well would be called fine-tuning.)
"""

import argparse
import os
from collections import Counter
from pathlib import Path

# Hides all that TensorFlow's C++ part writes: notes at the start, but warnings too,
# such as why it does not use a GPU. To read them, set the variable to 0.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC
from tensorflow.keras.applications import VGG16
from tensorflow.keras.applications.vgg16 import preprocess_input
from tensorflow.keras.layers import Dense, Flatten
from tensorflow.keras.models import Sequential

DATA = Path(__file__).resolve().parent / "data"
WEIGHTS = DATA / "vgg16_imagenet_7bit.weights.h5"

# What Keras's loader reads. It passes over files with any other ending.
PICTURE_ENDINGS = {".bmp", ".gif", ".jpeg", ".jpg", ".png"}


# ===== The tutorial's part =====


def build_transfer_model(weights="imagenet"):
    """Build and compile the tutorial's network: VGG16, frozen, and a head on top.

    Args:
        weights: "imagenet" for those of Simonyan and Zisserman (2014), from data/,
            where they are rounded to 7 bits to make the file small, or, if that is
            missing, from Keras, which downloads 59 MB; the path of a file; or None for
            random ones.

    Returns:
        A model from images of shape (n, 150, 150, 3), as preprocess_input() gives
        them, to float32 probabilities of the second class, of shape (n, 1). Of its
        parameters 14,714,688 are frozen and 2,097,665 are trained.

    Raises:
        ValueError: there is no file at the path.
    """
    if weights == "imagenet" and WEIGHTS.exists():
        weights = WEIGHTS
    # include_top=False leaves out VGG16's own last layers, which name 1,000 classes.
    # weights=weights, so that they come from data/ and nothing has to be downloaded.
    base_model = VGG16(weights=weights, include_top=False, input_shape=(150, 150, 3))
    # Frozen: training must not spoil what VGG16 has learned.
    for layer in base_model.layers:
        layer.trainable = False
    # The last three layers are the head. It learns the new task.
    model = Sequential(
        [
            base_model,
            Flatten(),
            Dense(256, activation="relu"),
            # One number from 0 to 1: the probability of the second class.
            Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return model


# ===== Beyond the tutorial =====


def load_picture(path):
    """Read one picture, as image_dataset_from_directory() reads those of a folder.

    Args:
        path: string, the path of a JPEG, PNG, BMP or GIF file.

    Returns:
        float32 tensor of shape (150, 150, 3), values 0..255.

    Raises:
        tf.errors.OpError: there is no such file, or it is no picture.
    """
    content = tf.io.read_file(path)
    picture = tf.io.decode_image(content, channels=3, expand_animations=False)
    return tf.image.resize(picture, (150, 150))


def extract_features(base_model, dataset):
    """Run the frozen base over all pictures once, one batch at a time.

    Args:
        base_model: the first layer of the model that build_transfer_model() gives.
        dataset: batches of images of shape (batch, 150, 150, 3), values 0..255, with
            labels of shape (batch, 1). As it is shuffled anew at each pass, all that is
            needed is taken in one pass.

    Returns:
        features, pixels, labels: float32 arrays of shapes (n, 4, 4, 512), (n, 2352) and
        (n,). The pixels are those of the pictures at 28x28, values 0..1.
    """
    features = []
    pixels = []
    labels = []
    progress_bar = tf.keras.utils.Progbar(len(dataset))
    for batch_images, batch_labels in dataset:
        small_images = tf.image.resize(batch_images, (28, 28)) / 255
        pixels.append(tf.reshape(small_images, (len(batch_images), 28 * 28 * 3)))
        # VGG16 was trained on blue, green, red, each less its mean, and not on 0..1.
        features.append(base_model.predict_on_batch(preprocess_input(batch_images)))
        labels.append(batch_labels[:, 0])
        progress_bar.add(1)
    return np.concatenate(features), np.concatenate(pixels), np.concatenate(labels)


def describe_accuracy(answers, labels):
    """Give an accuracy together with its counts, such as "0.67 (2 of 3)"."""
    right = np.sum(answers == labels)
    return f"{right / len(labels):.2f} ({right} of {len(labels)})"


def classify(model, path, class_names):
    """Classify one picture with the whole model.

    Args:
        model: what build_transfer_model() gives, trained.
        path: string, the path of the picture.
        class_names: the names of the two classes.

    Returns:
        The answer as text, such as "animals (score 0.97)".
    """
    images = preprocess_input(load_picture(path)[np.newaxis])
    # A model that is called answers like predict(), but without a progress bar.
    probability = model(images).numpy()[0, 0]
    if probability > 0.5:
        return f"{class_names[1]} (score {probability:.2f})"
    return f"{class_names[0]} (score {1 - probability:.2f})"


def checked_picture(path):
    """Return the path of a picture. For argparse: refuse what is not a picture."""
    try:
        load_picture(path)
    except tf.errors.OpError:
        raise argparse.ArgumentTypeError(
            f"{path} cannot be read: it has to be a whole JPEG, PNG, BMP or GIF file"
        ) from None
    return path


def checked_folder(folder):
    """Return the path of a folder. For argparse: refuse what Keras cannot use."""
    if not Path(folder).is_dir():
        raise argparse.ArgumentTypeError(
            f"{folder} is no folder: it has to be one with two subfolders of pictures"
        )
    subfolders = [path for path in Path(folder).glob("[!.]*") if path.is_dir()]
    if len(subfolders) != 2:
        names = sorted(path.name for path in subfolders)
        raise argparse.ArgumentTypeError(
            f"{folder} has to have exactly two subfolders, one a class; "
            f"found: {', '.join(names) or 'none'}"
        )
    for subfolder in subfolders:
        files = [path for path in subfolder.rglob("*") if path.is_file()]
        pictures = [path for path in files if path.suffix.lower() in PICTURE_ENDINGS]
        if len(pictures) < 5:
            raise argparse.ArgumentTypeError(
                f"{subfolder} has to have five or more JPEG, PNG, BMP or GIF files; "
                f"found: {len(pictures)}, and {len(files) - len(pictures)} others"
            )
        for picture in pictures:
            checked_picture(str(picture))
    return folder


def read_command_line():
    """Read FOLDER and the PICTUREs, and check them all before anything is trained."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "folder",
        metavar="FOLDER",
        nargs="?",
        default=str(DATA / "drawings"),
        type=checked_folder,
        help="two subfolders of pictures, one a class; without it: data/drawings",
    )
    parser.add_argument(
        "pictures",
        metavar="PICTURE",
        nargs="*",
        type=checked_picture,
        help="a new picture to classify after the training",
    )
    return parser.parse_args()


if __name__ == "__main__":
    arguments = read_command_line()
    tf.keras.utils.set_random_seed(42)  # The same random numbers at every start.

    # ===== The tutorial's part =====

    model = build_transfer_model()

    # ===== Beyond the tutorial ===== (it names no pictures to learn from)

    passed_over = Counter()
    for path in Path(arguments.folder).glob("[!.]*/**/[!.]*"):
        if path.is_file() and path.suffix.lower() not in PICTURE_ENDINGS:
            passed_over[path.suffix] += 1
    for ending, count in passed_over.items():
        print(
            f"Passed over: {count} {ending or 'other'} files, which Keras does not read"
        )

    # A fifth is held out, the validation data. The network never trains on these. If it
    # only memorized the training pictures, it will fail here.
    train_dataset, validation_dataset = tf.keras.utils.image_dataset_from_directory(
        arguments.folder,
        label_mode="binary",
        image_size=(150, 150),
        validation_split=0.2,
        subset="both",
        seed=42,
    )
    class_names = train_dataset.class_names
    print(f"The task: {class_names[0]} or {class_names[1]}?")

    # The base is frozen, so it gives the same features of a picture in every epoch. They
    # are extracted once and kept: 8,192 numbers a picture, in the shape 4 x 4 x 512.
    base_model = model.layers[0]
    print("Extracting the features of the training pictures, then of those held out:")
    train_features, train_pixels, train_labels = extract_features(
        base_model, train_dataset
    )
    validation_features, validation_pixels, validation_labels = extract_features(
        base_model, validation_dataset
    )

    # Only the head is trained, on these features. Its layers are those of the model, not
    # copies of them: what the head has learned, the model has learned.
    head = Sequential(model.layers[1:])
    head.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    history = head.fit(
        train_features,
        train_labels,
        epochs=10,
        validation_data=(validation_features, validation_labels),
    )

    # Two million weights can memorize a few hundred pictures. So the accuracy on the
    # training pictures says little. Where it is much higher than the validation
    # accuracy, that is overfitting.
    train_answers = head(train_features).numpy()[:, 0] > 0.5
    print(f"Training accuracy: {describe_accuracy(train_answers, train_labels)}")
    answers = head(validation_features).numpy()[:, 0] > 0.5
    print(f"Validation accuracy: {describe_accuracy(answers, validation_labels)}")

    # Are the features good enough for a simpler model? Logistic regression for two
    # classes is a single unit with a sigmoid.
    logistic = LogisticRegression(max_iter=1000)
    logistic.fit(train_features.reshape(-1, 8192), train_labels)
    logistic_answers = logistic.predict(validation_features.reshape(-1, 8192))
    accuracy = describe_accuracy(logistic_answers, validation_labels)
    print(f"Logistic regression on VGG16's features: {accuracy}")

    # And without VGG16? A support vector machine looks for the widest gap between the
    # classes. It was the best simple model on pixels that we found, over ten draws.
    support_vector_machine = SVC().fit(train_pixels, train_labels)
    pixel_answers = support_vector_machine.predict(validation_pixels)
    accuracy = describe_accuracy(pixel_answers, validation_labels)
    print(f"Support vector machine on 28x28 pixels: {accuracy}")
    # True is the second class, False the first.
    larger_class = np.mean(train_labels) > 0.5
    accuracy = describe_accuracy(larger_class, validation_labels)
    print(f"Always guessing the larger class of the training part: {accuracy}")

    # From here on the whole model, base and head. The score is the probability that the
    # model gives to the class it names. It is often close to 1 where that is wrong, too.
    print("Some of the held-out pictures:")
    for path in validation_dataset.file_paths[:6]:
        name = Path(path).relative_to(arguments.folder).as_posix()
        print(f"{name} -> {classify(model, path, class_names)}")
    for path in arguments.pictures:
        print(f"{path} -> {classify(model, path, class_names)}")
