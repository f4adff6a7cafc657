#include <algorithm>
#include <cmath>

#include "core/template/filters.h"
#include "core/template/numbers.h"
#include "core/template/text.h"

namespace pgprompt {

using Flavor = ListObject::Flavor;

Value filter_length(Renderer& r, const Value& v, const Arguments& arguments) {
    no_arguments(r, arguments, "length");
    return Value::of(r.length_of(v));
}

Value filter_first(Renderer& r, const Value& v, const Arguments& arguments) {
    no_arguments(r, arguments, "first");
    Iterator it = r.iterate(v);
    Value item;
    if (it.next(&item)) return item;
    return r.undefined_hint("No first item, sequence was empty.");
}

Value filter_last(Renderer& r, const Value& v, const Arguments& arguments) {
    no_arguments(r, arguments, "last");
    if (v.is(Value::Kind::undefined)) {
        // reversed() asks for the length, which an undefined value has.
        r.refuse_strict(v);
        return r.undefined_hint("No last item, sequence was empty.");
    }
    Value item = Value::undefined_();
    if (v.is(Value::Kind::string)) {
        std::string_view s = v.view();
        if (s.empty()) return r.undefined_hint("No last item, sequence was empty.");
        size_t at = s.size();
        text::decode_back(s, &at);
        item = Value::of(s.substr(at));
        item.flags = v.flags;
        return item;
    }
    if (v.is_container() && !(v.is(Value::Kind::list) && flavor_of(v) >= Flavor::generator)) {
        if (v.size() == 0) return r.undefined_hint("No last item, sequence was empty.");
        if (v.is(Value::Kind::list)) return v.at(v.size() - 1);
        Iterator it = r.iterate(v);
        r.charge(v.size());
        while (it.next(&item)) {
        }
        return item;
    }
    r.fail(std::string("'") + Renderer::type_name(v) + "' object is not reversible",
           v.is(Value::Kind::list) ? "Make a list of it first: | list | last." : "");
}

// Rendering must not depend on chance: the "random" item is chosen by the sequence's length.
Value filter_random(Renderer& r, const Value& v, const Arguments& arguments) {
    no_arguments(r, arguments, "random");
    int64_t size = r.length_of(v);
    if (size == 0) return r.undefined_hint("No random item, sequence was empty.");
    uint64_t h = static_cast<uint64_t>(size) * 0x9e3779b97f4a7c15u;
    if (v.is(Value::Kind::map)) r.fail("random needs a list");
    return r.item(v, Value::of(static_cast<int64_t>((h >> 32) % static_cast<uint64_t>(size))));
}

Value filter_join(Renderer& r, const Value& v, const Arguments& arguments) {
    Parameters<2> p(r, arguments, "join", {"d", "attribute"});
    Value separator = p.has(0) ? soft_text(r, p[0]) : Value::of(std::string_view());
    AttributeGetter get(r, p[1]);
    Iterator it = r.iterate(v);
    Value item;
    if (!r.autoescape()) {
        size_t mark = r.out().size();
        if (!p.has(1) || p[1].is(Value::Kind::null)) {
            for (bool first = true; it.next(&item); first = false) {
                r.charge(1);
                if (!first) r.out().append(separator.view());
                r.write(item);
            }
            return r.take_output(mark);
        }
        for (bool first = true; it.next(&item); first = false) {
            r.charge(1);
            Value part = get(item);
            if (!first) r.out().append(separator.view());
            r.write(part);
        }
        return r.take_output(mark);
    }
    ListObject* parts = make_list(r.arena(), 8);
    bool safe = p.has(0) && r.is_html(p[0]);
    while (it.next(&item)) {
        r.charge(1);
        const Value part = get(item);
        safe |= r.is_html(part);
        push(r.arena(), parts, soft_text(r, part));
    }
    size_t mark = r.out().size();
    std::string_view between = safe ? r.escaped(separator).view() : separator.view();
    for (uint32_t i = 0; i < parts->size; ++i) {
        if (i) r.out().append(between);
        r.out().append(safe ? r.escaped(parts->items[i]).view() : parts->items[i].view());
    }
    return r.take_output(mark, safe ? kSafe : 0);
}

Value filter_list(Renderer& r, const Value& v, const Arguments& arguments) {
    no_arguments(r, arguments, "list");
    return list_value(r.list_of(v));
}

Value filter_reverse(Renderer& r, const Value& v, const Arguments& arguments) {
    no_arguments(r, arguments, "reverse");
    if (v.is(Value::Kind::string)) {
        return r.slice(v, Value::null_(), Value::null_(), Value::of(int64_t{-1}));
    }
    if (!v.is_container() && !v.is(Value::Kind::undefined))
        r.fail("reverse needs something that can be iterated");
    // What Python reverses by an iterator, that is not a list again.
    bool lazy =
        !(v.is(Value::Kind::list) && flavor_of(v) >= Flavor::generator) && !v.is(Value::Kind::undefined);
    ListObject* list = r.list_of(v, lazy ? Flavor::reversed : Flavor::list);
    std::reverse(list->items, list->items + list->size);
    return list_value(list);
}

namespace {

// The size that a batch is full with; -1 if none is, as for 2.5.
int64_t full_batch(Renderer& r, const Value& linecount) {
    r.refuse_strict(linecount);
    if (is_integer(linecount)) return clamp_integer(linecount);
    const bool is_whole = linecount.is(Value::Kind::real) && linecount.real == std::floor(linecount.real) &&
                          std::fabs(linecount.real) < 1e15;
    return is_whole ? static_cast<int64_t>(linecount.real) : -1;
}

void fill_batch(Renderer& r, ListObject* batch, const Value& linecount, const Value& with) {
    if (!is_number(linecount))
        r.fail(std::string("batch's argument must be a number, not ") + Renderer::type_name(linecount));
    if (linecount.is(Value::Kind::real)) {
        if (batch->size < linecount.real) r.fail("only a whole number of items can be filled up");
        return;
    }
    const int64_t count = clamp_integer(linecount);
    if (batch->size >= count) return;
    r.charge(static_cast<uint64_t>(count));
    while (batch->size < count) push(r.arena(), batch, with);
}

}  // namespace

Value filter_batch(Renderer& r, const Value& v, const Arguments& arguments) {
    Parameters<2> p(r, arguments, "batch", {"linecount", "fill_with"});
    const Value& linecount = p.required(0, "batch's argument");
    const int64_t full = full_batch(r, linecount);
    Iterator it = r.iterate(v);
    ListObject* batches = make_list(r.arena(), 8, Flavor::generator);
    ListObject* batch = nullptr;
    Value item;
    while (it.next(&item)) {
        r.charge(1);
        // Jinja2 begins with an empty batch, and hands it out where nothing fits.
        if (!batch && full == 0) push(r.arena(), batches, list_value(make_list(r.arena(), 1)));
        if (!batch || batch->size == full) {
            batch = make_list(r.arena(), static_cast<uint32_t>(std::clamp<int64_t>(full, 1, 16)));
            push(r.arena(), batches, list_value(batch));
        }
        push(r.arena(), batch, item);
    }
    if (batch && !p.none(1)) fill_batch(r, batch, linecount, p[1]);
    return list_value(batches);
}

Value filter_slice(Renderer& r, const Value& v, const Arguments& arguments) {
    Parameters<2> p(r, arguments, "slice", {"slices", "fill_with"});
    int64_t slices = r.integer_argument(p.required(0, "slice's argument"), "slice's argument");
    ListObject* all = r.list_of(v);
    ListObject* result = make_list(r.arena(), 8, Flavor::generator);
    if (slices == 0) r.fail("slice cannot make zero slices");
    if (slices < 0) return list_value(result);
    r.charge(static_cast<uint64_t>(slices));
    int64_t each = all->size / slices, longer = all->size % slices, at = 0;
    for (int64_t i = 0; i < slices; ++i) {
        int64_t end = at + each + (i < longer);
        ListObject* part = make_list(r.arena(), static_cast<uint32_t>(end - at + 1));
        for (; at < end; ++at) push(r.arena(), part, all->items[at]);
        if (!p.none(1) && i >= longer) push(r.arena(), part, p[1]);
        push(r.arena(), result, list_value(part));
    }
    return list_value(result);
}

Value filter_items(Renderer& r, const Value& v, const Arguments& arguments) {
    no_arguments(r, arguments, "items");
    ListObject* result = make_list(r.arena(), 0, Flavor::generator);
    if (v.is(Value::Kind::undefined)) return list_value(result);
    if (!v.is(Value::Kind::map)) r.fail("items needs a mapping, not " + std::string(Renderer::type_name(v)));
    r.charge(v.size());
    Container::Cursor cursor;
    Value key, item;
    while (v.next(&cursor, &key, &item)) {
        ListObject* pair = make_list(r.arena(), 2, Flavor::tuple);
        push(r.arena(), pair, key);
        push(r.arena(), pair, item);
        push(r.arena(), result, list_value(pair));
    }
    return list_value(result);
}

Value filter_default(Renderer& r, const Value& v, const Arguments& arguments) {
    if (arguments.count == 1 && arguments.named_count == 0) {
        return v.is(Value::Kind::undefined) ? arguments.positional[0] : v;
    }
    Parameters<2> p(r, arguments, "default", {"default_value", "boolean"});
    if (v.is(Value::Kind::undefined) || (p.flag(1, false) && !r.truth(v))) {
        return p.get(0, Value::of(std::string_view()));
    }
    return v;
}

Value filter_attr(Renderer& r, const Value& v, const Arguments& arguments) {
    Parameters<1> p(r, arguments, "attr", {"name"});
    std::string_view name = r.string_argument(p.required(0, "attr's argument"), "attr's argument");
    // Only attributes, not the keys of a mapping.
    if (v.is(Value::Kind::map)) {
        Value found = r.attribute(v, name);
        return as_object(found) && as_object(found)->kind == ObjectKind::method
                   ? found
                   : r.undefined_attribute(v, name);
    }
    if (v.is(Value::Kind::undefined)) return r.attribute(v, name);
    return r.attribute(v, name);
}

Value filter_map(Renderer& r, const Value& v, const Arguments& arguments) {
    ListObject* result = make_list(r.arena(), v.is_container() ? v.size() : 0, Flavor::generator);
    if (!r.truth(v)) return list_value(result);
    Value attribute = missing_value(), otherwise = missing_value();
    Arguments rest = arguments;
    std::string_view name;
    if (arguments.count == 0) {
        for (uint32_t i = 0; i < arguments.named_count; ++i) {
            const NamedValue& named = arguments.named[i];
            if (named.name == "attribute")
                attribute = named.value;
            else if (named.name == "default")
                otherwise = named.value;
            else
                r.fail("map has no argument named '" + std::string(named.name) + "'");
        }
        if (is_missing(attribute)) r.fail("map needs a filter's name or attribute=...");
    } else {
        name = r.string_argument(arguments.positional[0], "map's filter");
        rest.positional++;
        rest.count--;
    }
    Iterator it = r.iterate(v);
    bool has_default = !is_missing(otherwise) && !otherwise.is(Value::Kind::null);
    Value item;
    while (it.next(&item)) {
        r.charge(2);
        Value mapped;
        if (name.empty()) {
            // The default takes the place of every part of the path that is missing.
            if (has_default && attribute.is(Value::Kind::string)) {
                mapped = item;
                std::string_view path = attribute.view();
                while (true) {
                    size_t dot = path.find('.');
                    mapped = r.path(mapped, path.substr(0, dot));
                    if (mapped.is(Value::Kind::undefined)) mapped = otherwise;
                    if (dot == std::string_view::npos) break;
                    path.remove_prefix(dot + 1);
                }
            } else {
                mapped = AttributeGetter(r, attribute)(item);
                if (has_default && mapped.is(Value::Kind::undefined)) mapped = otherwise;
            }
        } else {
            mapped = r.call_filter(name, item, rest);
        }
        push(r.arena(), result, mapped);
    }
    return list_value(result);
}

namespace {

Value choose(Renderer& r, const Value& v, const Arguments& arguments, bool wanted, bool by_attribute) {
    ListObject* result = make_list(r.arena(), 8, Flavor::generator);
    if (!r.truth(v)) return list_value(result);
    Arguments rest = arguments;
    Value attribute = missing_value();
    auto take = [&] {
        const Value& first = rest.positional[0];
        rest.positional++;
        rest.count--;
        return first;
    };
    if (by_attribute) {
        if (rest.count == 0) r.fail("the attribute's name is missing");
        attribute = take();
    }
    AttributeGetter get(r, attribute);
    std::string_view test;
    bool has_test = rest.count > 0;
    if (has_test) test = r.string_argument(take(), "the test's name");
    Iterator it = r.iterate(v);
    Value item;
    while (it.next(&item)) {
        r.charge(2);
        Value subject = get(item);
        bool good = has_test ? r.call_test(test, subject, rest) : r.truth(subject);
        if (good == wanted) push(r.arena(), result, item);
    }
    return list_value(result);
}

}  // namespace

Value filter_select(Renderer& r, const Value& v, const Arguments& arguments) {
    return choose(r, v, arguments, true, false);
}
Value filter_reject(Renderer& r, const Value& v, const Arguments& arguments) {
    return choose(r, v, arguments, false, false);
}
Value filter_selectattr(Renderer& r, const Value& v, const Arguments& arguments) {
    return choose(r, v, arguments, true, true);
}
Value filter_rejectattr(Renderer& r, const Value& v, const Arguments& arguments) {
    return choose(r, v, arguments, false, true);
}

}  // namespace pgprompt
