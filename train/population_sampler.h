// Draws members of one population without replacement until it is used up, then in a new order, without end.
//
// Epoch e visits 0..n-1 in the order RandomStream(seed, "<name>/epoch-<e>").permutation(n), so the state is two numbers
// (epoch, position) and a resumed sampler continues exactly. When a draw crosses the end of an epoch it goes on in the
// next one; a population smaller than a draw is therefore repeated, each member as often as any other give or take one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace brenier::train {

class PopulationSampler final {
 public:
  struct State {
    std::int64_t epoch = 0;
    std::int64_t position = 0;  // members of this epoch already drawn, in [0, n]
    bool operator==(const State&) const = default;
  };

  // Throws kDefect when `size` is not positive.
  PopulationSampler(std::int64_t size, std::uint64_t seed, std::string name);

  // `count` members (numbers in 0..size-1).
  [[nodiscard]] std::vector<std::int64_t> draw(std::int64_t count);

  [[nodiscard]] std::int64_t size() const { return size_; }
  [[nodiscard]] State state() const { return state_; }
  // Throws kData when the state does not belong to a population of this size.
  void set_state(State state);

 private:
  void shuffle();

  std::int64_t size_;
  std::uint64_t seed_;
  std::string name_;
  State state_;
  std::vector<std::int64_t> order_;  // of the present epoch; empty until it is needed
};

}  // namespace brenier::train
