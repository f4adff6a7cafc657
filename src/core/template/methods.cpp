#include "core/template/methods.h"

#include <algorithm>
#include <iterator>

#include "core/template/filters.h"
#include "core/template/numbers.h"
#include "core/text/edit_distance.h"

namespace pgprompt {
namespace {

using Flavor = ListObject::Flavor;

enum : uint8_t {
    kOfString = 1,
    kOfList = 2,
    kOfTuple = 4,
    kOfDict = 8,
    kOfInteger = 16,
    kOfReal = 32,
    kOfRange = 64
};

struct MethodName {
    std::string_view name;
    uint8_t types;
};

// In the order of enum Method, which is alphabetical.
constexpr MethodName kMethods[] = {
    {"", 0},
    {"append", kOfList},
    {"bit_length", kOfInteger},
    {"capitalize", kOfString},
    {"casefold", kOfString},
    {"center", kOfString},
    {"clear", kOfList | kOfDict},
    {"copy", kOfList | kOfDict},
    {"count", kOfString | kOfList | kOfTuple | kOfRange},
    {"endswith", kOfString},
    {"expandtabs", kOfString},
    {"extend", kOfList},
    {"find", kOfString},
    {"format", kOfString},
    {"format_map", kOfString},
    {"get", kOfDict},
    {"index", kOfString | kOfList | kOfTuple | kOfRange},
    {"insert", kOfList},
    {"is_integer", kOfReal},
    {"isalnum", kOfString},
    {"isalpha", kOfString},
    {"isascii", kOfString},
    {"isdecimal", kOfString},
    {"isdigit", kOfString},
    {"isidentifier", kOfString},
    {"islower", kOfString},
    {"isnumeric", kOfString},
    {"isprintable", kOfString},
    {"isspace", kOfString},
    {"istitle", kOfString},
    {"isupper", kOfString},
    {"items", kOfDict},
    {"join", kOfString},
    {"keys", kOfDict},
    {"ljust", kOfString},
    {"lower", kOfString},
    {"lstrip", kOfString},
    {"partition", kOfString},
    {"pop", kOfList | kOfDict},
    {"popitem", kOfDict},
    {"remove", kOfList},
    {"removeprefix", kOfString},
    {"removesuffix", kOfString},
    {"replace", kOfString},
    {"reverse", kOfList},
    {"rfind", kOfString},
    {"rindex", kOfString},
    {"rjust", kOfString},
    {"rpartition", kOfString},
    {"rsplit", kOfString},
    {"rstrip", kOfString},
    {"setdefault", kOfDict},
    {"sort", kOfList},
    {"split", kOfString},
    {"splitlines", kOfString},
    {"startswith", kOfString},
    {"strip", kOfString},
    {"swapcase", kOfString},
    {"title", kOfString},
    {"update", kOfDict},
    {"upper", kOfString},
    {"values", kOfDict},
    {"zfill", kOfString},
};
static_assert(std::size(kMethods) == kMethodCount, "the table follows the enumeration");

}  // namespace

std::string near_method(std::string_view name, std::string_view type) {
    const uint8_t types = type == "str" ? kOfString : type == "list" ? kOfList : type == "dict" ? kOfDict : 0;
    if (types != 0 && (name == "len" || name == "size" || edit_distance(name, "length") < 3))
        return "Write {{ value | length }}.";
    int best = 3;
    std::string_view found;
    for (const MethodName& method : kMethods) {
        if ((method.types & types) == 0 || method.name.size() < 3) continue;
        const int distance = edit_distance(name, method.name);
        if (distance < 0 || distance >= best || distance > static_cast<int>(name.size()) / 2) continue;
        best = distance;
        found = method.name;
    }
    return found.empty() ? "" : "Did you mean \"" + std::string(found) + "\"?";
}

uint16_t find_method(std::string_view name) noexcept {
    if (name.size() < 3 || name.size() > 12) return kNoMethod;
    const auto* begin = std::begin(kMethods) + 1;
    const auto* end = std::end(kMethods);
    const auto* found = std::lower_bound(begin, end, name,
                                         [](const MethodName& m, std::string_view n) { return m.name < n; });
    return found != end && found->name == name ? static_cast<uint16_t>(found - std::begin(kMethods))
                                               : kNoMethod;
}

std::string_view method_name(uint16_t method) noexcept {
    return kMethods[method].name;
}

bool has_method(const Value& self, uint16_t method) noexcept {
    uint8_t type = 0;
    switch (self.kind) {
        case Value::Kind::string:
            type = kOfString;
            break;
        case Value::Kind::map:
            type = kOfDict;
            break;
        case Value::Kind::boolean:
        case Value::Kind::integer:
        case Value::Kind::digits:
            type = kOfInteger;
            break;
        case Value::Kind::real:
            type = kOfReal;
            break;
        case Value::Kind::list:
            if (as_range(self))
                type = kOfRange;
            else if (flavor_of(self) == Flavor::list)
                type = kOfList;
            else if (flavor_of(self) == Flavor::tuple)
                type = kOfTuple;
            break;
        default:
            break;
    }
    return kMethods[method].types & type;
}

Value call_number_method(Renderer& r, const Value& self, uint16_t method, const Arguments& arguments) {
    // A cycler's methods come here, too.
    if (auto* cycler = as<CyclerObject>(self, ObjectKind::cycler)) {
        if (method == kClear) {
            cycler->position = 0;
            return Value::null_();
        }
        Value now = cycler->items->items[cycler->position];
        cycler->position = (cycler->position + 1) % cycler->items->size;
        return now;
    }
    no_arguments(r, arguments, "the method");
    if (method == kIsInteger)
        return Value::of(self.real == static_cast<double>(static_cast<int64_t>(self.real)));
    std::string bits = integer_in_base(absolute(self, r.arena()), 2, false);
    return Value::of(bits == "0" ? int64_t{0} : static_cast<int64_t>(bits.size()));
}

namespace {

// A method that changes its list or dict: only of what the template made, and not in the sandbox.
void require_mutable(Renderer& r, const Value& self, uint16_t method) {
    std::string name(method_name(method));
    if (r.options().immutable) {
        r.fail("'" + name + "' would change a " + std::string(Renderer::type_name(self)) +
                   ", which is not allowed here",
               "Make a new one: {% set items = items + [item] %}.");
    }
    if (!as_list(self) && !as_dict(self)) {
        r.fail("'" + name + "' would change a variable that was passed in",
               self.is(Value::Kind::list) ? "Make a copy first: {% set items = items | list %}."
                                          : "Make a copy first: {% set d = dict(d) %}.");
    }
}

Value index_of(Renderer& r, const Value& self, const Arguments& arguments) {
    if (arguments.count < 1 || arguments.count > 3) r.fail("index() takes one to three arguments");
    int64_t size = self.size();
    auto bound = [&](uint32_t i, int64_t otherwise) {
        if (arguments.count <= i) return otherwise;
        int64_t at = r.integer_argument(arguments.positional[i], "index's bounds");
        if (at < 0) at = std::max<int64_t>(0, at + size);
        return std::min(at, size);
    };
    int64_t stop = bound(2, size);
    for (int64_t i = bound(1, 0); i < stop; ++i) {
        r.charge(1);
        if (r.equals(self.at(static_cast<uint32_t>(i)), arguments.positional[0])) return Value::of(i);
    }
    size_t mark = r.out().size();
    r.write_repr(arguments.positional[0]);
    std::string shown(r.out().from(mark).substr(0, 100));
    r.fail(shown + " is not in list");
}

}  // namespace

Value call_list_method(Renderer& r, const Value& self, uint16_t method, const Arguments& arguments) {
    Arena& arena = r.arena();
    auto expect = [&](uint32_t least, uint32_t most) {
        if (method != kSort && arguments.named_count)
            r.fail(std::string(method_name(method)) + "() takes no keyword arguments");
        if (arguments.count < least || arguments.count > most) {
            r.fail(std::string(method_name(method)) + "() takes " + (least == most ? "" : "at most ") +
                   std::to_string(most) + " argument(s), " + std::to_string(arguments.count) + " given");
        }
    };
    switch (method) {
        case kCount: {
            expect(1, 1);
            int64_t count = 0;
            Container::Cursor cursor;
            Value item;
            while (self.next(&cursor, nullptr, &item)) {
                r.charge(1);
                count += r.equals(item, arguments.positional[0]);
            }
            return Value::of(count);
        }
        case kIndex:
            return index_of(r, self, arguments);
        case kCopy:
            expect(0, 0);
            return list_value(r.list_of(self));
        default:
            break;
    }
    require_mutable(r, self, method);
    auto* list = const_cast<ListObject*>(as_list(self));
    switch (method) {
        case kAppend:
            expect(1, 1);
            push(arena, list, arguments.positional[0]);
            return Value::null_();
        case kExtend: {
            expect(1, 1);
            ListObject* more = r.list_of(arguments.positional[0]);
            for (uint32_t i = 0; i < more->size; ++i) push(arena, list, more->items[i]);
            return Value::null_();
        }
        case kInsert: {
            expect(2, 2);
            int64_t at = r.integer_argument(arguments.positional[0], "insert's index");
            if (at < 0) at += list->size;
            at = std::clamp<int64_t>(at, 0, list->size);
            r.charge(list->size / 8);
            push(arena, list, arguments.positional[1]);
            std::rotate(list->items + at, list->items + list->size - 1, list->items + list->size);
            return Value::null_();
        }
        case kPop: {
            expect(0, 1);
            if (list->size == 0) r.fail("pop from empty list");
            int64_t at = arguments.count ? r.integer_argument(arguments.positional[0], "pop's index") : -1;
            if (at < 0) at += list->size;
            if (at < 0 || at >= list->size) r.fail("pop index out of range");
            Value v = list->items[at];
            std::copy(list->items + at + 1, list->items + list->size, list->items + at);
            --list->size;
            return v;
        }
        case kRemove: {
            expect(1, 1);
            for (uint32_t i = 0; i < list->size; ++i) {
                r.charge(1);
                if (!r.equals(list->items[i], arguments.positional[0])) continue;
                std::copy(list->items + i + 1, list->items + list->size, list->items + i);
                --list->size;
                return Value::null_();
            }
            r.fail("list.remove(x): x not in list");
        }
        case kClear:
            expect(0, 0);
            list->size = 0;
            return Value::null_();
        case kReverse:
            expect(0, 0);
            r.charge(list->size / 4);
            std::reverse(list->items, list->items + list->size);
            return Value::null_();
        case kSort: {
            expect(0, 0);
            Parameters<1> p(r, arguments, "sort", {"reverse"});
            Value* keys = arena.array<Value>(list->size);
            std::copy(list->items, list->items + list->size, keys);
            sort_by_keys(r, list->items, keys, list->size, p.flag(0, false));
            return Value::null_();
        }
        default:
            r.fail("'" + std::string(method_name(method)) + "' is not available");
    }
}

namespace {

ListObject* pairs_of(Renderer& r, const Value& self, Flavor flavor) {
    r.charge(self.size());
    ListObject* list = make_list(r.arena(), self.size(), flavor);
    Container::Cursor cursor;
    Value key, value;
    while (self.next(&cursor, &key, &value)) {
        if (flavor == Flavor::keys) {
            push(r.arena(), list, key);
        } else if (flavor == Flavor::values) {
            push(r.arena(), list, value);
        } else {
            ListObject* pair = make_list(r.arena(), 2, Flavor::tuple);
            pair->items[0] = key;
            pair->items[1] = value;
            pair->size = 2;
            push(r.arena(), list, list_value(pair));
        }
    }
    return list;
}

void update(Renderer& r, DictObject* dict, const Arguments& arguments) {
    if (arguments.count > 1) r.fail("update expected at most 1 argument");
    if (arguments.count) {
        const Value& from = arguments.positional[0];
        r.refuse_undefined(from);
        Container::Cursor cursor;
        Value key, value;
        if (from.is(Value::Kind::map)) {
            r.charge(from.size());
            uint32_t size = from.size();
            for (uint32_t i = 0; i < size && from.next(&cursor, &key, &value); ++i)
                dict_set(r.arena(), dict, key, value);
        } else {
            Iterator it = r.iterate(from);
            Value item;
            while (it.next(&item)) {
                r.charge(2);
                ListObject* pair = r.list_of(item);
                if (pair->size != 2) r.fail("update needs pairs");
                if (!is_hashable(pair->items[0])) r.fail("unhashable key");
                dict_set(r.arena(), dict, pair->items[0], pair->items[1]);
            }
        }
    }
    for (uint32_t i = 0; i < arguments.named_count; ++i) {
        dict_set(r.arena(), dict, Value::of(arguments.named[i].name), arguments.named[i].value);
    }
}

bool dict_lookup(const Value& self, const Value& key, Value* found) {
    if (const DictObject* dict = as_dict(self)) {
        const Value* value = dict_find(dict, key);
        if (value) *found = *value;
        return value != nullptr;
    }
    return key.is(Value::Kind::string) && self.find(key.view(), found);
}

}  // namespace

Value call_dict_method(Renderer& r, const Value& self, uint16_t method, const Arguments& arguments) {
    Arena& arena = r.arena();
    auto expect = [&](uint32_t least, uint32_t most) {
        if (arguments.named_count) r.fail(std::string(method_name(method)) + "() takes no keyword arguments");
        if (arguments.count < least || arguments.count > most) {
            r.fail(std::string(method_name(method)) + " expected at most " + std::to_string(most) +
                   " arguments, got " + std::to_string(arguments.count));
        }
        if (arguments.count) {
            const Value& key = arguments.positional[0];
            r.refuse_strict(key);
            if (!is_hashable(key)) r.fail("unhashable type: '" + std::string(Renderer::type_name(key)) + "'");
        }
    };
    switch (method) {
        case kGet: {
            expect(1, 2);
            Value found;
            if (dict_lookup(self, arguments.positional[0], &found)) return found;
            return arguments.count > 1 ? arguments.positional[1] : Value::null_();
        }
        case kItems:
            expect(0, 0);
            return list_value(pairs_of(r, self, Flavor::items));
        case kKeys:
            expect(0, 0);
            return list_value(pairs_of(r, self, Flavor::keys));
        case kValues:
            expect(0, 0);
            return list_value(pairs_of(r, self, Flavor::values));
        case kCopy: {
            expect(0, 0);
            Arguments one;
            one.positional = &self;
            one.count = 1;
            DictObject* dict = make_dict(arena, self.size());
            update(r, dict, one);
            return dict_value(dict);
        }
        default:
            break;
    }
    require_mutable(r, self, method);
    DictObject* dict = as_dict(self);
    switch (method) {
        case kUpdate:
            update(r, dict, arguments);
            return Value::null_();
        case kPop: {
            expect(1, 2);
            r.charge(dict->size / 8);
            Value removed;
            if (dict_remove(dict, arguments.positional[0], &removed)) return removed;
            if (arguments.count > 1) return arguments.positional[1];
            size_t mark = r.out().size();
            r.write_repr(arguments.positional[0]);
            r.fail("the dict has no key " + std::string(r.out().from(mark).substr(0, 100)));
        }
        case kPopitem: {
            expect(0, 0);
            if (dict->size == 0) r.fail("popitem(): dictionary is empty");
            ListObject* pair = make_list(arena, 2, Flavor::tuple);
            push(arena, pair, dict->pairs[dict->size - 1].key);
            push(arena, pair, dict->pairs[dict->size - 1].value);
            dict_remove(dict, pair->items[0], nullptr);
            return list_value(pair);
        }
        case kSetdefault: {
            expect(1, 2);
            if (const Value* found = dict_find(dict, arguments.positional[0])) return *found;
            Value v = arguments.count > 1 ? arguments.positional[1] : Value::null_();
            dict_set(arena, dict, arguments.positional[0], v);
            return v;
        }
        case kClear:
            expect(0, 0);
            dict->size = 0;
            if (dict->table_size) std::fill(dict->table, dict->table + dict->table_size, 0);
            return Value::null_();
        default:
            r.fail("'" + std::string(method_name(method)) + "' is not available");
    }
}

}  // namespace pgprompt
