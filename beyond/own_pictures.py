"""Learns to tell your own pictures apart, as lesson 5 does with drawings.

    uv run beyond/own_pictures.py photos new1.jpg new2.jpg
    uv run beyond/own_pictures.py --model photos.keras new3.jpg

The folder has a subfolder per class, such as photos/cats and photos/dogs, each with five
pictures or more; a few dozen are better. A fifth of them is held out, to see how well the
tutorial's head does on pictures that it has never seen, and whether something simpler
does as well. Then each new picture gets its answer. The head is kept in the current
folder, as photos.keras, and the names of the classes in photos.json: with both, --model
answers in seconds, without the folder. VGG16 itself is not copied; it is in data/.

For HEIC photos, write "uv run --with pillow-heif" for "uv run".
"""

import hashlib
import json
import sys
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image
from reading import (
    PICTURES,
    attempt,
    explain,
    make_parser,
    print_answers,
    read_model,
    read_picture,
    run,
)
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC

HEAD = "The tutorial's head"
LOGISTIC = "Logistic regression on the features"
PIXELS = "Support vector machine on 28x28 pixels"
GUESS = "Guessing the largest class"

HIDDEN = (".", "__MACOSX", "Thumbs.db", "desktop.ini")
PARTS = ("train", "val", "test")  # In the names of the folders of a data set's parts.


def list_files(folder, above=frozenset()):
    """List the files in and below a folder, also behind links, without hidden ones."""
    place = folder.resolve()
    files = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith(HIDDEN) or place in above:  # A link may lead back.
            continue
        files += list_files(path, above | {place}) if path.is_dir() else [path]
    return files


def find_pictures(folder):
    """List the pictures in and below each subfolder; the subfolders are the classes.

    Returns a dictionary, class -> paths, and a Counter, ending -> other files. Raises
    ValueError if these are no classes.
    """
    tops = [p for p in sorted(folder.iterdir()) if p.is_dir()]
    tops = [top for top in tops if not top.name.startswith(HIDDEN)]
    classes = {top.name: [] for top in tops}
    others = Counter()
    for path in list_files(folder):
        name, *rest = path.relative_to(folder).parts
        ending = path.suffix.lower()
        if rest and PICTURES.fullmatch(ending):
            classes[name].append(path)
        else:
            others[ending or "without an ending"] += 1

    # A data set's parts are no classes: they are named so, and have the same ones in them.
    inside = {top.name: {p.name for p in top.iterdir() if p.is_dir()} for top in tops}
    named = [name for name in classes if any(part in name.lower() for part in PARTS)]
    same = [inside[name] for name in named]
    parts = [name for name in named if len(inside[name]) > 1 < same.count(inside[name])]
    if len(classes) == 1:
        parts = [name for name in classes if len(inside[name]) > 1]
    if parts:
        largest = max(parts, key=lambda name: len(classes[name]))
        raise ValueError(
            f"has its classes ({', '.join(sorted(inside[largest]))}) one level deeper, in "
            f"{' and in '.join(parts)}: name {folder / largest}"
        )
    if len(classes) < 2:
        raise ValueError("needs two subfolders or more, one per class")
    return classes, others


def read(path):
    """Read a picture as lesson 5 takes it, uint8 of shape (150, 150, 3), and its bytes' hash.

    Raises ValueError with what is wrong.
    """
    picture = read_picture(path).resize((150, 150), Image.Resampling.BILINEAR)
    return np.asarray(picture), hashlib.sha256(path.read_bytes()).digest()


def read_classes(classes, asked):
    """Read the pictures of all classes: equal files once, and none that is asked about.

    Takes class -> paths, and the hashes of what is asked about. Returns class -> pictures,
    a list of lines, what was passed over, and another, what makes learning impossible.
    """
    count = sum(map(len, classes.values()))
    if count > 50:
        print(f"Reading {count:,} pictures", flush=True)
    pictures = {name: [] for name in classes}
    owners = dict.fromkeys(asked)
    unreadable = []
    problems = []
    for name, paths in classes.items():
        copies = 0
        for path in paths:
            try:
                picture, content = read(path)
            except ValueError as error:
                unreadable.append(f"{path} {error}")
                continue
            if content not in owners:
                owners[content] = name
                pictures[name].append(picture)
            elif owners[content] not in (name, None):
                problems.append(
                    f"{path} is in {owners[content]}, too: it can be only one"
                )
            copies += owners[content] == name
        copies -= len(pictures[name])
        if copies:
            print(f"{name}: {copies} copies of other files were left out")
        if len(pictures[name]) < 5:
            problems.append(
                f"{name} needs five different pictures or more, not {len(pictures[name])}"
            )
    return pictures, unreadable, problems


def extract_features(base_model, pictures):
    """Run VGG16 over pictures, uint8 of shape (n, 150, 150, 3), 32 at a time.

    Returns the features, float32 of shape (n, 8192), which is 32 KB per picture, and the
    pictures' own pixels at 28x28, shape (n, 2352), values 0..1.
    """
    # TensorFlow takes seconds to load, so it is imported when all files are read.
    import tensorflow as tf
    from tensorflow.keras.applications.vgg16 import preprocess_input

    features = []
    pixels = []
    progress_bar = tf.keras.utils.Progbar(len(pictures))
    for start in range(0, len(pictures), 32):
        batch = np.stack(pictures[start : start + 32]).astype("float32")
        # As lesson 5 does it.
        small_images = tf.image.resize(batch, (28, 28)) / 255
        pixels.append(tf.reshape(small_images, (-1, 28 * 28 * 3)))
        # Last, because preprocess_input() changes the images themselves.
        features.append(base_model.predict_on_batch(preprocess_input(batch)))
        progress_bar.add(len(batch))
    return np.concatenate(features).reshape(-1, 8192), np.concatenate(pixels)


def train_head(features, labels):
    """Train the tutorial's head on features. Labels are 0, 1, 2 and so on."""
    from tensorflow.keras import Sequential, layers

    head = Sequential(
        [
            layers.Input((8192,)),
            layers.Dense(256, activation="relu"),
            # One output per class; for two that is as good as the tutorial's single one.
            layers.Dense(len(np.unique(labels)), activation="softmax"),
        ]
    )
    head.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    head.fit(features, labels, epochs=10, verbose=0)
    return head


def learn(pictures):
    """Learn from four fifths of the pictures, and answer for the held-out fifth.

    Takes class -> pictures. Returns VGG16, the head, a dictionary, method -> answers, the
    head's scores of shape (n, classes), and the right answers, the labels.
    """
    import tensorflow as tf

    from transfer_learning import build_transfer_model

    tf.keras.utils.set_random_seed(42)  # The same random numbers at every start.
    images = [picture for name in pictures for picture in pictures[name]]
    labels = np.repeat(range(len(pictures)), [len(pictures[name]) for name in pictures])
    # Stratified: each class has its share among those that are held out.
    train_images, images, train_labels, labels = train_test_split(
        images, labels, test_size=0.2, stratify=labels, random_state=42
    )
    base_model = build_transfer_model().layers[0]
    print("Features of the pictures to learn from, then of those held out:")
    train_features, train_pixels = extract_features(base_model, train_images)
    features, pixels = extract_features(base_model, images)
    print("Learning from them", flush=True)
    head = train_head(train_features, train_labels)
    scores = head.predict(features, verbose=0)
    logistic = LogisticRegression(max_iter=1000).fit(train_features, train_labels)
    answers = {
        HEAD: scores.argmax(axis=1),
        LOGISTIC: logistic.predict(features),
        # In lesson 5 the best of all that do without VGG16.
        PIXELS: SVC().fit(train_pixels, train_labels).predict(pixels),
        GUESS: np.full(len(labels), np.bincount(train_labels).argmax()),
    }
    return base_model, head, answers, scores, labels


def describe_results(answers, scores, labels, names):
    """Say what the held-out pictures show, in a list of lines, from what learn() returns."""
    count = len(labels)
    right = {method: np.sum(answers[method] == labels) for method in answers}
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
    if max(right[PIXELS], right[GUESS]) >= max(right[HEAD], right[LOGISTIC]):
        lines.append("Here the answers are as good without VGG16.")
    lines.append(f"The head's mistakes: {count - right[HEAD]}")
    for (true, other), times in Counter(zip(labels, answers[HEAD])).most_common():
        if other != true:
            lines.append(
                f"  {names[true]} taken for {names[other]}: {times} of {sizes[true]}"
            )
    certain = scores.max(axis=1) >= 0.9
    wrong = np.sum(certain & (answers[HEAD] != labels))
    lines.append(
        f"With a score of 0.90 or more it was wrong on {wrong} of {np.sum(certain)}."
    )
    return lines


def save(head, names, stem):
    """Save a head and the names of its classes in the current folder, and say so."""
    model, classes = Path(f"{stem}.keras"), Path(f"{stem}.json")
    verb = "Replaced" if model.exists() else "Saved"
    try:
        head.save(model)
        classes.write_text(json.dumps(names, ensure_ascii=False), encoding="utf-8")
        print(f"{verb} {model} and {classes}, for own_pictures.py --model {model}")
    except OSError as error:
        print(f"{model} cannot be saved in this folder: {error}")


def load(path):
    """Load VGG16, a head that save() has saved, and the names of its classes.

    Raises ValueError with what is wrong, and with which file.
    """
    classes = path.with_suffix(".json")
    try:
        names = json.loads(classes.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(
            f"{classes} {explain(error)}; it has the classes' names, and lies beside {path}"
        ) from None
    except ValueError:
        names = None
    try:
        head = read_model(path, "own_pictures.py with the folder")
    except ValueError as error:
        raise ValueError(f"{path} {error}") from None
    shapes = head.input_shape, head.output_shape
    if not isinstance(names, list) or shapes != ((None, 8192), (None, len(names))):
        raise ValueError(f"{path} and {classes} do not belong together")

    from transfer_learning import build_transfer_model

    return build_transfer_model().layers[0], head, names


def answer(base_model, head, names, paths, new):
    """Say which class each new picture is. Takes and leaves a ValueError in its place."""
    readable = [x[0] for x in new if not isinstance(x, ValueError)]
    features, _ = extract_features(base_model, readable)
    scores = iter(head.predict(features, verbose=0))
    lines = []
    for path, picture in zip(paths, new):
        line = picture
        if not isinstance(picture, ValueError):
            of_this = next(scores)
            line = f"{path} -> {names[of_this.argmax()]} (score {of_this.max():.2f})"
        lines.append(line)
    return lines


def main(arguments=None):
    parser = make_parser(__doc__)
    parser.add_argument("folder", metavar="FOLDER", type=Path, nargs="?")
    parser.add_argument("pictures", metavar="PICTURE", type=Path, nargs="*")
    parser.add_argument(
        "--model", metavar="FILE", type=Path, help="what was learned before, no FOLDER"
    )
    options = parser.parse_intermixed_args(arguments)
    folder, paths = options.folder, options.pictures
    if folder is None:
        parser.error(f"{'PICTURE' if options.model else 'FOLDER'} is required")
    if options.model:
        paths = [folder, *paths]
    new = [attempt(read, path) for path in paths]
    problems = [f"{p} {x}" for p, x in zip(paths, new) if isinstance(x, ValueError)]
    readable = [x for x in new if not isinstance(x, ValueError)]
    if options.model:
        # Of several pictures those that can be read are answered.
        if not readable:
            parser.error("\n".join(problems))
        try:
            base_model, head, names = load(options.model)
        except ValueError as error:
            parser.error(str(error))
    else:
        try:
            classes, others = find_pictures(folder)
        except OSError as error:
            problems.append(f"{error.filename} {explain(error)}")
        except ValueError as error:
            problems.append(f"{folder} {error}")
        if problems:
            parser.error("\n".join(problems))
        hashes = [content for _, content in readable]
        pictures, unreadable, problems = read_classes(classes, hashes)
        if problems:
            listed = [f"Other files: {others[x]} {x}" for x in sorted(others)]
            parser.error("\n".join([*unreadable, *problems, *listed]))
        names = list(pictures)
        print("Pictures:", ", ".join(f"{name} {len(pictures[name])}" for name in names))
        if others:
            print("Other files:", ", ".join(f"{others[x]} {x}" for x in sorted(others)))
        if unreadable:
            sys.stdout.flush()
            print("Passed over:", *unreadable, sep="\n  ", file=sys.stderr, flush=True)
        base_model, head, answers, scores, labels = learn(pictures)
        print("\n".join(describe_results(answers, scores, labels, names)))
        save(head, names, folder.resolve().name)
    if readable:
        print_answers(paths, answer(base_model, head, names, paths, new))


if __name__ == "__main__":
    run(main)
