// What values mean: their text, truth, length, iteration, and undefined ones.
#include <charconv>

#include "core/template/builtins.h"
#include "core/template/methods.h"
#include "core/template/numbers.h"
#include "core/template/renderer.h"
#include "core/template/text.h"
#include "core/text/edit_distance.h"

namespace pgprompt {

using Flavor = ListObject::Flavor;

// ---- Undefined values.

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

namespace {

std::string object_text(std::string_view type) {
    return type == "NoneType" ? std::string("None") : std::string(type) + " object";
}

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

// ---- Types.

const char* Renderer::type_name(const Value& v) {
    switch (v.kind) {
        case Value::Kind::undefined:
            return "Undefined";
        case Value::Kind::null:
            return "NoneType";
        case Value::Kind::boolean:
            return "bool";
        case Value::Kind::integer:
        case Value::Kind::digits:
            return "int";
        case Value::Kind::real:
            return "float";
        case Value::Kind::string:
            return v.flags & kSafe ? "Markup" : "str";
        case Value::Kind::map:
            return "dict";
        case Value::Kind::list:
            if (as_range(v)) return "range";
            switch (flavor_of(v)) {
                case Flavor::list:
                    return "list";
                case Flavor::tuple:
                    return "tuple";
                case Flavor::keys:
                    return "dict_keys";
                case Flavor::values:
                    return "dict_values";
                case Flavor::items:
                    return "dict_items";
                case Flavor::generator:
                    return "generator";
                case Flavor::reversed:
                    return "list_reverseiterator";
            }
            return "list";
        case Value::Kind::engine:
            break;
    }
    switch (as_object(v)->kind) {
        case ObjectKind::macro:
            return "Macro";
        case ObjectKind::loop:
            return "LoopContext";
        case ObjectKind::name_space:
            return "Namespace";
        case ObjectKind::cycler:
            return "Cycler";
        case ObjectKind::joiner:
            return "Joiner";
        case ObjectKind::function:
            return "function";
        case ObjectKind::method:
            return "builtin_function_or_method";
        case ObjectKind::self:
            return "TemplateReference";
        case ObjectKind::module:
            return "TemplateModule";
        default:
            return "BlockReference";
    }
}

bool Renderer::callable(const Value& v) const {
    const Object* object = as_object(v);
    if (!object) return v.is(Value::Kind::undefined);
    switch (object->kind) {
        case ObjectKind::name_space:
        case ObjectKind::cycler:
        case ObjectKind::self:
        case ObjectKind::module:
            return false;
        default:
            return true;
    }
}

// ---- Text.

void Renderer::write_escaped(std::string_view s) {
    size_t from = 0;
    for (size_t i = 0; i < s.size(); ++i) {
        std::string_view entity;
        switch (s[i]) {
            case '&':
                entity = "&amp;";
                break;
            case '<':
                entity = "&lt;";
                break;
            case '>':
                entity = "&gt;";
                break;
            case '"':
                entity = "&#34;";
                break;
            case '\'':
                entity = "&#39;";
                break;
            default:
                continue;
        }
        out_.append(s.substr(from, i - from));
        out_.append(entity);
        from = i + 1;
    }
    out_.append(s.substr(from));
}

void Renderer::write(const Value& v) {
    switch (v.kind) {
        case Value::Kind::string:
        case Value::Kind::digits:
            out_.append(v.view());
            return;
        case Value::Kind::integer: {
            char* to = out_.reserve(24);
            out_.commit(static_cast<size_t>(std::to_chars(to, to + 24, v.integer).ptr - to));
            return;
        }
        case Value::Kind::real:
            out_.commit(write_real(v.real, out_.reserve(32)));
            return;
        case Value::Kind::undefined:
            if (is_strict(v)) fail_undefined(v);
            if (options_.undefined == UndefinedMode::debug) {
                auto sort = static_cast<UndefinedSort>(v.flags);
                out_.append("{{ ");
                if (sort == UndefinedSort::name) {
                    out_.append(v.view());
                } else {
                    const auto& info = *static_cast<const UndefinedInfo*>(v.node);
                    if (sort >= UndefinedSort::hint) {
                        out_.append("undefined value printed: ");
                        out_.append(info.name);
                    } else {
                        bool quoted = sort == UndefinedSort::attribute;
                        const char* module = info.type == "Namespace" ? "jinja2.utils." : "";
                        out_.append("no such element: " + (module + object_text(info.type)) + "[");
                        if (quoted) out_.append('\'');
                        out_.append(info.name);
                        if (quoted) out_.append('\'');
                        out_.append(']');
                    }
                }
                out_.append(" }}");
            }
            return;
        default:
            write_repr(v);
    }
}

namespace {

// repr() of a str: single quotes unless that would need escaping.
void write_quoted(Output& out, std::string_view s) {
    char quote = s.find('\'') != std::string_view::npos && s.find('"') == std::string_view::npos ? '"' : '\'';
    out.append(quote);
    size_t from = 0;
    for (size_t at = 0; at < s.size();) {
        size_t begin = at;
        uint32_t c = text::decode(s, &at);
        if (c != static_cast<unsigned char>(quote) && c != '\\' && text::is_printable(c)) continue;
        out.append(s.substr(from, begin - from));
        from = at;
        char escaped[16];
        int length;
        if (c == '\n')
            length = std::snprintf(escaped, sizeof escaped, "\\n");
        else if (c == '\r')
            length = std::snprintf(escaped, sizeof escaped, "\\r");
        else if (c == '\t')
            length = std::snprintf(escaped, sizeof escaped, "\\t");
        else if (c == '\\' || c == static_cast<unsigned char>(quote))
            length = std::snprintf(escaped, sizeof escaped, "\\%c", static_cast<char>(c));
        else if (c < 0x100)
            length = std::snprintf(escaped, sizeof escaped, "\\x%02x", c);
        else if (c < 0x10000)
            length = std::snprintf(escaped, sizeof escaped, "\\u%04x", c);
        else
            length = std::snprintf(escaped, sizeof escaped, "\\U%08x", c);
        out.append(std::string_view(escaped, static_cast<size_t>(length)));
    }
    out.append(s.substr(from));
    out.append(quote);
}

// Marks a list or dict as being printed, so that one that holds itself ends as "...".
class Printing {
 public:
    explicit Printing(bool* flag) : flag_(flag) {
        if (flag_) *flag_ = true;
    }
    ~Printing() {
        if (flag_) *flag_ = false;
    }

 private:
    bool* flag_;
};

}  // namespace

void Renderer::write_repr(const Value& v) {
    charge(1);
    switch (v.kind) {
        case Value::Kind::null:
            out_.append("None");
            return;
        case Value::Kind::boolean:
            out_.append(v.boolean ? "True" : "False");
            return;
        case Value::Kind::string:
            if (v.flags & kSafe) {
                out_.append("Markup(");
                write_quoted(out_, v.view());
                out_.append(')');
                return;
            }
            write_quoted(out_, v.view());
            return;
        case Value::Kind::undefined:
            out_.append("Undefined");
            return;
        case Value::Kind::list: {
            check_stack();
            if (const RangeObject* range = as_range(v)) {
                out_.append("range(");
                write(Value::of(range->start));
                out_.append(", ");
                write(Value::of(range->stop));
                if (range->step != 1) {
                    out_.append(", ");
                    write(Value::of(range->step));
                }
                out_.append(')');
                return;
            }
            auto* list = const_cast<ListObject*>(as_list(v));
            Flavor flavor = flavor_of(v);
            if (flavor == Flavor::generator || flavor == Flavor::reversed) {
                out_.append(flavor == Flavor::generator ? "<generator object>"
                                                        : "<list_reverseiterator object>");
                return;
            }
            const char* open = "[";
            const char* close = "]";
            if (flavor == Flavor::tuple) open = "(", close = v.size() == 1 ? ",)" : ")";
            if (flavor == Flavor::keys) open = "dict_keys([", close = "])";
            if (flavor == Flavor::values) open = "dict_values([", close = "])";
            if (flavor == Flavor::items) open = "dict_items([", close = "])";
            if (list && list->being_printed) {
                out_.append("[...]");
                return;
            }
            Printing printing(list ? &list->being_printed : nullptr);
            out_.append(open);
            Container::Cursor cursor;
            Value item;
            for (bool first = true; v.next(&cursor, nullptr, &item); first = false) {
                if (!first) out_.append(", ");
                write_repr(item);
            }
            out_.append(close);
            return;
        }
        case Value::Kind::map: {
            check_stack();
            DictObject* dict = as_dict(v);
            if (dict && dict->being_printed) {
                out_.append("{...}");
                return;
            }
            Printing printing(dict ? &dict->being_printed : nullptr);
            out_.append('{');
            Container::Cursor cursor;
            Value key, item;
            for (bool first = true; v.next(&cursor, &key, &item); first = false) {
                if (!first) out_.append(", ");
                write_repr(key);
                out_.append(": ");
                write_repr(item);
            }
            out_.append('}');
            return;
        }
        case Value::Kind::engine:
            break;
        default:
            write(v);
            return;
    }
    const Object* object = as_object(v);
    switch (object->kind) {
        case ObjectKind::macro: {
            const auto* macro = static_cast<const MacroObject*>(object);
            const Program& p = *macro->env->program;
            NameId name = p.units[macro->unit].name;
            if (name == kNone) {
                out_.append("<Macro anonymous>");
            } else {
                out_.append("<Macro ");
                write_quoted(out_, p.names[name]);
                out_.append('>');
            }
            return;
        }
        case ObjectKind::loop: {
            auto* loop = const_cast<LoopObject*>(static_cast<const LoopObject*>(object));
            out_.append("<LoopContext " + std::to_string(loop->index0 + 1) + "/" +
                        std::to_string(loop_length(loop)) + ">");
            return;
        }
        case ObjectKind::name_space:
            out_.append("<Namespace ");
            write_repr(dict_value(static_cast<const NamespaceObject*>(object)->values));
            out_.append('>');
            return;
        case ObjectKind::module:
            out_.append(static_cast<const ModuleObject*>(object)->text);
            return;
        case ObjectKind::self:
            out_.append("<TemplateReference None>");
            return;
        default:
            out_.append("<" + std::string(type_name(v)) + " object>");
    }
}

std::string_view Renderer::text_of(const Value& v) {
    if (v.is(Value::Kind::string) || v.is(Value::Kind::digits)) return v.view();
    size_t mark = out_.size();
    write(v);
    std::string_view result = arena_.copy(out_.from(mark));
    out_.truncate(mark);
    return result;
}

Value Renderer::text_value(std::string_view s, uint8_t flags) {
    out_.check(s.size());
    Value v = Value::of(arena_.copy(s));
    v.flags = flags;
    return v;
}

Value Renderer::take_output(size_t mark, uint8_t flags) {
    Value v = Value::of(arena_.copy(out_.from(mark)));
    v.flags = flags;
    out_.truncate(mark);
    return v;
}

Value Renderer::escaped(const Value& v) {
    if (v.is(Value::Kind::string) && v.flags & kSafe) return v;
    std::string_view s = text_of(v);
    if (s.find_first_of("&<>\"'") == std::string_view::npos) {
        Value same = Value::of(s);
        same.flags = kSafe;
        return same;
    }
    size_t mark = out_.size();
    write_escaped(s);
    return take_output(mark, kSafe);
}

// ---- Truth, length, iteration.

bool Renderer::truth(const Value& v) {
    switch (v.kind) {
        case Value::Kind::undefined:
            refuse_strict(v);
            return false;
        case Value::Kind::null:
            return false;
        case Value::Kind::boolean:
            return v.boolean;
        case Value::Kind::integer:
            return v.integer != 0;
        case Value::Kind::real:
            return v.real != 0;
        case Value::Kind::digits:
            return true;
        case Value::Kind::string:
            return v.length != 0;
        case Value::Kind::list: {
            Flavor flavor = flavor_of(v);
            return flavor == Flavor::generator || flavor == Flavor::reversed || v.size() != 0;
        }
        case Value::Kind::map:
            return v.size() != 0;
        case Value::Kind::engine:
            return true;
    }
    return true;
}

int64_t Renderer::length_of(const Value& v) {
    switch (v.kind) {
        case Value::Kind::undefined:
            refuse_strict(v);
            return 0;
        case Value::Kind::string:
            return static_cast<int64_t>(text::length(v.view()));
        case Value::Kind::list: {
            Flavor flavor = flavor_of(v);
            if (flavor != Flavor::generator && flavor != Flavor::reversed) return v.size();
            break;
        }
        case Value::Kind::map:
            return v.size();
        case Value::Kind::engine:
            if (auto* loop = as<LoopObject>(v, ObjectKind::loop)) return loop_length(loop);
            break;
        default:
            break;
    }
    std::string hint;
    if (v.is(Value::Kind::list)) hint = "Make a list of it first: | list | length.";
    fail("object of type '" + std::string(type_name(v)) + "' has no len()", hint);
}

Iterator Renderer::iterate(const Value& v) {
    Iterator it;
    it.source = v;
    switch (v.kind) {
        case Value::Kind::undefined:
            refuse_strict(v);
            return it;
        case Value::Kind::string:
            it.kind = Iterator::Kind::text;
            return it;
        case Value::Kind::map:
            it.kind = Iterator::Kind::keys;
            return it;
        case Value::Kind::list:
            it.list = as_list(v);
            if (!it.list)
                it.kind = Iterator::Kind::container;
            else if (it.list->flavor >= Flavor::generator)
                it.kind = Iterator::Kind::generator;
            else
                it.kind = Iterator::Kind::values;
            return it;
        default:
            break;
    }
    fail("'" + std::string(type_name(v)) + "' object is not iterable",
         v.is(Value::Kind::integer) && program_ && nodes_[current_].op == Op::for_
             ? "range(n) counts from 0 to n - 1."
             : "");
}

bool Iterator::next(Value* item) {
    switch (kind) {
        case Kind::empty:
            return false;
        case Kind::values:
            if (at >= list->size) return false;
            *item = list->items[at++];
            return true;
        case Kind::generator: {
            auto* generator = const_cast<ListObject*>(list);
            if (generator->consumed >= generator->size) return false;
            *item = generator->items[generator->consumed++];
            return true;
        }
        case Kind::container:
            return source.next(&cursor, nullptr, item);
        case Kind::keys: {
            Value ignored;
            return source.next(&cursor, item, &ignored);
        }
        case Kind::text: {
            std::string_view s = source.view();
            if (at >= s.size()) return false;
            size_t begin = at;
            text::decode(s, &at);
            *item = Value::of(s.substr(begin, at - begin));
            return true;
        }
    }
    return false;
}

ListObject* Renderer::list_of(const Value& v, Flavor flavor) {
    uint32_t size = v.is_container() ? v.size() : v.is(Value::Kind::string) ? 16 : 0;
    Iterator it = iterate(v);
    charge(size);
    ListObject* list = make_list(arena_, size, flavor);
    Value item;
    while (it.next(&item)) {
        if (list->size >= size) charge(1);
        push(arena_, list, item);
    }
    return list;
}

}  // namespace pgprompt
