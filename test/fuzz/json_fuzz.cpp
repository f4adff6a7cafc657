// Parses whatever bytes come as JSON, by the quick readers and by the complete one: they must agree, on the
// value or on the refusal.
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "core/json.h"

using namespace pgprompt;

namespace {

void must(bool holds) {
    if (!holds) __builtin_trap();
}

// Of lists and maps the same one, not only an equal one.
void must_be(const Value& a, const Value& b) {
    must(a.kind == b.kind && a.length == b.length && a.integer == b.integer && a.container == b.container);
}

void compare(const Value& a, const Value& b) {
    must(a.kind == b.kind);
    switch (a.kind) {
        case Value::Kind::boolean:
            return must(a.boolean == b.boolean);
        case Value::Kind::integer:
            return must(a.integer == b.integer);
        case Value::Kind::real:
            return must(std::memcmp(&a.real, &b.real, sizeof a.real) == 0);
        case Value::Kind::digits:
        case Value::Kind::string:
            return must(a.view() == b.view());
        default:
            break;
    }
    if (!a.is_container()) return;
    must(a.size() == b.size());
    Container::Cursor at, bt;
    Value key, item, other_key, other, found;
    for (uint32_t i = 0; a.next(&at, &key, &item); ++i) {
        must(b.next(&bt, &other_key, &other));
        if (a.is(Value::Kind::map)) {
            must(key.view() == other_key.view());
            must(a.find(key.view(), &found));
            must_be(found, item);
        } else {
            must_be(a.at(i), item);
        }
        compare(item, other);
    }
    must(!b.next(&bt, nullptr, &other));
}

void parse(std::string_view text) {
    JsonOptions options;
    options.max_depth = 500;
    auto quick = parse_json(text, options);
    options.quick = false;
    auto full = parse_json(text, options);
    must(quick.ok() == full.ok());
    if (!quick.ok()) {
        must(quick.error().code == full.error().code && quick.error().message == full.error().message &&
             quick.error().detail == full.error().detail);
        return;
    }
    compare((*quick)->root(), (*full)->root());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    parse(text);
    // Longer texts are read in another way, by an index of their tokens.
    if (size < 300) parse(std::string(300 - size, ' ') + std::string(text));
    return 0;
}
