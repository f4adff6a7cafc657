// The operator % on texts.
#include <algorithm>
#include <cstring>
#include <string>

#include "core/template/format.h"
#include "core/template/format_spec.h"
#include "core/template/numbers.h"
#include "core/template/text.h"

namespace pgprompt {

namespace {

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
            one(s, &at);
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
        if (used_) r_.fail("not enough arguments for format string");
        used_ = true;
        return arguments_;
    }

    void one(std::string_view s, size_t* at) {
        r_.charge(1);
        auto peek = [&] { return *at < s.size() ? s[*at] : '\0'; };
        Value v;
        bool named = false;
        if (peek() == '(') {
            const bool is_chained = arguments_.is(Value::Kind::undefined) && r_.is_html(arguments_);
            if (!arguments_.is(Value::Kind::map) && !is_chained) r_.fail("format requires a mapping");
            int open = 1;
            size_t begin = ++*at;
            while (*at < s.size() && open > 0) {
                if (s[*at] == '(') ++open;
                if (s[*at] == ')') --open;
                ++*at;
            }
            if (open) r_.fail("incomplete format key");
            std::string_view key = s.substr(begin, *at - begin - 1);
            if (is_chained) {
                v = arguments_;
            } else if (!arguments_.find(key, &v)) {
                r_.fail("format string names '" + std::string(key) + "', which is not given");
            }
            named = true;
        }
        Spec spec;
        bool left = false, zero = false;
        for (bool more = true; more;) {
            switch (peek()) {
                case '-':
                    left = true;
                    break;
                case '+':
                    spec.sign = '+';
                    break;
                case ' ':
                    if (spec.sign != '+') spec.sign = ' ';
                    break;
                case '#':
                    spec.alternate = true;
                    break;
                case '0':
                    zero = true;
                    break;
                default:
                    more = false;
            }
            if (more) ++*at;
        }
        auto number = [&](bool* negative) -> uint64_t {
            if (peek() == '*') {
                ++*at;
                int64_t given = r_.integer_argument(take(), "the width behind *");
                *negative = given < 0;
                return given < 0 ? static_cast<uint64_t>(-(given + 1)) + 1 : static_cast<uint64_t>(given);
            }
            return read_number(s, at);
        };
        bool negative = false;
        spec.width = number(&negative);
        if (negative) left = true;
        if (peek() == '.') {
            ++*at;
            negative = false;
            spec.has_precision = true;
            spec.precision = number(&negative);
            if (negative) spec.precision = 0;
        }
        while (peek() == 'h' || peek() == 'l' || peek() == 'L') ++*at;
        if (*at >= s.size()) r_.fail("incomplete format");
        char type = s[(*at)++];
        r_.out().check(std::min<uint64_t>(spec.width, kHuge));
        r_.out().check(std::min<uint64_t>(spec.precision, kHuge));
        if (type == '%') {
            r_.out().append('%');
            return;
        }
        if (!named) v = take();
        if (v.is(Value::Kind::undefined) && type != 's' && type != 'r' && type != 'a') r_.fail_undefined(v);
        spec.align = left ? '<' : '>';
        if (type == 's' || type == 'r' || type == 'a') {
            Value text = convert_value(r_, v, type);
            if (safe_)
                text = r_.escaped(v.is(Value::Kind::string) && v.flags & kSafe && type == 's' ? v : text);
            std::string_view body = text.view();
            if (spec.has_precision) body = body.substr(0, text::offset(body, spec.precision));
            return write_aligned(r_, body, spec, '>');
        }
        if (type == 'c') {
            std::string one;
            if (is_integer(v)) {
                int64_t code = clamp_integer(v);
                if (code < 0 || code > 0x10ffff) r_.fail("%c arg not in range(0x110000)");
                text::append(&one, static_cast<uint32_t>(code));
            } else if (v.is(Value::Kind::string) && text::length(v.view()) == 1) {
                one = v.view();
            } else {
                r_.fail("%c requires int or char");
            }
            return write_aligned(r_, one, spec, '>');
        }
        if (zero && !left) {
            spec.align = '=';
            spec.fill = "0";
        }
        if (std::strchr("eEfFgG", type)) {
            if (!is_number(v)) r_.fail("must be real number, not " + std::string(Renderer::type_name(v)));
            spec.type = type;
            return format_real(r_, to_real(v), spec);
        }
        if (!std::strchr("diuoxX", type)) {
            r_.fail("unsupported format character '" + std::string(1, type) + "'");
        }
        if (!is_number(v) || (v.is(Value::Kind::real) && std::strchr("oxX", type))) {
            r_.fail("%" + std::string(1, type) + " format: " +
                    (std::strchr("oxX", type) ? "an integer is required, not "
                                              : "a real number is required, not ") +
                    Renderer::type_name(v));
        }
        Value whole = v.is(Value::Kind::real) ? integer_of_real(v.real, r_.arena()) : v;
        int base = type == 'o' ? 8 : type == 'x' || type == 'X' ? 16 : 10;
        std::string digits = integer_in_base(whole, base, type == 'X');
        bool minus = digits[0] == '-';
        if (minus) digits.erase(0, 1);
        if (spec.has_precision && spec.precision > digits.size()) {
            digits.insert(0, static_cast<size_t>(spec.precision) - digits.size(), '0');
        }
        std::string prefix = !spec.alternate || base == 10 ? ""
                             : base == 8                   ? "0o"
                             : type == 'X'                 ? "0X"
                                                           : "0x";
        write_number(r_, spec, minus, prefix, digits, {}, 3);
    }

    Renderer& r_;
    const Value& arguments_;
    bool safe_;
    const ListObject* tuple_;
    uint32_t next_ = 0;
    bool used_ = false;
};

}  // namespace

Value format_percent(Renderer& r, const Value& format, const Value& arguments) {
    size_t mark = r.out().size();
    PercentFormatter(r, arguments, format.flags & kSafe).run(format.view());
    return r.take_output(mark, format.flags);
}

}  // namespace pgprompt
