"""Optimal transport with exact gradients in Python: torch.ops.brenier.

    python transport.py LIBRARY        (lib/libbrenier_ops.so of an installed Brenier)
"""

import sys

import torch

torch.ops.load_library(sys.argv[1])

angle = torch.linspace(0, 6.28, 50, dtype=torch.float64)
x = torch.stack([angle.cos(), angle.sin()], 1).requires_grad_(True)
y = torch.stack([2 * angle.cos(), 0.5 * angle.sin()], 1)

f, g, value, error, iterations = torch.ops.brenier.sinkhorn(x, y, None, None, 0.05, threshold=1e-6)
(gradient,) = torch.autograd.grad(value, x)
print(f"cost {value.item():.4f}, marginal error {error:.1e} after {iterations} iterations")
print(f"gradient of the first point: {gradient[0, 0].item():+.4f} {gradient[0, 1].item():+.4f}")
