"""RadImageNet: ResNet-50 and DenseNet-121 that learned to tell 165 findings of 1.35 million CT, MRI
and ultrasound images of one outpatient facility (Mei et al. 2022, doi 10.1148/ryai.210315).

Names of tensors and the range from -1 to 1, of images that OpenCV has read and so in the order BGR,
are those of the authors' notebook (github.com/BMEII-AI/RadImageNet, acl/acl_pytorch_train.ipynb).
The authors give their files in a shared folder; a laboratory has put them on the hub, which
publishes the digests. These are not the authors' Keras files, which hold other weights.
"""

from pleura.models.sources import collections as c
from pleura.models.sources.layouts import sequential_densenet, sequential_resnet
from pleura.models.sources.source import Hub, Layout, WeightSource, scaled_to

MEAN, STD = scaled_to(-1, 1, 3)


def _net(backbone: str, file: str, layout: Layout, sha256: str, size: str) -> WeightSource:
    return WeightSource(
        name=f"radimagenet-{backbone}",
        what="learned to tell 165 findings of 1.35 million CT, MRI and ultrasound images",
        page="https://huggingface.co/Lab-Rasool/RadImageNet",
        licence="MIT (as it stands on its page)",
        backbone=backbone,
        channels=3,
        mean=MEAN,
        std=STD,
        size=224,
        place=Hub(
            "Lab-Rasool/RadImageNet", file, revision="736ec1ae8ccb2e0b647b47235e8d5b7509a346a5"
        ),
        layout=layout,
        order="BGR",
        sha256=sha256,
        bytes=size,
        trained_on=(c.RADIMAGENET,),
        trained_notes="no chest X-rays",
    )


RADIMAGENET = (
    _net(
        "resnet50",
        "ResNet50.pt",
        sequential_resnet,
        "08629f7e7bd3e29b8ee9522ca3f65ce4d010a7ddf74f0ea3c7e3f3d0bbab0734",
        "94.3 MB",
    ),
    _net(
        "densenet121",
        "DenseNet121.pt",
        sequential_densenet,
        "5011b427acf483b3c05d9d4ac6ea4ff0baf5714c23937c0fcdc7c446226d0a14",
        "28.4 MB",
    ),
)
