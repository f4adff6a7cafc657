// JSON text as Values: keys in their order, integers of any size exact.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "core/status.h"
#include "core/value.h"

namespace pgprompt {

// A parsed document; its values live as long as it does.
class JsonDocument {
 public:
    virtual ~JsonDocument() = default;
    virtual Value root() const noexcept = 0;
    virtual size_t memory_size() const noexcept = 0;
};

struct JsonOptions {
    uint32_t max_depth = 6400;
    uint64_t max_memory_bytes = uint64_t{1} << 30;
    Poll poll = nullptr;
    bool quick = true;  // false: only the complete reader, which gives the same
};

// Parses one JSON value. Of a key that comes twice the last value counts, at the first one's place. Numbers
// with a fraction or an exponent become doubles; integers beyond int64 keep their digits. Errors:
// invalid_parameter (with the position), limit_exceeded, cancelled.
Result<std::shared_ptr<const JsonDocument>> parse_json(std::string_view text,
                                                       const JsonOptions& options = {}) noexcept;

}  // namespace pgprompt
