"""Points as torch tensors, for every contender that runs on torch."""

from __future__ import annotations

import numpy as np
import torch

from cases import Problem


def tensors(problem: Problem, dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.from_numpy(problem.x).to(dtype), torch.from_numpy(problem.y).to(dtype)


def as_numpy(values: torch.Tensor) -> np.ndarray:
    return values.detach().double().numpy()


def squared_distances(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """C_ij = |x_i - y_j|^2 for x [.., n, d], y [.., m, d]; by differences in few dimensions."""
    if x.shape[-1] <= 2:
        cost = (x[..., :, None, 0] - y[..., None, :, 0]).square_()
        for k in range(1, x.shape[-1]):
            cost += (x[..., :, None, k] - y[..., None, :, k]).square_()
        return cost
    norms = (x * x).sum(-1)[..., :, None] + (y * y).sum(-1)[..., None, :]
    return norms.sub_(2 * (x @ y.transpose(-1, -2))).clamp_(min=0)


def padded(problems: list[Problem], dtype: torch.dtype) -> tuple[torch.Tensor, ...]:
    """x [B, n, d], y [B, m, d], a [B, n], b [B, m]: zero weights where a problem has no point."""
    sides = []
    for points in ([p.x for p in problems], [p.y for p in problems]):
        longest = max(len(one) for one in points)
        filled = torch.zeros(len(points), longest, points[0].shape[1], dtype=dtype)
        weights = torch.zeros(len(points), longest, dtype=dtype)
        for k, one in enumerate(points):
            filled[k, : len(one)] = torch.from_numpy(one)
            weights[k, : len(one)] = 1 / len(one)
        sides.append((filled, weights))
    (x, a), (y, b) = sides
    return x, y, a, b


def unpadded(values: torch.Tensor, lengths: list[int]) -> list[np.ndarray]:
    return [as_numpy(row)[:length] for row, length in zip(values, lengths)]
