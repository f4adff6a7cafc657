#include "pg/jsonb_view.h"

#include <charconv>
#include <cmath>
#include <cstring>

namespace pgprompt::pg {

namespace {

const JsonbContainer* container_of(const void* node) {
    return static_cast<const JsonbContainer*>(node);
}

// Where an object's or array's variable-length part begins.
const char* base_of(const JsonbContainer* container) {
    uint32_t entries = JsonContainerSize(container);
    if (JsonContainerIsObject(container)) entries *= 2;
    return reinterpret_cast<const char*>(&container->children[entries]);
}

// The bytes that entry `index`, which begins at `offset`, takes with its padding: what leads to the next one.
uint32_t length_of(const JsonbContainer* container, uint32_t index, uint32_t offset) {
    JEntry entry = container->children[index];
    return JBE_HAS_OFF(entry) ? JBE_OFFLENFLD(entry) - offset : JBE_OFFLENFLD(entry);
}

std::string_view key_at(const JsonbContainer* container, uint32_t index, uint32_t offset) {
    return {base_of(container) + offset, length_of(container, index, offset)};
}

// jsonb orders keys by length, then bytes.
int compare_keys(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
    return memcmp(a.data(), b.data(), a.size());
}

// A numeric as it is stored: sign, weight, scale and digits to the base 10,000
// (src/backend/utils/adt/numeric.c).
struct Digits {
    bool negative;
    int weight;  // of the first digit, as a power of 10,000
    int scale;   // decimal digits after the point
    int count;
    const char* digits;

    int digit(int i) const {
        if (i < 0 || i >= count) return 0;
        int16 value;
        memcpy(&value, digits + i * sizeof(value), sizeof(value));
        return value;
    }
};

Digits unpack(const char* numeric) {
    const char* data = VARDATA_ANY(numeric);
    const int bytes = static_cast<int>(VARSIZE_ANY_EXHDR(numeric));
    uint16 header;
    memcpy(&header, data, sizeof(header));
    if ((header & 0x8000) != 0) {
        const int weight = (header & 0x0040) != 0 ? (header & 0x003F) - 0x0040 : header & 0x003F;
        return {(header & 0x2000) != 0, weight, (header & 0x1F80) >> 7, (bytes - 2) / 2, data + 2};
    }
    int16 weight;
    memcpy(&weight, data + 2, sizeof(weight));
    return {(header & 0xC000) == 0x4000, weight, header & 0x3FFF, (bytes - 4) / 2, data + 4};
}

std::string decimal_text(const Digits& number) {
    std::string text = number.negative ? "-" : "";
    char group[8];
    if (number.weight < 0) text += '0';
    for (int i = 0; i <= number.weight; i++) {
        snprintf(group, sizeof(group), i == 0 ? "%d" : "%04d", number.digit(i));
        text += group;
    }
    if (number.scale > 0) {
        text += '.';
        const size_t end = text.size() + static_cast<size_t>(number.scale);
        for (int i = number.weight + 1; text.size() < end; i++) {
            snprintf(group, sizeof(group), "%04d", number.digit(i));
            text += group;
        }
        text.resize(end);
    }
    return text;
}

}  // namespace

Value JsonbView::number_of(const char* numeric) const {
    const Digits number = unpack(numeric);
    if (number.scale == 0 && number.weight < 5) {  // below 10^20: fits if it does not overflow
        int64_t result = 0;
        bool fits = true;
        for (int i = 0; fits && i <= number.weight; i++) {
            fits = !__builtin_mul_overflow(result, int64_t{10000}, &result) &&
                   !__builtin_sub_overflow(result, int64_t{number.digit(i)}, &result);
        }
        // Summed up below zero, where there is room for one more.
        if (fits && (number.negative || result != INT64_MIN))
            return Value::of(number.negative ? result : -result);
    }
    std::string text = decimal_text(number);
    if (number.scale > 0) {
        double result = 0;
        // Beyond the range of a double, as Python reads it: infinity, or zero.
        if (std::from_chars(text.data(), text.data() + text.size(), result).ec ==
            std::errc::result_out_of_range) {
            const bool is_large = number.weight >= 0;
            result = !is_large ? 0.0 : HUGE_VAL;
            if (number.negative) result = -result;
        }
        return Value::of(result);
    }
    digits_.push_back(std::move(text));
    return Value::of_digits(digits_.back());
}

Value JsonbView::value_of(const JsonbContainer* container, uint32_t index, uint32_t offset) const {
    const JEntry entry = container->children[index];
    const char* data = base_of(container) + offset;
    switch (entry & JENTRY_TYPEMASK) {
        case JENTRY_ISSTRING:
            return Value::of(std::string_view{data, length_of(container, index, offset)});
        case JENTRY_ISNUMERIC:
            return number_of(base_of(container) + INTALIGN(offset));
        case JENTRY_ISBOOL_TRUE:
            return Value::of(true);
        case JENTRY_ISBOOL_FALSE:
            return Value::of(false);
        case JENTRY_ISCONTAINER: {
            const auto* inner =
                reinterpret_cast<const JsonbContainer*>(base_of(container) + INTALIGN(offset));
            return Value::of(JsonContainerIsObject(inner) ? Value::Kind::map : Value::Kind::list, this,
                             inner);
        }
        default:
            return Value::null_();
    }
}

Value JsonbView::root(const Jsonb* document) const {
    const JsonbContainer* container = &document->root;
    if (JsonContainerIsScalar(container)) return value_of(container, 0, 0);
    return Value::of(JsonContainerIsObject(container) ? Value::Kind::map : Value::Kind::list, this,
                     container);
}

uint32_t JsonbView::size(const void* node) const {
    return JsonContainerSize(container_of(node));
}

bool JsonbView::next(const void* node, Cursor* cursor, Value* key, Value* value) const {
    const JsonbContainer* container = container_of(node);
    const uint32_t count = JsonContainerSize(container);
    if (cursor->index >= count) return false;
    uint32_t index = cursor->index++;
    uint32_t offset = cursor->offset;
    if (JsonContainerIsObject(container)) {
        // Keys come first, values after them: the cursor's offset is that of the next value.
        if (index == 0) offset = getJsonbOffset(container, static_cast<int>(count));
        if (key != nullptr) {
            *key = Value::of(key_at(container, index, getJsonbOffset(container, static_cast<int>(index))));
        }
        index += count;
    }
    *value = value_of(container, index, offset);
    cursor->offset = offset + length_of(container, index, offset);
    return true;
}

Value JsonbView::at(const void* node, uint32_t index) const {
    const JsonbContainer* container = container_of(node);
    return value_of(container, index, getJsonbOffset(container, static_cast<int>(index)));
}

bool JsonbView::find(const void* node, std::string_view key, Value* value) const {
    const JsonbContainer* container = container_of(node);
    const uint32_t count = JsonContainerSize(container);
    uint32_t low = 0;
    uint32_t high = count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const int order =
            compare_keys(key_at(container, middle, getJsonbOffset(container, static_cast<int>(middle))), key);
        if (order == 0) {
            const uint32_t index = middle + count;
            *value = value_of(container, index, getJsonbOffset(container, static_cast<int>(index)));
            return true;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return false;
}

}  // namespace pgprompt::pg
