"""Turning, moving and scaling images without a host that waits, for devices that run ahead.

kornia does the same, but copies small tables from the host and inverts matrices with a check of the
result in every call, and the host waits for each of these.
"""

import torch
from torch import Tensor
from torch.nn import functional


def about_centre(*, shift: Tensor, scale: Tensor, angle: Tensor, height: int, width: int) -> Tensor:
    """Matrices (n, 2, 3), pixels, source to destination, as kornia's `get_affine_matrix2d` has
    them: turned by `angle` (n, 1), degrees, times `scale` (n, 1) about the centre, moved by `shift`
    (n, 2), pixels."""
    radians = torch.deg2rad(angle)
    cos, sin = radians.cos() * scale, radians.sin() * scale
    x, y = (width - 1) / 2, (height - 1) / 2
    right = shift[:, :1] + x - cos * x + sin * y
    down = shift[:, 1:] + y - sin * x - cos * y
    rows = torch.cat([cos, -sin, right], dim=1), torch.cat([sin, cos, down], dim=1)
    return torch.stack(rows, dim=1)


def warped(images: Tensor, matrix: Tensor, mode: str) -> Tensor:
    """Images (n, c, h, w) float moved by `matrix` (n, 2, 3), as kornia's `warp_affine` moves them
    with `align_corners`; the border is repeated outside."""
    height, width = images.shape[-2:]
    (a, b, right), (c, d, down) = (row.unbind(dim=1) for row in matrix.unbind(dim=1))
    scale = a * d - b * c
    x = torch.arange(width, device=images.device) - right.view(-1, 1, 1)  # (n, 1, w)
    y = torch.arange(height, device=images.device).view(-1, 1) - down.view(-1, 1, 1)  # (n, h, 1)
    a, b, c, d = (value.div(scale).view(-1, 1, 1) for value in (a, b, c, d))
    from_x, from_y = d * x - b * y, a * y - c * x
    grid = [from_x * (2 / max(width - 1, 1)) - 1, from_y * (2 / max(height - 1, 1)) - 1]
    return functional.grid_sample(
        images, torch.stack(grid, dim=3), mode, padding_mode="border", align_corners=True
    )
