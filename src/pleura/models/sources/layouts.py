"""Names of tensors in published files, and how the networks of timm and torchvision call them."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    Tensors = dict[str, Tensor]

MASK_TOKEN = "mask_token"  # stands for a hidden patch in training, and for nothing afterwards
# The names of transformers' Dinov2Model, and those of DINOv2 itself and of timm.
DINOV2 = (
    (r"^embeddings\.cls_token$", "cls_token"),
    (r"^embeddings\.mask_token$", MASK_TOKEN),
    (r"^embeddings\.position_embeddings$", "pos_embed"),
    (r"^embeddings\.patch_embeddings\.projection\.", "patch_embed.proj."),
    (r"^encoder\.layer\.(\d+)\.attention\.output\.dense\.", r"blocks.\1.attn.proj."),
    (r"^encoder\.layer\.(\d+)\.attention\.attention\.", r"blocks.\1.attn."),
    # As transformers has them from its version 5 on.
    (r"^encoder\.layer\.(\d+)\.attention\.o_proj\.", r"blocks.\1.attn.proj."),
    (r"^encoder\.layer\.(\d+)\.attention\.q_proj\.", r"blocks.\1.attn.query."),
    (r"^encoder\.layer\.(\d+)\.attention\.k_proj\.", r"blocks.\1.attn.key."),
    (r"^encoder\.layer\.(\d+)\.attention\.v_proj\.", r"blocks.\1.attn.value."),
    (r"^encoder\.layer\.(\d+)\.layer_scale(\d)\.lambda1$", r"blocks.\1.ls\2.gamma"),
    (r"^encoder\.layer\.(\d+)\.", r"blocks.\1."),
    (r"^layernorm\.", "norm."),
)
PARTS_OF_QKV = ("query", "key", "value")  # in the order in which timm has them in one layer
DOWNSAMPLE = re.compile(r"^layers\.(\d+)\.downsample\.")


def as_it_is(tensors: "Tensors") -> "Tensors":
    """Tensors that have the names of the library's network."""
    return tensors


def torchxrayvision(tensors: "Tensors") -> "Tensors":
    """A network of TorchXRayVision has torchvision's names, and the thresholds of its findings."""
    return {name: each for name, each in tensors.items() if name != "op_threshs"}


def dinov2(tensors: "Tensors") -> "Tensors":
    """DINOv2's own names, or those of transformers' Dinov2Model (convert_dinov2_to_hf.py there),
    in which query, key and value are layers of their own."""
    renamed = {_renamed(name): each for name, each in tensors.items()}
    joined = _joined(renamed)
    return {name: each for name, each in joined.items() if name != MASK_TOKEN}


def _renamed(name: str) -> str:
    for pattern, replacement in DINOV2:
        name, found = re.subn(pattern, replacement, name)
        if found:
            return name
    return name


def _joined(tensors: "Tensors") -> "Tensors":
    """With query, key and value of each block in one tensor."""
    import torch

    joined: Tensors = {}
    for name, each in tensors.items():
        before, _, last = name.rpartition(".attn.query.")
        if not before:
            if not re.search(r"\.attn\.(key|value)\.", name):
                joined[name] = each
            continue
        parts = [f"{before}.attn.{part}.{last}" for part in PARTS_OF_QKV]
        # Where one lacks, what is missing is told by the name that the network has for all three.
        if all(part in tensors for part in parts):
            joined[f"{before}.attn.qkv.{last}"] = torch.cat([tensors[part] for part in parts])
    return joined


def masked_autoencoder(tensors: "Tensors") -> "Tensors":
    """The encoder of a masked autoencoder, without what drew the hidden patches (`decoder_*`)."""
    return {
        name: each
        for name, each in tensors.items()
        if name != MASK_TOKEN and not name.startswith("decoder_")
    }


def beit(tensors: "Tensors") -> "Tensors":
    """A BEiT that learned by masked images; the index of relative positions follows from the
    size."""
    return {
        name: each
        for name, each in tensors.items()
        if name != MASK_TOKEN and not name.endswith("relative_position_index")
    }


def swin_of_ark(tensors: "Tensors") -> "Tensors":
    """A Swin of timm 0.5 inside of Ark: `downsample` stands at the end of a stage there and at the
    start of the next in later timm; masks follow from the size; heads and projector are Ark's."""
    renamed: Tensors = {}
    plain = {name.removeprefix("module."): each for name, each in tensors.items()}
    # A file that was saved anew with the names of later timm has none in its first stage.
    earlier = any(name.startswith("layers.0.downsample.") for name in plain)
    for name, each in plain.items():
        if name.endswith(("attn_mask", "relative_position_index")):
            continue
        if name.startswith(("omni_heads.", "projector.", "head.")):
            continue
        renamed[DOWNSAMPLE.sub(_one_stage_later, name) if earlier else name] = each
    return renamed


def _one_stage_later(found: "re.Match[str]") -> str:
    return f"layers.{int(found[1]) + 1}.downsample."


# Children of torchvision's ResNet-50, by their place in RadImageNet's nn.Sequential.
CHILDREN = ("conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4")


def sequential_resnet(tensors: "Tensors") -> "Tensors":
    """A ResNet of torchvision as `backbone.0`, `backbone.1`, ...: its children in a row."""
    renamed: Tensors = {}
    for name, each in tensors.items():
        found = re.match(r"^backbone\.(\d)\.", name)
        place = int(found[1]) if found else len(CHILDREN)
        known = found and place < len(CHILDREN)
        renamed[f"{CHILDREN[place]}.{name[found.end() :]}" if found and known else name] = each
    return renamed


def sequential_densenet(tensors: "Tensors") -> "Tensors":
    """A DenseNet of torchvision as `backbone.0`: its features alone."""
    start = "backbone.0."
    return {
        f"features.{name.removeprefix(start)}" if name.startswith(start) else name: each
        for name, each in tensors.items()
    }
