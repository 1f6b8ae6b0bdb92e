"""Runs one model for Millrace, in a process of its own.

It speaks frames over the Unix socket at file descriptor 3, and nothing else reads or writes there:

    length of the header, 4 bytes | length of the payload, 8 bytes (both little-endian) | header, JSON | payload

A header that names tensors has them in its payload, one behind the other: little-endian values in row-major order; of
texts, for each 4 bytes of length and the text in UTF-8. The first frame is this worker's `hello`, then Millrace sends `load`, and
after that `run` and `ping`, which are answered in order. The worker ends when the socket does, or when its parent is gone.
"""

import ctypes
import json
import os
import signal
import socket
import struct
import sys
import threading
import time

PROTOCOL = 1
MAX_HEADER = 1 << 20
MAX_PAYLOAD = 1 << 30
# A length that stands for a missing text.
NO_TEXT = 0xFFFFFFFF
MAX_MESSAGE = 2000


class Refusal(Exception):
    """Something that the user can mend; `code` is one of Millrace's."""

    def __init__(self, code, message, notes=()):
        super().__init__(message)
        self.code = code
        self.notes = list(notes)


# --- frames -----------------------------------------------------------------------------------------------------------


def read_exactly(sock, size):
    data = bytearray(size)
    view = memoryview(data)
    at = 0
    while at < size:
        count = sock.recv_into(view[at:], min(size - at, 1 << 24))
        if count == 0:
            # The parent has closed its end, or is gone.
            os._exit(0)
        at += count
    return data


def read_frame(sock):
    header_size, payload_size = struct.unpack("<IQ", read_exactly(sock, 12))
    if header_size > MAX_HEADER or payload_size > MAX_PAYLOAD:
        raise RuntimeError("a frame of %d and %d bytes" % (header_size, payload_size))
    header = json.loads(read_exactly(sock, header_size).decode("utf-8"))
    return header, read_exactly(sock, payload_size)


def write_frame(sock, header, parts=()):
    text = json.dumps(header).encode("utf-8")
    size = sum(len(part) for part in parts)
    head = struct.pack("<IQ", len(text), size) + text
    if size <= 1 << 16:
        sock.sendall(b"".join([head, *parts]))
        return
    sock.sendall(head)
    for part in parts:
        sock.sendall(part)


# --- tensors ----------------------------------------------------------------------------------------------------------

ELEMENTS = {
    "float32": "<f4",
    "float64": "<f8",
    "float16": "<f2",
    "int8": "<i1",
    "uint8": "<u1",
    "int16": "<i2",
    "uint16": "<u2",
    "int32": "<i4",
    "uint32": "<u4",
    "int64": "<i8",
    "uint64": "<u8",
    "bool": "?",
}


def read_tensors(np, tensors, payload):
    """The arrays of a header's tensors, over the payload's own memory; texts as objects of bytes."""
    arrays = []
    at = 0
    for tensor in tensors:
        shape = tensor["shape"]
        count = 1
        for size in shape:
            count *= size
        if tensor["element"] == "string":
            array = np.empty(count, dtype=object)
            for i in range(count):
                (size,) = struct.unpack_from("<I", payload, at)
                at += 4
                if size == NO_TEXT:
                    array[i] = None
                    continue
                array[i] = bytes(payload[at : at + size])
                at += size
        else:
            dtype = np.dtype(ELEMENTS[tensor["element"]])
            array = np.frombuffer(payload, dtype=dtype, count=count, offset=at)
            at += count * dtype.itemsize
        arrays.append(array.reshape(shape))
    return arrays


def bytes_of(np, array, element):
    if element != "string":
        return np.ascontiguousarray(array.astype(ELEMENTS[element], copy=False)).tobytes()
    parts = []
    for value in array.reshape(-1):
        text = value if isinstance(value, bytes) else str(value).encode("utf-8")
        parts.append(struct.pack("<I", len(text)))
        parts.append(text)
    return b"".join(parts)


def element_of(np, array):
    """The element type of an array; None for one that Millrace has no word for."""
    if array.dtype == object or array.dtype.kind in "SU":
        return "string"
    name = array.dtype.name
    return name if name in ELEMENTS else None


# --- frameworks -------------------------------------------------------------------------------------------------------


class TorchModel:
    """A TorchScript file, or a program saved by torch.export."""

    def __init__(self, load):
        import torch

        self.torch = torch
        torch.set_num_threads(load["threads"])
        if load["device"] == "gpu" and not torch.cuda.is_available():
            raise no_gpu("torch", torch.__version__, sys.executable)
        self.device = torch.device("cuda" if load["device"] == "gpu" else "cpu")
        self.version = torch.__version__
        self.model, names = self.open(load["path"])
        element = self.element()
        self.inputs = [{"name": name, "element": element, "shape": None} for name in names]
        self.forward_names = names

    def open(self, path):
        torch = self.torch
        try:
            model = torch.jit.load(path, map_location=self.device)
        except Exception as script_error:
            if not hasattr(torch, "export") or not self.is_exported(path):
                raise Refusal(
                    "MODEL_LOAD",
                    "torch %s does not load the file: %s" % (self.version, first_line(script_error)),
                    ["save it with torch.jit.script(model).save(path) or torch.export.save; a pickle of a module is not opened, since it runs code"],
                )
            program = torch.export.load(path)
            names = [name for name in program.graph_signature.user_inputs]
            module = program.module()
            return module.to(self.device), [str(name) for name in names]
        model.eval()
        try:
            names = [argument.name for argument in model.forward.schema.arguments[1:]]
        except Exception:
            names = ["input"]
        return model, names

    @staticmethod
    def is_exported(path):
        import zipfile

        try:
            with zipfile.ZipFile(path) as archive:
                return any(name.endswith(("archive_format", "serialized_exported_program.json", "models/model.json")) for name in archive.namelist())
        except Exception:
            return False

    def element(self):
        for parameter in self.model.parameters():
            if parameter.is_floating_point():
                name = str(parameter.dtype).replace("torch.", "")
                return name if name in ("float32", "float64") else "float32"
        return "float32"

    def run(self, np, names, arrays):
        torch = self.torch
        tensors = []
        for array in arrays:
            if array.dtype == object:
                raise ValueError("torch has no tensors of text")
            tensors.append(torch.from_numpy(array).to(self.device))
        with torch.inference_mode():
            by_name = list(names) != self.forward_names[: len(names)] and set(names) <= set(self.forward_names)
            result = self.model(**dict(zip(names, tensors))) if by_name else self.model(*tensors)
        outputs = []
        flatten(result, "output", outputs, lambda value: isinstance(value, torch.Tensor))
        return [(name, self.array(value)) for name, value in outputs]

    def array(self, value):
        value = value.detach()
        if value.dtype == self.torch.bfloat16:
            value = value.float()
        return value.cpu().numpy()


class TensorflowModel:
    """A SavedModel; its `serving_default` signature, or its only one."""

    def __init__(self, load):
        import tensorflow as tf

        self.tf = tf
        tf.config.threading.set_intra_op_parallelism_threads(load["threads"])
        tf.config.threading.set_inter_op_parallelism_threads(1)
        self.version = tf.__version__
        devices = tf.config.list_physical_devices("GPU")
        if load["device"] == "gpu" and not devices:
            raise no_gpu("tensorflow", tf.__version__, sys.executable)
        self.device = "/GPU:0" if load["device"] == "gpu" else "/CPU:0"
        try:
            with tf.device(self.device):
                self.model = tf.saved_model.load(load["path"])
        except Exception as error:
            raise Refusal("MODEL_LOAD", "tensorflow %s does not load the folder: %s" % (self.version, first_line(error)))
        self.call = self.signature(load.get("signature"))
        _, arguments = self.call.structured_input_signature
        self.inputs = [{"name": name, **self.describe(spec)} for name, spec in sorted(arguments.items())]
        self.dtypes = {name: spec.dtype for name, spec in arguments.items()}

    def signature(self, wanted):
        names = sorted(self.model.signatures.keys())
        if wanted is not None:
            if wanted in names:
                return self.model.signatures[wanted]
            raise Refusal("INVALID_OPTION", 'option "sidecar.signature" is "%s", which the model does not have' % wanted, ["it has " + (", ".join(names) or "none")])
        if "serving_default" in names:
            return self.model.signatures["serving_default"]
        if len(names) == 1:
            return self.model.signatures[names[0]]
        raise Refusal(
            "MODEL_LOAD",
            "the model has no signature \"serving_default\"" + (", but " + ", ".join(names) if names else ", nor another"),
            ["choose one with 'sidecar.signature'" if names else "save it with signatures: tf.saved_model.save(model, path, signatures=…)"],
        )

    def describe(self, spec):
        name = "string" if spec.dtype == self.tf.string else spec.dtype.name
        shape = None if spec.shape.rank is None else [-1 if size is None else size for size in spec.shape.as_list()]
        return {"element": name if name == "string" or name in ELEMENTS else None, "shape": shape}

    def run(self, np, names, arrays):
        tf = self.tf
        with tf.device(self.device):
            feeds = {name: tf.constant(array, dtype=self.dtypes.get(name)) for name, array in zip(names, arrays)}
            result = self.call(**feeds)
        outputs = []
        for name in sorted(result.keys()):
            value = result[name]
            if isinstance(value, tf.Tensor):
                if value.dtype == tf.bfloat16:
                    value = tf.cast(value, tf.float32)
                outputs.append((name, value.numpy()))
        return outputs


def flatten(value, name, outputs, is_tensor):
    """Names the tensors of a result: of a tuple or list by place, of a named tuple or dictionary by name."""
    if is_tensor(value):
        outputs.append((name, value))
    elif isinstance(value, dict):
        for key, each in value.items():
            flatten(each, str(key), outputs, is_tensor)
    elif hasattr(value, "_fields"):
        for key in value._fields:
            flatten(getattr(value, key), key, outputs, is_tensor)
    elif isinstance(value, (tuple, list)):
        if len(value) == 1:
            flatten(value[0], name, outputs, is_tensor)
        else:
            for i, each in enumerate(value):
                flatten(each, "%s_%d" % (name, i), outputs, is_tensor)


def no_gpu(framework, version, python):
    return Refusal("INVALID_OPTION", "option \"gpu\" is true, and %s %s of %s sees no GPU" % (framework, version, python), ["remove the option, or install a build with CUDA and its driver"])


FRAMEWORKS = {"pytorch": ("torch", TorchModel), "tensorflow": ("tensorflow", TensorflowModel)}


def first_line(error):
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__)[:MAX_MESSAGE]


def last_line(error):
    """What went wrong: exceptions of compiled models end with their cause, and TensorFlow's with the place in its graph."""
    lines = [line.strip() for line in str(error).splitlines()]
    lines = [line for line in lines if line and not line.startswith("[[{{")]
    return ("%s: %s" % (type(error).__name__, lines[-1]) if lines else type(error).__name__)[:MAX_MESSAGE]


def load_model(load):
    package, framework = FRAMEWORKS[load["framework"]]
    try:
        import numpy as np

        return np, framework(load)
    except ImportError as error:
        raise Refusal(
            "MISSING_PACKAGE",
            "Python %s lacks what the model needs: %s" % (sys.executable, first_line(error)),
            ["%s -m pip install numpy %s, or name another interpreter with 'sidecar.python'" % (sys.executable, package)],
        )


def peak_memory():
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


# --- the process ------------------------------------------------------------------------------------------------------


def end_with_parent(parent):
    if sys.platform.startswith("linux"):
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(0)
        return

    def watch():
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


def run(np, model, sock, header, payload):
    tensors = header["tensors"]
    arrays = read_tensors(np, tensors, payload)
    outputs = model.run(np, [tensor["name"] for tensor in tensors], arrays)
    wanted = header.get("outputs")
    described = []
    parts = []
    for name, array in outputs:
        if wanted is not None and name not in wanted:
            continue
        element = element_of(np, array)
        part = b"" if element is None else bytes_of(np, array, element)
        described.append({"name": name, "element": element, "shape": list(array.shape), "bytes": len(part)})
        parts.append(part)
    size = sum(len(part) for part in parts)
    if size > MAX_PAYLOAD:
        raise ValueError("the outputs have %d bytes, and a frame holds %d: use smaller batches" % (size, MAX_PAYLOAD))
    write_frame(sock, {"kind": "result", "id": header["id"], "tensors": described, "peak": peak_memory()}, parts)


def main():
    # Ctrl-C goes to the whole group of processes; when this one ends is the parent's business.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent(int(sys.argv[1]))
    sock = socket.socket(fileno=3)
    sock.setblocking(True)
    # Modules beside this file are none that the frameworks should find.
    sys.path.pop(0)
    write_frame(sock, {"kind": "hello", "protocol": PROTOCOL, "python": sys.version.split()[0], "executable": sys.executable})
    load, _ = read_frame(sock)
    try:
        np, model = load_model(load)
    except Refusal as refusal:
        write_frame(sock, {"kind": "failed", "code": refusal.code, "message": str(refusal), "notes": refusal.notes})
        return
    except Exception as error:
        write_frame(sock, {"kind": "failed", "code": "MODEL_LOAD", "message": "the model cannot be loaded: " + last_line(error), "notes": []})
        return
    write_frame(sock, {"kind": "loaded", "framework": model.version, "inputs": model.inputs, "peak": peak_memory()})
    while True:
        header, payload = read_frame(sock)
        if header["kind"] == "ping":
            write_frame(sock, {"kind": "pong", "id": header["id"]})
            continue
        if header["kind"] == "close":
            return
        try:
            run(np, model, sock, header, payload)
        except Exception as error:
            write_frame(sock, {"kind": "error", "id": header["id"], "message": last_line(error)})


if __name__ == "__main__":
    main()
