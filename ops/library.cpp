// Registers torch.ops.brenier. Every operator comes twice: epsilon as a tensor, which may ask for a gradient, and as a
// plain number (overload `number`); PyTorch chooses by what is given.
#include <ATen/ATen.h>
#include <torch/library.h>

#include <string>

#include "ops/transport.h"

namespace brenier::ops {
namespace library_detail {

// WithNumber<&op>::call is op with a number for epsilon, its fifth argument.
template <auto op>
struct WithNumber;
template <class Result, class X, class Y, class A, class B, class... Rest,
          Result (*op)(X, Y, A, B, const MaybeTensor&, Rest...)>
struct WithNumber<op> {
  static Result call(X x, Y y, A a, B b, double epsilon, Rest... rest) {
    return op(x, y, a, b, at::scalar_tensor(epsilon, at::TensorOptions().dtype(at::kDouble)), rest...);
  }
};

const std::string kPair = "Tensor x, Tensor y, Tensor? a=None, Tensor? b=None, ";
const std::string kPairs = "Tensor[] x, Tensor[] y, Tensor[] a, Tensor[] b, ";
const std::string kPairNumber = "Tensor x, Tensor y, Tensor? a, Tensor? b, float epsilon, ";
const std::string kPairsNumber = "Tensor[] x, Tensor[] y, Tensor[] a, Tensor[] b, float epsilon, ";
const std::string kEpsilon = "Tensor? epsilon=None, ";
const std::string kSolver =
    "float tau_a=1.0, float tau_b=1.0, float threshold=0.001, int max_iterations=10000, *, str cost='sqeuclidean', "
    "str epsilon_scale='none'";
const std::string kSinkhorn = kSolver + ", str reference='kl', str init='zeros'";
const std::string kCounted = kSinkhorn + ", int fixed_iterations=0";

template <auto op>
void define(torch::Library& library, const std::string& name, bool batch, const std::string& rest,
            const std::string& result) {
  const auto& given = batch ? kPairs : kPair;
  const auto& given_number = batch ? kPairsNumber : kPairNumber;
  library.def(torch::schema((name + "(" + given + kEpsilon + rest + ") -> " + result).c_str()), op);
  library.def(torch::schema((name + ".number(" + given_number + rest + ") -> " + result).c_str()),
              &WithNumber<op>::call);
}

}  // namespace library_detail
}  // namespace brenier::ops

TORCH_LIBRARY(brenier, library) {
  namespace ops = brenier::ops;
  using ops::library_detail::define;
  using ops::library_detail::kCounted;
  using ops::library_detail::kSinkhorn;
  using ops::library_detail::kSolver;
  define<&ops::sinkhorn>(library, "sinkhorn", false, kCounted,
                         "(Tensor f, Tensor g, Tensor value, float marginal_error, int iterations)");
  define<&ops::sinkhorn_batch>(library, "sinkhorn_batch", true, kCounted,
                               "(Tensor[] f, Tensor[] g, Tensor value, Tensor marginal_error, Tensor iterations)");
  define<&ops::sinkhorn_divergence>(library, "sinkhorn_divergence", false, kSolver + ", bool static_b=False",
                                    "(Tensor value, float marginal_error, int iterations)");
  define<&ops::entropic_map>(library, "entropic_map", false, kSinkhorn + ", Tensor? points=None",
                             "(Tensor images, float marginal_error, int iterations)");
}
