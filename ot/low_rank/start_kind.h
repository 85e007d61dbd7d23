// Where low-rank Sinkhorn starts, by name; what each means is in low_rank_start.h.
#pragma once

#include <string>

namespace brenier::ot {

enum class LowRankStart { kAutomatic, kAnchors, kRandom, kRankTwo };

[[nodiscard]] LowRankStart low_rank_start_by_name(const std::string& name);  // automatic, anchors, random, rank_two

}  // namespace brenier::ot
