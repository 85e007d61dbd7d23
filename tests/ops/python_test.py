"""torch.ops.brenier from Python: gradients, a saved TorchScript module, numbers of the golden cases.

    python tests/ops/python_test.py build/release/libbrenier_ops.so
"""

import io
import sys

import torch

torch.ops.load_library(sys.argv[1])
ops = torch.ops.brenier


def points(count, shift):
    k = torch.arange(count * 2, dtype=torch.float64)
    return torch.frac((k + 1) * 0.6180339887498949 + shift).reshape(count, 2)


def check(condition, what):
    if not condition:
        sys.exit(f"FAILED: {what}")


x = points(8, 0.0).requires_grad_(True)
y = points(11, 0.3).requires_grad_(True)
a = torch.full((8,), 1 / 8, dtype=torch.float64, requires_grad=True)
epsilon = torch.tensor(0.1, dtype=torch.float64, requires_grad=True)
w = torch.cos(torch.arange(8, dtype=torch.float64))


def loss(x, y, a, epsilon):
    f, g, value, error, iterations = ops.sinkhorn(x, y, a / a.sum(), None, epsilon, threshold=1e-12)
    check(error <= 1e-12 and iterations > 1, "the solve converged")
    return value + (w * f).sum()


check(torch.autograd.gradcheck(loss, (x, y, a, epsilon), eps=1e-5, atol=1e-8, rtol=1e-6), "gradients")

# The plan of the potentials has the marginals that were asked for.
f, g, value, error, _ = ops.sinkhorn(x, y, None, None, 0.1, threshold=1e-12)
plan = torch.exp((f[:, None] + g[None, :] - torch.cdist(x, y) ** 2) / 0.1)
check(torch.allclose(plan.sum(1), torch.full((8,), 1 / 8, dtype=torch.float64), atol=1e-11), "row marginal")
check(torch.allclose(plan.sum(0), torch.full((11,), 1 / 11, dtype=torch.float64), atol=1e-11), "column marginal")

# Maps and divergences.
images, _, _ = ops.entropic_map(x, y, None, None, 0.1, threshold=1e-12)
check(torch.allclose(images, 8 * plan @ y, atol=1e-10), "the barycentric map")
check(torch.autograd.gradcheck(lambda p, y: ops.entropic_map(x.detach(), y, None, None, 0.1, threshold=1e-12, points=p)[0],
                               (points(5, 0.7).requires_grad_(True), y), eps=1e-5, atol=1e-8, rtol=1e-6),
      "gradients of the map at new points")
same, _, _ = ops.sinkhorn_divergence(x, x.detach(), None, None, 0.1, threshold=1e-12)
check(abs(same.item()) < 1e-10, "the divergence of equal measures is 0")
values = ops.sinkhorn_batch([x, y], [y, x], [], [], 0.1, threshold=1e-12)[2]
check(abs(values[0].item() - value.item()) < 1e-12 and abs(values[1].item() - value.item()) < 1e-10, "a batch")


# Inside TorchScript, saved and loaded.
class Score(torch.nn.Module):
    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return torch.ops.brenier.sinkhorn_divergence(x, y, None, None, 0.1)[0]


module = torch.jit.script(Score())
file = io.BytesIO()
torch.jit.save(module, file)
file.seek(0)
loaded = torch.jit.load(file)
check(loaded(x, y).item() == ops.sinkhorn_divergence(x, y, None, None, 0.1)[0].item(), "a saved module")

# The rooms above Sinkhorn.
cost = torch.cdist(x, y).detach() ** 2
exact, exact_plan, _, _ = ops.exact_transport(cost)
check(exact.item() < value.item() and abs(exact_plan.sum().item() - 1) < 1e-12, "exact transport")
line = ops.wasserstein_1d(x[:, 0], y[:, 0])
check(line.item() <= ops.sliced_wasserstein(x[:, :1], y[:, :1]).item() + 1e-12, "sliced on a line is exact")
gap, error = ops.monge_gap(x, 2 * x + 1, None, 1e-3, 1e-10)
check(-1e-9 < gap.item() < 1e-2 and error <= 1e-10, "the gradient of a convex map has no Monge gap")
q, r, g, low, _, _ = ops.low_rank_sinkhorn(x, y, None, None, 3)
check(torch.allclose((q / g) @ r.t() @ torch.ones(11, dtype=q.dtype), q.sum(1)) and low.item() >= exact.item() - 1e-9,
      "a plan of rank 3 costs no less than the best one")
c = torch.cdist(x, x).detach() ** 2
gw_plan, gw, change, _ = ops.gromov_wasserstein(c, c.flip(0, 1), None, None, 1e-3)
check(abs(gw_plan.sum().item() - 1) < 1e-9 and gw.item() < 1, "Gromov-Wasserstein")
histograms = torch.softmax(torch.stack([-(torch.arange(20.0) - 5) ** 2, -(torch.arange(20.0) - 13) ** 2]).double() / 8, 1)
bins = torch.arange(20.0).double()[:, None]
middle, error, _ = ops.fixed_support_barycentre(torch.cdist(bins, bins) ** 2, histograms, 2.0, debiased=True)
check(middle.argmax().item() == 9 and error <= 1e-5, "a barycentre of histograms")
moved, _, _ = ops.free_support_barycentre([x.detach(), x.detach() + 2], x.detach(), 0.05)
check(torch.allclose(moved.mean(0), x.mean(0) + 1, atol=1e-2), "a barycentre of clouds")
v = torch.tensor([3.0, 1.0, 2.0, 5.0], dtype=torch.float64, requires_grad=True)
check(torch.allclose(ops.soft_rank(v, 1e-3), torch.tensor([2.0, 0.0, 1.0, 3.0], dtype=torch.float64), atol=1e-2), "ranks")
check(torch.allclose(ops.soft_sort(v, 1e-3), v.sort().values, atol=1e-2), "a soft sort")
check(torch.autograd.gradcheck(lambda v: ops.soft_quantile(v, [0.25, 0.5]), v, eps=1e-5, atol=1e-7, rtol=1e-6), "quantiles")
check(ops.soft_topk_mask(v, 1, 1e-3).argmax().item() == 3, "the largest")

# float32 stays float32; an error has the text of the layer.
check(ops.sinkhorn(x.float(), y.float(), None, None, 0.1)[0].dtype == torch.float32, "float32")
try:
    ops.sinkhorn(x, y, None, None, -1.0)
    check(False, "a negative epsilon is refused")
except RuntimeError as error:
    check("epsilon" in str(error), "the message names epsilon")
print("torch.ops.brenier: all checks passed")
