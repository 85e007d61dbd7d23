// The exported form of ContextKernel: TorchScript text over the same tensors. The agreement of both is a test. Types
// are numbers in a script that C++ compiles: 4 int64, 6 float32, 7 float64.
#include <string>

#include "models/condot/context_kernel.h"

namespace brenier::models {
namespace context_kernel_script_detail {

constexpr const char* kDistance = R"(def kernel_gaussian(self, distance: Tensor, candidates: Tensor) -> Tensor:
    distance = torch.where(candidates, distance, torch.full_like(distance, float("inf")))
    nearest = torch.min(distance)
    weight = torch.exp(-(distance - nearest) / (2.0 * self.kernel_bandwidth * self.kernel_bandwidth * nearest + 1e-12))
    return weight / torch.sum(weight)

def kernel_distance(self, centre: Tensor, traits: Tensor) -> Tensor:
    distance = torch.sum((self.kernel_descriptors - centre) ** 2, 1) / self.kernel_spread
    if self.kernel_traits.size(1) > 0:
        distance = distance + torch.sum((self.kernel_traits - traits) ** 2, 1) / self.kernel_trait_spread
    return distance

def kernel_bracket(self, there: Tensor, asked: Tensor, candidates: Tensor) -> Tensor:
    below = torch.logical_and(candidates, there <= asked)
    above = torch.logical_and(candidates, there >= asked)
    lower = torch.max(torch.where(below, there, torch.full_like(there, -float("inf"))))
    upper = torch.min(torch.where(above, there, torch.full_like(there, float("inf"))))
    if not bool(torch.any(below)):
        lower = upper
    if not bool(torch.any(above)):
        upper = lower
    share = torch.zeros_like(lower)
    if bool(upper > lower):
        share = (asked - lower) / (upper - lower)
    return torch.stack([lower, upper, share])

def kernel_far(self, place: Tensor) -> Tensor:
    return torch.sum((self.kernel_places[:, :place.size(0)] - place) ** 2, 1) / self.kernel_place_spread

)";

constexpr const char* kPlain =
    R"(def kernel_block(self, candidates: Tensor, wanted: Tensor, actions: Tensor, plain: Tensor) -> Tensor:
    ratio = torch.log10(torch.clamp(self.kernel_doses, min=1e-30)) - torch.log10(torch.clamp(actions, min=1e-30))
    ratio = torch.where(wanted, ratio, torch.zeros_like(ratio))
    return self.kernel_gaussian(plain + torch.sum(ratio ** 2, 1), candidates)

)";

// SCALE(x) is replaced.
constexpr const char* kLine = R"(def kernel_scale(self, doses: Tensor) -> Tensor:
    return SCALE

def kernel_block(self, candidates: Tensor, wanted: Tensor, actions: Tensor, plain: Tensor) -> Tensor:
    if int(torch.sum(wanted).item()) == 1:
        action = int(torch.argmax(wanted.to(dtype=4)).item())
        there = self.kernel_scale(self.kernel_doses[:, action])
        asked = self.kernel_scale(actions[action])
        around = self.kernel_bracket(there, asked, candidates)
        at_lower = self.kernel_gaussian(plain, torch.logical_and(candidates, there == around[0]))
        at_upper = self.kernel_gaussian(plain, torch.logical_and(candidates, there == around[1]))
        return (1.0 - around[2]) * at_lower + around[2] * at_upper
    ratio = torch.log10(torch.clamp(self.kernel_doses, min=1e-30)) - torch.log10(torch.clamp(actions, min=1e-30))
    ratio = torch.where(wanted, ratio, torch.zeros_like(ratio))
    return self.kernel_gaussian(plain + torch.sum(ratio ** 2, 1), candidates)

)";

constexpr const char* kNoAxis =
    R"(def kernel_along(self, candidates: Tensor, wanted: Tensor, actions: Tensor, centre: Tensor, traits: Tensor) -> Tensor:
    return self.kernel_block(candidates, wanted, actions, self.kernel_distance(centre, traits))

)";

// AXIS is replaced.
constexpr const char* kAxis =
    R"(def kernel_along(self, candidates: Tensor, wanted: Tensor, actions: Tensor, centre: Tensor, traits: Tensor) -> Tensor:
    there = self.kernel_traits[:, AXIS]
    around = self.kernel_bracket(there, traits[AXIS], candidates)
    others = torch.arange(traits.size(0)) != AXIS
    apart = (self.kernel_traits[:, others] - traits[others]) ** 2
    plain = torch.sum((self.kernel_descriptors - centre) ** 2, 1) / self.kernel_spread
    plain = plain + torch.sum(apart, 1) / self.kernel_trait_spread
    at_lower = self.kernel_block(torch.logical_and(candidates, there == around[0]), wanted, actions, plain)
    at_upper = self.kernel_block(torch.logical_and(candidates, there == around[1]), wanted, actions, plain)
    return (1.0 - around[2]) * at_lower + around[2] * at_upper

)";

constexpr const char* kByActions =
    R"(def kernel_composed(self, actions: Tensor, plain: Tensor, unknown: float) -> Tensor:
    has = self.kernel_doses > 0
    wanted = actions > 0
    ratio = torch.log10(torch.clamp(self.kernel_doses, min=1e-30)) - torch.log10(torch.clamp(actions, min=1e-30))
    ratio = torch.where(torch.logical_and(wanted, has), ratio, torch.zeros_like(ratio))
    weight = self.kernel_gaussian(plain + torch.sum(ratio ** 2, 1), torch.ones_like(plain) > 0)
    v = torch.clamp(torch.sqrt(weight / torch.max(weight)), min=0.05)
    design = (has * v.unsqueeze(1)).to(dtype=7)
    asked = wanted.to(dtype=7) + unknown / float(actions.size(0))
    return (torch.matmul(asked, torch.pinverse(design, 1e-6)) * v.to(dtype=7)).to(dtype=6)

def kernel_weights(self, actions: Tensor, centre: Tensor, place: Tensor, traits: Tensor, others: Tensor, unknown: float) -> Tensor:
    plain = self.kernel_distance(centre, traits)
    has = self.kernel_doses > 0
    wanted = actions > 0
    same = torch.all(has == wanted, 1)
    if others.size(0) == 0 and unknown == 0.0 and bool(torch.any(same)):
        return self.kernel_along(same, wanted, actions, centre, traits)
    total = torch.zeros_like(plain)
    if unknown > 0.0 or bool(torch.any(wanted)):
        total = self.kernel_composed(actions, plain, unknown)
    sizes = torch.sum(has, 1)
    fewest = sizes == torch.min(sizes)
    for i in range(others.size(0)):
        total = total + self.kernel_gaussian(plain + self.kernel_far(others[i]), fewest)
    return total

)";

constexpr const char* kByPlace =
    R"(def kernel_weights(self, actions: Tensor, centre: Tensor, place: Tensor, traits: Tensor, others: Tensor, unknown: float) -> Tensor:
    distance = self.kernel_distance(centre, traits) + self.kernel_far(place)
    candidates = torch.all((self.kernel_doses > 0) == (actions > 0), 1)
    if unknown > 0.0 or others.size(0) > 0 or not bool(torch.any(candidates)):
        candidates = torch.ones_like(candidates)
    return self.kernel_gaussian(distance, candidates)

)";

}  // namespace context_kernel_script_detail

Script ContextKernel::script() const {
  namespace detail = context_kernel_script_detail;
  Script script;
  script.source = detail::kDistance;
  if (settings_.by_place) {
    script.source += detail::kByPlace;
  } else {
    std::string block = settings_.line ? detail::kLine : detail::kPlain;
    if (const auto at = block.find("SCALE"); at != std::string::npos) {
      block.replace(at, 5, settings_.log_doses ? "torch.log10(torch.clamp(doses, min=1e-30))" : "doses");
    }
    std::string along = settings_.axis < 0 ? detail::kNoAxis : detail::kAxis;
    for (auto at = along.find("AXIS"); at != std::string::npos; at = along.find("AXIS")) {
      along.replace(at, 4, std::to_string(settings_.axis));
    }
    script.source += block + along + detail::kByActions;
  }
  script.tensors = {{"kernel_doses", doses_},
                    {"kernel_descriptors", descriptors_},
                    {"kernel_shifts", shifts_},
                    {"kernel_places", places_},
                    {"kernel_traits", traits_},
                    {"kernel_spread", spread_},
                    {"kernel_place_spread", place_spread_},
                    {"kernel_trait_spread", trait_spread_},
                    {"kernel_bandwidth", bandwidth_}};
  return script;
}

}  // namespace brenier::models
