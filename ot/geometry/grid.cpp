#include "ot/geometry/grid.h"

#include <ATen/ATen.h>

#include <utility>

#include "core/error.h"
#include "core/shape.h"
#include "ot/passes/grid_passes.h"

namespace brenier::ot {
namespace grid_detail {

constexpr double kMostPoints = static_cast<double>(Index{1} << 40);

void check_count(std::size_t count) {
  if (count > 0) return;
  throw Error(ErrorKind::kData, "a grid has no axes").at("grid").expected("at least one axis");
}

void check_axis(const at::Tensor& axis, const std::string& name, at::ScalarType dtype) {
  if (axis.scalar_type() != dtype) {
    throw Error(ErrorKind::kData, "the axes of a grid have different types")
        .at(name)
        .found(c10::toString(axis.scalar_type()))
        .expected(std::string(c10::toString(dtype)) + ", as the first axis");
  }
  if (axis.requires_grad()) {
    throw Error(ErrorKind::kUsage, "an axis of a grid asks for a gradient, and gradients do not flow to axes")
        .at(name)
        .hint("detach it, or use a point cloud or a cost matrix");
  }
}

std::string axis_name(const std::string& what, std::size_t k) { return what + " of grid axis " + std::to_string(k); }

void check_coordinates(const at::Tensor& values, const std::string& name) {
  if (!values.defined())
    throw Error(ErrorKind::kData, "a tensor is missing").at(name).expected("coordinates of float32 or float64");
  check_shape(values, name, "[_]");
  check_matrix(values.unsqueeze(1), name);
}

void check_size(double points) {
  if (points <= kMostPoints) return;
  throw Error(ErrorKind::kData, "a grid has too many points").at("grid").expected("at most 2^40 rows and columns");
}

std::shared_ptr<const Passes> passes_of(const std::vector<at::Tensor>& costs) {
  std::vector<GridAxis> axes;
  for (const auto& cost : costs) {
    const double* data = cost.const_data_ptr<double>();
    axes.push_back({cost.size(0), cost.size(1), {data, data + cost.numel()}});
  }
  return std::make_shared<GridPasses>(std::move(axes));
}

}  // namespace grid_detail

Grid Grid::from_costs(std::vector<at::Tensor> costs) {
  grid_detail::check_count(costs.size());
  std::vector<at::Tensor> axes;
  for (std::size_t k = 0; k < costs.size(); ++k) {
    const auto name = grid_detail::axis_name("cost", k);
    check_matrix(costs[k], name);
    grid_detail::check_axis(costs[k], name, costs[0].scalar_type());
    axes.push_back(costs[k].detach().to(at::kDouble));
  }
  return {std::move(axes), costs[0].scalar_type()};
}

Grid Grid::from_coordinates(std::vector<at::Tensor> rows, std::vector<at::Tensor> columns) {
  grid_detail::check_count(rows.size());
  if (columns.empty()) columns = rows;
  if (columns.size() != rows.size()) {
    throw Error(ErrorKind::kData, "rows and columns of a grid have different numbers of axes")
        .at("grid")
        .found(std::to_string(rows.size()) + " and " + std::to_string(columns.size()))
        .expected("the same number");
  }
  std::vector<at::Tensor> axes;
  for (std::size_t k = 0; k < rows.size(); ++k) {
    const auto check = [&](const at::Tensor& values, const std::string& name) {
      grid_detail::check_coordinates(values, name);
      grid_detail::check_axis(values, name, rows[0].scalar_type());
      return values.detach().to(at::kDouble);
    };
    const auto row = check(rows[k], grid_detail::axis_name("rows", k));
    const auto column = check(columns[k], grid_detail::axis_name("columns", k));
    axes.push_back((row.unsqueeze(1) - column.unsqueeze(0)).square());
    check_matrix(axes.back(), grid_detail::axis_name("squared distances", k));
  }
  return {std::move(axes), rows[0].scalar_type()};
}

Grid::Grid(std::vector<at::Tensor> costs, at::ScalarType dtype) : dtype_(dtype) {
  double rows = 1;
  double columns = 1;
  for (const auto& cost : costs) {
    rows *= static_cast<double>(cost.size(0));
    columns *= static_cast<double>(cost.size(1));
    costs_.push_back(cost.clone(at::MemoryFormat::Contiguous));
  }
  grid_detail::check_size(rows);
  grid_detail::check_size(columns);
  passes_ = grid_detail::passes_of(costs_);
}

std::string Grid::name() const {
  std::string rows;
  std::string columns;
  for (const auto& cost : costs_) {
    rows += (rows.empty() ? "" : " x ") + std::to_string(cost.size(0));
    columns += (columns.empty() ? "" : " x ") + std::to_string(cost.size(1));
  }
  return "grid (" + rows + " rows, " + columns + " columns)";
}

at::Tensor Grid::cost_matrix(Index limit_bytes) const {
  check_dense_request("cost matrix of a " + name(), rows(), columns(), dtype(), limit_bytes);
  auto total = costs_[0];
  for (std::size_t k = 1; k < costs_.size(); ++k) {
    const auto& axis = costs_[k];
    total = (total.unsqueeze(1).unsqueeze(3) + axis.unsqueeze(0).unsqueeze(2))
                .reshape({total.size(0) * axis.size(0), total.size(1) * axis.size(1)});
  }
  return total.to(dtype_, false, true);
}

std::shared_ptr<const Geometry> Grid::transposed() const {
  std::vector<at::Tensor> turned;
  for (const auto& cost : costs_) turned.push_back(cost.t());
  return std::shared_ptr<const Geometry>(new Grid(std::move(turned), dtype_));
}

}  // namespace brenier::ot
