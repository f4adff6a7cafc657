// Parses whatever bytes come as JSON, and reads every value.
#include <cstdint>
#include <string_view>

#include "core/json.h"

using namespace pgprompt;

namespace {

size_t walk(const Value& v) {
    size_t sum = v.is(Value::Kind::string) || v.is(Value::Kind::digits) ? v.view().size() : 1;
    if (!v.is_container()) return sum;
    Container::Cursor cursor;
    Value key, item, found;
    while (v.next(&cursor, &key, &item)) {
        if (v.is(Value::Kind::map) && !v.find(key.view(), &found)) __builtin_trap();
        sum += walk(item);
    }
    return sum;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    JsonOptions options;
    options.max_depth = 500;
    auto document = parse_json({reinterpret_cast<const char*>(data), size}, options);
    if (document.ok()) (void)walk((*document)->root());
    return 0;
}
