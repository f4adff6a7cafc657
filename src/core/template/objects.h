// Values that a template makes: lists, tuples, dicts, ranges, and what can be called. All live in the
// render's arena.
#pragma once

#include <cstdint>

#include "core/arena.h"
#include "core/value.h"

namespace pgprompt {

// Value::flags of a string: markup that autoescape leaves alone.
inline constexpr uint8_t kSafe = 1;

// Value::flags of an undefined value. missing: a slot that nothing was assigned to; never seen by
// expressions. conditional: an inline `if` without `else` that was false, which is never strict.
enum class UndefinedSort : uint8_t { name, attribute, element, hint, conditional, missing = 0xff };

// What an undefined value says of itself; of a plain name only the name is kept, in the Value.
struct UndefinedInfo {
    std::string_view name;  // the attribute, the element's repr, or the whole message (hint)
    std::string_view type;  // of the object that lacks it
};

inline Value missing_value() {
    Value v;
    v.flags = static_cast<uint8_t>(UndefinedSort::missing);
    return v;
}
inline bool is_missing(const Value& v) {
    return v.kind == Value::Kind::undefined && v.flags == static_cast<uint8_t>(UndefinedSort::missing);
}

struct ListObject {
    enum class Flavor : uint8_t { list, tuple, keys, values, items, generator, reversed };
    Flavor flavor;
    bool being_printed = false;
    uint32_t size;
    uint32_t capacity;
    uint32_t consumed;  // generator, reversed: what was already iterated
    Value* items;
    std::string_view label;  // generator: what Python prints
};

struct DictObject {
    struct Pair {
        Value key;
        Value value;
    };
    bool being_printed = false;
    uint32_t size = 0;
    uint32_t capacity = 0;
    uint32_t table_size = 0;  // a power of two, or 0 for small dicts
    Pair* pairs = nullptr;
    uint32_t* table = nullptr;  // indices + 1
};

struct RangeObject {
    int64_t start, stop, step;
    uint32_t size;
};

// The readers of the above.
const Container* list_reader() noexcept;
const Container* dict_reader() noexcept;
const Container* range_reader() noexcept;

inline const ListObject* as_list(const Value& v) {
    return v.kind == Value::Kind::list && v.container == list_reader()
               ? static_cast<const ListObject*>(v.node)
               : nullptr;
}
inline DictObject* as_dict(const Value& v) {
    return v.kind == Value::Kind::map && v.container == dict_reader()
               ? static_cast<DictObject*>(const_cast<void*>(v.node))
               : nullptr;
}
inline const RangeObject* as_range(const Value& v) {
    return v.kind == Value::Kind::list && v.container == range_reader()
               ? static_cast<const RangeObject*>(v.node)
               : nullptr;
}
inline ListObject::Flavor flavor_of(const Value& v) {
    const ListObject* list = as_list(v);
    return list ? list->flavor : ListObject::Flavor::list;
}

inline Value list_value(const ListObject* list) {
    return Value::of(Value::Kind::list, list_reader(), list);
}
inline Value dict_value(const DictObject* dict) {
    return Value::of(Value::Kind::map, dict_reader(), dict);
}

ListObject* make_list(Arena& arena, uint32_t capacity, ListObject::Flavor flavor = ListObject::Flavor::list);
void push(Arena& arena, ListObject* list, const Value& value);

DictObject* make_dict(Arena& arena, uint32_t capacity = 0);
// The value under `key` as Python compares keys (1, 1.0 and True are one); null if there is none.
Value* dict_find(const DictObject* dict, const Value& key);
void dict_set(Arena& arena, DictObject* dict, const Value& key, const Value& value);
bool dict_remove(DictObject* dict, const Value& key, Value* removed);
// Lists and dicts cannot be keys.
bool is_hashable(const Value& key, int depth = 0);
uint64_t hash_value(const Value& key, int depth = 0);

// ---- What is no data: Value::Kind::engine, the node being an Object.

enum class ObjectKind : uint8_t {
    macro,
    loop,
    name_space,
    cycler,
    joiner,
    function,
    method,
    block,
    self,
    super,
    module
};

struct Object {
    ObjectKind kind;
};

inline const Object* as_object(const Value& v) {
    return v.kind == Value::Kind::engine ? static_cast<const Object*>(v.node) : nullptr;
}
inline Value object_value(const Object* object) {
    Value v;
    v.kind = Value::Kind::engine;
    v.node = object;
    return v;
}
template <class T>
T* as(const Value& v, ObjectKind kind) {
    const Object* object = as_object(v);
    return object && object->kind == kind ? static_cast<T*>(const_cast<Object*>(object)) : nullptr;
}

struct NamespaceObject : Object {
    DictObject* values;
};
struct CyclerObject : Object {
    ListObject* items;
    uint32_t position;
};
struct JoinerObject : Object {
    Value separator;
    bool used;
};
struct FunctionObject : Object {
    uint16_t builtin;
};
struct MethodObject : Object {
    uint16_t method;
    Value self;
};

}  // namespace pgprompt
