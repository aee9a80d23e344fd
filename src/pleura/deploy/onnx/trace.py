"""A graph of torch as an ONNX model, and its session."""

import copy
import os
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.onnx.errors import OnnxExporterError

from pleura.deploy.onnx.graph import Graph
from pleura.errors import PleuraError
from pleura.models.timm_nets import FeatureBackbone

import pleura._timm  # noqa: F401  isort: skip
from timm.layers.conv2d_same import Conv2dSame
from timm.layers.padding import pad_same_arg

if TYPE_CHECKING:
    import onnx
    from onnxruntime import InferenceSession

OPSET = 17  # of ONNX; read by ONNX Runtime from 1.12 on
INPUT = "images"
BATCH = "n"
Outputs = dict[str, NDArray[Any]]


def require() -> None:
    """Raise PleuraError that says what to install where ONNX or its runtime is missing."""
    try:
        import onnx  # noqa: F401
        import onnxruntime  # noqa: F401
    except ImportError as error:
        raise PleuraError(
            f"{error.name} is not installed, and an export needs it: pip install 'pleura[onnx]'"
        ) from error


def to_onnx(graph: Graph, size: int) -> "onnx.ModelProto":
    """The graph for squares of `size` pixels, of any number at once.

    It is traced: the exporter that goes by `torch.export` gives the same outputs and takes twenty
    times as long. Nothing in the file tells of the machine that it was written on. Raises
    PleuraError for a network with a layer that ONNX has not.
    """
    import onnx

    example = torch.zeros(2, size, size, dtype=torch.uint8)
    try:
        with (
            TemporaryDirectory() as folder,
            warnings.catch_warnings(),
            torch.inference_mode(),
        ):
            written = Path(folder) / "model.onnx"
            warnings.simplefilter("ignore")  # that shapes are constant in a trace is meant
            torch.onnx.export(
                of_one_size(graph, size).eval(),
                (example,),
                written,
                dynamo=False,
                opset_version=OPSET,
                input_names=[INPUT],
                output_names=list(graph.names),
                dynamic_axes={name: {0: BATCH} for name in (INPUT, *graph.names)},
            )
            model = onnx.load(written)
    except OnnxExporterError as error:
        reason = str(error).splitlines()[0]
        raise PleuraError(f"this network cannot be written as ONNX: {reason}") from error
    model.producer_name, model.producer_version = "pleura", ""
    bare(model)
    onnx.checker.check_model(model)
    return model


def of_one_size(graph: Graph, size: int) -> Graph:
    """The graph with networks for squares of `size` pixels alone; a copy where that changes one.

    A ViT resamples its position embedding for each image by what ONNX has not, unless it has one
    for images of just this size. Convolutions that are padded by the size of what they get, as in
    TensorFlow, would work that out for each image.
    """

    def nets(of: Graph) -> list[Any]:
        backbones = (module for module in of.modules() if isinstance(module, FeatureBackbone))
        every = [backbone.net for backbone in backbones if backbone.size is None]
        return [net for net in every if getattr(net, "dynamic_img_size", False)]

    def padded(of: Graph) -> list[tuple[nn.Module, str, Any]]:
        return [
            (parent, name, child)
            for parent in of.modules()
            for name, child in parent.named_children()
            if isinstance(child, Conv2dSame)
        ]

    if not nets(graph) and not padded(graph):
        return graph
    graph = copy.deepcopy(graph)
    for net in nets(graph):
        net.set_input_size(img_size=size)
    sides: dict[nn.Module, list[int]] = {}
    hooks = [
        conv.register_forward_pre_hook(
            lambda module, given: sides.update({module: list(given[0].shape[2:])})
        )
        for _, _, conv in padded(graph)
    ]
    graph.eval()(torch.zeros(1, size, size, dtype=torch.uint8))
    for hook in hooks:
        hook.remove()
    for parent, name, conv in padded(graph):
        if conv in sides:  # a classifier made out of a U-Net may pass its decoder over
            setattr(parent, name, _plain(conv, sides[conv]))
    return graph


def _plain(conv: Any, sides: list[int]) -> nn.Module:
    """A convolution for maps of these sides, padded as much as the one that looks at them."""
    amounts = pad_same_arg(sides, conv.kernel_size, conv.stride, conv.dilation)
    plain = nn.Conv2d(
        conv.in_channels,
        conv.out_channels,
        conv.kernel_size,
        conv.stride,
        dilation=conv.dilation,
        groups=conv.groups,
        bias=conv.bias is not None,
    )
    plain.load_state_dict(conv.state_dict())
    left, right, top, bottom = amounts
    return nn.Sequential(nn.ZeroPad2d((left, right, top, bottom)), plain)


def bare(model: "onnx.ModelProto") -> None:
    """Take out, in place, all remarks: exporters keep places in source files there."""
    model.doc_string = model.graph.doc_string = ""
    del model.metadata_props[:], model.graph.metadata_props[:]
    values = (*model.graph.input, *model.graph.output, *model.graph.value_info)
    for each in (*model.graph.node, *model.graph.initializer, *values):
        each.doc_string = ""
        del each.metadata_props[:]


def session_of(model: "bytes | Path", threads: int | None = None) -> "InferenceSession":
    """A session on the CPU, with so many threads (None: as many as torch has)."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or torch.get_num_threads()
    options.inter_op_num_threads = 1
    given = model if isinstance(model, bytes) else os.fspath(model)
    return onnxruntime.InferenceSession(given, options, providers=["CPUExecutionProvider"])


def run(session: "InferenceSession", squares: NDArray[np.uint8], batch: int = 32) -> Outputs:
    """The outputs by name for squares (n, size, size), n at least 1, `batch` at a time."""
    names = [output.name for output in session.get_outputs()]
    parts = [
        session.run(None, {INPUT: squares[start : start + batch]})
        for start in range(0, len(squares), batch)
    ]
    return {
        name: np.concatenate(values)
        for name, values in zip(names, zip(*parts, strict=True), strict=True)
    }
