#include "core/request/chat.h"

#include <algorithm>
#include <cmath>

#include "core/json_writer.h"

namespace pgprompt {

namespace {

constexpr std::string_view kRoles[] = {"system",   "developer", "user", "assistant", "tool",
                                       "function", "human",     "ai",   "model"};
constexpr int kMaxLevel = 200;

bool is_role(std::string_view role) {
    return std::find(std::begin(kRoles), std::end(kRoles), role) != std::end(kRoles);
}

// Instructions of the author's: not for a value to bring along unless the author says so.
bool is_authors_role(std::string_view role) {
    return role == "system" || role == "developer";
}

std::string quoted(std::string_view text) {
    return "\"" + std::string(text.substr(0, 100)) + "\"";
}

std::string shown(const Value& value) {
    std::string text = json_text(value);
    if (text.size() > 200) {
        size_t end = 200;
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
        text = text.substr(0, end) + "...";
    }
    return text;
}

std::string list_of_roles() {
    std::string list;
    for (const std::string_view role : kRoles) {
        list += list.empty() ? "" : role == kRoles[std::size(kRoles) - 1] ? " or " : ", ";
        list += role;
    }
    return list;
}

[[noreturn]] void refuse(std::string message, const Value& item, std::string hint) {
    throw Failure(Code::invalid_parameter, std::move(message), "It is " + shown(item) + ".", std::move(hint));
}

// What is wrong with the content of a message, or nothing.
std::string problem_of_content(const Value& message) {
    Value content, calls;
    if (!message.find("content", &content) || content.is(Value::Kind::null)) {
        const bool has_calls = (message.find("tool_calls", &calls) && calls.is(Value::Kind::list)) ||
                               message.find("function_call", &calls);
        return has_calls ? "" : "has no content";
    }
    if (content.is(Value::Kind::string)) return {};
    if (!content.is(Value::Kind::list)) return "has a content that is neither a string nor a list of parts";
    Container::Cursor cursor;
    Value part, type;
    while (content.next(&cursor, nullptr, &part)) {
        if (!part.is(Value::Kind::map) || !part.find("type", &type) || !type.is(Value::Kind::string))
            return "has a part of its content that is no object with a \"type\"";
        Value text;
        if (type.view() == "text" && (!part.find("text", &text) || !text.is(Value::Kind::string)))
            return "has a part of type \"text\" without a \"text\"";
    }
    return {};
}

ChatItem placeholder_of(const Value& item, const std::string& what) {
    constexpr const char* kExample = "{\"type\": \"placeholder\", \"name\": \"history\"}";
    ChatItem result;
    Container::Cursor cursor;
    Value key, member;
    while (item.next(&cursor, &key, &member)) {
        const std::string_view field = key.view();
        if (field == "name" && member.is(Value::Kind::string) && member.length > 0) {
            result.variable = member.view();
        } else if (field == "optional" && member.is(Value::Kind::boolean)) {
            result.optional = member.boolean;
        } else if (field == "roles" && member.is(Value::Kind::list) && member.size() > 0) {
            Container::Cursor each;
            Value role;
            while (member.next(&each, nullptr, &role)) {
                if (!role.is(Value::Kind::string) || !is_role(role.view()))
                    refuse(what + " allows a role that does not exist", item,
                           "A role is " + list_of_roles() + ".");
                result.roles.push_back(role.view());
            }
        } else if (field != "type") {
            const bool known = field == "name" || field == "optional" || field == "roles";
            refuse(what + " has a field " + quoted(field) +
                       (known ? " of the wrong kind" : " that is not understood"),
                   item,
                   "A placeholder has \"name\", and may have \"optional\" (true or false) and \"roles\" (a "
                   "list).");
        }
    }
    if (result.variable.empty())
        refuse(what + " does not name its variable", item, std::string("Write ") + kExample + ".");
    return result;
}

ChatItem item_of(const Value& item, size_t number) {
    const std::string what = "message " + std::to_string(number);
    Value type, role;
    if (item.is(Value::Kind::map) && item.find("type", &type) && type.is(Value::Kind::string) &&
        type.view() == "placeholder") {
        return placeholder_of(item, what);
    }
    if (!item.is(Value::Kind::map) || !item.find("role", &role) || !role.is(Value::Kind::string)) {
        refuse(what + " is no object with \"role\" and \"content\"", item,
               "Write {\"role\": \"user\", \"content\": \"...\"}, or {\"type\": \"placeholder\", \"name\": "
               "\"history\"}.");
    }
    if (!is_role(role.view()))
        refuse(what + " has the unknown role " + quoted(role.view()), item,
               "A role is " + list_of_roles() + ".");
    if (const std::string problem = problem_of_content(item); !problem.empty()) {
        refuse(what + " " + problem, item,
               "Content is a template, or a list of parts such as {\"type\": \"text\", \"text\": \"...\"}.");
    }
    ChatItem result;
    result.message = item;
    return result;
}

std::string problem_of_spliced(const Value& message, const ChatItem& placeholder) {
    Value role;
    if (!message.is(Value::Kind::map)) return "is no object with \"role\" and \"content\"";
    if (!message.find("role", &role) || !role.is(Value::Kind::string)) return "has no role";
    const std::string_view name = role.view();
    if (!is_role(name)) return "has the unknown role " + quoted(name);
    const bool allowed =
        placeholder.roles.empty()
            ? !is_authors_role(name)
            : std::find(placeholder.roles.begin(), placeholder.roles.end(), name) != placeholder.roles.end();
    if (!allowed) return "has the role " + quoted(name) + ", which is not allowed here";
    return problem_of_content(message);
}

bool is_number(const Value& value) {
    return value.is(Value::Kind::integer) || value.is(Value::Kind::digits) ||
           (value.is(Value::Kind::real) && std::isfinite(value.real));
}

void append_value(const Value& value, bool numbers, const std::function<std::string_view()>& next,
                  std::string* out, int level) {
    if (level > kMaxLevel) throw Failure(Code::limit_exceeded, "a message is nested too deeply");
    Container::Cursor cursor;
    Value key, item;
    bool first = true;
    if (value.is(Value::Kind::string)) {
        append_json_string(next(), out);
    } else if (numbers && is_number(value)) {
        const std::string_view text = next();
        if (text == json_text(value)) {
            out->append(text);
        } else {
            append_json_string(text, out);
        }
    } else if (value.is(Value::Kind::list)) {
        *out += '[';
        for (; value.next(&cursor, nullptr, &item); first = false) {
            if (!first) *out += ',';
            append_value(item, numbers, next, out, level + 1);
        }
        *out += ']';
    } else if (value.is(Value::Kind::map)) {
        *out += '{';
        for (; value.next(&cursor, &key, &item); first = false) {
            if (!first) *out += ',';
            append_json_string(key.view(), out);
            *out += ':';
            append_value(item, numbers, next, out, level + 1);
        }
        *out += '}';
    } else {
        *out += json_text(value);
    }
}

void visit_below(const Value& value, bool numbers, const std::string& path, const TextVisitor& visit,
                 int level) {
    if (level > kMaxLevel)
        throw Failure(Code::limit_exceeded, "a message is nested too deeply", "At " + path + ".");
    Container::Cursor cursor;
    Value key, item;
    if (value.is(Value::Kind::string)) {
        visit(path, value.view());
    } else if (numbers && is_number(value)) {
        visit(path, json_text(value));
    } else if (value.is(Value::Kind::list)) {
        for (size_t i = 0; value.next(&cursor, nullptr, &item); ++i)
            visit_below(item, numbers, path + "[" + std::to_string(i) + "]", visit, level + 1);
    } else if (value.is(Value::Kind::map)) {
        while (value.next(&cursor, &key, &item))
            visit_below(item, numbers, path + "." + std::string(key.view()), visit, level + 1);
    }
}

}  // namespace

Result<std::vector<ChatItem>> parse_chat(const Value& messages) noexcept {
    return protect([&] {
        if (!messages.is(Value::Kind::list) || messages.size() == 0) {
            refuse("the messages are no list of messages", messages,
                   "Write [{\"role\": \"system\", \"content\": \"...\"}, {\"role\": \"user\", \"content\": "
                   "\"...\"}].");
        }
        std::vector<ChatItem> items;
        Container::Cursor cursor;
        Value item;
        while (messages.next(&cursor, nullptr, &item)) items.push_back(item_of(item, items.size() + 1));
        return items;
    });
}

std::vector<Value> spliced_messages(const ChatItem& placeholder, const Value& variables) {
    const std::string variable = "variable " + quoted(placeholder.variable);
    Value list;
    std::vector<Value> messages;
    const bool given = variables.is(Value::Kind::map) && variables.find(placeholder.variable, &list);
    if (!given || list.is(Value::Kind::null)) {
        if (placeholder.optional) return messages;
        throw Failure(Code::undefined_name, variable + " is " + (given ? "null" : "missing"),
                      "A placeholder of the chat takes its messages from it.",
                      "Pass a list of messages, which may be empty, or make the placeholder optional.");
    }
    constexpr const char* kHint =
        "It is a list of messages: [{\"role\": \"user\", \"content\": \"...\"}, ...]. Other roles than "
        "user's, assistant's "
        "and tools' have to be allowed by \"roles\" of the placeholder.";
    if (!list.is(Value::Kind::list))
        throw Failure(Code::invalid_parameter, variable + " is no list of messages",
                      "It is " + shown(list) + ".", kHint);
    Container::Cursor cursor;
    Value message;
    std::string problems;
    int count = 0;
    while (list.next(&cursor, nullptr, &message)) {
        messages.push_back(message);
        const std::string problem = problem_of_spliced(message, placeholder);
        if (problem.empty() || ++count > 10) continue;
        problems += (problems.empty() ? "" : "\n") + std::string("Element ") +
                    std::to_string(messages.size() - 1) + " " + problem + ".";
    }
    if (count > 10) problems += "\n" + std::to_string(count - 10) + " more elements do not hold.";
    if (count > 0)
        throw Failure(Code::invalid_parameter, variable + " is no list of messages", problems, kHint);
    return messages;
}

void visit_message_texts(const Value& message, bool is_spliced, const std::string& path,
                         const TextVisitor& visit) {
    Container::Cursor cursor;
    Value key, member;
    while (message.next(&cursor, &key, &member)) {
        const std::string_view name = key.view();
        if (is_spliced ? name == "role" : name != "content") continue;
        // The usual content is the message itself.
        const bool is_plain = name == "content" && member.is(Value::Kind::string);
        visit_below(member, is_spliced, is_plain ? path : path + "." + std::string(name), visit, 0);
    }
}

void append_message(const Value& message, bool is_spliced, const std::function<std::string_view()>& next,
                    std::string* out) {
    Container::Cursor cursor;
    Value key, member;
    bool first = true;
    *out += '{';
    for (; message.next(&cursor, &key, &member); first = false) {
        const std::string_view name = key.view();
        if (!first) *out += ',';
        append_json_string(name, out);
        *out += ':';
        if (is_spliced ? name == "role" : name != "content") {
            *out += json_text(member);
        } else {
            append_value(member, is_spliced, next, out, 0);
        }
    }
    *out += '}';
}

}  // namespace pgprompt
