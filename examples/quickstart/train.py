"""The quickstart's job: train a classifier, draw its confusion matrix, use a tokenizer. Downloads nothing."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import ConfusionMatrixDisplay, accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

SEED = 20
OUT = Path(__file__).parent / "out"


def train() -> float:
    """Fit a classifier on scikit-learn's digits; returns its accuracy on unseen ones."""
    digits = load_digits()
    x_train, x_test, y_train, y_test = train_test_split(
        digits.data, digits.target, test_size=0.3, random_state=SEED, stratify=digits.target
    )
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500, random_state=SEED))
    model.fit(x_train, y_train)
    predicted = model.predict(x_test)
    OUT.mkdir(exist_ok=True)
    ConfusionMatrixDisplay.from_predictions(y_test, predicted, colorbar=False)
    plt.title("Digits: what was seen, what was said")
    plt.savefig(OUT / "confusion.png", dpi=120)
    counts = pd.Series(y_test).value_counts().sort_index()
    print(f"tested on {int(counts.sum())} digits, {counts.min()} to {counts.max()} of each")
    return float(accuracy_score(y_test, predicted))


def tokenize() -> list[str]:
    """Learn a small vocabulary on the spot and split a sentence with it."""
    tokenizer = Tokenizer(models.BPE(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    corpus = ["the same environment everywhere", "an environment that is proven to be the same"]
    trainer = trainers.BpeTrainer(vocab_size=120, special_tokens=["[UNK]"], show_progress=False)
    tokenizer.train_from_iterator(corpus, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="[UNK]").tokenize("the same environment")


if __name__ == "__main__":
    np.random.default_rng(SEED)
    print(f"accuracy {train():.4f}")
    print(f"tokens {tokenize()}")
    print(f"drawn  {OUT / 'confusion.png'}")
