#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include <simdjson.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "core/json_tree.h"
#include "core/same_text.h"
#include "core/template/text.h"

namespace pgprompt {
namespace {

// Bytes of a string that are looked at together. `stops` has a bit (kBitsPerByte apart) for each quote,
// backslash or control character.
#if defined(__SSE2__)
constexpr size_t kBlock = 16;
constexpr unsigned kBitsPerByte = 1;
inline uint64_t stops(const char* at) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i found = _mm_or_si128(
        _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8('"')), _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'))),
        _mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8(0x1f)), block));
    return static_cast<uint64_t>(_mm_movemask_epi8(found));
}
#else
constexpr size_t kBlock = 8;
constexpr unsigned kBitsPerByte = 8;
inline uint64_t stops(const char* at) {
    constexpr uint64_t kOnes = 0x0101010101010101u, kHighs = 0x8080808080808080u;
    uint64_t block;
    std::memcpy(&block, at, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    block = __builtin_bswap64(block);
#endif
    auto zero = [](uint64_t x) { return ~(((x & ~kHighs) + ~kHighs) | x | ~kHighs); };
    return zero(block ^ kOnes * '"') | zero(block ^ kOnes * '\\') | zero(block & kOnes * 0xe0);
}
#endif

// Texts within these bounds have their tokens found by simdjson first, which costs a little to begin with,
// and four bytes of memory for each byte of text.
constexpr size_t kSmallText = 256, kLargeText = 128 << 10;

constexpr size_t kMostDigits = 200;
constexpr double kPowersOfTen[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                   1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

inline bool is_space(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}
inline bool is_digit(char c) {
    return static_cast<unsigned char>(c - '0') < 10;
}

int hex_value(const char* at) {
    int value = 0;
    for (int i = 0; i < 4; ++i) {
        char c = at[i];
        int digit = is_digit(c)                              ? c - '0'
                    : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
                                                             : -1;
        if (digit < 0) return -1;
        value = value << 4 | digit;
    }
    return value;
}

// Grows by doubling; its first entries live where it does.
template <class T, size_t kInline>
class Stack {
 public:
    explicit Stack(uint64_t max_bytes) : max_bytes_(max_bytes) {}
    ~Stack() {
        if (entries_ != first()) std::free(entries_);
    }
    Stack(const Stack&) = delete;
    Stack& operator=(const Stack&) = delete;

    // A new entry, to be written.
    T* add() {
        if (size_ == capacity_) grow();
        return entries_ + size_++;
    }
    T& operator[](size_t i) { return entries_[i]; }
    T* from(size_t i) { return entries_ + i; }
    size_t size() const { return size_; }
    void resize(size_t smaller) { size_ = smaller; }

 private:
    __attribute__((noinline)) void grow() {
        const size_t bytes = capacity_ * 2 * sizeof(T);
        if (bytes > max_bytes_) Arena::exceeded();
        const bool moves = entries_ == first();
        auto* larger = static_cast<T*>(std::realloc(moves ? nullptr : static_cast<void*>(entries_), bytes));
        if (!larger) throw std::bad_alloc();
        if (moves) std::memcpy(static_cast<void*>(larger), inline_, sizeof inline_);
        entries_ = larger;
        capacity_ *= 2;
    }
    T* first() { return reinterpret_cast<T*>(inline_); }

    const uint64_t max_bytes_;
    size_t size_ = 0, capacity_ = kInline;
    alignas(T) unsigned char inline_[kInline * sizeof(T)];
    T* entries_ = first();
};

// Reads a text whose tokens it finds on its way, or whose tokens' offsets are known (kIndexed). A map is read
// as if it had the keys of the map before it at the same depth, until a key differs.
template <bool kIndexed>
class QuickReader {
 public:
    // `index`: the offsets of the tokens (the first byte of each scalar, and all of []{}:,), and behind them
    // `size`.
    QuickReader(char* text, size_t size, const uint32_t* index, uint32_t max_depth, uint64_t max_bytes,
                JsonTree& tree)
        : text_(text),
          at_(text),
          end_(text + size),
          index_(index),
          tree_(tree),
          max_depth_(max_depth),
          values_(max_bytes),
          keys_(max_bytes),
          levels_(max_bytes) {}

    bool read(Value* result) {
        *levels_.add() = {};
        level_ = levels_.from(0);
        if (kIndexed) {
            find_escape(text_);
        } else if (!is_valid_utf8()) {  // before escapes are resolved in place
            return false;
        }
        if (!read_value()) return false;
        *result = values_[0];
        to_token();
        return at_ == end_;
    }

 private:
    // An open list or map.
    struct Level {
        size_t values, keys;      // where its own begin
        const JsonShape* guess;   // the keys it seems to have; null once it has others, which are in keys_
        const Value *next, *end;  // of the guessed keys
        const JsonShape* last;    // of the map before it at this depth
        bool is_map, guessable;
    };

    void tick() {
        if (++ticks_ % 4096 == 0) tree_.poll();
    }

    // Values are made where they stay: one copied at once after it was written in pieces would make the
    // processor wait for its stores.
    bool read_value() {
        for (;;) {
            to_token();
            switch (*at_) {
                case '"':
                    if (!read_string(values_.add())) return false;
                    break;
                case '{':
                    take();
                    to_token();
                    if (!open(true)) return false;
                    if (*at_ != '}') {
                        if (!read_key()) return false;
                        continue;
                    }
                    take();
                    close();
                    break;
                case '[':
                    take();
                    to_token();
                    if (!open(false)) return false;
                    if (*at_ != ']') continue;
                    take();
                    close();
                    break;
                case 't':
                    if (!read_word("true", 4)) return false;
                    *values_.add() = Value::of(true);
                    break;
                case 'f':
                    if (!read_word("false", 5)) return false;
                    *values_.add() = Value::of(false);
                    break;
                case 'n':
                    if (!read_word("null", 4)) return false;
                    *values_.add() = Value::null_();
                    break;
                default:
                    if (!read_number(values_.add())) return false;
            }
            tick();
            // What stands behind the value; the end of a list or map makes a value again.
            for (;;) {
                if (depth_ == 0) return true;
                to_token();
                const char c = *at_;
                take();
                const bool is_map = level_->is_map;
                if (c == ',') {
                    if (is_map && !read_key()) return false;
                    break;
                }
                if (c != (is_map ? '}' : ']')) return false;
                close();
            }
        }
    }

    // To the next token; it counts as read by take(), or with what it begins.
    void to_token() {
        if (kIndexed) {
            at_ = text_ + *index_;
            return;
        }
        if (static_cast<unsigned char>(*at_) > ' ') return;
        if (*at_ == ' ') ++at_;
        while (is_space(*at_)) ++at_;
    }
    void take() {
        if (kIndexed) {
            ++index_;
        } else {
            ++at_;
        }
    }
    // Behind a number or word. Where the tokens were not known, what follows is looked at next.
    bool take_scalar() {
        if (!kIndexed) return true;
        ++index_;
        switch (*at_) {
            case ' ':
            case '\n':
            case '\r':
            case '\t':
            case ',':
            case ']':
            case '}':
                return true;
            default:
                return at_ == end_;
        }
    }

    bool read_word(const char* word, size_t size) {
        if (std::memcmp(at_, word, size) != 0) return false;
        at_ += size;
        return take_scalar();
    }

    bool read_key() {
        to_token();
        if (*at_ != '"') return false;
        Level& level = *level_;
        if (level.guess) {
            const Value* key = level.next;
            if (key != level.end && is_key(key->text, key->length)) {
                ++level.next;
                if (kIndexed) {
                    ++index_;
                } else {
                    at_ += key->length + 2;
                }
                return skip_colon();
            }
            add_guessed_keys(level);
            level.guess = nullptr;
        }
        Value* key = keys_.add();
        const char* begin = at_;
        if (!read_string(key)) return false;
        // What is written with escapes is not recognised by its bytes.
        level.guessable &=
            key->length < kJsonPadding - 1 && at_ - begin == static_cast<ptrdiff_t>(key->length) + 2;
        return skip_colon();
    }
    __attribute__((always_inline)) bool is_key(const char* text, uint32_t length) const {
        return at_[length + 1] == '"' && same_text({at_ + 1, length}, {text, length});
    }
    void add_guessed_keys(const Level& level) {
        for (const Value* key = level.guess->keys(); key != level.next; ++key) *keys_.add() = *key;
    }
    bool skip_colon() {
        if (kIndexed) return text_[*index_++] == ':';
        to_token();
        if (*at_ != ':') return false;
        take();
        return true;
    }

    bool read_string(Value* v) {
        char* const from = ++at_;
        char* to;
        if (kIndexed) {
            to = text_ + *++index_ - 1;
            while (is_space(*to)) --to;
            if (*to != '"' || to < from) return false;
            at_ = to + 1;
            if (escape_ < to) {
                to = at_ = escape_;
                if (!unescape(&to)) return false;
                find_escape(at_);
            }
        } else {
            to_stop();
            to = at_;
            if (*at_ == '"') {
                ++at_;
            } else if (!unescape(&to)) {
                return false;
            }
        }
        *v = Value::of(std::string_view(from, static_cast<size_t>(to - from)));
        return true;
    }
    void to_stop() {
        for (;;) {
            if (uint64_t found = stops(at_)) {
                at_ += static_cast<unsigned>(__builtin_ctzll(found)) / kBitsPerByte;
                return;
            }
            at_ += kBlock;
        }
    }
    void find_escape(char* from) {
        void* found = std::memchr(from, '\\', static_cast<size_t>(end_ - from));
        escape_ = found ? static_cast<char*>(found) : end_;
    }

    // The rest of a string from its first escape on, moved to where it belongs.
    bool unescape(char** end) {
        char* to = at_;
        for (;;) {
            if (*at_ == '"') {
                ++at_;
                *end = to;
                return true;
            }
            if (*at_ != '\\' || !read_escape(&to)) return false;
            tick();
            char* from = at_;
            to_stop();
            std::memmove(to, from, static_cast<size_t>(at_ - from));
            to += at_ - from;
        }
    }

    bool read_escape(char** to) {
        char c = at_[1];
        at_ += 2;
        switch (c) {
            case '"':
            case '\\':
            case '/':
                break;
            case 'b':
                c = '\b';
                break;
            case 'f':
                c = '\f';
                break;
            case 'n':
                c = '\n';
                break;
            case 'r':
                c = '\r';
                break;
            case 't':
                c = '\t';
                break;
            case 'u':
                return read_code_point(to);
            default:
                return false;
        }
        *(*to)++ = c;
        return true;
    }

    bool read_code_point(char** to) {
        int code = hex_value(at_);
        if (code <= 0 || (code >= 0xdc00 && code < 0xe000)) return false;
        at_ += 4;
        if (code >= 0xd800 && code < 0xdc00) {
            if (at_[0] != '\\' || at_[1] != 'u') return false;
            int low = hex_value(at_ + 2);
            if (low < 0xdc00 || low >= 0xe000) return false;
            at_ += 6;
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        }
        auto put = [&](int byte) { *(*to)++ = static_cast<char>(byte); };
        if (code < 0x80) {
            put(code);
        } else if (code < 0x800) {
            put(0xc0 | code >> 6);
            put(0x80 | (code & 0x3f));
        } else {
            if (code < 0x10000) {
                put(0xe0 | code >> 12);
            } else {
                put(0xf0 | code >> 18);
                put(0x80 | (code >> 12 & 0x3f));
            }
            put(0x80 | (code >> 6 & 0x3f));
            put(0x80 | (code & 0x3f));
        }
        return true;
    }

    bool read_number(Value* v) {
        const char* from = at_;
        const bool negative = *at_ == '-';
        if (negative) ++at_;
        if (!is_digit(*at_)) return false;
        const char* digits = at_;
        uint64_t mantissa = 0;
        while (is_digit(*at_)) mantissa = mantissa * 10 + static_cast<unsigned>(*at_++ - '0');
        auto count = static_cast<size_t>(at_ - digits);
        if (*digits == '0' && count > 1) return false;
        if (*at_ != '.' && (*at_ | 0x20) != 'e') {
            if (count <= 18) {
                auto integer = static_cast<int64_t>(mantissa);
                *v = Value::of(negative ? -integer : integer);
            } else if (count <= kMostDigits) {
                *v = json_number({from, static_cast<size_t>(at_ - from)});
            } else {
                return false;
            }
            return take_scalar();
        }
        size_t places = 0;
        if (*at_ == '.') {
            const char* fraction = ++at_;
            while (is_digit(*at_)) mantissa = mantissa * 10 + static_cast<unsigned>(*at_++ - '0');
            places = static_cast<size_t>(at_ - fraction);
            if (places == 0) return false;
        }
        if ((*at_ | 0x20) == 'e') {
            ++at_;
            if (*at_ == '+' || *at_ == '-') ++at_;
            const char* exponent = at_;
            while (is_digit(*at_)) ++at_;
            if (at_ == exponent || at_ > exponent + 2) return false;
        } else if (count + places <= 15) {
            // Both are exact as doubles, so their quotient is the nearest double.
            double real = static_cast<double>(mantissa) / kPowersOfTen[places];
            *v = Value::of(negative ? -real : real);
            return take_scalar();
        }
        // What may be beyond the range of doubles is not judged here.
        if (count + places > kMostDigits) return false;
        *v = json_number({from, static_cast<size_t>(at_ - from)});
        return take_scalar();
    }

    // Reads up to eight bytes of the padding.
    bool is_ascii() const {
        uint64_t all = 0;
        for (const char* at = text_; at < end_; at += 8) {
            uint64_t word;
            std::memcpy(&word, at, 8);
            all |= word;
        }
        return (all & 0x8080808080808080u) == 0;
    }

    // Piece by piece, so that it can be cancelled.
    bool is_valid_utf8() const {
        if (end_ - text_ < static_cast<ptrdiff_t>(kSmallText) && is_ascii()) return true;
        const char* from = text_;
        while (from < end_) {
            const char* to = end_ - from > (1 << 20) ? from + (1 << 20) : end_;
            while (to < end_ && (*to & 0xc0) == 0x80) ++to;
            if (!simdjson::validate_utf8(from, static_cast<size_t>(to - from))) return false;
            tree_.poll();
            from = to;
        }
        return true;
    }

    // ---- Open lists and maps.

    bool open(bool is_map) {
        if (depth_ >= max_depth_) return false;
        if (++depth_ == levels_.size()) *levels_.add() = {};
        level_ = levels_.from(depth_);
        Level& level = *level_;
        level.values = values_.size();
        level.keys = keys_.size();
        level.is_map = is_map;
        level.guessable = true;
        level.guess = is_map ? level.last : nullptr;
        if (level.guess) {
            level.next = level.guess->keys();
            level.end = level.next + level.guess->size;
        }
        return true;
    }
    void close() {
        Level& level = *level_;
        level_ = levels_.from(--depth_);
        const size_t count = values_.size() - level.values;
        values_.resize(level.values);
        Value* made = values_.add();  // where the first of the values is
        if (!level.is_map) {
            tree_.list(made, static_cast<uint32_t>(count), made);
        } else if (level.guess && level.next == level.end) {
            tree_.map(level.guess, made, made);
        } else {
            if (level.guess) add_guessed_keys(level);
            tree_.map(keys_.from(level.keys), made, static_cast<uint32_t>(count), &level.last, made);
            if (!level.guessable) level.last = nullptr;
            keys_.resize(level.keys);
        }
    }

    char* text_;
    char* at_;
    char* end_;
    const uint32_t* index_;
    char* escape_ = nullptr;  // the next backslash
    JsonTree& tree_;
    const uint32_t max_depth_;
    uint32_t depth_ = 0;
    uint32_t ticks_ = 0;
    Stack<Value, 64> values_, keys_;
    Stack<Level, 16> levels_;
    Level* level_ = nullptr;  // the one at depth_
};

}  // namespace

namespace {

// Kept for the next text, as making one is a tenth of the time of reading 5 kB. It grows to kLargeText's
// size.
simdjson::internal::dom_parser_implementation* token_finder(size_t size) {
    static thread_local std::unique_ptr<simdjson::internal::dom_parser_implementation> finder;
    static thread_local size_t capacity = 0;
    if (size > capacity) {
        const size_t wanted = std::min(std::max<size_t>(2 * size, 8 << 10), kLargeText);
        capacity = 0;
        if (simdjson::get_active_implementation()->create_dom_parser_implementation(wanted, 1, finder))
            return nullptr;
        capacity = wanted;
    }
    return finder.get();
}

}  // namespace

bool read_json_quickly(char* text, size_t size, uint32_t max_depth, uint64_t max_memory_bytes, JsonTree& tree,
                       Value* result) {
    if (size < kSmallText || size > kLargeText) {
        return QuickReader<false>(text, size, nullptr, max_depth, max_memory_bytes, tree).read(result);
    }
    auto* const parser = token_finder(size);
    if (parser == nullptr) return false;
    const auto* bytes = reinterpret_cast<const uint8_t*>(text);
    // It also checks that the text is UTF-8 and that strings have no control characters.
    if (parser->stage1(bytes, size, simdjson::stage1_mode::regular)) return false;
    uint32_t* index = parser->structural_indexes.get();
    index[parser->n_structural_indexes] = static_cast<uint32_t>(size);
    return QuickReader<true>(text, size, index, max_depth, max_memory_bytes, tree).read(result);
}

}  // namespace pgprompt
