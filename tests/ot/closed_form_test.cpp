// Gaussians against tests/oracle/ot/closed_form.json (made by the script beside it, from the formulas). The file's
// Gromov-Wasserstein numbers have tests of their own.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "ot/gaussian/bures.h"
#include "tests/ot/oracle_file.h"

namespace brenier::ot::closed_form_test {

TEST(ClosedForm, Gaussians) {
  const OracleFile file("closed_form.json");
  for (const std::string name : {"gaussian_1d_first", "gaussian_1d_second", "gaussian_2d"}) {
    SCOPED_TRACE(name);
    const auto& oracle = file.entry(name);
    const auto d = static_cast<std::int64_t>(oracle.at("A").size());
    const auto shift = OracleFile::numbers(oracle.at("mean_difference"), {d});
    const GaussianMeasure p{at::full({d}, .25, at::kDouble), OracleFile::numbers(oracle.at("A"), {d, d})};
    const GaussianMeasure q{p.mean + shift, OracleFile::numbers(oracle.at("B"), {d, d})};
    const double epsilon = oracle.at("eps").get<double>();
    EXPECT_NEAR(gaussian_entropic_value(p, q, epsilon), oracle.at("value").get<double>(), 1e-13);
    EXPECT_NEAR(gaussian_divergence(p, q, epsilon), oracle.at("divergence").get<double>(), 1e-13);
    EXPECT_NEAR(gaussian_w2_squared(p, q), oracle.at("w2_squared").get<double>(), 1e-13);
    EXPECT_NEAR(gaussian_w2_squared(p, q), gaussian_entropic_value(p, q, 0), 1e-13);
  }
}

}  // namespace brenier::ot::closed_form_test
