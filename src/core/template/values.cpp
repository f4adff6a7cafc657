// What values mean: their type, truth, length and iteration.
#include "core/template/methods.h"
#include "core/template/numbers.h"
#include "core/template/renderer.h"
#include "core/template/text.h"

namespace pgprompt {

using Flavor = ListObject::Flavor;

// ---- Types.

const char* Renderer::type_name(const Value& v) {
    switch (v.kind) {
        case Value::Kind::undefined:
            return "Undefined";
        case Value::Kind::null:
            return "NoneType";
        case Value::Kind::boolean:
            return "bool";
        case Value::Kind::integer:
        case Value::Kind::digits:
            return "int";
        case Value::Kind::real:
            return "float";
        case Value::Kind::string:
            return v.flags & kSafe ? "Markup" : "str";
        case Value::Kind::map:
            return "dict";
        case Value::Kind::list:
            if (as_range(v)) return "range";
            switch (flavor_of(v)) {
                case Flavor::list:
                    return "list";
                case Flavor::tuple:
                    return "tuple";
                case Flavor::keys:
                    return "dict_keys";
                case Flavor::values:
                    return "dict_values";
                case Flavor::items:
                    return "dict_items";
                case Flavor::generator:
                    return "generator";
                case Flavor::reversed:
                    return "list_reverseiterator";
            }
            return "list";
        case Value::Kind::engine:
            break;
    }
    switch (as_object(v)->kind) {
        case ObjectKind::macro:
            return "Macro";
        case ObjectKind::loop:
            return "LoopContext";
        case ObjectKind::name_space:
            return "Namespace";
        case ObjectKind::cycler:
            return "Cycler";
        case ObjectKind::joiner:
            return "Joiner";
        case ObjectKind::function:
            return "function";
        case ObjectKind::method:
            return "builtin_function_or_method";
        case ObjectKind::self:
            return "TemplateReference";
        case ObjectKind::module:
            return "TemplateModule";
        default:
            return "BlockReference";
    }
}

bool Renderer::callable(const Value& v) const {
    const Object* object = as_object(v);
    if (!object) return v.is(Value::Kind::undefined);
    switch (object->kind) {
        case ObjectKind::name_space:
        case ObjectKind::cycler:
        case ObjectKind::self:
        case ObjectKind::module:
            return false;
        default:
            return true;
    }
}

// ---- Truth, length, iteration.

bool Renderer::truth(const Value& v) {
    switch (v.kind) {
        case Value::Kind::undefined:
            refuse_strict(v);
            return false;
        case Value::Kind::null:
            return false;
        case Value::Kind::boolean:
            return v.boolean;
        case Value::Kind::integer:
            return v.integer != 0;
        case Value::Kind::real:
            return v.real != 0;
        case Value::Kind::digits:
            return true;
        case Value::Kind::string:
            return v.length != 0;
        case Value::Kind::list: {
            Flavor flavor = flavor_of(v);
            return flavor == Flavor::generator || flavor == Flavor::reversed || v.size() != 0;
        }
        case Value::Kind::map:
            return v.size() != 0;
        case Value::Kind::engine:
            return true;
    }
    return true;
}

int64_t Renderer::length_of(const Value& v) {
    switch (v.kind) {
        case Value::Kind::undefined:
            refuse_strict(v);
            return 0;
        case Value::Kind::string:
            return static_cast<int64_t>(text::length(v.view()));
        case Value::Kind::list: {
            Flavor flavor = flavor_of(v);
            if (flavor != Flavor::generator && flavor != Flavor::reversed) return v.size();
            break;
        }
        case Value::Kind::map:
            return v.size();
        case Value::Kind::engine:
            if (auto* loop = as<LoopObject>(v, ObjectKind::loop)) return loop_length(loop);
            break;
        default:
            break;
    }
    std::string hint;
    if (v.is(Value::Kind::list)) hint = "Make a list of it first: | list | length.";
    fail("object of type '" + std::string(type_name(v)) + "' has no len()", hint);
}

Iterator Renderer::iterate(const Value& v) {
    Iterator it;
    it.source = v;
    switch (v.kind) {
        case Value::Kind::undefined:
            refuse_strict(v);
            return it;
        case Value::Kind::string:
            it.kind = Iterator::Kind::text;
            return it;
        case Value::Kind::map:
            it.kind = Iterator::Kind::keys;
            return it;
        case Value::Kind::list:
            it.list = as_list(v);
            if (!it.list)
                it.kind = Iterator::Kind::container;
            else if (it.list->flavor >= Flavor::generator)
                it.kind = Iterator::Kind::generator;
            else
                it.kind = Iterator::Kind::values;
            return it;
        default:
            break;
    }
    fail("'" + std::string(type_name(v)) + "' object is not iterable",
         v.is(Value::Kind::integer) && program_ && nodes_[current_].op == Op::for_
             ? "range(n) counts from 0 to n - 1."
             : "");
}

bool Iterator::next(Value* item) {
    switch (kind) {
        case Kind::empty:
            return false;
        case Kind::values:
            if (at >= list->size) return false;
            *item = list->items[at++];
            return true;
        case Kind::generator: {
            auto* generator = const_cast<ListObject*>(list);
            if (generator->consumed >= generator->size) return false;
            *item = generator->items[generator->consumed++];
            return true;
        }
        case Kind::container:
            return source.next(&cursor, nullptr, item);
        case Kind::keys: {
            Value ignored;
            return source.next(&cursor, item, &ignored);
        }
        case Kind::text: {
            std::string_view s = source.view();
            if (at >= s.size()) return false;
            size_t begin = at;
            text::decode(s, &at);
            *item = Value::of(s.substr(begin, at - begin));
            return true;
        }
    }
    return false;
}

ListObject* Renderer::list_of(const Value& v, Flavor flavor) {
    uint32_t size = v.is_container() ? v.size() : v.is(Value::Kind::string) ? 16 : 0;
    Iterator it = iterate(v);
    charge(size);
    ListObject* list = make_list(arena_, size, flavor);
    Value item;
    while (it.next(&item)) {
        if (list->size >= size) charge(1);
        push(arena_, list, item);
    }
    return list;
}

}  // namespace pgprompt
