#include "ot/sinkhorn/relaxation.h"

#include <algorithm>
#include <cmath>

namespace brenier::ot {
namespace relaxation_detail {

constexpr std::size_t kPlainWindow = 6;
constexpr std::size_t kRelaxedWindow = 12;

}  // namespace relaxation_detail

void Relaxation::forget() {
  window_.clear();
  best_ = 0;
  rate_ = 1;
  if (!fixed_) omega_ = 1;
}

void Relaxation::observe(double error) {
  using relaxation_detail::kPlainWindow;
  using relaxation_detail::kRelaxedWindow;
  if (!(error > 0)) return;
  best_ = window_.empty() && best_ == 0 ? error : std::min(best_, error);
  window_.push_back(error);
  const std::size_t needed = omega_ == 1 ? kPlainWindow : kRelaxedWindow;
  if (!fixed_ && omega_ > 1 && error > 10 * best_) {
    ceiling_ = 1 + (omega_ - 1) / 2;
    omega_ = 1;
    rate_ = 1;
    best_ = error;
    window_.clear();
    return;
  }
  if (window_.size() < needed) return;
  const auto half = window_.size() / 2;
  const double rate = std::pow(window_.back() / window_[half], 1 / static_cast<double>(window_.size() - 1 - half));
  if (fixed_) {
    rate_ = std::min(rate, 1.0);
    if (window_.size() > 2 * kRelaxedWindow) window_.erase(window_.begin());
    return;
  }
  if (omega_ == 1) {
    // A rate to trust has settled: the two halves of the window agree.
    const double earlier = std::pow(window_[half] / window_[0], 1 / static_cast<double>(half));
    window_.erase(window_.begin());
    rate_ = std::min(rate, 1.0);
    if (!(rate < 1) || std::abs(std::log(rate) - std::log(earlier)) > 0.25 * std::abs(std::log(rate))) return;
    omega_ = std::min(2 / (1 + std::sqrt(1 - rate)), ceiling_);
    rate_ = std::max(omega_ - 1, 1e-3);
    window_.clear();
    return;
  }
  if (rate >= 1) {
    ceiling_ = std::min(ceiling_, 1 + 0.9 * (omega_ - 1));
    omega_ = ceiling_;
  } else if (rate > omega_ - 1 + 0.02) {
    const double theta = std::min((rate + omega_ - 1) * (rate + omega_ - 1) / (rate * omega_ * omega_), 0.99999);
    omega_ = std::min(2 / (1 + std::sqrt(1 - theta)), ceiling_);
  }
  rate_ = std::min(rate, 1.0);
  window_.clear();
}

}  // namespace brenier::ot
