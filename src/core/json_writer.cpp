#include "core/json_writer.h"

#include <charconv>
#include <cmath>

#include "core/status.h"

namespace pgprompt {

namespace {

constexpr int kMostLevels = 6400;

// Grows and shrinks with the walk: "user", "user.emails", "user.emails[0]".
class Path {
 public:
    size_t enter(std::string_view key) {
        const size_t before = text_.size();
        if (before > 0) text_ += '.';
        text_.append(key);
        return before;
    }
    size_t enter(uint32_t index) {
        const size_t before = text_.size();
        text_.append("[").append(std::to_string(index)).append("]");
        return before;
    }
    void leave(size_t before) { text_.resize(before); }
    std::string_view text() const { return text_; }

 private:
    std::string text_;
};

template <class OnString>
class Writer {
 public:
    // With `numbers`, on_string is asked for those, too.
    Writer(std::string* out, OnString on_string, bool numbers, bool outermost_keys)
        : out_(out), on_string_(on_string), numbers_(numbers), outermost_keys_(outermost_keys) {}

    void write(const Value& value, int level) {
        if (level > kMostLevels) throw Failure(Code::limit_exceeded, "JSON is nested too deeply");
        switch (value.kind) {
            case Value::Kind::boolean:
                *out_ += value.boolean ? "true" : "false";
                break;
            case Value::Kind::integer:
                write_number(std::to_string(value.integer));
                break;
            case Value::Kind::real:
                write_real(value.real);
                break;
            case Value::Kind::digits:
                write_number(value.view());
                break;
            case Value::Kind::string:
                on_string_(path_.text(), value.view(), false, out_);
                break;
            case Value::Kind::list:
                write_list(value, level);
                break;
            case Value::Kind::map:
                write_map(value, level);
                break;
            default:
                *out_ += "null";
        }
    }

 private:
    void write_real(double real) {
        // JSON has no words for the others.
        if (!std::isfinite(real)) {
            *out_ += "null";
            return;
        }
        char text[32];
        const auto end = std::to_chars(text, text + sizeof(text), real);
        write_number({text, static_cast<size_t>(end.ptr - text)});
    }

    void write_number(std::string_view text) {
        if (numbers_) {
            on_string_(path_.text(), text, true, out_);
        } else {
            out_->append(text);
        }
    }

    void write_list(const Value& list, int level) {
        *out_ += '[';
        Container::Cursor cursor;
        Value item;
        for (uint32_t i = 0; list.next(&cursor, nullptr, &item); i++) {
            if (i > 0) *out_ += ',';
            const size_t before = path_.enter(i);
            write(item, level + 1);
            path_.leave(before);
        }
        *out_ += ']';
    }

    void write_map(const Value& map, int level) {
        *out_ += '{';
        Container::Cursor cursor;
        Value key, member;
        for (bool first = true; map.next(&cursor, &key, &member); first = false) {
            if (!first) *out_ += ',';
            const size_t before = path_.enter(key.view());
            // The names at the top of variables are the prompt's own.
            if (level > 0 || outermost_keys_) {
                on_string_(path_.text(), key.view(), false, out_);
            } else {
                append_json_string(key.view(), out_);
            }
            *out_ += ':';
            write(member, level + 1);
            path_.leave(before);
        }
        *out_ += '}';
    }

    std::string* out_;
    OnString on_string_;
    const bool numbers_;
    const bool outermost_keys_;
    Path path_;
};

}  // namespace

void append_json_string(std::string_view text, std::string* out) {
    static constexpr char kHex[] = "0123456789abcdef";
    *out += '"';
    for (const char c : text) {
        switch (c) {
            case '"':
                *out += "\\\"";
                break;
            case '\\':
                *out += "\\\\";
                break;
            case '\n':
                *out += "\\n";
                break;
            case '\r':
                *out += "\\r";
                break;
            case '\t':
                *out += "\\t";
                break;
            default:
                if (static_cast<unsigned char>(c) < 0x20) {
                    *out += "\\u00";
                    *out += kHex[c >> 4];
                    *out += kHex[c & 15];
                } else {
                    *out += c;
                }
        }
    }
    *out += '"';
}

std::string json_string(std::string_view text) {
    std::string out;
    append_json_string(text, &out);
    return out;
}

std::string json_text(const Value& value) {
    std::string out;
    const auto as_it_is = [](std::string_view, std::string_view text, bool, std::string* into) {
        append_json_string(text, into);
    };
    Writer<decltype(as_it_is)>(&out, as_it_is, false, false).write(value, 0);
    return out;
}

std::string json_text(const Value& value, const StringFilter& filter, bool outermost_keys) {
    std::string out;
    std::string replaced;
    auto on_string = [&](std::string_view path, std::string_view text, bool is_number, std::string* into) {
        replaced.clear();
        filter(path, text, &replaced);
        if (is_number && replaced == text) {
            into->append(text);
        } else {
            append_json_string(replaced, into);
        }
    };
    Writer<decltype(on_string)&>(&out, on_string, true, outermost_keys).write(value, 0);
    return out;
}

}  // namespace pgprompt
