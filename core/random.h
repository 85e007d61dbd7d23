// Named random streams: every random thing in Brenier draws from RandomStream(seed, "name").
//
// A stream is counter-based: value k of stream (seed, name) is mix(key + k * golden), with
// key = mix(seed) ^ fnv1a(name) and mix the finaliser of SplitMix64 (Steele, Lea, Flood 2014). So its
// whole state is one counter, a checkpoint stores it in 8 bytes, and no stream depends on what
// another one drew, on the thread count, or on the standard library (all distributions are ours).
// A parameter outside the range stated here throws kDefect.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace brenier {

class RandomStream final {
 public:
  RandomStream(std::uint64_t seed, std::string_view name);

  std::uint64_t next();                      // uniform over all 64-bit values
  double uniform();                          // in [0, 1), 53 bits
  double uniform(double low, double high);   // in [low, high)
  double normal();                           // mean 0, standard deviation 1 (Box-Muller, one value a call)
  double gamma(double shape, double scale);  // shape > 0, scale > 0 (Marsaglia and Tsang 2000)
  std::int64_t poisson(double mean);         // mean in [0, 1e15]; inversion below 30, PTRS (Hormann 1993) above
  std::int64_t below(std::int64_t n);        // uniform in [0, n), n > 0, without modulo bias

  // A uniformly random order of 0..n-1 (Fisher-Yates).
  std::vector<std::int64_t> permutation(std::int64_t n);
  // k distinct values of 0..n-1 in random order; 0 <= k <= n.
  std::vector<std::int64_t> sample(std::int64_t n, std::int64_t k);

  [[nodiscard]] std::uint64_t counter() const { return counter_; }
  void set_counter(std::uint64_t counter) { counter_ = counter; }

 private:
  std::uint64_t key_;
  std::uint64_t counter_ = 0;
};

}  // namespace brenier
