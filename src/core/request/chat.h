// Chat prompts: lists of messages, whose texts are templates, and of placeholders, which splice a list of
// messages from a variable. Messages are kept apart by structure, so that a value never adds, ends or
// re-roles one elsewhere.
//
//   {"role": "system", "content": "You are {{ persona }}."}
//   {"type": "placeholder", "name": "history", "optional": true, "roles": ["user", "assistant"]}
//   {"role": "user", "content": [{"type": "text", "text": "{{ question }}"}]}
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/status.h"
#include "core/value.h"

namespace pgprompt {

// What a list of messages is made of, as stored. Values borrow from the list.
struct ChatItem {
    Value message;  // an object with "role" and "content"; undefined for a placeholder
    // Placeholders:
    std::string_view variable;  // empty for a message
    bool optional = false;      // the variable may be missing or null
    std::vector<std::string_view>
        roles;  // that spliced messages may have; empty: any but system and developer
};

// Reads and checks a list of messages as an author wrote it. Errors: invalid_parameter.
Result<std::vector<ChatItem>> parse_chat(const Value& messages) noexcept;

// The messages that a placeholder stands for, checked: each is an object with a "role" that is allowed here
// and with "content", a string, a list of parts (objects with a "type") or, beside tool calls, null. What
// else is in them is passed on. One error names all problems. Throws Failure (invalid_parameter,
// undefined_name).
std::vector<Value> spliced_messages(const ChatItem& placeholder, const Value& variables);

using TextVisitor = std::function<void(const std::string& path, std::string_view text)>;

// Every string but keys, in order, with its place, such as ".content[0].text" below `path`: of the member
// "content" of an author's message; of all members but "role" of a spliced one, and there every number's
// text.
void visit_message_texts(const Value& message, bool is_spliced, const std::string& path,
                         const TextVisitor& visit);

// A message as JSON, where `next` gives in their order what stands for the texts that visit_message_texts()
// visits. A number that another text stands for becomes a string.
void append_message(const Value& message, bool is_spliced, const std::function<std::string_view()>& next,
                    std::string* out);

}  // namespace pgprompt
