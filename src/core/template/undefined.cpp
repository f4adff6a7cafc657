// Undefined values: where they come from, and what an error tells of them.
#include "core/template/undefined.h"
#include "core/template/builtins.h"
#include "core/template/methods.h"
#include "core/template/renderer.h"
#include "core/text/edit_distance.h"

namespace pgprompt {

Value Renderer::undefined_name(std::string_view name) {
    Value v;
    v.flags = static_cast<uint8_t>(UndefinedSort::name);
    v.text = name.data();
    v.length = static_cast<uint32_t>(name.size());
    return v;
}

namespace {

Value undefined_with(Arena& arena, UndefinedSort sort, std::string_view name, std::string_view type) {
    Value v;
    v.flags = static_cast<uint8_t>(sort);
    v.node = arena.make<UndefinedInfo>(name, type);
    return v;
}

}  // namespace

Value Renderer::undefined_attribute(const Value& object, std::string_view name) {
    return undefined_with(arena_, UndefinedSort::attribute, name, type_name(object));
}

Value Renderer::undefined_element(const Value& object, const Value& key) {
    if (key.is(Value::Kind::string)) return undefined_attribute(object, key.view());
    size_t mark = out_.size();
    write_repr(key);
    std::string_view name = arena_.copy(out_.from(mark));
    out_.truncate(mark);
    return undefined_with(arena_, UndefinedSort::element, name, type_name(object));
}

Value Renderer::undefined_hint(std::string_view message) {
    return undefined_with(arena_, UndefinedSort::hint, message, {});
}

std::string object_text(std::string_view type) {
    return type == "NoneType" ? std::string("None") : std::string(type) + " object";
}

namespace {

std::string undefined_text(const Value& v) {
    auto sort = static_cast<UndefinedSort>(v.flags);
    if (sort == UndefinedSort::name) return "'" + std::string(v.view()) + "' is undefined";
    const auto& info = *static_cast<const UndefinedInfo*>(v.node);
    std::string name(info.name);
    switch (sort) {
        case UndefinedSort::attribute:
            return "'" + object_text(info.type) + "' has no attribute '" + name + "'";
        case UndefinedSort::element:
            return object_text(info.type) + " has no element " + name;
        default:
            return name;
    }
}

}  // namespace

void Renderer::fail_undefined(const Value& v) {
    std::string hint;
    switch (static_cast<UndefinedSort>(v.flags)) {
        case UndefinedSort::name:
            hint = name_hint(v.view());
            break;
        case UndefinedSort::attribute: {
            const auto& info = *static_cast<const UndefinedInfo*>(v.node);
            hint = near_method(info.name, info.type);
            if (!hint.empty()) break;
            hint =
                info.type == "dict"
                    ? "Pass it, guard it with {% if ... is defined %} or | default(\"...\"), or render with "
                      "undefined_mode => 'chainable'."
                    : "Not every method of Python is there; perhaps a filter does it.";
            break;
        }
        default:
            break;
    }
    throw Failure(Code::undefined_name, undefined_text(v), {}, hint);
}

std::string Renderer::name_hint(std::string_view name) const {
    if (std::string hint = python_function_hint(name); !hint.empty()) return hint;
    if (name == "loop") return "loop is there inside of {% for %} only.";
    if (name == "super" || name == "caller")
        return name == "super" ? "super() is there inside of a block only."
                               : "caller() is there in a macro that {% call %} calls.";
    constexpr uint32_t kLooked = 200;
    std::string found;
    int best = name.size() < 4 ? 2 : 3;
    Container::Cursor cursor;
    Value key, item;
    for (uint32_t i = 0;
         i < kLooked && variables_.is(Value::Kind::map) && variables_.next(&cursor, &key, &item); ++i) {
        const int distance = edit_distance(name, key.view());
        if (distance < 0 || distance >= best) continue;
        best = distance;
        found = key.view();
    }
    if (!found.empty()) return "Did you mean \"" + found + "\"?";
    if (program_ && program_->options.format == TemplateFormat::fstring) return "Pass the variable.";
    return "Pass the variable, or write {{ " + std::string(name) + " | default(\"...\") }}.";
}

}  // namespace pgprompt
