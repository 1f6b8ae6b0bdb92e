"""Makes a model of the size of all-MiniLM-L6-v2 with random weights, with the tokenizer of tests/fixtures/text/bert_embedder.

VENV/bin/python bench/onnx/make_text_model.py FOLDER (requirements of scripts/fixtures/text)
"""

import shutil
import sys
from pathlib import Path

import torch
from transformers import BertConfig, BertModel

target = Path(sys.argv[1])
source = Path("tests/fixtures/text/bert_embedder")
shutil.copytree(source, target, ignore=shutil.ignore_patterns("model.onnx", "expected.json", "config.json"), dirs_exist_ok=True)
(target / "sentence_bert_config.json").write_text('{"max_seq_length": 256}')
model = BertModel(
    BertConfig(vocab_size=30522, hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536),
    add_pooling_layer=False,
).eval()


class Wrapped(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask, token_type_ids):
        return self.model(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids).last_hidden_state


names = ["input_ids", "attention_mask", "token_type_ids"]
ones = torch.ones((2, 8), dtype=torch.int64)
torch.onnx.export(
    Wrapped(),
    (ones, ones, ones * 0),
    str(target / "model.onnx"),
    input_names=names,
    output_names=["last_hidden_state"],
    dynamic_axes={name: {0: "batch", 1: "sequence"} for name in [*names, "last_hidden_state"]},
    opset_version=17,
    dynamo=False,
)
