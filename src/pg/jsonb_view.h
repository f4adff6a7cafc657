// The core's value interface over jsonb, in place: nothing is copied but the digits of integers beyond 64
// bits.
#pragma once

#include "pg/server.h"

extern "C" {
#include <utils/jsonb.h>
}

#include <deque>
#include <string>

#include "core/value.h"

namespace pgprompt::pg {

// Reads one or more jsonb documents, which must be detoasted and outlive it. Never raises.
class JsonbView final : public Container {
 public:
    // The root of a document: a scalar, list or map.
    Value root(const Jsonb* document) const;

    uint32_t size(const void* node) const override;
    bool next(const void* node, Cursor* cursor, Value* key, Value* value) const override;
    Value at(const void* node, uint32_t index) const override;
    bool find(const void* node, std::string_view key, Value* value) const override;

 private:
    Value value_of(const JsonbContainer* container, uint32_t index, uint32_t offset) const;
    Value number_of(const char* numeric) const;

    mutable std::deque<std::string> digits_;
};

}  // namespace pgprompt::pg
