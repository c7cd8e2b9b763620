"""Handwritten digits, classified by a stochastic-computing dense layer on any engine.

A multinomial logistic regression is trained in floating point; its weights become the signed codes
of a dense layer with 64 pixels and an input that is always 1, whose weights are the biases. The
class is the neuron with the largest signed count: the softmax is monotonic and not needed.

The data are scikit-learn's: 1,797 images of 8 x 8 pixels with 17 grey levels (E. Alpaydin and
C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository, 1998).
"""

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from bitcortex import check
from bitcortex.errors import ToolError
from bitcortex.models.faults import Faults, as_faults
from bitcortex.models.layer.streams import MODES
from bitcortex.sim.engine.fixed_layer import FixedPointDenseLayer
from bitcortex.sim.engine.sc_layer import SCDenseLayer
from bitcortex.sim.engine.sc_weights import WeightReport, quantise

CLASSES = 10
INPUTS = 65  # pixels, and one that is always 1
HELD_OUT = 450  # images that training never sees, of 1,797
INVERSE_REGULARISATION = 10.0  # best of 0.1 to 30 in tenfold cross-validation, training images
LENGTHS = (16, 32, 64, 128, 256, 512, 1024)
ARITHMETICS = ("sc", "fixed")
CHUNK = 50  # images between two reports of progress

Integers = NDArray[np.int64]
Reals = NDArray[np.float64]
Progress = Callable[[int], object]
NO_FAULTS = Faults()


@dataclass(frozen=True)
class Digits:
    """A trained classifier and the images that it has not seen."""

    weights: Reals  # (10, 65), in [-1, 1]
    inputs: Reals  # (held out, 65), probabilities
    labels: Integers  # (held out,), 0 to 9
    float_predictions: Integers  # (held out,), of the floating-point classifier
    report: WeightReport  # what rounding the weights loses

    @property
    def float_accuracy(self) -> float:
        """Fraction of the held-out images that the floating-point classifier gets right."""
        return float((self.float_predictions == self.labels).mean())


@dataclass(frozen=True)
class DigitsResult:
    """What one engine makes of the held-out images."""

    engine: str
    length: int  # bits of a stream
    mode: str  # of the streams
    counts: Integers  # (held out, 10), signed
    labels: Integers  # (held out,)
    float_accuracy: float  # of the floating-point classifier on the same images
    seconds: float  # of all passes
    arithmetic: str = "sc"  # or "fixed"
    faults: Faults = NO_FAULTS

    @property
    def predictions(self) -> Integers:
        """The class of each image: the largest count, the lower number if two are equal."""
        return np.asarray(self.counts.argmax(axis=1), np.int64)

    @property
    def accuracy(self) -> float:
        """Fraction of the images that are right."""
        return float((self.predictions == self.labels).mean())

    @property
    def images(self) -> int:
        """Number of images."""
        return len(self.labels)

    @property
    def hash(self) -> str:
        """Hash of all counts, 16 hexadecimal digits: equal on all engines."""
        return hashlib.sha256(self.counts.astype("<i8").tobytes()).hexdigest()[:16]


@dataclass(frozen=True)
class AccuracyCurve:
    """Accuracy against the length of the streams."""

    lengths: tuple[int, ...]
    accuracy: dict[str, Reals]  # by mode: (lengths, repeats), each repeat with a seed of its own
    float_accuracy: float
    images: int  # held out, per repeat


@lru_cache(maxsize=4)
def train(seed: int = 0) -> Digits:
    """Train in floating point; every class has its share of the 450 held-out images.

    Parameters
    ----------
    seed
        Of the choice of the held-out images, 0 to 2**32 - 1.

    Raises
    ------
    ToolError
        If scikit-learn is missing.
    """
    check.integer("seed", seed, 0, 2**32 - 1)
    try:
        from sklearn.datasets import load_digits
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import train_test_split
    except ModuleNotFoundError:
        raise ToolError(
            "scikit-learn is missing, which has the digits. Try pip install 'bitcortex[demo]'"
        ) from None
    images, labels = load_digits(return_X_y=True)
    learn, held, learn_labels, held_labels = train_test_split(
        images / 16.0, labels, test_size=HELD_OUT, random_state=seed, stratify=labels
    )
    classifier = LogisticRegression(C=INVERSE_REGULARISATION, max_iter=5000)
    classifier.fit(learn, learn_labels)
    weights = np.hstack([classifier.coef_, classifier.intercept_[:, None]])
    weights /= np.abs(weights).max()  # all counts alike: the largest stays the largest
    return Digits(
        weights=weights,
        inputs=np.hstack([held, np.ones((HELD_OUT, 1))]),
        labels=held_labels.astype(np.int64),
        float_predictions=classifier.predict(held).astype(np.int64),
        report=quantise(weights, (CLASSES, INPUTS))[1],
    )


def classify(
    engine: str = "numba",
    length: int = 128,
    mode: str = "sobol",
    seed: int = 1,
    digits: Digits | None = None,
    progress: Progress = lambda images: None,
    faults: Faults | None = None,
    arithmetic: str = "sc",
) -> DigitsResult:
    """Classify the held-out images; all engines give the same counts.

    Parameters
    ----------
    engine, length, mode, seed
        Of the layer: see `SCDenseLayer`. A fixed-point layer has no length, mode or seed.
    digits
        What to classify with; `train()` if None.
    progress
        Called with the number of images done since the last call; 450 in all.
    faults
        Of the layer, the same on every engine; none if None.
    arithmetic
        ``sc``: bitstreams, `SCDenseLayer`. ``fixed``: words, `FixedPointDenseLayer`; the counts
        are its sums.

    Raises
    ------
    ValueError
        If there is no such engine, mode or arithmetic, or the length is out of range.
    ToolError
        If scikit-learn is missing.
    """
    check.one_of("arithmetic", arithmetic, ARITHMETICS)
    digits = train() if digits is None else digits
    shape, weights, faults = (INPUTS, CLASSES), digits.weights, as_faults(faults)
    layer: SCDenseLayer | FixedPointDenseLayer
    if arithmetic == "sc":
        layer = SCDenseLayer(*shape, length, mode, seed, weights, engine, faults)
        passes = layer.forward_counts
    else:
        layer = FixedPointDenseLayer(*shape, weights, engine, faults)
        passes = layer.forward_sums
    with layer:
        start = time.perf_counter()
        counts = []
        for first in range(0, len(digits.inputs), CHUNK):
            counts.append(passes(digits.inputs[first : first + CHUNK]))
            progress(len(counts[-1]))
        seconds = time.perf_counter() - start
    return DigitsResult(
        engine=engine,
        length=length,
        mode=mode,
        counts=np.concatenate(counts),
        labels=digits.labels,
        float_accuracy=digits.float_accuracy,
        seconds=seconds,
        arithmetic=arithmetic,
        faults=faults,
    )


def accuracy_by_length(
    lengths: Sequence[int] = LENGTHS,
    repeats: int = 5,
    engine: str = "numba",
    digits: Digits | None = None,
    progress: Progress = lambda images: None,
) -> AccuracyCurve:
    """Measure the accuracy of both modes at several lengths.

    Parameters
    ----------
    lengths
        Bits of a stream.
    repeats
        Runs over all held-out images, with seeds 1 to `repeats`, at least 1.
    engine, digits, progress
        As for `classify`.
    """
    check.integer("repeats", repeats, 1, 1000)
    digits = train() if digits is None else digits
    accuracy = {
        mode: np.array(
            [
                [
                    classify(engine, length, mode, seed, digits, progress).accuracy
                    for seed in range(1, repeats + 1)
                ]
                for length in lengths
            ]
        )
        for mode in MODES
    }
    return AccuracyCurve(tuple(lengths), accuracy, digits.float_accuracy, len(digits.labels))
