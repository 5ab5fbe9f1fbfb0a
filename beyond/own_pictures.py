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
import re
from collections import Counter
from pathlib import Path

import numpy as np
import reading
from PIL import Image
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC

HEAD = "The tutorial's head"
LOGISTIC = "Logistic regression on the features"
PIXELS = "Support vector machine on 28x28 pixels"
GUESS = "Guessing the largest class"

HIDDEN = (".", "@eaDir", "__MACOSX", "Thumbs.db", "desktop.ini")
# Words in the names of the folders of a data set's parts, such as seg_train.
PARTS = {"train", "training", "val", "valid", "validation", "test", "testing"}


def list_visible(folder):
    """List what is in a folder, without hidden files."""
    return [
        path for path in sorted(folder.iterdir()) if not path.name.startswith(HIDDEN)
    ]


def list_files(folder, above=()):
    """List the files in and below a folder, also behind links to other folders."""
    place = folder.resolve()
    if place in above:  # A link leads back to where one was.
        return []
    files = []
    for path in list_visible(folder):
        files += list_files(path, (*above, place)) if path.is_dir() else [path]
    return files


def find_pictures(folder):
    """List the pictures in and below each subfolder; the subfolders are the classes.

    Returns a dictionary, class -> paths, and a Counter, ending -> other files. Raises
    ValueError if these are no classes.
    """
    tops = [path for path in list_visible(folder) if path.is_dir()]
    classes = {top.name: [] for top in tops}
    others = Counter()
    for path in list_files(folder):
        name, *rest = path.relative_to(folder).parts
        ending = path.suffix.lower()
        if rest and reading.PICTURES.fullmatch(ending):
            classes[name].append(path)
        else:
            others[ending or "without an ending"] += 1

    # A data set's parts are no classes. They are named so, and one has classes in it.
    inside = {}
    for top in tops:
        if len(tops) == 1 or PARTS & {*re.split(r"[\W_\d]+", top.name.lower())}:
            inside[top.name] = [p.name for p in list_visible(top) if p.is_dir()]
    parts = [name for name in inside if len(inside[name]) > 1]
    if parts and (len(inside) > 1 or len(tops) == 1):
        largest = max(parts, key=lambda name: (len(classes[name]), "train" in name))
        raise ValueError(
            f"has its classes ({', '.join(inside[largest])}) one level deeper, in "
            f"{' and in '.join(parts)}: name {folder / largest}"
        )
    if len(classes) < 2:
        raise ValueError("needs two subfolders or more, one per class")
    if len(inside) == len(classes):
        raise ValueError(
            f"has only parts of a data set, {' and '.join(inside)}, and no classes in "
            "them; make a subfolder per class"
        )
    return classes, others


def read(path):
    """Read a picture as lesson 5 takes it, uint8 of shape (150, 150, 3), and hash its bytes."""
    picture = reading.read_picture(path).resize((150, 150), Image.Resampling.BILINEAR)
    return np.asarray(picture), hashlib.sha256(path.read_bytes()).digest()


def read_classes(classes, asked):
    """Read the pictures of all classes: equal files once, and none that is asked about.

    Takes class -> paths, and the hashes of what is asked about. Returns class -> pictures,
    and two lists of lines: what was passed over, and what makes learning impossible.
    """
    count = sum(map(len, classes.values()))
    if count > 50:
        print(f"Reading {count:,} pictures", flush=True)
    pictures = {name: [] for name in classes}
    owners = dict.fromkeys(asked)
    passed_over = []
    problems = []
    for name, paths in classes.items():
        copies = 0
        for path in paths:
            try:
                picture, content = read(path)
            except ValueError as error:
                passed_over.append(f"{path} {error}")
                continue
            if content not in owners:
                owners[content] = name
                pictures[name].append(picture)
            elif owners[content] == name:
                copies += 1
            elif owners[content]:
                problems.append(
                    f"{path} is in {owners[content]}, too; delete one of them"
                )
        if copies:
            passed_over.append(f"{name} has {copies} copies of files that are there")
        count = len(pictures[name])
        if count < 5:
            rest = ", without those that you ask about" if asked else ""
            problems.append(
                f"{name} needs five different pictures or more, not {count}{rest}"
            )
    return pictures, passed_over, problems


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

    Takes class -> pictures. Returns the head, a dictionary, method -> answers, the head's
    scores of shape (n, classes), and the right answers, the labels.
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
    scores = np.asarray(head(features))
    logistic = LogisticRegression(max_iter=1000).fit(train_features, train_labels)
    answers = {
        HEAD: scores.argmax(axis=1),
        LOGISTIC: logistic.predict(features),
        # As in lesson 5: what can be had without VGG16.
        PIXELS: SVC().fit(train_pixels, train_labels).predict(pixels),
        GUESS: np.full(len(labels), np.bincount(train_labels).argmax()),
    }
    return head, answers, scores, labels


def describe_results(answers, scores, labels, names):
    """Say what the held-out pictures show, in a list of lines, from what learn() returns."""
    count = len(labels)
    right = {method: np.sum(answers[method] == labels) for method in answers}
    lines = [f"Right on the {count} pictures held out:"]
    for method, number in right.items():
        lines.append(f"  {method}: {number / count:.2f} ({number} of {count})")
    if count < 20:
        lines.append("These are few: other pictures may give quite another result.")
    if max(right[PIXELS], right[GUESS]) >= max(right[HEAD], right[LOGISTIC]):
        lines.append("Here the answers are as good without VGG16.")
    lines.append(f"The head's mistakes: {count - right[HEAD]}")
    for (true, other), times in Counter(zip(labels, answers[HEAD])).most_common():
        if other != true:
            size = np.sum(labels == true)
            lines.append(f"  {names[true]} taken for {names[other]}: {times} of {size}")
    certain = scores.max(axis=1) >= 0.9
    wrong = np.sum(certain & (answers[HEAD] != labels))
    lines.append(
        f"With a score of 0.90 or more it was wrong on {wrong} of {np.sum(certain)}."
    )
    return lines


def save(head, names, stem):
    """Save a head and the names of its classes in the current folder, and say so."""
    from tensorflow.keras import Sequential, layers

    model, classes = Path(f"{stem}.keras"), Path(f"{stem}.json")
    verb = "Replaced" if model.exists() else "Saved"
    try:
        # Its layers alone, without what only further training would need: 8 MB.
        Sequential([layers.Input((8192,)), *head.layers]).save(model)
        classes.write_text(json.dumps(names), encoding="utf-8")
        print(f"{verb} {model} and {classes}, for own_pictures.py --model {model}")
    except OSError as error:
        print(f"{model} cannot be saved in this folder: {error}")


def load(path):
    """Load a head that save() has saved, and the names of its classes.

    Raises ValueError with what is wrong, without the path.
    """
    head = reading.read_model(path, "own_pictures.py with your folder")
    classes = path.with_suffix(".json")
    try:
        names = [*json.loads(classes.read_text(encoding="utf-8"))]
    except OSError as error:
        raise ValueError(
            f"needs {classes} beside it, which {reading.explain(error)}"
        ) from None
    except (TypeError, ValueError):  # No JSON, or no list.
        names = []
    if (head.input_shape, head.output_shape) != ((None, 8192), (None, len(names))):
        raise ValueError(f"and {classes} do not belong together")
    return head, names


def answer(head, names, paths, new):
    """Say for each new picture which class it is; a ValueError keeps its place."""
    from transfer_learning import build_transfer_model

    readable = [number for number, x in enumerate(new) if not isinstance(x, ValueError)]
    base_model = build_transfer_model().layers[0]
    features, _ = extract_features(base_model, [new[number][0] for number in readable])
    answers = list(new)
    for number, scores in zip(readable, np.asarray(head(features))):
        name = names[scores.argmax()]
        answers[number] = f"{paths[number]} -> {name} (score {scores.max():.2f})"
    return answers


def main(arguments=None):
    parser = reading.make_parser(__doc__)
    parser.add_argument("folder", metavar="FOLDER", type=Path, nargs="?")
    parser.add_argument("pictures", metavar="PICTURE", type=Path, nargs="*")
    parser.add_argument(
        "--model", metavar="FILE", type=Path, help="learned before; then no FOLDER"
    )
    options = parser.parse_intermixed_args(arguments)
    folder, paths = options.folder, options.pictures
    if folder is None:
        parser.error(f"{'PICTURE' if options.model else 'FOLDER'} is required")
    if options.model:
        paths = [folder, *paths]
    new = [reading.attempt(read, path) for path in paths]
    problems = [f"{p} {x}" for p, x in zip(paths, new) if isinstance(x, ValueError)]
    if options.model:
        # Of several pictures those that can be read are answered.
        if len(problems) < len(new):
            try:
                head, names = load(options.model)
            except ValueError as error:
                parser.error(f"{options.model} {error}")
            new = answer(head, names, paths, new)
        reading.print_answers(paths, new)
        return

    try:
        classes, others = find_pictures(folder)
    except OSError as error:
        problems.append(f"{error.filename} {reading.explain(error)}")
    except ValueError as error:
        problems.append(f"{folder} {error}")
    kept = Path(f"{folder.resolve().name}.json")
    if kept.exists() and not kept.with_suffix(".keras").exists():
        problems.append(f"{kept} is there and would be replaced; move it away")
    if problems:
        parser.error("\n".join(problems))
    pictures, passed_over, problems = read_classes(classes, [x[1] for x in new])
    if others:
        counts = ", ".join(f"{others[x]} {x}" for x in sorted(others))
        passed_over.append(f"Other files: {counts}")
    if problems:
        parser.error("\n".join([*problems, *passed_over]))
    names = list(pictures)
    print("Pictures:", ", ".join(f"{name} {len(pictures[name])}" for name in names))
    if passed_over:
        print("Passed over:", *passed_over, sep="\n  ")
    head, *results = learn(pictures)
    print("\n".join(describe_results(*results, names)))
    save(head, names, folder.resolve().name)
    if paths:
        reading.print_answers(paths, answer(head, names, paths, new))


if __name__ == "__main__":
    reading.run(main)
