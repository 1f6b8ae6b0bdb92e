"""The libraries themselves: trains the models of the bench, then predicts on demand.

native.py FOLDER: writes models and rows there, prints `ready` with the versions, then answers each line `MODEL BATCH THREADS SECONDS`
of the input with `ROWS_PER_SECOND CHECKSUM`, the sum of the first predictions.
"""

import json
import os
import sys
import time

import lightgbm as lgb
import numpy as np
import xgboost as xgb

ROWS = 8_192
CHECKED = 64
SIZES = {"small": (100, 6, 30), "large": (500, 8, 50)}


def rows_of(features):
    random = np.random.RandomState(features)
    rows = random.randn(ROWS, features).astype(np.float32)
    rows[random.rand(ROWS, features) < 0.05] = np.nan
    return rows


def train(size):
    trees, depth, features = SIZES[size]
    rows = rows_of(features)
    noise = np.random.RandomState(1).randn(ROWS)
    clean = np.nan_to_num(rows)
    label = ((clean[:, 0] * clean[:, 1] + clean[:, 2] + np.sin(3 * clean[:, 3]) + noise) > 0).astype(np.float32)
    parameters = {"objective": "binary:logistic", "max_depth": depth, "eta": 0.1, "tree_method": "hist", "seed": 1, "nthread": 1}
    boosted = xgb.train(parameters, xgb.DMatrix(rows, label), trees)
    parameters = {"objective": "binary", "max_depth": depth, "num_leaves": 2**depth, "learning_rate": 0.1, "min_data_in_leaf": 5, "verbose": -1, "seed": 1, "num_threads": 1}
    lighted = lgb.train(parameters, lgb.Dataset(rows.astype(np.float64), label), trees)
    return rows, boosted, lighted


def predictor(kind, booster, threads):
    """A function of rows; `threads` 0 means the library's own choice."""
    count = threads or os.cpu_count()
    if kind == "lightgbm":
        return lambda rows: booster.predict(rows, num_threads=threads)
    booster.set_param({"nthread": count})
    if kind == "xgboost":
        return booster.inplace_predict
    return lambda rows: booster.predict(xgb.DMatrix(rows, nthread=count))


def measure(predict, rows, batch, seconds):
    batches = [np.ascontiguousarray(rows[at : at + batch]) for at in range(0, ROWS, batch)]
    checked = batches[: max(1, CHECKED // batch)]
    checksum = float(sum(np.asarray(predict(part), dtype=np.float64).sum() for part in checked))
    done, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        for _ in range(8):
            predict(batches[done % len(batches)])
            done += 1
    return done * batch / (time.perf_counter() - started), checksum


def main(folder):
    models = {}
    for size in SIZES:
        rows, boosted, lighted = train(size)
        boosted.save_model(f"{folder}/xgboost-{size}.ubj")
        lighted.save_model(f"{folder}/lightgbm-{size}.txt")
        rows.tofile(f"{folder}/rows-{size}.bin")
        models[f"xgboost-{size}"] = models[f"xgboost-dmatrix-{size}"] = (boosted, rows)
        models[f"lightgbm-{size}"] = (lighted, rows.astype(np.float64))
    print("ready", json.dumps({"xgboost": xgb.__version__, "lightgbm": lgb.__version__}), flush=True)
    for line in sys.stdin:
        name, batch, threads, seconds = line.split()
        booster, rows = models[name]
        kind = name.rsplit("-", 1)[0]
        rate, checksum = measure(predictor(kind, booster, int(threads)), rows, int(batch), float(seconds))
        print(rate, checksum, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
