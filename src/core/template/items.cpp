// What is in a value: attributes, elements, membership, slices.
#include <algorithm>
#include <charconv>

#include "core/template/methods.h"
#include "core/template/numbers.h"
#include "core/template/renderer.h"
#include "core/template/text.h"
#include "core/text/substring.h"

namespace pgprompt {

using Flavor = ListObject::Flavor;

// ---- Attributes and items.

Value Renderer::attribute(const Value& object, std::string_view name) {
    return attribute(object, name, find_method(name));
}

namespace {

Value bound_method(Arena& arena, const Value& self, uint16_t method) {
    auto* bound = arena.make<MethodObject>();
    bound->kind = ObjectKind::method;
    bound->method = method;
    bound->self = self;
    return object_value(bound);
}

}  // namespace

// What an undefined value's attributes are: itself, or an error. The value of an `if` without `else` is
// Jinja2's plain Undefined in every mode.
bool Renderer::chains(const Value& undefined) const {
    return options_.undefined == UndefinedMode::chainable &&
           undefined.flags != static_cast<uint8_t>(UndefinedSort::conditional);
}

Value Renderer::attribute(const Value& object, std::string_view name, uint16_t method) {
    switch (object.kind) {
        case Value::Kind::undefined:
            if (chains(object)) return object;
            fail_undefined(object);
        case Value::Kind::engine:
            return object_attribute(as_object(object), object, name);
        case Value::Kind::map: {
            if (method != kNoMethod && has_method(object, method))
                return bound_method(arena_, object, method);
            Value found;
            if (object.find(name, &found)) return found;
            return undefined_attribute(object, name);
        }
        case Value::Kind::list: {
            if (const ListObject* list = as_list(object); list && list->label == "group") {
                if (name == "grouper") return list->items[0];
                if (name == "list") return list->items[1];
            }
            if (const RangeObject* range = as_range(object)) {
                if (name == "start") return Value::of(range->start);
                if (name == "stop") return Value::of(range->stop);
                if (name == "step") return Value::of(range->step);
            }
            break;
        }
        case Value::Kind::integer:
        case Value::Kind::boolean:
        case Value::Kind::digits:
        case Value::Kind::real:
            if (name == "real" || (name == "numerator" && !object.is(Value::Kind::real))) return object;
            if (name == "imag") return object.is(Value::Kind::real) ? Value::of(0.0) : Value::of(int64_t{0});
            if (name == "denominator" && !object.is(Value::Kind::real)) return Value::of(int64_t{1});
            break;
        default:
            break;
    }
    if (method != kNoMethod && has_method(object, method)) return bound_method(arena_, object, method);
    return undefined_attribute(object, name);
}

Value Renderer::item(const Value& object, const Value& key) {
    switch (object.kind) {
        case Value::Kind::undefined:
            if (chains(object)) return object;
            fail_undefined(object);
        case Value::Kind::map: {
            Value found;
            if (const DictObject* dict = as_dict(object)) {
                if (is_hashable(key)) {
                    if (const Value* value = dict_find(dict, key)) return *value;
                }
            } else if (key.is(Value::Kind::string) && object.find(key.view(), &found)) {
                return found;
            }
            break;
        }
        case Value::Kind::list: {
            if (!key.is(Value::Kind::integer) && !key.is(Value::Kind::boolean)) break;
            if (flavor_of(object) > Flavor::tuple) break;
            int64_t index = small_integer(key);
            int64_t size = object.size();
            if (index < 0) index += size;
            if (index >= 0 && index < size) return object.at(static_cast<uint32_t>(index));
            break;
        }
        case Value::Kind::string: {
            if (!key.is(Value::Kind::integer) && !key.is(Value::Kind::boolean)) break;
            int64_t index = small_integer(key);
            std::string_view s = object.view();
            if (index < 0) index += static_cast<int64_t>(text::length(s));
            if (index < 0) break;
            size_t at = text::offset(s, static_cast<size_t>(index));
            if (at >= s.size()) break;
            size_t end = at;
            text::decode(s, &end);
            Value v = Value::of(s.substr(at, end - at));
            v.flags = object.flags;
            return v;
        }
        default:
            break;
    }
    if (key.is(Value::Kind::string)) return attribute(object, key.view());
    return undefined_element(object, key);
}

Value Renderer::path(const Value& object, std::string_view dotted) {
    Value v = object;
    while (true) {
        size_t dot = dotted.find('.');
        std::string_view part = dotted.substr(0, dot);
        bool number = !part.empty() && part.size() < 18 &&
                      std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
        int64_t index = 0;
        if (number) std::from_chars(part.data(), part.data() + part.size(), index);
        v = item(v, number ? Value::of(index) : Value::of(part));
        if (dot == std::string_view::npos) return v;
        dotted.remove_prefix(dot + 1);
    }
}

bool Renderer::contains(const Value& container, const Value& element) {
    switch (container.kind) {
        case Value::Kind::undefined:
            refuse_strict(container);
            return false;
        case Value::Kind::string:
            refuse_undefined(element);
            if (!element.is(Value::Kind::string)) {
                fail("'in <string>' requires string as left operand, not " + std::string(type_name(element)));
            }
            charge(container.length / 64);
            return find_first(container.view(), element.view()) != std::string_view::npos;
        case Value::Kind::map:
            refuse_strict(element);
            if (!is_hashable(element)) fail("unhashable type: '" + std::string(type_name(element)) + "'");
            if (const DictObject* dict = as_dict(container)) return dict_find(dict, element) != nullptr;
            if (element.is(Value::Kind::string)) {
                Value found;
                return container.find(element.view(), &found);
            }
            return false;
        case Value::Kind::list: {
            if (flavor_of(container) == Flavor::keys && !is_hashable(element)) {
                fail("unhashable type: '" + std::string(type_name(element)) + "'");
            }
            Iterator it = iterate(container);
            Value item;
            while (it.next(&item)) {
                charge(1);
                if (equals(item, element)) return true;
            }
            return false;
        }
        default:
            fail("argument of type '" + std::string(type_name(container)) + "' is not iterable");
    }
}

// ---- Slices.

namespace {

struct Bounds {
    int64_t start, stop, step;
};

// What Python's slice.indices() gives.
Bounds bounds_of(const Value& start, const Value& stop, int64_t step, int64_t size) {
    auto clamp = [&](const Value& v, int64_t otherwise) {
        if (v.is(Value::Kind::null)) return otherwise;
        int64_t i = clamp_integer(v);
        int64_t low = step < 0 ? -1 : 0, high = step < 0 ? size - 1 : size;
        if (i < 0) i = i < -size ? low : i + size;
        return std::max(low, std::min(i, high));
    };
    return {clamp(start, step < 0 ? size - 1 : 0), clamp(stop, step < 0 ? -1 : size), step};
}

}  // namespace

Value Renderer::slice(const Value& object, const Value& start, const Value& stop, const Value& step_value) {
    if (object.is(Value::Kind::undefined)) {
        if (chains(object)) return object;
        fail_undefined(object);
    }
    for (const Value* v : {&start, &stop, &step_value}) {
        refuse_undefined(*v);
        if (!v->is(Value::Kind::null) && !is_integer(*v)) {
            fail("slice indices must be integers or None, not " + std::string(type_name(*v)));
        }
    }
    int64_t step = step_value.is(Value::Kind::null) ? 1 : clamp_integer(step_value);
    if (step == 0) fail("slice step cannot be zero");
    if (step == INT64_MIN) step = -INT64_MAX;
    auto count_of = [](const Bounds& b) -> int64_t {
        if (b.step > 0) return b.start < b.stop ? (b.stop - b.start - 1) / b.step + 1 : 0;
        return b.start > b.stop ? (b.start - b.stop - 1) / -b.step + 1 : 0;
    };
    if (object.is(Value::Kind::string)) {
        std::string_view s = object.view();
        Value result;
        bool ascii = text::is_ascii(s);
        auto size = static_cast<int64_t>(ascii ? s.size() : text::length(s));
        Bounds b = bounds_of(start, stop, step, size);
        int64_t count = count_of(b);
        charge(s.size() / 64);
        if (step == 1) {
            if (count == 0) {
                result = Value::of(std::string_view());
            } else if (ascii) {
                result = Value::of(s.substr(static_cast<size_t>(b.start), static_cast<size_t>(count)));
            } else {
                size_t from = text::offset(s, static_cast<size_t>(b.start));
                size_t length = text::offset(s.substr(from), static_cast<size_t>(count));
                result = Value::of(s.substr(from, length));
            }
            result.flags = object.flags;
            return result;
        }
        // The offsets of all characters, then those asked for.
        auto* offsets = arena_.array<uint32_t>(static_cast<size_t>(size) + 1);
        size_t n = 0;
        for (size_t at = 0; at < s.size(); text::decode(s, &at)) offsets[n++] = static_cast<uint32_t>(at);
        offsets[n] = static_cast<uint32_t>(s.size());
        size_t mark = out_.size();
        for (int64_t i = 0; i < count; ++i) {
            int64_t at = b.start + i * b.step;
            out_.append(s.substr(offsets[at], offsets[at + 1] - offsets[at]));
        }
        return take_output(mark, object.flags);
    }
    if (object.is(Value::Kind::list) && flavor_of(object) <= Flavor::tuple) {
        Bounds b = bounds_of(start, stop, step, object.size());
        int64_t count = count_of(b);
        if (const RangeObject* range = as_range(object)) {
            auto* part = arena_.make<RangeObject>();
            part->start = range->start + b.start * range->step;
            part->step = range->step * b.step;
            part->stop = range->start + b.stop * range->step;
            part->size = static_cast<uint32_t>(count);
            return Value::of(Value::Kind::list, range_reader(), part);
        }
        charge(static_cast<uint64_t>(count));
        ListObject* part = make_list(arena_, static_cast<uint32_t>(count), flavor_of(object));
        if (b.step == 1 && count > 0 && !as_list(object)) {
            Container::Cursor cursor;
            Value v;
            for (int64_t i = 0; i < b.stop && object.next(&cursor, nullptr, &v); ++i)
                if (i >= b.start) part->items[part->size++] = v;
        } else {
            for (int64_t i = 0; i < count; ++i) {
                part->items[part->size++] = object.at(static_cast<uint32_t>(b.start + i * b.step));
            }
        }
        return list_value(part);
    }
    fail("'" + std::string(type_name(object)) + "' object is not subscriptable by slices");
}

}  // namespace pgprompt
