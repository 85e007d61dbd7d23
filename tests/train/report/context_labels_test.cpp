// What a row or a panel is called: the parts that tell contexts apart stay, cuts go where all are alike.
#include "train/report/context_labels.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <set>

namespace brenier::train {
namespace context_labels_test {

using Labels = std::vector<std::string>;

Context context(const std::string& action, const std::map<std::string, std::string>& covariates = {}) {
  return make_context({{action, 1.0}}, covariates);
}

TEST(ContextLabels, LeaveOutWhatAllShare) {
  EXPECT_EQ(context_labels({context("IFNB", {{"cell_type", "B"}}), context("IFNB", {{"cell_type", "NK"}})}, 20),
            (Labels{"B", "NK"}));
  EXPECT_EQ(context_labels({context("a", {{"line", "K562"}}), context("b", {{"line", "K562"}})}, 20),
            (Labels{"a", "b"}));
  EXPECT_EQ(
      context_labels({context("a", {{"line", "x"}, {"time", "1"}}), context("b", {{"line", "y"}, {"time", "1"}})}, 20),
      (Labels{"a, x", "b, y"}));
}

TEST(ContextLabels, SayAllWhereNothingTellsApart) {
  EXPECT_EQ(context_labels({context("IFNB", {{"cell_type", "B"}})}, 20), (Labels{"IFNB, B"}));
  EXPECT_EQ(context_labels({context("a"), context("a")}, 20), (Labels{"a", "a"}));
  EXPECT_EQ(context_labels({context("a", {{"line", "x"}}), context("a")}, 20), (Labels{"x", "a"}));
  EXPECT_TRUE(context_labels({}, 20).empty());
}

TEST(ContextLabels, CutWhatAllBeginWithAndEndOn) {
  EXPECT_EQ(context_labels({context("patient_number_017_treated"), context("patient_number_121_treated")}, 16),
            (Labels{"…017…", "…121…"}));
  EXPECT_EQ(context_labels({context("rotation_scale_0.25"), context("rotation_scale_0.5")}, 10),
            (Labels{"…0.25", "…0.5"}));
  // A word is not cut because its first letters are shared.
  EXPECT_EQ(context_labels({context("a_dexamethasone"), context("a_dexrazoxane")}, 14),
            (Labels{"…dexamethasone", "a_dexrazoxane"}));
  EXPECT_EQ(context_labels({context("abcdefghijklmnopqrstuvwxyz")}, 7), (Labels{"abc…xyz"}));
}

TEST(ContextLabels, CountCharactersNotBytes) {
  EXPECT_EQ(context_labels({context("ββββ"), context("γγγγ")}, 4), (Labels{"ββββ", "γγγγ"}));
  EXPECT_EQ(context_labels({context("ββββββ"), context("γγγγγγ")}, 5), (Labels{"ββ…ββ", "γγ…γγ"}));
}

TEST(Wrapped, BreaksWhereItCan) {
  EXPECT_EQ(wrapped("short", 10), (Labels{"short"}));
  EXPECT_EQ(wrapped("", 10), (Labels{""}));
  EXPECT_EQ(wrapped("one, two three", 8), (Labels{"one, two", "three"}));
  EXPECT_EQ(wrapped("one+two_three", 8), (Labels{"one+two_", "three"}));
  EXPECT_EQ(wrapped("abcdefgh", 3), (Labels{"abc", "def", "gh"}));
}

RC_GTEST_PROP(ContextLabels, KeepTheLimitAndTellApart, ()) {
  const auto part = rc::gen::element<std::string>("drug", "dose", "x", "βγ", "_", "-", "0.5", "patient");
  const auto count = *rc::gen::inRange(1, 6);
  std::vector<Context> contexts;
  for (int i = 0; i < count; ++i) {
    std::string name = "n";
    for (const auto& word : *rc::gen::container<std::vector<std::string>>(part)) name += word;
    contexts.push_back(context(name + std::to_string(i)));
  }
  const auto limit = *rc::gen::inRange<std::size_t>(6, 40);
  const auto labels = context_labels(contexts, limit);
  RC_ASSERT(labels.size() == contexts.size());
  for (const auto& label : labels) {
    std::size_t characters = 0;
    for (const char c : label) characters += (static_cast<unsigned char>(c) & 0xC0U) == 0x80U ? 0 : 1;
    RC_ASSERT(characters > 0 && characters <= limit);
    std::string again;
    for (const auto& line : wrapped(label, 7)) again += line;
    RC_ASSERT(again == label);  // no spaces in them
  }
  // The numbers at the end tell them apart whatever was cut.
  RC_ASSERT(std::set<std::string>(labels.begin(), labels.end()).size() == labels.size());
}

}  // namespace context_labels_test
}  // namespace brenier::train
