// JSON values as JavaScript has them, for handlebars and mustache: their text, truth and members.
#pragma once

#include <string_view>

#include "core/arena.h"
#include "core/template/output.h"
#include "core/value.h"

namespace pgprompt::javascript {

inline bool is_nothing(const Value& v) {
    return v.is(Value::Kind::undefined) || v.is(Value::Kind::null);
}

// Boolean(v): false are false, null, undefined, 0, NaN and the empty string.
bool truth(const Value& v);
// Whether handlebars takes a value as empty: what is not true but 0, and empty lists.
bool is_empty(const Value& v);
// a === b for what is no container; containers by identity.
bool same(const Value& a, const Value& b);

// Number.prototype.toString() of a double: into `to`, at least 32 bytes; returns the length.
size_t write_real(double value, char* to);
// String(v), but nothing for null and undefined; `depth` bounds lists in lists. Integers keep all their
// digits.
void write(Output& out, const Value& v, int depth = 0);
// String(v) as a property's name; lives in the value, in static memory or in the arena.
std::string_view key_text(const Value& v, Arena& arena);

// Own property `name` of a value: members of maps, elements and `length` of lists and strings.
bool find(const Value& object, std::string_view name, Value* found);

// Appends `text` with HTML's special characters replaced: & < > " ' ` = as handlebars.js has it, & < > " as
// the mustache specification.
void escape_handlebars(Output& out, std::string_view text);
void escape_mustache(Output& out, std::string_view text);

}  // namespace pgprompt::javascript
