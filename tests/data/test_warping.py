"""Images are moved as kornia moves them."""

import pytest
import torch

from pleura.data.warping import about_centre, warped

import pleura._torchvision  # noqa: F401  isort: skip
from kornia.geometry.transform import get_affine_matrix2d, warp_affine


@pytest.mark.parametrize(("height", "width"), [(32, 32), (17, 40)])
def test_matrices_and_images_are_kornias(height: int, width: int) -> None:
    generator = torch.Generator().manual_seed(0)

    def amount(most: float, columns: int = 1) -> torch.Tensor:
        return (torch.rand(5, columns, generator=generator) * 2 - 1) * most

    shift, scale, angle = amount(6, 2), 1 + amount(0.3), amount(40)
    expected = get_affine_matrix2d(
        translations=shift,
        center=torch.tensor([(width - 1) / 2, (height - 1) / 2]).expand(5, 2),
        scale=scale.expand(5, 2),
        angle=angle.squeeze(1),
    )[:, :2]
    matrix = about_centre(shift=shift, scale=scale, angle=angle, height=height, width=width)
    torch.testing.assert_close(matrix, expected, rtol=1e-5, atol=1e-4)
    images = torch.rand(5, 2, height, width, generator=generator)
    for mode in ("bilinear", "nearest"):
        theirs = warp_affine(
            images, matrix, (height, width), mode=mode, padding_mode="border", align_corners=True
        )
        ours = warped(images, matrix, mode)
        same = torch.isclose(ours, theirs, atol=1e-3)
        assert same.float().mean() > (0.999 if mode == "nearest" else 0.99999)
