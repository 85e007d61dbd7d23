"""A training step of the sVAE+ in eager torch, from its equations: what a user of PyTorch would write.

x [B, G] counts, a [B] the action of each cell:
    q(z | x) = N(m, v), v = exp(.) + 1e-4, by an encoder of log(1 + x) with batch norm and dropout
    x | z ~ NB(mean = library softmax(decoder(z)), inverse dispersion exp(r))
    z | a ~ N(s mu_a, I), s a hard Gumbel-sigmoid of the logits of a, one draw a cell, straight through
    loss = n_obs mean(-log p(x | z) + KL) - sum log Beta(sigmoid(logits); 1, gamma)
"""

from __future__ import annotations

import math

import torch
from torch import nn


def network(widths: list[int], out: int, dropout: float) -> nn.Sequential:
    parts: list[nn.Module] = []
    for here, there in zip(widths, widths[1:], strict=False):
        parts += [nn.Linear(here, there), nn.BatchNorm1d(there, momentum=0.01, eps=1e-3), nn.ReLU()]
        if dropout > 0:
            parts.append(nn.Dropout(dropout))
    return nn.Sequential(*parts, nn.Linear(widths[-1], out))


class SvaeStep:
    def __init__(self, genes: int, latents: int, hidden: list[int], actions: int, cells: int, gamma: float) -> None:
        self.latents, self.cells, self.gamma = latents, cells, gamma
        self.encoder = network([genes, *hidden], 2 * latents, 0.1)
        self.decoder = network([latents, *hidden], genes, 0.0)
        self.log_theta = nn.Parameter(torch.randn(genes))
        self.shifts = nn.Parameter(torch.randn(actions, latents))
        self.logits = nn.Parameter(torch.full((actions, latents), 5.0))
        parameters = [*self.encoder.parameters(), *self.decoder.parameters(), self.log_theta, self.shifts, self.logits]
        self.adam = torch.optim.Adam(parameters, lr=1e-3, eps=0.01, weight_decay=1e-6)

    def __call__(self, x: torch.Tensor, actions: torch.Tensor) -> tuple[float, float]:
        library = x.sum(1, keepdim=True)
        mean, free = self.encoder(torch.log1p(x)).split(self.latents, dim=1)
        variance = free.exp() + 1e-4
        z = mean + variance.sqrt() * torch.randn_like(mean)
        mu = library * torch.softmax(self.decoder(z), dim=1)
        theta = self.log_theta.exp()
        log_sum = torch.log(theta + mu)
        likelihood = (
            torch.lgamma(x + theta)
            - torch.lgamma(theta)
            - torch.lgamma(x + 1)
            + theta * (self.log_theta - log_sum)
            + x * (torch.log(mu + 1e-8) - log_sum)
        ).sum(1)
        u = torch.rand_like(mean)
        logits = self.logits[actions]
        soft = torch.sigmoid(logits + torch.log(u) - torch.log1p(-u))
        mask = (soft > 0.5).float() + soft - soft.detach()
        off = mean - mask * self.shifts[actions]
        kl = 0.5 * (variance + off.square() - 1 - variance.log()).sum(1)
        # -log Beta(p; 1, gamma) with log(1 - p) = logsigmoid(-logits)
        sparsity = -(math.log(self.gamma) + (self.gamma - 1) * nn.functional.logsigmoid(-self.logits)).sum()
        loss = self.cells * (kl - likelihood).mean() + sparsity
        self.adam.zero_grad(set_to_none=True)
        loss.backward()
        self.adam.step()
        return -likelihood.mean().item(), kl.mean().item()
