#include "runtime/gene_alignment.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"

namespace brenier::runtime {

using Names = std::vector<std::string>;
using Columns = std::vector<std::int64_t>;

std::string message_of(const Names& wanted, const Names& data, const MissingGeneRule& rule,
                       ErrorKind kind = ErrorKind::kData) {
  try {
    (void)align_genes(wanted, data, rule);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind);
    return error.what();
  }
  ADD_FAILURE() << "the genes were accepted";
  return "";
}

TEST(GeneAlignment, FindsColumnsByName) {
  const auto found = align_genes({"a", "c"}, {"c", "b", "a"});
  EXPECT_EQ(found.columns, (Columns{2, 0}));
  EXPECT_TRUE(found.missing.empty());
}

TEST(GeneAlignment, MissingGenesAreListedOrFilled) {
  const auto text = message_of({"a", "b", "c"}, {"a", "x"}, {});
  EXPECT_NE(text.find("2 of 3 missing: 'b', 'c'"), std::string::npos) << text;
  EXPECT_NE(text.find("on request"), std::string::npos) << text;
  for (const auto action : {MissingGenes::kZero, MissingGenes::kMean}) {
    const auto found = align_genes({"a", "b", "c"}, {"a", "x"}, {action, 0.7});
    EXPECT_EQ(found.columns, (Columns{0, -1, -1}));
    EXPECT_EQ(found.missing, (Names{"b", "c"}));
  }
}

TEST(GeneAlignment, ALargerShareThanAllowedIsAnError) {
  const Names wanted{"a", "b", "c", "d", "e"};
  EXPECT_EQ(align_genes(wanted, {"a", "b", "c", "d"}, {MissingGenes::kZero}).missing, (Names{"e"}));  // 20 % by default
  const auto text = message_of(wanted, {"a", "b", "c"}, {MissingGenes::kZero});
  EXPECT_NE(text.find("too many"), std::string::npos) << text;
  EXPECT_NE(text.find("2 of 5 missing: 'd', 'e'"), std::string::npos) << text;
  EXPECT_NE(text.find("at most 20 %"), std::string::npos) << text;
  EXPECT_EQ(align_genes(wanted, {"c", "a", "b"}, {MissingGenes::kZero, 0.4}).columns, (Columns{1, 2, 0, -1, -1}));
  for (const double share : {-0.1, 1.5, std::nan("")})
    EXPECT_NE(message_of(wanted, wanted, {MissingGenes::kZero, share}, ErrorKind::kUsage).find("0 to 1"),
              std::string::npos);
}

TEST(GeneAlignment, ReadsTheRuleFromItsWord) {
  EXPECT_EQ(missing_genes_from_text("error"), MissingGenes::kRefuse);
  EXPECT_EQ(missing_genes_from_text("zero"), MissingGenes::kZero);
  EXPECT_EQ(missing_genes_from_text("mean"), MissingGenes::kMean);
  EXPECT_THROW((void)missing_genes_from_text("none"), Error);
}

TEST(GeneAlignment, NoGeneInCommonIsAlwaysAnError) {
  const auto text = message_of({"a", "b"}, {"ENSG1", "ENSG2"}, {MissingGenes::kZero, 1.0});
  EXPECT_NE(text.find("ENSG1"), std::string::npos) << text;
}

TEST(GeneAlignment, AGeneThatOccursTwiceIsNamed) {
  EXPECT_NE(message_of({"a"}, {"a", "b", "a"}, {}).find("'a'"), std::string::npos);
  EXPECT_EQ(align_genes({"b"}, {"a", "b", "a"}).columns, (Columns{1}));  // not asked for
}

}  // namespace brenier::runtime
