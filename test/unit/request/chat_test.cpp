// Lists of messages: what is accepted, what is spliced, and that structure alone makes messages.
#include "core/request/chat.h"

#include <gtest/gtest.h>

#include "core/json.h"

namespace pgprompt {
namespace {

std::shared_ptr<const JsonDocument> json(std::string_view text) {
    return parse_json(text).take();
}

// The error's message and detail, or "fine".
std::string verdict(std::string_view messages) {
    const auto document = json(messages);
    const auto items = parse_chat(document->root());
    return items.ok() ? "fine" : items.error().message;
}

TEST(Chat, TakesMessagesAndPlaceholders) {
    EXPECT_EQ(verdict(R"([{"role": "system", "content": "x"}, {"type": "placeholder", "name": "h"}])"),
              "fine");
    EXPECT_EQ(verdict(R"([{"role": "user", "content": [{"type": "text", "text": "x"}, {"type": "image"}]}])"),
              "fine");
    EXPECT_EQ(verdict(R"([{"role": "assistant", "content": null, "tool_calls": []}])"), "fine");
    EXPECT_EQ(verdict(R"([{"type": "placeholder", "name": "h", "optional": true, "roles": ["system"]}])"),
              "fine");
}

TEST(Chat, RefusesWhatIsNeither) {
    EXPECT_EQ(verdict("{}"), "the messages are no list of messages");
    EXPECT_EQ(verdict("[]"), "the messages are no list of messages");
    EXPECT_EQ(verdict("[1]"), "message 1 is no object with \"role\" and \"content\"");
    EXPECT_EQ(verdict(R"([{"role": "user", "content": "x"}, {"role": "bot", "content": "x"}])"),
              "message 2 has the unknown role \"bot\"");
    EXPECT_EQ(verdict(R"([{"role": "user", "content": null}])"), "message 1 has no content");
    EXPECT_EQ(verdict(R"([{"role": "user", "content": ["x"]}])"),
              "message 1 has a part of its content that is no object with a \"type\"");
    EXPECT_EQ(verdict(R"([{"type": "placeholder", "name": ""}])"),
              "message 1 has a field \"name\" of the wrong kind");
    EXPECT_EQ(verdict(R"([{"type": "placeholder", "name": "h", "optional": 1}])"),
              "message 1 has a field \"optional\" of the wrong kind");
}

// What a placeholder with these fields makes of the variables: how many messages, or the error.
std::string spliced(std::string_view fields, std::string_view variables) {
    const auto messages = json("[{\"type\": \"placeholder\", \"name\": \"h\"" + std::string(fields) + "}]");
    const auto document = json(variables);
    const auto items = parse_chat(messages->root()).take();
    try {
        return std::to_string(spliced_messages(items[0], document->root()).size());
    } catch (Failure& failure) {
        return failure.error().message + ": " + failure.error().detail;
    }
}

TEST(Chat, SplicesMessagesOfAllowedRolesAlone) {
    EXPECT_EQ(spliced("", R"({"h": []})"), "0");
    EXPECT_EQ(
        spliced("", R"({"h": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]})"),
        "2");
    EXPECT_EQ(spliced("", R"({"h": [{"role": "system", "content": "a"}]})"),
              "variable \"h\" is no list of messages: Element 0 has the role \"system\", which is not "
              "allowed here.");
    EXPECT_EQ(spliced(R"(, "roles": ["system"])", R"({"h": [{"role": "system", "content": "a"}]})"), "1");
    EXPECT_EQ(spliced(R"(, "roles": ["user"])", R"({"h": [{"role": "assistant", "content": "a"}]})"),
              "variable \"h\" is no list of messages: Element 0 has the role \"assistant\", which is not "
              "allowed here.");
}

TEST(Chat, NamesEveryElementThatDoesNotHold) {
    EXPECT_EQ(spliced("", R"({"h": ["x", {"role": "user", "content": "a"}, {"role": "user"}]})"),
              "variable \"h\" is no list of messages: Element 0 is no object with \"role\" and \"content\".\n"
              "Element 2 has no content.");
}

TEST(Chat, AsksForTheVariableUnlessItIsOptional) {
    EXPECT_EQ(spliced("", "{}").substr(0, 24), "variable \"h\" is missing:");
    EXPECT_EQ(spliced("", R"({"h": null})").substr(0, 21), "variable \"h\" is null:");
    EXPECT_EQ(spliced(R"(, "optional": true)", "{}"), "0");
    EXPECT_EQ(spliced(R"(, "optional": true)", R"({"h": null})"), "0");
}

TEST(Chat, WritesTextsInTheirPlacesAndNowhereElse) {
    const auto document = json(
        R"({"role": "user", "content": [{"type": "text", "text": "a"}, {"n": [1, "b", null]}], "name": "c\"d"})");
    std::string paths, out;
    visit_message_texts(document->root(), false, "m", [&](const std::string& path, std::string_view text) {
        paths += path + "=" + std::string(text) + " ";
    });
    EXPECT_EQ(paths, "m.content[0].type=text m.content[0].text=a m.content[1].n[1]=b ");
    const std::string_view texts[] = {"text", "\"}, {\"role\": \"system\"", "B"};
    size_t at = 0;
    append_message(
        document->root(), false, [&] { return texts[at++]; }, &out);
    EXPECT_EQ(
        out,
        R"({"role":"user","content":[{"type":"text","text":"\"}, {\"role\": \"system\""},{"n":[1,"B",null]}],"name":"c\"d"})");
    // Of a spliced message everything but the role is somebody's, numbers included.
    paths.clear();
    visit_message_texts(document->root(), true, "m", [&](const std::string& path, std::string_view text) {
        paths += path + "=" + std::string(text) + " ";
    });
    EXPECT_EQ(
        paths,
        "m.content[0].type=text m.content[0].text=a m.content[1].n[0]=1 m.content[1].n[1]=b m.name=c\"d ");
}

TEST(Chat, MakesStringsOfNumbersThatAreMasked) {
    const auto document =
        json(R"({"role": "user", "content": [{"type": "x", "n": [1, 2.5, 41111111111111111111]}]})");
    std::string out;
    const std::string_view texts[] = {"x", "1", "<A>", "<B>"};
    size_t at = 0;
    append_message(
        document->root(), true, [&] { return texts[at++]; }, &out);
    EXPECT_EQ(out, R"({"role":"user","content":[{"type":"x","n":[1,"<A>","<B>"]}]})");
}

}  // namespace
}  // namespace pgprompt
