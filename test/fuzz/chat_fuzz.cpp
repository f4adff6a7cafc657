// Whatever messages and variables come (JSON texts with a NUL between them), a chat's result has the messages
// that its structure says, with the roles that it says: no value adds, ends or re-roles one.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "core/request/request.h"

using namespace pgprompt;

namespace {

std::string role_of(const Value& message) {
    Value role;
    if (!message.find("role", &role) || !role.is(Value::Kind::string)) std::abort();
    return std::string(role.view());
}

const std::shared_ptr<const Declarations>& no_declarations() {
    static const auto none = [] {
        const auto document = parse_json("[]").take();
        return parse_declarations(document->root()).take();
    }();
    return none;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const size_t nul = input.find('\0');
    const auto messages = parse_json(input.substr(0, nul));
    const auto variables = parse_json(nul == std::string_view::npos ? "{}" : input.substr(nul + 1));
    if (!messages.ok() || !variables.ok() || !(*variables)->root().is(Value::Kind::map)) return 0;
    const auto items = parse_chat((*messages)->root());
    if (!items.ok()) {
        if (items.error().code == Code::internal) std::abort();
        return 0;
    }
    Request request;
    request.is_chat = true;
    request.declarations = no_declarations();
    request.variables = (*variables)->root();
    request.render.max_steps = 20000;
    request.render.max_output_bytes = 1 << 18;
    request.render.max_memory_bytes = 1 << 22;
    std::vector<std::string> roles;
    for (const ChatItem& item : *items) {
        MessageTemplate message;
        message.item = item;
        bool parses = true;
        if (item.variable.empty()) {
            roles.push_back(role_of(item.message));
            visit_message_texts(item.message, false, {}, [&](const std::string&, std::string_view text) {
                auto compiled = compile(text, {});
                parses = parses && compiled.ok();
                if (compiled.ok()) message.contents.push_back(*compiled);
            });
        } else {
            Value list, spliced;
            Container::Cursor cursor;
            if (request.variables.find(item.variable, &list) && list.is(Value::Kind::list)) {
                while (list.next(&cursor, nullptr, &spliced)) {
                    Value role;
                    const bool has_role = spliced.is(Value::Kind::map) && spliced.find("role", &role);
                    roles.push_back(has_role && role.is(Value::Kind::string) ? std::string(role.view()) : "");
                }
            }
        }
        if (!parses) return 0;
        request.messages.push_back(std::move(message));
    }
    const auto outcome = serve(request);
    if (!outcome.ok()) {
        if (outcome.error().code == Code::internal) std::abort();
        return 0;
    }
    const auto result = parse_json(outcome.value().rendered);
    if (!result.ok() || !(*result)->root().is(Value::Kind::list) || (*result)->root().size() != roles.size())
        std::abort();
    Container::Cursor cursor;
    Value message;
    for (size_t i = 0; (*result)->root().next(&cursor, nullptr, &message); ++i)
        if (role_of(message) != roles[i]) std::abort();
    return 0;
}
