"""Trains the models of the bench and measures others: `train FOLDER`, then `measure FOLDER` prints rows a second as JSON."""

import json
import pathlib
import sys
import time

import numpy
import pandas
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

NUMBERS = [f"n{i}" for i in range(12)]
BATCHES = (1, 32, 1024)


def rows(count, seed):
    random = numpy.random.RandomState(seed)
    frame = pandas.DataFrame({name: random.normal(i, 2, count) for i, name in enumerate(NUMBERS)})
    frame["color"] = random.choice(["red", "green", "blue", "grey"], count)
    return frame


def label(frame):
    return ((frame.n0 + frame.n1 * frame.n2 / 4 + (frame.color == "red") * 2) > 2).map({True: "yes", False: "no"}).rename("label")


def pipeline(model):
    from sklearn2pmml.pipeline import PMMLPipeline

    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    return PMMLPipeline([("prepare", ColumnTransformer([("numbers", numbers, NUMBERS), ("color", OneHotEncoder(), ["color"])])), ("model", model)])


MODELS = {
    "logistic": lambda: LogisticRegression(max_iter=300),
    "boosting": lambda: GradientBoostingClassifier(n_estimators=100, max_depth=4, random_state=1),
    "forest": lambda: RandomForestClassifier(n_estimators=100, max_depth=8, random_state=1),
}


def train(folder):
    import joblib
    from sklearn2pmml import sklearn2pmml

    known = rows(5_000, 1)
    for name, model in MODELS.items():
        trained = pipeline(model())
        trained.fit(known, label(known))
        sklearn2pmml(trained, str(folder / f"{name}.pmml"))
        joblib.dump(trained, folder / f"{name}.joblib")
    (folder / "rows.json").write_text(json.dumps(rows(65_536, 2).to_dict("list")))


def rate(run, batches, seconds=0.7):
    """Rows a second of `run`, which takes one of `batches` after the other."""
    run(batches[0])
    done, at, start = 0, 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        run(batches[at % len(batches)])
        done += len(batches[at % len(batches)])
        at += 1
    return done / (time.perf_counter() - start)


def measure(folder):
    import joblib
    from jpmml_evaluator import make_evaluator

    frame = pandas.DataFrame(json.loads((folder / "rows.json").read_text()))
    results = {}
    for name in MODELS:
        trained = joblib.load(folder / f"{name}.joblib")
        evaluator = make_evaluator(str(folder / f"{name}.pmml"))
        for size in BATCHES:
            batches = [frame.iloc[start : start + size] for start in range(0, min(len(frame), size * 64), size)]
            results[f"{name} {size} sklearn"] = rate(trained.predict_proba, batches)
            if size == 1:
                batches = [batch.iloc[0].to_dict() for batch in batches]
                results[f"{name} {size} jpmml"] = rate(evaluator.evaluate, batches) 
            else:
                results[f"{name} {size} jpmml"] = rate(evaluator.evaluateAll, batches)
    print(json.dumps(results))


if __name__ == "__main__":
    {"train": train, "measure": measure}[sys.argv[1]](pathlib.Path(sys.argv[2]))
