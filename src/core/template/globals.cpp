#include "core/template/globals.h"

#include "core/template/filters.h"

namespace pgprompt {

Value global_range(Renderer& r, const Arguments& arguments) {
    if (arguments.named_count) r.fail("range() takes no keyword arguments");
    if (arguments.count < 1 || arguments.count > 3) r.fail("range() takes one to three arguments");
    int64_t parts[3];
    for (uint32_t i = 0; i < arguments.count; ++i) {
        const Value& v = arguments.positional[i];
        r.refuse_undefined(v);
        if (!v.is(Value::Kind::integer) && !v.is(Value::Kind::boolean) && !v.is(Value::Kind::digits)) {
            r.fail(std::string("'") + Renderer::type_name(v) +
                   "' object cannot be interpreted as an integer");
        }
        parts[i] = r.integer_argument(v, "range's argument");
    }
    int64_t start = arguments.count == 1 ? 0 : parts[0];
    int64_t stop = arguments.count == 1 ? parts[0] : parts[1];
    int64_t step = arguments.count == 3 ? parts[2] : 1;
    if (step == 0) r.fail("range() arg 3 must not be zero");
    unsigned __int128 distance = 0;
    if (step > 0 && start < stop)
        distance = static_cast<unsigned __int128>(static_cast<__int128>(stop) - start);
    if (step < 0 && start > stop)
        distance = static_cast<unsigned __int128>(static_cast<__int128>(start) - stop);
    unsigned __int128 width = step > 0 ? static_cast<unsigned __int128>(step) : -static_cast<__int128>(step);
    unsigned __int128 size = (distance + width - 1) / width;
    // More elements than steps could not be looked at anyway.
    if (size > r.options().max_steps || size > UINT32_MAX) {
        throw Failure(Limit::render_steps, "the range has more elements than the limit of " +
                                               std::to_string(r.options().max_steps) + " steps");
    }
    auto* range = r.arena().make<RangeObject>(start, stop, step, static_cast<uint32_t>(size));
    return Value::of(Value::Kind::list, range_reader(), range);
}

namespace {

// dict(...) and namespace(...): a mapping or pairs, then names.
DictObject* dict_of(Renderer& r, const Arguments& arguments, const char* what) {
    if (arguments.count > 1)
        r.fail(std::string(what) + " expected at most 1 argument, got " + std::to_string(arguments.count));
    DictObject* dict = make_dict(r.arena());
    if (arguments.count) {
        const Value& from = arguments.positional[0];
        r.refuse_undefined(from);
        Container::Cursor cursor;
        Value key, value;
        if (from.is(Value::Kind::map)) {
            r.charge(from.size());
            while (from.next(&cursor, &key, &value)) dict_set(r.arena(), dict, key, value);
        } else {
            Iterator it = r.iterate(from);
            Value item;
            while (it.next(&item)) {
                r.charge(2);
                ListObject* pair = r.list_of(item);
                if (pair->size != 2) r.fail("a dict is made of pairs");
                if (!is_hashable(pair->items[0])) {
                    r.fail("unhashable type: '" + std::string(Renderer::type_name(pair->items[0])) + "'");
                }
                dict_set(r.arena(), dict, pair->items[0], pair->items[1]);
            }
        }
    }
    for (uint32_t i = 0; i < arguments.named_count; ++i) {
        dict_set(r.arena(), dict, Value::of(arguments.named[i].name), arguments.named[i].value);
    }
    return dict;
}

}  // namespace

Value global_dict(Renderer& r, const Arguments& arguments) {
    return dict_value(dict_of(r, arguments, "dict"));
}

Value global_namespace(Renderer& r, const Arguments& arguments) {
    auto* space = r.arena().make<NamespaceObject>();
    space->kind = ObjectKind::name_space;
    space->values = dict_of(r, arguments, "namespace");
    return object_value(space);
}

Value global_cycler(Renderer& r, const Arguments& arguments) {
    if (arguments.named_count) r.fail("cycler takes no keyword arguments");
    if (arguments.count == 0) r.fail("at least one item has to be provided");
    auto* cycler = r.arena().make<CyclerObject>();
    cycler->kind = ObjectKind::cycler;
    cycler->items = make_list(r.arena(), arguments.count, ListObject::Flavor::tuple);
    for (uint32_t i = 0; i < arguments.count; ++i) push(r.arena(), cycler->items, arguments.positional[i]);
    cycler->position = 0;
    return object_value(cycler);
}

Value global_joiner(Renderer& r, const Arguments& arguments) {
    Parameters<1> p(r, arguments, "joiner", {"sep"});
    auto* joiner = r.arena().make<JoinerObject>();
    joiner->kind = ObjectKind::joiner;
    joiner->separator = p.get(0, Value::of(std::string_view(", ")));
    return object_value(joiner);
}

Value global_raise_exception(Renderer& r, const Arguments& arguments) {
    Parameters<1> p(r, arguments, "raise_exception", {"message"});
    r.fail(std::string(r.text_of(p.required(0, "the message"))));
}

}  // namespace pgprompt
