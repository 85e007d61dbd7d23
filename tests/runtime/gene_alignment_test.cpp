#include "runtime/gene_alignment.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace brenier::runtime {

using Names = std::vector<std::string>;
using Columns = std::vector<std::int64_t>;

std::string message_of(const Names& wanted, const Names& data, MissingGenes missing) {
  try {
    (void)align_genes(wanted, data, missing);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    return error.what();
  }
  ADD_FAILURE() << "the genes were accepted";
  return "";
}

TEST(GeneAlignment, FindsColumnsByName) {
  EXPECT_EQ(align_genes({"a", "c"}, {"c", "b", "a"}, MissingGenes::kRefuse), (Columns{2, 0}));
}

TEST(GeneAlignment, MissingGenesAreListedOrTakenAsZero) {
  const auto text = message_of({"a", "b", "c"}, {"a", "x"}, MissingGenes::kRefuse);
  EXPECT_NE(text.find("2 of 3 missing: 'b', 'c'"), std::string::npos) << text;
  EXPECT_EQ(align_genes({"a", "b", "c"}, {"a", "x"}, MissingGenes::kZero), (Columns{0, -1, -1}));
}

TEST(GeneAlignment, NoGeneInCommonIsAlwaysAnError) {
  const auto text = message_of({"a", "b"}, {"ENSG1", "ENSG2"}, MissingGenes::kZero);
  EXPECT_NE(text.find("ENSG1"), std::string::npos) << text;
}

TEST(GeneAlignment, AGeneThatOccursTwiceIsNamed) {
  EXPECT_NE(message_of({"a"}, {"a", "b", "a"}, MissingGenes::kRefuse).find("'a'"), std::string::npos);
  EXPECT_EQ(align_genes({"b"}, {"a", "b", "a"}, MissingGenes::kRefuse), (Columns{1}));  // not asked for
}

}  // namespace brenier::runtime
