#include "core/template/declarations.h"

#include <gtest/gtest.h>

#include <string>

#include "core/json.h"
#include "core/json_writer.h"

namespace pgprompt {
namespace {

// Completes `given` by `declarations`; the result as JSON, or the error's message and detail.
std::string completed(const char* declarations, const char* given) {
    auto document = parse_json(declarations);
    auto parsed = parse_declarations((*document)->root());
    if (!parsed.ok()) return parsed.error().message;
    auto values = parse_json(given);
    auto result = (*parsed)->complete((*values)->root(), "greeting");
    if (!result.ok()) return result.error().message + "|" + result.error().detail;
    return json_text((*result)->root());
}

TEST(Declarations, DefaultsFillWhatIsMissing) {
    EXPECT_EQ(
        completed(R"([{"name":"a"},{"name":"b","default":[1,{"x":null}]},{"name":"c","required":false}])",
                  R"({"a":1,"z":true})"),
        R"({"a":1,"z":true,"b":[1,{"x":null}]})");
}

TEST(Declarations, OneErrorNamesAllProblems) {
    EXPECT_EQ(
        completed(R"(["a",{"name":"b","type":"string"},{"name":"c","type":"string","validation":"^\\d+$"}])",
                  R"({"b":1,"c":"x"})"),
        "3 variables of prompt \"greeting\" do not hold|required variable \"a\" is missing\n"
        "variable \"b\" is a number, not a string\nvariable \"c\" does not match its validation \"^\\d+$\"");
}

TEST(Declarations, OnlyMissingVariablesAreUndefinedNames) {
    auto document = parse_json(R"(["a"])");
    auto parsed = parse_declarations((*document)->root());
    auto empty = parse_json("{}");
    EXPECT_EQ((*parsed)->complete((*empty)->root(), "").error().code, Code::undefined_name);
    auto list = parse_json("[]");
    EXPECT_EQ((*parsed)->complete((*list)->root(), "").error().code, Code::invalid_parameter);
}

TEST(Declarations, TypesAreJsons) {
    const char* declarations = R"([{"name":"i","type":"integer"},{"name":"n","type":"number"},
        {"name":"o","type":"object"},{"name":"l","type":"array"},{"name":"t","type":"boolean"}])";
    EXPECT_EQ(completed(declarations, R"({"i":99999999999999999999,"n":1.5,"o":{},"l":[],"t":false})"),
              R"({"i":99999999999999999999,"n":1.5,"o":{},"l":[],"t":false})");
    EXPECT_EQ(completed(declarations, R"({"i":1.5,"n":1,"o":{},"l":[],"t":false})"),
              "variable \"i\" is a number, not an integer in a call of prompt \"greeting\"|");
}

TEST(Declarations, RefuseWhatDoesNotHold) {
    EXPECT_EQ(completed(R"({"a":1})", "{}"), "the declarations of the variables are no array");
    EXPECT_EQ(completed(R"([{"nam":"a"}])", "{}"), "a declaration of a variable has no \"name\"");
    EXPECT_EQ(completed(R"([{"name":"a","requird":true}])", "{}"),
              "key \"requird\" in the declaration of variable \"a\" is unknown");
    EXPECT_EQ(completed(R"(["a","a"])", "{}"), "variable \"a\" is declared twice");
    EXPECT_EQ(completed(R"([{"name":"a","validation":"("}])", "{}"),
              "validation of variable \"a\" is no regular expression");
    EXPECT_EQ(completed(R"([{"name":"a","type":"string","default":1}])", "{}"),
              "the default of variable \"a\" is a number, not a string");
    EXPECT_EQ(completed(R"([{"name":"a","default":"x","validation":"^\\d+$"}])", "{}"),
              "the default of variable \"a\" does not match its validation \"^\\d+$\"");
}

std::shared_ptr<const Declarations> declarations_of(const char* json) {
    return parse_declarations((*parse_json(json))->root()).take();
}

struct Used : UsedNames {
    explicit Used(std::vector<std::string> required) : UsedNames(false) {
        used.required = std::move(required);
    }
    const VariableNames& names() const override { return used; }
    VariableNames used;
};

TEST(Declarations, IncludedOnesHoldForWhatIsNotDeclaredHere) {
    const auto own = declarations_of(R"([{"name":"a","default":1}])");
    const auto one =
        declarations_of(R"([{"name":"a","type":"string"},{"name":"b","type":"string"},"c","d"])");
    const auto two = declarations_of(R"([{"name":"d","default":4}])");
    const Used used({"a", "b", "c", "d"});
    auto complete = [&](const char* given, const UsedNames* names) -> std::string {
        auto values = parse_json(given);
        auto result = own->complete((*values)->root(), "", names, {one, two});
        return result.ok() ? json_text((*result)->root())
                           : result.error().message + "|" + result.error().detail;
    };
    EXPECT_EQ(complete(R"({"b":"x","c":3})", &used), R"({"b":"x","c":3,"a":1,"d":4})");
    EXPECT_EQ(complete(R"({"b":2})", &used),
              "2 variables do not hold|required variable \"c\" is missing\n"
              "variable \"b\" is a number, not a string");
    // The including template sets it, or asks for it on a condition.
    const Used set_by_template({"a", "b"});
    EXPECT_EQ(complete(R"({"b":"x"})", &set_by_template), R"({"b":"x","a":1,"d":4})");
    EXPECT_EQ(complete(R"({})", nullptr), R"({"a":1,"d":4})");
}

// create_prompt() declares what a template uses by name alone: that is no reason to ignore what an included
// one tells.
TEST(Declarations, ABareNameLeavesTheRestToTheIncludedOnes) {
    const auto own = declarations_of(R"(["a", "b", {"name": "c", "description": "any at all"}])");
    const auto one = declarations_of(
        R"([{"name":"a","default":1},{"name":"b","type":"string","required":false},{"name":"c","type":"string"}])");
    auto complete = [&](const char* given) -> std::string {
        auto values = parse_json(given);
        auto result = own->complete((*values)->root(), "", nullptr, {one});
        return result.ok() ? json_text((*result)->root()) : result.error().message;
    };
    EXPECT_EQ(complete(R"({"b":"x","c":3})"), R"({"b":"x","c":3,"a":1})");
    EXPECT_EQ(complete(R"({"b":2,"c":3})"), "variable \"b\" is a number, not a string");
    EXPECT_EQ(complete(R"({"c":3})"), "required variable \"b\" is missing");
}

}  // namespace
}  // namespace pgprompt
