"""Writes the models of the bench into a folder: models.py torch|tensorflow FOLDER."""

import sys

WIDTHS = {"small": [4, 16, 3], "wide": [256, 512, 512, 10]}
framework, folder = sys.argv[1:]

for name, sizes in WIDTHS.items():
    if framework == "torch":
        import torch

        layers = []
        for i in range(len(sizes) - 1):
            layers += [torch.nn.Linear(sizes[i], sizes[i + 1]), torch.nn.ReLU()]
        torch.jit.script(torch.nn.Sequential(*layers[:-1]).eval()).save("%s/%s" % (folder, name))
    else:
        import tensorflow as tf

        module = tf.Module()
        module.weights = [(tf.Variable(tf.random.normal([a, b])), tf.Variable(tf.zeros([b]))) for a, b in zip(sizes, sizes[1:])]

        @tf.function(input_signature=[tf.TensorSpec([None, sizes[0]], tf.float32, "x")])
        def forward(x):
            for i, (matrix, bias) in enumerate(module.weights):
                x = tf.matmul(x, matrix) + bias
                x = tf.nn.relu(x) if i + 1 < len(module.weights) else x
            return {"output": x}

        tf.saved_model.save(module, "%s/%s" % (folder, name), signatures=forward)
