"""Learns to tell your own pictures apart, as lesson 5 does with drawings.

    python beyond/own_pictures.py photos new1.jpg new2.jpg
    uv run --with pillow-heif beyond/own_pictures.py photos      (reads HEIC photos, too)

The folder has a subfolder per class, such as photos/cats and photos/dogs, each with five
pictures or more; a few dozen are better. A fifth of them is held out, to see how well the
tutorial's head does on pictures that it has never seen, and whether something simpler
does as well. At the end each new picture gets its answer.
"""

import argparse
import contextlib
import os
import sys
import warnings
from collections import Counter
from pathlib import Path

# Hides TensorFlow's start-up notes.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# So that the lessons are found, wherever this is started from.
sys.path.append(str(Path(__file__).resolve().parent.parent))

import numpy as np
from PIL import Image, ImageOps
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC

HEAD = "The tutorial's head"
LOGISTIC = "Logistic regression on the features"
PIXELS = "Support vector machine on 28x28 pixels"
GUESS = "Guessing the largest class"

HIDDEN = (".", "__MACOSX", "Thumbs.db", "desktop.ini")
PARTS = ("train", "val", "test")  # How the folders of a data set's parts begin.
PROBLEMS = {
    FileNotFoundError: "is not there",
    NotADirectoryError: "is a file; it should be a folder with a subfolder per class",
    IsADirectoryError: "is a folder; it should be a picture",
    PermissionError: "may not be read",
}
UNREADABLE = "is damaged, or no image that Pillow can read (for HEIC see --help)"


def read_picture(path):
    """Read a picture, upright and on white: float32 of shape (150, 150, 3), 0 to 255."""
    with Image.open(path) as image:
        # Decodes a large JPEG at down to an eighth of its size, five times as fast.
        image.draft(None, (300, 300))
        # Phones save a photo as the sensor lay, with a note on how to turn it.
        ImageOps.exif_transpose(image, in_place=True)
        if image.mode.startswith("I"):
            # 16-bit grey, of which Pillow's own conversion makes white nearly everywhere.
            image = image.convert("I").point(lambda value: value / 257).convert("L")
        image = image.convert("RGBA").resize((150, 150), Image.Resampling.BILINEAR)
        # Transparent parts are often black underneath, and hide a black drawing.
        paper = Image.new("RGBA", (150, 150), "white")
        return np.asarray(Image.alpha_composite(paper, image).convert("RGB"), "float32")


def find_pictures(folder):
    """List the pictures in and below each subfolder; the subfolders are the classes.

    Returns a dictionary, class -> paths, and a Counter, ending -> other files.
    """
    # Pillow's list, less films and PDF. HEIC counts even where it cannot be read.
    endings = {*Image.registered_extensions(), ".heic"} - {".mpg", ".mpeg", ".pdf"}
    classes = {}
    others = Counter()
    for top in sorted(folder.iterdir()):
        for path in [top, *sorted(top.rglob("*"))]:
            ending = path.suffix.lower()
            if any(x.startswith(HIDDEN) for x in path.relative_to(folder).parts):
                continue
            if path.is_dir():
                classes.setdefault(top.name, [])
            elif ending in endings and path != top:
                classes[top.name].append(path)
            else:
                others[ending or "without an ending"] += 1
    return classes, others


def find_unreadable(paths):
    """Decode each picture once; return a line for each that cannot be read."""
    problems = []
    for path in paths:
        try:
            if path.is_dir():
                raise IsADirectoryError
            read_picture(path)
        # Damaged pictures make Pillow raise almost anything, OSError to SyntaxError.
        except Exception as error:  # noqa: BLE001
            problems.append(f"{path} {PROBLEMS.get(type(error), UNREADABLE)}")
    return problems


def check_folder(folder, classes):
    """Return what is wrong with the classes in a folder, a line per problem."""
    problems = []
    if len(classes) < 2:
        problems.append(f"{folder} needs two subfolders or more, one per class")
    for name, paths in classes.items():
        place = folder / name
        # A class may be sorted further, such as by year. A training part is no class.
        is_class = len(classes) > 1 and not name.lower().startswith(PARTS)
        if len(paths) < 5:
            problems.append(f"{place} needs five pictures or more, not {len(paths)}")
        elif not is_class and all(path.parent != place for path in paths):
            better = paths[0].parent.parent
            problems.append(f"{place} has its classes one level deeper: name {better}")
    if not problems:
        problems = find_unreadable(path for name in classes for path in classes[name])
        if len(problems) > 5:
            problems[5:] = [f"{len(problems)} pictures in all cannot be read"]
    return problems


def extract_features(base_model, paths):
    """Read the pictures, 32 at a time, and run VGG16 over them once.

    Returns the features, float32 of shape (n, 8192), which is 32 KB per picture, and the
    pictures' own pixels at 28x28, shape (n, 2352), values 0..1.
    """
    # TensorFlow takes seconds to load, so it is imported when all files are checked.
    import tensorflow as tf
    from tensorflow.keras.applications.vgg16 import preprocess_input

    features = []
    pixels = []
    progress_bar = tf.keras.utils.Progbar(len(paths))
    for start in range(0, len(paths), 32):
        images = np.stack([read_picture(path) for path in paths[start : start + 32]])
        small_images = tf.image.resize(images, (28, 28), antialias=True) / 255
        pixels.append(tf.reshape(small_images, (-1, 28 * 28 * 3)))
        # Last, because preprocess_input() changes the images themselves.
        features.append(base_model.predict_on_batch(preprocess_input(images)))
        progress_bar.add(len(images))
    return np.concatenate(features).reshape(-1, 8192), np.concatenate(pixels)


def compare(features, pixels, labels, new_features, new_pixels):
    """Learn from labelled pictures in four ways, and let each answer for new ones.

    Labels are 0, 1, 2 and so on. Returns two dictionaries: method -> answers of shape
    (n,), and for the two that have them method -> scores of shape (n, classes).
    """
    from tensorflow.keras import Sequential, layers

    # One output per class; for two that is as good as the tutorial's single output.
    output = layers.Dense(len(np.unique(labels)), activation="softmax")
    head = Sequential([layers.Dense(256, activation="relu"), output])
    head.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    head.fit(features, labels, epochs=10, verbose=0)
    logistic = LogisticRegression(max_iter=1000).fit(features, labels)
    scores = {
        HEAD: head.predict(new_features, verbose=0),
        LOGISTIC: logistic.predict_proba(new_features),
    }
    answers = {method: scores[method].argmax(axis=1) for method in scores}
    # Does it take VGG16? In lesson 5 this was the best of all that do without it.
    answers[PIXELS] = SVC().fit(pixels, labels).predict(new_pixels)
    answers[GUESS] = np.full(len(new_pixels), np.bincount(labels).argmax())
    return answers, scores


def learn(classes, new_pictures):
    """Learn from four fifths of the pictures, and answer for all others.

    Returns what compare() does, for the held-out pictures and after them for the new
    ones, and the labels of those held out.
    """
    import tensorflow as tf

    from transfer_learning import build_transfer_model

    tf.keras.utils.set_random_seed(42)  # The same random numbers at every start.
    paths = [path for name in classes for path in classes[name]]
    labels = np.repeat(range(len(classes)), [len(classes[name]) for name in classes])
    # Stratified: each class has its share among those that are held out.
    train_paths, held_out_paths, train_labels, held_out_labels = train_test_split(
        paths, labels, test_size=0.2, stratify=labels, random_state=42
    )
    base_model = build_transfer_model().layers[0]
    print("Features of the pictures to learn from, then of all others:")
    features, pixels = extract_features(base_model, train_paths)
    others = extract_features(base_model, held_out_paths + new_pictures)
    answers, scores = compare(features, pixels, train_labels, *others)
    return answers, scores, held_out_labels


def describe_results(answers, scores, labels, names, new_pictures):
    """Say what the held-out pictures show, then what the new ones are; a list of lines.

    Takes what learn() returns, the names of the classes, and the new pictures' paths.
    """
    count = len(labels)
    right = {method: np.sum(answers[method][:count] == labels) for method in answers}
    lines = [f"Right on the {count} pictures held out:"]
    for method, number in right.items():
        lines.append(f"  {method}: {number / count:.2f} ({number} of {count})")
    if count < 20:
        lines.append("These are few: other pictures may give quite another result.")
    sizes = np.bincount(labels)
    if sizes.max() >= 3 * sizes.min():
        lines.append(
            "One class is much larger than another. Look at the mistakes, too."
        )
    # Of two that are equally good the one named first: logistic regression is simpler.
    better = max((LOGISTIC, HEAD), key=right.get)
    best = max((better, PIXELS, GUESS), key=right.get)
    if max(right[PIXELS], right[GUESS]) >= right[better]:
        lines.append("Here the answers are as good without VGG16.")
    lines.append(f"Best: {best.lower()}. Its mistakes: {count - right[best]}")
    for (true, other), times in Counter(zip(labels, answers[best])).most_common():
        if other != true:
            size = np.sum(labels == true)
            lines.append(f"  {names[true]} taken for {names[other]}: {times} of {size}")
    top_scores = scores[better].max(axis=1)
    certain = top_scores[:count] >= 0.9
    wrong = np.sum(certain & (answers[better][:count] != labels))
    reason = "" if best == better else ", which has scores"
    lines.append(
        f"For new pictures: {better.lower()}{reason}. With a score of 0.90 or more it "
        f"was wrong on {wrong} of {np.sum(certain)}."
    )
    for number, path in enumerate(new_pictures, start=count):
        answer = names[answers[better][number]]
        lines.append(f"{path} -> {answer} (score {top_scores[number]:.2f})")
    return lines


def main(arguments=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", metavar="FOLDER", type=Path)
    parser.add_argument("pictures", metavar="PICTURE", type=Path, nargs="*")
    options = parser.parse_args(arguments)
    # What the terminal cannot print becomes a "?". (IDLE's window has no reconfigure.)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    # Photos of 200 megapixels are read, and harmless oddities do not matter.
    Image.MAX_IMAGE_PIXELS = None
    warnings.filterwarnings("ignore", module="PIL")
    with contextlib.suppress(ImportError):
        import pillow_heif

        pillow_heif.register_heif_opener()

    try:
        classes, others = find_pictures(options.folder)
        # What is asked about is not learned from, even where it lies in the folder.
        new = {path.resolve() for path in options.pictures}
        for name in classes:
            classes[name] = [
                path for path in classes[name] if path.resolve() not in new
            ]
        problems = check_folder(options.folder, classes)
    except OSError as error:
        problems = [f"{error.filename} {PROBLEMS.get(type(error), error.strerror)}"]
    problems += find_unreadable(options.pictures)
    if problems:
        parser.error("\n".join(problems))

    print("Pictures:", ", ".join(f"{name} {len(classes[name])}" for name in classes))
    if others:
        print("Other files:", ", ".join(f"{others[x]} {x}" for x in sorted(others)))
    answers, scores, labels = learn(classes, options.pictures)
    names = list(classes)
    print("\n".join(describe_results(answers, scores, labels, names, options.pictures)))


if __name__ == "__main__":
    main()
