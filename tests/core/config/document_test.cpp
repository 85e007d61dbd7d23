#include "core/config/document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "core/io/atomic_file.h"
#include "tests/core/throws.h"
#include "tests/helpers/temp_dir.h"

namespace brenier::tests {

using ::testing::AllOf;
using ::testing::HasSubstr;
using Json = nlohmann::ordered_json;

TEST(ConfigDocument, DefaultsMergeInOrderBeforeOwnKeys) {
  const TempDir dir;
  std::filesystem::create_directories(dir / "data");
  std::filesystem::create_directories(dir / "experiment");
  write_atomically(dir / "data/a.json", R"({"data": {"path": "a.h5ad", "key": "x"}, "seed": 1, "list": [1, 2, 3]})");
  write_atomically(dir / "data/b.json", R"({"defaults": ["a.json"], "seed": 2, "data": {"key": "y"}})");
  write_atomically(dir / "experiment/e.json",
                   R"({"$schema": "s.json", "defaults": ["../data/b.json"], "list": [9], "data": {"more": true}})");
  const ConfigDocument document = compose(dir / "experiment/e.json");
  EXPECT_EQ(document.root,
            Json::parse(R"({"data": {"path": "a.h5ad", "key": "y", "more": true}, "seed": 2, "list": [9]})"));
  EXPECT_EQ(document.base.at("/data/path").lexically_normal(), dir / "data");
  EXPECT_EQ(document.base.at("/data/more"), dir / "experiment");
  EXPECT_EQ(document.base.at("/list/0"), dir / "experiment");
  EXPECT_EQ(document.base.count("/list/1"), 0U);  // the replaced list is forgotten
}

TEST(ConfigDocument, CircleOfDefaultsIsRefused) {
  const TempDir dir;
  write_atomically(dir / "a.json", R"({"defaults": ["b.json"]})");
  write_atomically(dir / "b.json", R"({"defaults": ["./a.json"]})");
  EXPECT_THAT(error_text(ErrorKind::kUsage, [&] { (void)compose(dir / "a.json"); }),
              AllOf(HasSubstr("circle"), HasSubstr("b.json")));
}

TEST(ConfigDocument, SameDefaultTwiceIsNoCircle) {
  const TempDir dir;
  write_atomically(dir / "a.json", R"({"x": 1})");
  write_atomically(dir / "b.json", R"({"defaults": ["a.json"]})");
  write_atomically(dir / "c.json", R"({"defaults": ["a.json", "b.json"]})");
  EXPECT_EQ(compose(dir / "c.json").root["x"], 1);
}

TEST(ConfigDocument, SyntaxErrorNamesFileLineColumnAndText) {
  const TempDir dir;
  write_atomically(dir / "a.json", "{\n  \"seed\": 1\n  \"name\": 2\n}\n");
  EXPECT_THAT(error_text(ErrorKind::kUsage, [&] { (void)compose(dir / "a.json"); }),
              AllOf(HasSubstr("a.json"), HasSubstr("line 3, column 8"), HasSubstr("\"name\": 2")));
}

TEST(ConfigDocument, ErrorInDefaultsNamesBothFiles) {
  const TempDir dir;
  write_atomically(dir / "outer.json", R"({"defaults": ["inner.json"]})");
  write_atomically(dir / "inner.json", "[1]");
  EXPECT_THAT(error_text(ErrorKind::kUsage, [&] { (void)compose(dir / "outer.json"); }),
              AllOf(HasSubstr("outer.json: defaults"), HasSubstr("inner.json"), HasSubstr("JSON object")));
}

TEST(ConfigDocument, MissingFileSuggestsNeighbour) {
  const TempDir dir;
  write_atomically(dir / "kang.json", "{}");
  EXPECT_THAT(error_text(ErrorKind::kUsage, [&] { (void)compose(dir / "kong.json"); }),
              AllOf(HasSubstr("does not exist"), HasSubstr("kang.json")));
}

TEST(ConfigDocument, UnreadableFilesAreWrongUse) {
  const TempDir dir;
  EXPECT_THAT(error_text(ErrorKind::kUsage, [&] { (void)compose(dir.path()); }), HasSubstr("directory"));
  write_atomically(dir / "empty.json", "");
  EXPECT_THAT(error_text(ErrorKind::kUsage, [&] { (void)compose(dir / "empty.json"); }),
              HasSubstr("unexpected end of input"));
  write_atomically(dir / "bad.json", R"({"defaults": "a.json"})");
  EXPECT_THAT(error_text(ErrorKind::kUsage, [&] { (void)compose(dir / "bad.json"); }),
              HasSubstr("'defaults' is a list"));
}

ConfigDocument changed_config(const std::string& json, const std::vector<std::string>& overrides) {
  ConfigDocument document = document_from(Json::parse(json), "/configs");
  for (const std::string& text : overrides) apply_override(document, text, "/here");
  return document;
}

TEST(ConfigOverride, SetsStatedAndUnstatedPaths) {
  const ConfigDocument document = changed_config(R"({"a": {"b": 1}, "list": [{"x": 1}, {"x": 2}]})",
                                                 {"a.b=2.5", "list.1.x=three", "new.deep=true"});
  EXPECT_EQ(document.root,
            Json::parse(R"({"a": {"b": 2.5}, "list": [{"x": 1}, {"x": "three"}], "new": {"deep": true}})"));
  EXPECT_EQ(document.base.at("/list/1/x"), "/here");
  EXPECT_EQ(document.base.at("/list/0/x"), "/configs");
}

TEST(ConfigOverride, ValueIsJsonOrABareWord) {
  const ConfigDocument document = changed_config("{}", {"a=word", "b=\"12\"", "c=12", "d=[1, \"x\"]", "e={\"k\": null}",
                                                        "f=", "g=a=b", "h=1e999", "i=NaN", "j=two words"});
  EXPECT_EQ(document.root,
            Json::parse(R"({"a": "word", "b": "12", "c": 12, "d": [1, "x"], "e": {"k": null}, "f": "", "g": "a=b",
                                           "h": "1e999", "i": "NaN", "j": "two words"})"));
}

TEST(ConfigOverride, EscapedDotStaysInsideTheKey) {
  EXPECT_EQ(changed_config("{}", {R"(rename.a\.b=c)"}).root, Json::parse(R"({"rename": {"a.b": "c"}})"));
}

TEST(ConfigOverride, SettingAnObjectReplacesIt) {
  const ConfigDocument document = changed_config(R"({"model": {"kind": "a", "x": "p"}})", {R"(model={"kind": "b"})"});
  EXPECT_EQ(document.root, Json::parse(R"({"model": {"kind": "b"}})"));
  EXPECT_EQ(document.base.count("/model/x"), 0U);
}

TEST(ConfigOverride, AddsOnlyWhatIsAbsent) {
  EXPECT_EQ(changed_config(R"({"l": [1]})", {"+a.b=1", "+l.1=2"}).root, Json::parse(R"({"l": [1, 2], "a": {"b": 1}})"));
  EXPECT_THAT(error_text(ErrorKind::kUsage, [] { changed_config(R"({"a": 5})", {"+a=1"}); }),
              AllOf(HasSubstr("already stated"), HasSubstr("a = 5")));
  EXPECT_THAT(error_text(ErrorKind::kUsage, [] { changed_config(R"({"l": [1]})", {"+l.0=1"}); }),
              HasSubstr("already stated"));
  EXPECT_THAT(error_text(ErrorKind::kUsage, [] { changed_config(R"({"l": [1]})", {"+l.2=1"}); }),
              HasSubstr("from 0 to 1"));
}

TEST(ConfigOverride, RemovesOnlyWhatIsThere) {
  const ConfigDocument document =
      changed_config(R"({"a": {"b": 1, "c": 2}, "l": ["x", "y", "z"]})", {"~a.b", "l.2=w", "~l.0"});
  EXPECT_EQ(document.root, Json::parse(R"({"a": {"c": 2}, "l": ["y", "w"]})"));
  EXPECT_EQ(document.base.at("/l/0"), "/configs");
  EXPECT_EQ(document.base.at("/l/1"), "/here");  // moved down with its item
  EXPECT_EQ(document.base.count("/l/2"), 0U);
  EXPECT_EQ(document.base.count("/a/b"), 0U);
  EXPECT_THAT(error_text(ErrorKind::kUsage, [] { changed_config(R"({"a": {"steps": 1}})", {"~a.stps"}); }),
              AllOf(HasSubstr("cannot be removed"), HasSubstr("'~a.steps'")));
  EXPECT_THAT(error_text(ErrorKind::kUsage, [] { changed_config("{}", {"~a.b"}); }), HasSubstr("states nothing"));
  EXPECT_THAT(error_text(ErrorKind::kUsage, [] { changed_config(R"({"l": []})", {"~l.0"}); }),
              HasSubstr("list is empty"));
}

TEST(ConfigOverride, MalformedTextsAreRefused) {
  for (const std::string text :
       {"", "a", "=1", "a..b=1", ".a=1", "a.=1", "+a", "~a=1", "~", "+=1", "defaults=[]", "$schema=x"}) {
    EXPECT_THAT(error_text(ErrorKind::kUsage, [&] { changed_config("{}", {text}); }), HasSubstr("'" + text + "'"))
        << text;
  }
  EXPECT_THAT(error_text(ErrorKind::kUsage, [] { changed_config("{}", {"a=[1,"}); }),
              AllOf(HasSubstr("not valid JSON"), HasSubstr("double quotes")));
  EXPECT_THAT(error_text(ErrorKind::kUsage, [] { changed_config("{}", {"a={\"x\": 1, \"x\": 2}"}); }),
              HasSubstr("twice"));
  EXPECT_THAT(error_text(ErrorKind::kUsage, [] { changed_config("{}", {"a=\xff"}); }), HasSubstr("UTF-8"));
  EXPECT_THAT(error_text(ErrorKind::kUsage, [] { changed_config(R"({"a": 3})", {"a.b=1"}); }),
              AllOf(HasSubstr("'a' has no members"), HasSubstr("a = 3")));
  EXPECT_THAT(error_text(ErrorKind::kUsage, [] { changed_config(R"({"a": [1]})", {"a.x=1"}); }),
              HasSubstr("no item 'x'"));
}

TEST(ConfigOverride, RelativePathsStartWhereTheCommandRuns) {
  const TempDir dir;
  write_atomically(dir / "a.json", R"({"data": "x"})");
  const ConfigDocument document = compose(dir / "a.json", {"data=y"});
  EXPECT_TRUE(std::filesystem::equivalent(document.base.at("/data"), std::filesystem::current_path()));
}

}  // namespace brenier::tests
