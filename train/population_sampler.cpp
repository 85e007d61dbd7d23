#include "train/population_sampler.h"

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "core/random.h"

namespace brenier::train {

PopulationSampler::PopulationSampler(std::int64_t size, std::uint64_t seed, std::string name)
    : size_(size), seed_(seed), name_(std::move(name)) {
  if (size_ <= 0) throw Error(ErrorKind::kDefect, "a population to draw from has no members").at(name_);
}

std::vector<std::int64_t> PopulationSampler::draw(std::int64_t count) {
  std::vector<std::int64_t> drawn;
  drawn.reserve(static_cast<std::size_t>(std::max<std::int64_t>(0, count)));
  while (static_cast<std::int64_t>(drawn.size()) < count) {
    if (state_.position == size_) {
      state_ = {state_.epoch + 1, 0};
      order_.clear();
    }
    if (order_.empty()) shuffle();
    const std::int64_t missing = count - static_cast<std::int64_t>(drawn.size());
    const std::int64_t taken = std::min(missing, size_ - state_.position);
    const auto first = order_.begin() + state_.position;
    drawn.insert(drawn.end(), first, first + taken);
    state_.position += taken;
  }
  return drawn;
}

void PopulationSampler::set_state(State state) {
  if (state.epoch < 0 || state.position < 0 || state.position > size_) {
    throw Error(ErrorKind::kData, "the sampler state of a checkpoint does not fit its population")
        .at(name_)
        .found("epoch " + std::to_string(state.epoch) + ", position " + std::to_string(state.position))
        .expected("a position in 0.." + std::to_string(size_));
  }
  state_ = state;
  order_.clear();
}

void PopulationSampler::shuffle() {
  order_ = RandomStream(seed_, name_ + "/epoch-" + std::to_string(state_.epoch)).permutation(size_);
}

}  // namespace brenier::train
