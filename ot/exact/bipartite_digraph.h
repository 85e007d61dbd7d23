// The complete bipartite digraph, every source to every target, in the form that LEMON's algorithms take; nothing is
// stored but the two sizes. For network_simplex.cpp only.
//
// Node i < sources is source i, node sources + j is target j. Arc i * targets + j goes from source i to target j.
#pragma once

#include <lemon/core.h>

#include <cstddef>
#include <vector>

namespace brenier::ot::network_simplex_detail {

class BipartiteDigraph final {
 public:
  // A node or an arc: its number, -1 for none.
  template <class Tag>
  struct Item {
    int id = -1;
    Item() = default;
    Item(lemon::Invalid) {}  // implicit: LEMON compares with and assigns lemon::INVALID
    explicit Item(int number) : id(number) {}
    bool operator==(const Item& other) const { return id == other.id; }
    bool operator!=(const Item& other) const { return id != other.id; }
    bool operator<(const Item& other) const { return id < other.id; }
  };
  using Node = Item<struct NodeTag>;
  using Arc = Item<struct ArcTag>;
  using NodeNumTag = lemon::True;
  using ArcNumTag = lemon::True;

  BipartiteDigraph(int sources, int targets) : sources_(sources), targets_(targets) {}

  [[nodiscard]] int nodeNum() const { return sources_ + targets_; }
  [[nodiscard]] int arcNum() const { return sources_ * targets_; }
  [[nodiscard]] Node source(Arc arc) const { return Node(arc.id / targets_); }
  [[nodiscard]] Node target(Arc arc) const { return Node(sources_ + arc.id % targets_); }

  // Walks ids first, first + step, ... below end, then becomes lemon::INVALID.
  template <class Base>
  class Walk : public Base {
   public:
    Walk() = default;
    Walk(lemon::Invalid) {}
    Walk(int first, int step, int end) : Base(first < end ? first : -1), step_(step), end_(end) {}
    Walk& operator++() {
      this->id = step_ < end_ - this->id ? this->id + step_ : -1;
      return *this;
    }

   private:
    int step_ = 1;
    int end_ = 0;
  };
  struct NodeIt : Walk<Node> {
    using Walk<Node>::Walk;
    explicit NodeIt(const BipartiteDigraph& graph) : Walk(0, 1, graph.nodeNum()) {}
  };
  struct ArcIt : Walk<Arc> {
    using Walk<Arc>::Walk;
    explicit ArcIt(const BipartiteDigraph& graph) : Walk(0, 1, graph.arcNum()) {}
  };
  struct OutArcIt : Walk<Arc> {
    using Walk<Arc>::Walk;
    OutArcIt(const BipartiteDigraph& graph, Node node)
        : Walk(node.id * graph.targets_, 1, node.id < graph.sources_ ? (node.id + 1) * graph.targets_ : 0) {}
  };
  struct InArcIt : Walk<Arc> {
    using Walk<Arc>::Walk;
    InArcIt(const BipartiteDigraph& graph, Node node)
        : Walk(node.id - graph.sources_, graph.targets_, node.id < graph.sources_ ? 0 : graph.arcNum()) {}
  };

  template <class Key, class Value>
  class Map {
   public:
    Map(std::size_t size, Value value) : values_(size, value) {}
    typename std::vector<Value>::reference operator[](Key key) { return values_[static_cast<std::size_t>(key.id)]; }
    typename std::vector<Value>::const_reference operator[](Key key) const {
      return values_[static_cast<std::size_t>(key.id)];
    }

   private:
    std::vector<Value> values_;
  };
  template <class Value>
  struct NodeMap : Map<Node, Value> {
    explicit NodeMap(const BipartiteDigraph& graph, Value value = Value())
        : Map<Node, Value>(static_cast<std::size_t>(graph.nodeNum()), value) {}
  };
  template <class Value>
  struct ArcMap : Map<Arc, Value> {
    explicit ArcMap(const BipartiteDigraph& graph, Value value = Value())
        : Map<Arc, Value>(static_cast<std::size_t>(graph.arcNum()), value) {}
  };

 private:
  int sources_;
  int targets_;
};

}  // namespace brenier::ot::network_simplex_detail
