// The operator % on texts.
#include <algorithm>
#include <string>

#include "core/template/format.h"
#include "core/template/format_spec.h"
#include "core/template/numbers.h"
#include "core/template/text.h"

namespace pgprompt {

namespace {

bool is_one_of(char c, std::string_view characters) {
    return characters.find(c) != std::string_view::npos;
}

class PercentFormatter {
 public:
    PercentFormatter(Renderer& r, const Value& arguments, bool safe)
        : r_(r), arguments_(arguments), safe_(safe) {
        tuple_ = as_list(arguments);
        if (tuple_ && tuple_->flavor != ListObject::Flavor::tuple) tuple_ = nullptr;
    }

    void run(std::string_view s) {
        for (size_t at = 0; at < s.size();) {
            size_t percent = s.find('%', at);
            r_.out().append(s.substr(at, percent == std::string_view::npos ? percent : percent - at));
            if (percent == std::string_view::npos) break;
            at = percent + 1;
            if (at < s.size() && s[at] == '%') {
                r_.out().append('%');
                ++at;
            } else {
                one(s, &at);
            }
        }
        bool used =
            tuple_ ? next_ >= tuple_->size
                   : used_ || arguments_.is(Value::Kind::map) || arguments_.is(Value::Kind::undefined) ||
                         (arguments_.is(Value::Kind::list) && !tuple_ &&
                          flavor_of(arguments_) <= ListObject::Flavor::tuple);  // a dict's views count as one
        if (!used) r_.fail("not all arguments converted during string formatting");
    }

 private:
    const Value& take() {
        if (tuple_) {
            if (next_ >= tuple_->size) r_.fail("not enough arguments for format string");
            return tuple_->items[next_++];
        }
        // After a key has been named, there is nothing to be taken in turn.
        if (used_ || has_keys_) r_.fail("not enough arguments for format string");
        used_ = true;
        return arguments_;
    }

    // What stands behind a percent sign.
    struct Conversion {
        Spec spec;
        bool has_key = false;
        Value named;  // the value of the key
        bool zero = false;
        bool left = false;
        char type = '\0';
    };

    void one(std::string_view s, size_t* at) {
        r_.charge(1);
        Conversion c = read(s, at);
        r_.out().check(std::min<uint64_t>(c.spec.width, kHuge));
        r_.out().check(std::min<uint64_t>(c.spec.precision, kHuge));
        const Value v = c.has_key ? c.named : take();
        const bool is_text = is_one_of(c.type, "sra");
        if (v.is(Value::Kind::undefined) && !is_text) r_.fail_undefined(v);
        c.spec.align = c.left ? '<' : '>';
        if (is_text) {
            write_text(c, v);
        } else if (c.type == 'c') {
            write_character(c, v);
        } else {
            if (c.zero && !c.left) {
                c.spec.align = '=';
                c.spec.fill = "0";
            }
            write_numeric(c, v);
        }
    }

    // %[(key)][flags][width][.precision][length]type
    Conversion read(std::string_view s, size_t* at) {
        Conversion c;
        if (*at < s.size() && s[*at] == '(') {
            c.has_key = true;
            c.named = value_of_key(s, at);
        }
        read_flags(s, at, &c);
        bool negative = false;
        c.spec.width = read_size(s, at, &negative);
        if (negative) c.left = true;
        if (*at < s.size() && s[*at] == '.') {
            ++*at;
            c.spec.has_precision = true;
            c.spec.precision = read_size(s, at, &negative);
            if (negative) c.spec.precision = 0;
        }
        while (*at < s.size() && (s[*at] == 'h' || s[*at] == 'l' || s[*at] == 'L')) ++*at;
        if (*at >= s.size()) r_.fail("incomplete format");
        c.type = s[(*at)++];
        return c;
    }

    Value value_of_key(std::string_view s, size_t* at) {
        const bool is_chained = arguments_.is(Value::Kind::undefined) && r_.is_html(arguments_);
        if (!arguments_.is(Value::Kind::map) && !is_chained) r_.fail("format requires a mapping");
        int open = 1;
        const size_t begin = ++*at;
        for (; *at < s.size() && open > 0; ++*at) {
            if (s[*at] == '(') ++open;
            if (s[*at] == ')') --open;
        }
        if (open) r_.fail("incomplete format key");
        has_keys_ = true;
        if (is_chained) return arguments_;
        const std::string_view key = s.substr(begin, *at - begin - 1);
        Value v;
        if (!arguments_.find(key, &v))
            r_.fail("format string names '" + std::string(key) + "', which is not given");
        return v;
    }

    static void read_flags(std::string_view s, size_t* at, Conversion* c) {
        for (; *at < s.size(); ++*at) {
            switch (s[*at]) {
                case '-':
                    c->left = true;
                    break;
                case '+':
                    c->spec.sign = '+';
                    break;
                case ' ':
                    if (c->spec.sign != '+') c->spec.sign = ' ';
                    break;
                case '#':
                    c->spec.alternate = true;
                    break;
                case '0':
                    c->zero = true;
                    break;
                default:
                    return;
            }
        }
    }

    // A width or precision: digits, or `*` for the next argument, the size of which it is.
    uint64_t read_size(std::string_view s, size_t* at, bool* negative) {
        *negative = false;
        if (*at >= s.size() || s[*at] != '*') return read_number(s, at);
        ++*at;
        const Value& size = take();
        if (safe_) r_.fail("* wants int, which arguments of safe texts are not");
        const int64_t given = r_.integer_argument(size, "the width behind *");
        *negative = given < 0;
        return given < 0 ? static_cast<uint64_t>(-(given + 1)) + 1 : static_cast<uint64_t>(given);
    }

    void write_text(const Conversion& c, const Value& v) {
        Value text = convert_value(r_, v, c.type);
        if (safe_) {
            const bool is_markup = v.is(Value::Kind::string) && v.flags & kSafe && c.type == 's';
            text = r_.escaped(is_markup ? v : text);
        }
        std::string_view body = text.view();
        if (c.spec.has_precision) body = body.substr(0, text::offset(body, c.spec.precision));
        write_aligned(r_, body, c.spec, '>');
    }

    void write_character(const Conversion& c, const Value& v) {
        std::string character;
        if (safe_) r_.fail("%c requires int or char, which arguments of safe texts are not");
        if (is_integer(v)) {
            const int64_t code = clamp_integer(v);
            if (code < 0 || code > 0x10ffff) r_.fail("%c arg not in range(0x110000)");
            text::append(&character, static_cast<uint32_t>(code));
        } else if (v.is(Value::Kind::string) && text::length(v.view()) == 1) {
            character = v.view();
        } else {
            r_.fail("%c requires int or char");
        }
        write_aligned(r_, character, c.spec, '>');
    }

    void write_numeric(Conversion& c, const Value& v) {
        if (is_one_of(c.type, "eEfFgG")) {
            c.spec.type = c.type;
            return format_real(r_, real_of(v), c.spec);
        }
        if (!is_one_of(c.type, "diuoxX"))
            r_.fail("unsupported format character '" + std::string(1, c.type) + "'");
        write_integer(c, integer_of(v, c.type));
    }

    // What safe texts are given is wrapped in Python: it has no __index__, but takes int() and float() of
    // texts.
    double real_of(const Value& v) {
        double parsed;
        if (safe_ && v.is(Value::Kind::string) && parse_real(v.view(), &parsed)) return parsed;
        if (!is_number(v)) r_.fail("must be real number, not " + std::string(Renderer::type_name(v)));
        return to_real(v);
    }

    Value integer_of(const Value& v, char type) {
        const bool in_base = is_one_of(type, "oxX");
        Value parsed;
        if (safe_ && !in_base && v.is(Value::Kind::string) &&
            parse_integer(v.view(), 10, r_.arena(), &parsed))
            return parsed;
        const bool has_index = !safe_ && is_integer(v);
        if (in_base ? !has_index : !is_number(v)) {
            r_.fail("%" + std::string(1, type) + " format: " +
                    (in_base ? "an integer is required, not " : "a real number is required, not ") +
                    (safe_ && in_base ? "an argument of a safe text" : Renderer::type_name(v)));
        }
        return v.is(Value::Kind::real) ? integer_of_real(v.real, r_.arena()) : v;
    }

    void write_integer(const Conversion& c, const Value& v) {
        const int base = c.type == 'o' ? 8 : c.type == 'x' || c.type == 'X' ? 16 : 10;
        std::string digits = integer_in_base(v, base, c.type == 'X');
        const bool minus = digits[0] == '-';
        if (minus) digits.erase(0, 1);
        if (c.spec.has_precision && c.spec.precision > digits.size())
            digits.insert(0, static_cast<size_t>(c.spec.precision) - digits.size(), '0');
        const char* prefix = "";
        if (c.spec.alternate && base != 10) prefix = base == 8 ? "0o" : c.type == 'X' ? "0X" : "0x";
        write_number(r_, c.spec, minus, prefix, digits, {}, 3);
    }

    Renderer& r_;
    const Value& arguments_;
    bool safe_;
    const ListObject* tuple_;
    uint32_t next_ = 0;
    bool used_ = false;
    bool has_keys_ = false;
};

}  // namespace

Value format_percent(Renderer& r, const Value& format, const Value& arguments) {
    size_t mark = r.out().size();
    PercentFormatter(r, arguments, format.flags & kSafe).run(format.view());
    return r.take_output(mark, format.flags);
}

}  // namespace pgprompt
