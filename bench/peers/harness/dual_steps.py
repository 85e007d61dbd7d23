"""One outer step of training as CellOT's and CondOT's repositories take it: our own re-implementation in torch, eager.

What they do that costs time, and is done here too: the map T = grad g is made by autograd with a graph (double
backward) in the steps of f as well, gradients are computed for both networks and thrown away for one, CondOT's context
row is copied for every cell of the batch, and the penalty on g's kernels goes through autograd.
"""

from __future__ import annotations

import torch
from torch import nn

SLOPE, HIGH = 0.2, 0.1  # leaky ReLU; kernels are uniform in [0, HIGH)


def linear(inputs: int, outputs: int, bias: bool = True) -> nn.Linear:
    layer = nn.Linear(inputs, outputs, bias=bias)
    nn.init.uniform_(layer.weight, 0, HIGH)
    if bias:
        nn.init.zeros_(layer.bias)
    return layer


def bend(a: torch.Tensor) -> torch.Tensor:
    return nn.functional.leaky_relu(a, SLOPE)


class Potential(nn.Module):
    """What both networks share: kernels W that must not be negative."""

    kernels: nn.ModuleList

    def transport(self, x: torch.Tensor, context: torch.Tensor | None) -> torch.Tensor:
        value = self(x, context)
        return torch.autograd.grad(value, x, grad_outputs=torch.ones_like(value), create_graph=True)[0]

    def penalty(self) -> torch.Tensor:
        return sum(nn.functional.relu(-layer.weight).norm() for layer in self.kernels)

    def clamp(self) -> None:
        for layer in self.kernels:
            layer.weight.data.clamp_(min=0)


class Icnn(Potential):
    """CellOT's network: no context."""

    def __init__(self, d: int, hidden: list[int]) -> None:
        super().__init__()
        widths = [*hidden, 1]
        self.cell = nn.ModuleList(linear(d, width) for width in widths)
        self.kernels = nn.ModuleList(linear(i, o, bias=False) for i, o in zip(widths, widths[1:]))

    def forward(self, x: torch.Tensor, _: torch.Tensor | None) -> torch.Tensor:
        z = bend(self.cell[0](x)) ** 2
        last = len(self.kernels) - 1
        for layer, (kernel, cell) in enumerate(zip(self.kernels, self.cell[1:])):
            a = kernel(z) + cell(x)
            z = a if layer == last else bend(a)
        return z


class Picnn(Potential):
    """CondOT's network: `width` is that of the context path."""

    def __init__(self, d: int, hidden: list[int], contexts: int, width: int) -> None:
        super().__init__()
        widths = [*hidden, 1]
        inputs = [contexts] + [width] * len(hidden)
        self.context = nn.ModuleList(linear(i, width) for i in inputs[:-1])
        self.scale = nn.ModuleList(linear(i, d) for i in inputs)
        self.shift = nn.ModuleList(linear(i, o) for i, o in zip(inputs, widths))
        self.cell = nn.ModuleList(linear(d, width, bias=False) for width in widths)
        self.gate = nn.ModuleList(linear(i, o) for i, o in zip(inputs[1:], hidden))
        self.kernels = nn.ModuleList(linear(i, o, bias=False) for i, o in zip(widths, widths[1:]))

    def forward(self, x: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        u = context
        z = bend(self.cell[0](x * self.scale[0](u)) + self.shift[0](u)) ** 2
        last = len(self.kernels) - 1
        for layer, (kernel, gate, step) in enumerate(zip(self.kernels, self.gate, self.context)):
            u = bend(step(u))
            own = layer + 1
            a = kernel(z * nn.functional.softplus(gate(u)))
            a = a + self.cell[own](x * self.scale[own](u)) + self.shift[own](u)
            z = a if layer == last else bend(a)
        return z


class OuterStep:
    """`inner` updates of g, each on its own source batch, then one of f."""

    def __init__(self, kind: str, d: int, batch: int, contexts: int, inner: int, hidden: list[int]) -> None:
        torch.manual_seed(0)
        widths = {"condot": max(hidden), "condot_narrow": 32}

        def network() -> Potential:
            return Icnn(d, hidden) if kind == "cellot" else Picnn(d, hidden, contexts, widths[kind])

        self.f, self.g = network(), network()
        settings = {"lr": 1e-4, "betas": (0.5, 0.9)}
        self.f_adam = torch.optim.Adam(self.f.parameters(), **settings)
        self.g_adam = torch.optim.Adam(self.g.parameters(), **settings)
        self.sources = torch.randn(inner, batch, d)
        self.target = 0.5 + 0.8 * torch.randn(batch, d)
        self.contexts = None if kind == "cellot" else torch.eye(contexts)
        self.count = 0

    def __call__(self) -> tuple[float, float]:
        context = None
        if self.contexts is not None:
            row = self.contexts[self.count % len(self.contexts)]
            context = row.expand(len(self.target), -1).contiguous()
        self.count += 1
        map_loss = torch.tensor(0.0)
        for cells in self.sources:
            source = cells.clone().requires_grad_(True)
            self.g_adam.zero_grad()
            moved = self.g.transport(source, context)
            map_loss = (self.f(moved, context) - (source * moved).sum(-1, keepdim=True)).mean() + self.g.penalty()
            map_loss.backward()
            self.g_adam.step()
        source = self.sources[-1].clone().requires_grad_(True)
        self.f_adam.zero_grad()
        moved = self.g.transport(source, context)
        loss = (self.f(self.target, context) - self.f(moved, context)).mean()
        loss.backward()
        self.f_adam.step()
        self.f.clamp()
        return map_loss.item(), loss.item()
