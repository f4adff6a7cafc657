// The text of values, as Python prints them.
#include <charconv>

#include "core/template/numbers.h"
#include "core/template/renderer.h"
#include "core/template/text.h"
#include "core/template/undefined.h"

namespace pgprompt {

using Flavor = ListObject::Flavor;

namespace {

// Where Python has the class of that name, which it tells of an object.
const char* module_of(std::string_view type) {
    if (type == "Namespace" || type == "Cycler" || type == "Joiner") return "jinja2.utils.";
    if (type == "TemplateModule") return "jinja2.environment.";
    if (type == "LoopContext" || type == "Macro" || type == "BlockReference" || type == "TemplateReference") {
        return "jinja2.runtime.";
    }
    return "";
}

}  // namespace

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
            if (const auto sort = static_cast<UndefinedSort>(v.flags);
                options_.undefined == UndefinedMode::debug && sort != UndefinedSort::conditional) {
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
                        out_.append("no such element: " + (module_of(info.type) + object_text(info.type)) +
                                    "[");
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

}  // namespace pgprompt
