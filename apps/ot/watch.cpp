#include "apps/ot/watch.h"

#include "core/number_text.h"

namespace brenier::apps {

std::function<bool(const ot::SinkhornProgress&)> SolveWatch::callback(const ot::SinkhornSettings& settings) {
  const auto total = settings.fixed_iterations > 0 ? settings.fixed_iterations : settings.max_iterations;
  return [this, total](const ot::SinkhornProgress& progress) {
    using std::chrono::seconds;
    if (!shown_ && std::chrono::steady_clock::now() - begun_ > seconds(2)) {
      shown_ = true;
      reporter_.begin(name_, total, 0);
    }
    if (shown_) {
      reporter_.advance(progress.iteration, "marginal error " + number_text(progress.marginal_error) + ", epsilon " +
                                                number_text(progress.epsilon));
    }
    return !interrupt_.requested();
  };
}

void SolveWatch::finish() {
  if (shown_) reporter_.end();
  if (interrupt_.requested()) interrupt_.stop(name_);
}

}  // namespace brenier::apps
