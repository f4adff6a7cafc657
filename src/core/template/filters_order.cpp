// Filters that order or group, and those that reduce to one value.
#include <algorithm>
#include <numeric>
#include <vector>

#include "core/template/filters.h"
#include "core/template/numbers.h"
#include "core/template/text.h"

namespace pgprompt {

using Flavor = ListObject::Flavor;

Value fold_case(Renderer& r, const Value& v) {
    if (!v.is(Value::Kind::string)) return v;
    std::string_view s = v.view();
    if (std::none_of(s.begin(), s.end(), [](char c) { return (c >= 'A' && c <= 'Z') || (c & 0x80); }))
        return v;
    return r.text_value(text::lower(s));
}

void sort_by_keys(Renderer& r, Value* items, Value* keys, uint32_t count, bool reverse, bool equal_first) {
    uint32_t depth = 1;
    for (uint32_t n = count; n; n >>= 1) ++depth;
    r.charge(uint64_t{count} * depth);
    std::vector<uint32_t> order(count);
    std::iota(order.begin(), order.end(), 0);
    auto less = [&](const Value& a, const Value& b) {
        if (equal_first && r.equals(a, b)) return false;
        return r.compare_or_fail(a, b, "<") == Order::less;
    };
    // Values that cannot be compared would confuse the sort: they are found before it begins.
    for (uint32_t i = 1; i < count; ++i) less(keys[i], keys[i - 1]);
    auto before = [&](uint32_t a, uint32_t b) { return less(keys[a], keys[b]); };
    if (reverse) std::reverse(order.begin(), order.end());
    std::stable_sort(order.begin(), order.end(), before);
    if (reverse) std::reverse(order.begin(), order.end());
    std::vector<Value> sorted_items(count), sorted_keys(count);
    for (uint32_t i = 0; i < count; ++i) {
        sorted_items[i] = items[order[i]];
        sorted_keys[i] = keys[order[i]];
    }
    std::copy(sorted_items.begin(), sorted_items.end(), items);
    std::copy(sorted_keys.begin(), sorted_keys.end(), keys);
}

namespace {

Value key_of(Renderer& r, const AttributeGetter& get, const Value& item, bool case_sensitive) {
    Value key = get(item);
    return case_sensitive ? key : fold_case(r, key);
}

}  // namespace

Value filter_sort(Renderer& r, const Value& v, const Arguments& arguments) {
    Parameters<3> p(r, arguments, "sort", {"reverse", "case_sensitive", "attribute"});
    bool reverse = p.integer(0, 0, "sort's reverse") != 0, case_sensitive = p.flag(1, false);
    ListObject* list = r.list_of(v);
    Value* keys = r.arena().array<Value>(list->size);
    bool several =
        p.has(2) && p[2].is(Value::Kind::string) && p[2].view().find(',') != std::string_view::npos;
    AttributeGetter get(r, p[2]);
    for (uint32_t i = 0; i < list->size; ++i) {
        if (!several) {
            keys[i] = key_of(r, get, list->items[i], case_sensitive);
            continue;
        }
        ListObject* parts = make_list(r.arena(), 4);
        std::string_view names = p[2].view();
        while (true) {
            size_t comma = names.find(',');
            AttributeGetter part(r, Value::of(names.substr(0, comma)));
            push(r.arena(), parts, key_of(r, part, list->items[i], case_sensitive));
            if (comma == std::string_view::npos) break;
            names.remove_prefix(comma + 1);
        }
        keys[i] = list_value(parts);
    }
    sort_by_keys(r, list->items, keys, list->size, reverse, true);
    return list_value(list);
}

Value filter_dictsort(Renderer& r, const Value& v, const Arguments& arguments) {
    Parameters<3> p(r, arguments, "dictsort", {"case_sensitive", "by", "reverse"});
    bool case_sensitive = p.flag(0, false), reverse = p.integer(2, 0, "dictsort's reverse") != 0;
    std::string_view by = p.has(1) ? r.string_argument(p[1], "dictsort's by") : std::string_view("key");
    if (by != "key" && by != "value") r.fail("dictsort sorts by \"key\" or \"value\"");
    r.refuse_undefined(v);
    if (!v.is(Value::Kind::map))
        r.fail(std::string("dictsort needs a mapping, not ") + Renderer::type_name(v));
    ListObject* list = make_list(r.arena(), v.size());
    Value* keys = r.arena().array<Value>(v.size());
    Container::Cursor cursor;
    Value key, value;
    while (v.next(&cursor, &key, &value)) {
        ListObject* pair = make_list(r.arena(), 2, Flavor::tuple);
        push(r.arena(), pair, key);
        push(r.arena(), pair, value);
        const Value& sorted = by == "key" ? key : value;
        keys[list->size] = case_sensitive ? sorted : fold_case(r, sorted);
        push(r.arena(), list, list_value(pair));
    }
    sort_by_keys(r, list->items, keys, list->size, reverse);
    return list_value(list);
}

Value filter_unique(Renderer& r, const Value& v, const Arguments& arguments) {
    Parameters<2> p(r, arguments, "unique", {"case_sensitive", "attribute"});
    bool case_sensitive = p.flag(0, false);
    AttributeGetter get(r, p[1]);
    Iterator it = r.iterate(v);
    ListObject* result = make_list(r.arena(), 8, Flavor::generator);
    DictObject* seen = make_dict(r.arena());
    Value item;
    while (it.next(&item)) {
        r.charge(1);
        Value key = key_of(r, get, item, case_sensitive);
        r.refuse_strict(key);
        if (!is_hashable(key)) r.fail("unhashable type: '" + std::string(Renderer::type_name(key)) + "'");
        if (dict_find(seen, key)) continue;
        dict_set(r.arena(), seen, key, Value::of(true));
        push(r.arena(), result, item);
    }
    return list_value(result);
}

Value filter_groupby(Renderer& r, const Value& v, const Arguments& arguments) {
    Parameters<3> p(r, arguments, "groupby", {"attribute", "default", "case_sensitive"});
    Value attribute = p.required(0, "groupby's attribute");
    bool case_sensitive = p.flag(2, false);
    AttributeGetter get(r, attribute);
    auto value_of = [&](const Value& item) {
        if (p.none(1)) return get(item);
        if (!attribute.is(Value::Kind::string)) {
            Value found = get(item);
            return found.is(Value::Kind::undefined) ? p[1] : found;
        }
        Value found = item;
        std::string_view path = attribute.view();
        while (true) {
            size_t dot = path.find('.');
            found = r.path(found, path.substr(0, dot));
            if (found.is(Value::Kind::undefined)) found = p[1];
            if (dot == std::string_view::npos) return found;
            path.remove_prefix(dot + 1);
        }
    };
    ListObject* list = r.list_of(v);
    Value* keys = r.arena().array<Value>(list->size);
    for (uint32_t i = 0; i < list->size; ++i) {
        keys[i] = value_of(list->items[i]);
        if (!case_sensitive) keys[i] = fold_case(r, keys[i]);
    }
    sort_by_keys(r, list->items, keys, list->size, false);
    ListObject* result = make_list(r.arena(), 8);
    ListObject* members = nullptr;
    for (uint32_t i = 0; i < list->size; ++i) {
        if (i == 0 || !r.equals(keys[i], keys[i - 1])) {
            members = make_list(r.arena(), 4);
            ListObject* group = make_list(r.arena(), 2, Flavor::tuple);
            push(r.arena(), group, case_sensitive ? keys[i] : value_of(list->items[i]));
            push(r.arena(), group, list_value(members));
            group->label = "group";
            push(r.arena(), result, list_value(group));
        }
        push(r.arena(), members, list->items[i]);
    }
    return list_value(result);
}

namespace {

Value extreme(Renderer& r, const Value& v, const Arguments& arguments, const char* what, Order wanted) {
    Parameters<2> p(r, arguments, what, {"case_sensitive", "attribute"});
    bool case_sensitive = p.flag(0, false);
    AttributeGetter get(r, p[1]);
    Iterator it = r.iterate(v);
    Value best, item;
    if (!it.next(&best)) return r.undefined_hint("No aggregated item, sequence was empty.");
    Value best_key = key_of(r, get, best, case_sensitive);
    while (it.next(&item)) {
        r.charge(1);
        Value key = key_of(r, get, item, case_sensitive);
        if (r.compare_or_fail(key, best_key, wanted == Order::less ? "<" : ">") == wanted) {
            best = item;
            best_key = key;
        }
    }
    return best;
}

}  // namespace

Value filter_min(Renderer& r, const Value& v, const Arguments& arguments) {
    return extreme(r, v, arguments, "min", Order::less);
}

Value filter_max(Renderer& r, const Value& v, const Arguments& arguments) {
    return extreme(r, v, arguments, "max", Order::greater);
}

Value filter_sum(Renderer& r, const Value& v, const Arguments& arguments) {
    Parameters<2> p(r, arguments, "sum", {"attribute", "start"});
    AttributeGetter get(r, p[0]);
    Value sum = p.get(1, Value::of(int64_t{0}));
    if (sum.is(Value::Kind::string)) r.fail("sum does not add strings", "Use join.");
    Iterator it = r.iterate(v);
    Value item;
    while (it.next(&item)) {
        r.charge(1);
        sum = r.add(sum, get(item));
    }
    return sum;
}

}  // namespace pgprompt
