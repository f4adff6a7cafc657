#include "core/json.h"

#if defined(__SSE2__)
#define RAPIDJSON_SSE2
#elif defined(__ARM_NEON)
#define RAPIDJSON_NEON
#endif
// RapidJSON adds to the null pointer of a stack that is still empty, which sanitizers report.
#if defined(__clang__)
#pragma clang attribute push(__attribute__((no_sanitize("pointer-overflow"))), apply_to = function)
#endif
#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>
#if defined(__clang__)
#pragma clang attribute pop
#endif

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "core/arena.h"
#include "core/json_tree.h"
#include "core/template/text.h"

namespace pgprompt {
namespace {

class Document final : public JsonDocument {
 public:
    explicit Document(uint64_t limit) : arena(first_, sizeof first_, limit) {}
    Value root() const noexcept override { return value; }
    size_t memory_size() const noexcept override { return arena.heap_bytes() + sizeof *this; }

 private:
    // A document of this size comes from the allocator's fast path, which ends at 1,032 bytes in glibc.
    alignas(8) char first_[896];

 public:
    Arena arena;
    Value value = Value::null_();
};

// Builds values from RapidJSON's events; open lists and maps keep their elements on one stack.
class Handler {
 public:
    Handler(JsonTree& tree, const JsonOptions& options) : tree_(tree), options_(options) {}

    bool Null() { return push(Value::null_()); }
    bool Bool(bool b) { return push(Value::of(b)); }
    bool Int(int) { return false; }  // numbers come as text
    bool Uint(unsigned) { return false; }
    bool Int64(int64_t) { return false; }
    bool Uint64(uint64_t) { return false; }
    bool Double(double) { return false; }
    bool RawNumber(const char* text, rapidjson::SizeType length, bool) {
        return push(json_number({text, length}));
    }
    bool String(const char* text, rapidjson::SizeType length, bool) {
        return push(Value::of(std::string_view(text, length)));
    }
    bool Key(const char* text, rapidjson::SizeType length, bool) {
        keys_.push_back(Value::of(std::string_view(text, length)));
        return true;
    }
    bool StartObject() { return open(); }
    bool StartArray() { return open(); }
    bool EndArray(rapidjson::SizeType) {
        Value list;
        tree_.list(values_.data() + starts_.back(), static_cast<uint32_t>(values_.size() - starts_.back()),
                   &list);
        return close(list);
    }
    bool EndObject(rapidjson::SizeType) {
        const size_t count = values_.size() - starts_.back();
        const JsonShape* shape;
        Value map;
        tree_.map(keys_.data() + (keys_.size() - count), values_.data() + starts_.back(),
                  static_cast<uint32_t>(count), &shape, &map);
        keys_.resize(keys_.size() - count);
        return close(map);
    }
    Value result() const { return values_.empty() ? Value::null_() : values_.back(); }

 private:
    bool push(const Value& value) {
        if (++pushed_ % 4096 == 0) {
            tree_.poll();
            if (values_.size() * sizeof(Value) > options_.max_memory_bytes) Arena::exceeded();
        }
        values_.push_back(value);
        return true;
    }
    bool open() {
        if (starts_.size() >= options_.max_depth) {
            throw Failure(Code::limit_exceeded, "the JSON document is nested more than " +
                                                    std::to_string(options_.max_depth) + " levels deep");
        }
        starts_.push_back(values_.size());
        return true;
    }
    bool close(const Value& list_or_map) {
        values_.resize(starts_.back());
        starts_.pop_back();
        return push(list_or_map);
    }

    JsonTree& tree_;
    const JsonOptions& options_;
    size_t pushed_ = 0;
    std::vector<Value> values_, keys_;  // of the open lists and maps
    std::vector<size_t> starts_;        // where each one's values begin
};

}  // namespace

// RapidJSON's stream in a copy of the text, polling where one token is long.
class Stream : public rapidjson::InsituStringStream {
 public:
    Stream(char* text, const JsonTree* tree)
        : rapidjson::InsituStringStream::GenericInsituStringStream(text), tree_(tree) {}
    Ch Take() {
        if (++taken_ % (1 << 16) == 0) tree_->poll();
        return GenericInsituStringStream::Take();
    }

 private:
    const JsonTree* tree_;
    size_t taken_ = 0;
};

}  // namespace pgprompt

// As of the stream it is made from: where a number begins is known by a copy of the stream.
template <>
struct rapidjson::StreamTraits<pgprompt::Stream> {
    enum { copyOptimization = 1 };
};

namespace pgprompt {
namespace {

// Judges every text, slowly: what the quick reader refused, and where exactly it is wrong.
Value read_json_fully(std::string_view text, char* copy, JsonTree& tree, const JsonOptions& options) {
    if (!text::is_valid_utf8(text)) throw Failure(Code::invalid_text, "the JSON text is not valid UTF-8");
    if (text.find('\0') != std::string_view::npos)
        throw Failure(Code::invalid_text, "the JSON text has a NUL");
    Handler handler(tree, options);
    rapidjson::Reader reader;
    Stream stream(copy, &tree);
    constexpr unsigned kFlags =
        rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;
    if (!reader.Parse<kFlags>(stream, handler)) {
        size_t at = std::min(reader.GetErrorOffset(), text.size());
        auto line = 1 + std::count(text.begin(), text.begin() + at, '\n');
        const std::string position = "At line " + std::to_string(line) + ", byte " + std::to_string(at) + ".";
        if (reader.GetParseErrorCode() == rapidjson::kParseErrorNumberTooBig) {
            throw Failure(Code::invalid_parameter, "a number in the JSON text is too large", position,
                          "Numbers with a fraction or an exponent go up to 1.8e308.");
        }
        throw Failure(Code::invalid_parameter, "the text is not valid JSON",
                      std::string(rapidjson::GetParseError_En(reader.GetParseErrorCode())) + " " + position);
    }
    return handler.result();
}

}  // namespace

Result<std::shared_ptr<const JsonDocument>> parse_json(std::string_view text,
                                                       const JsonOptions& options) noexcept {
    return protect([&]() -> std::shared_ptr<const JsonDocument> {
        auto document = std::make_shared<Document>(options.max_memory_bytes);
        if (text.size() > 8 << 10) {
            document->arena.expect(std::min<uint64_t>(text.size() * 4, options.max_memory_bytes / 4));
        }
        // Strings are unescaped in a copy of the text, and stay there.
        char* copy = document->arena.text(text.size() + kJsonPadding);
        auto fill = [&] {
            if (!text.empty()) std::memcpy(copy, text.data(), text.size());
            std::memset(copy + text.size(), 0, kJsonPadding);
        };
        JsonTree tree(document->arena, options.poll);
        fill();
        if (options.quick && read_json_quickly(copy, text.size(), options.max_depth, options.max_memory_bytes,
                                               tree, &document->value)) {
            return document;
        }
        fill();
        document->value = read_json_fully(text, copy, tree, options);
        return document;
    });
}

}  // namespace pgprompt
