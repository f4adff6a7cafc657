#include <algorithm>

#include "core/template/methods.h"
#include "core/template/renderer.h"
#include "core/template/scopes.h"

namespace pgprompt {

using Flavor = ListObject::Flavor;

void Renderer::Evaluated::fill(Renderer& r, const CallArguments& call) {
    uint32_t size = call.positional;
    Value* values = size <= kInline ? values_ : r.arena_.array<Value>(size);
    for (uint32_t i = 0; i < size; ++i) values[i] = r.eval(r.lists_[call.list + i]);
    positional = values;
    count = size;
    if (call.star != kNone) {
        Value star = r.eval(call.star);
        ListObject* all = make_list(r.arena_, size + 8);
        for (uint32_t i = 0; i < size; ++i) push(r.arena_, all, values[i]);
        Iterator it = r.iterate(star);
        Value item;
        while (it.next(&item)) {
            r.charge(1);
            push(r.arena_, all, item);
        }
        positional = all->items;
        count = all->size;
    }
    if (call.named == 0 && call.star_star == kNone) return;
    Value extra;
    uint32_t capacity = call.named;
    if (call.star_star != kNone) {
        extra = r.eval(call.star_star);
        if (!extra.is(Value::Kind::map))
            r.fail("the argument behind ** must be a mapping, not " + std::string(type_name(extra)));
        capacity += extra.size();
    }
    auto* all = r.arena_.array<NamedValue>(capacity);
    uint32_t n = 0;
    for (uint32_t i = 0; i < call.named; ++i) {
        NameId name = r.lists_[call.list + call.positional + 2 * i];
        all[n].name = r.program_->names[name];
        all[n].value = r.eval(r.lists_[call.list + call.positional + 2 * i + 1]);
        ++n;
    }
    if (call.star_star != kNone) {
        r.charge(extra.size());
        Container::Cursor cursor;
        Value key, value;
        while (extra.next(&cursor, &key, &value)) {
            if (!key.is(Value::Kind::string)) r.fail("keywords must be strings");
            for (uint32_t i = 0; i < call.named; ++i) {
                if (all[i].name == key.view())
                    r.fail("got multiple values for keyword argument '" + std::string(key.view()) + "'");
            }
            all[n++] = {key.view(), value};
        }
    }
    named = all;
    named_count = n;
}

void Renderer::bind(const Arguments& arguments, const char* what, const std::string_view* names,
                    uint32_t count, Value* places) const {
    for (uint32_t i = 0; i < count; ++i)
        places[i] = i < arguments.count ? arguments.positional[i] : missing_value();
    if (arguments.count > count) {
        fail(std::string(what) + "() takes at most " + std::to_string(count) + " arguments (" +
             std::to_string(arguments.count) + " given)");
    }
    for (uint32_t k = 0; k < arguments.named_count; ++k) {
        const NamedValue& named = arguments.named[k];
        const auto* found = std::find(names, names + count, named.name);
        if (found == names + count || named.name.empty()) {
            std::string known;
            for (uint32_t i = 0; i < count; ++i) {
                if (names[i].empty()) continue;
                known += (known.empty() ? "" : ", ") + std::string(names[i]);
            }
            fail(std::string(what) + "() has no argument named '" + std::string(named.name) + "'",
                 known.empty() ? "It takes no named arguments." : "It takes: " + known + ".");
        }
        Value& place = places[found - names];
        if (!is_missing(place)) {
            fail(std::string(what) + "() got multiple values for argument '" + std::string(named.name) + "'");
        }
        place = named.value;
    }
}

Value Renderer::eval_call(const Node& n, bool to_output, bool* printed) {
    auto id = static_cast<NodeId>(&n - nodes_);
    const Node& callee_node = nodes_[n.a];
    if (callee_node.op == Op::attribute) {
        Value object = eval(callee_node.a);
        current_ = n.a;
        std::string_view name = program_->names[callee_node.b];
        uint16_t method = program_->methods[callee_node.b];
        if (auto* loop = as<LoopObject>(object, ObjectKind::loop)) {
            Evaluated arguments(*this, program_->calls[n.b]);
            current_ = id;
            Value v = loop_method(loop, name, arguments);
            if (!is_missing(v)) return v;
            return call_object(attribute(object, name), arguments, to_output, printed);
        }
        if (method != kNoMethod && has_method(object, method)) {
            Evaluated arguments(*this, program_->calls[n.b]);
            current_ = id;
            return call_method(object, method, arguments);
        }
        Value callee = attribute(object, name, method);
        Evaluated arguments(*this, program_->calls[n.b]);
        current_ = id;
        return call_object(callee, arguments, to_output, printed);
    }
    Value callee = eval(n.a);
    Evaluated arguments(*this, program_->calls[n.b]);
    current_ = id;
    return call_object(callee, arguments, to_output, printed);
}

Value Renderer::call(const Value& callee, const Arguments& arguments) {
    return call_object(callee, arguments, false, nullptr);
}

// With `to_output`, what writes text writes it straight to the output and sets *printed.
Value Renderer::call_object(const Value& callee, const Arguments& arguments, bool to_output, bool* printed) {
    const Object* object = as_object(callee);
    if (!object) {
        refuse_undefined(callee);
        fail("'" + std::string(type_name(callee)) + "' object is not callable",
             callee.is(Value::Kind::string) || callee.is_container()
                 ? "It is a value: write it without parentheses."
                 : "");
    }
    size_t mark = out_.size();
    switch (object->kind) {
        case ObjectKind::macro:
            call_macro(static_cast<const MacroObject*>(object), arguments);
            break;
        case ObjectKind::function:
            return call_function(static_cast<const FunctionObject*>(object)->builtin, arguments);
        case ObjectKind::method: {
            const auto* bound = static_cast<const MethodObject*>(object);
            return call_method(bound->self, bound->method, arguments);
        }
        case ObjectKind::joiner: {
            auto* joiner = const_cast<JoinerObject*>(static_cast<const JoinerObject*>(object));
            if (!joiner->used) {
                joiner->used = true;
                return Value::of(std::string_view());
            }
            return joiner->separator;
        }
        case ObjectKind::loop: {
            const auto* loop = static_cast<const LoopObject*>(object);
            if (loop->loop->unit == kNone) {
                fail("the loop must have the 'recursive' marker to be called recursively",
                     "Write {% for ... recursive %}.");
            }
            if (arguments.count != 1) fail("loop() takes one argument");
            Unmuted unmuted(*this);
            run_recursive(*loop->loop, arguments.positional[0], loop->depth0 + 1, loop->outer);
            break;
        }
        case ObjectKind::block:
        case ObjectKind::super: {
            const auto* block = static_cast<const BlockObject*>(object);
            Unmuted unmuted(*this);
            run_block_link(block->chain, block->link, block->env->context);
            break;
        }
        default:
            fail("'" + std::string(type_name(callee)) + "' object is not callable");
    }
    if (to_output) {
        *printed = true;
        return {};
    }
    return take_output(mark, autoescape_ ? kSafe : 0);
}

// Writes what the macro writes.
void Renderer::call_macro(const MacroObject* macro, const Arguments& arguments) {
    Deeper deeper(*this);
    const Program& p = *macro->env->program;
    const Unit& unit = p.units[macro->unit];
    Frame* frame = make_frame(macro->env, macro->outer, unit.slots, nullptr);
    const uint32_t* parameters = p.lists.data() + unit.parameters;
    uint32_t taken = 0;
    std::string name =
        unit.name == kNone ? "the call block" : "macro '" + std::string(p.names[unit.name]) + "'";
    for (; taken < unit.parameter_count && taken < arguments.count; ++taken) {
        frame->slots[parameters[3 * taken]] = arguments.positional[taken];
    }
    uint32_t named_used = 0;
    bool* used = nullptr;
    Value caller = missing_value();
    if (arguments.named_count) {
        used = arena_.array<bool>(arguments.named_count);
        std::fill(used, used + arguments.named_count, false);
        for (uint32_t k = 0; k < arguments.named_count; ++k) {
            const NamedValue& named = arguments.named[k];
            // A name that was also given by position is one that is left over.
            for (uint32_t i = taken; i < unit.parameter_count; ++i) {
                if (p.names[parameters[3 * i + 2]] != named.name || used[k]) continue;
                frame->slots[parameters[3 * i]] = named.value;
                used[k] = true;
                ++named_used;
            }
            if (!used[k] && named.name == "caller" && unit.caller_slot != kNone) {
                caller = named.value;
                used[k] = true;
                ++named_used;
            }
        }
    }
    if (unit.caller_slot != kNone) {
        frame->slots[unit.caller_slot] = is_missing(caller) ? undefined_hint("No caller defined") : caller;
    }
    if (unit.kwargs_slot != kNone) {
        DictObject* rest = make_dict(arena_, arguments.named_count - named_used);
        for (uint32_t k = 0; k < arguments.named_count; ++k)
            if (!used[k])
                dict_set(arena_, rest, Value::of(arguments.named[k].name), arguments.named[k].value);
        frame->slots[unit.kwargs_slot] = dict_value(rest);
    } else if (named_used < arguments.named_count) {
        for (uint32_t k = 0; k < arguments.named_count; ++k) {
            if (used[k]) continue;
            if (arguments.named[k].name == "caller") {
                fail(name +
                         " was invoked with two values for the special caller argument or does not call its "
                         "caller",
                     "A macro used by {% call %} calls caller().");
            }
            fail(name + " takes no keyword argument '" + std::string(arguments.named[k].name) + "'");
        }
    }
    if (unit.varargs_slot != kNone) {
        uint32_t rest = arguments.count - taken;
        ListObject* list = make_list(arena_, rest, Flavor::tuple);
        for (uint32_t i = taken; i < arguments.count; ++i) push(arena_, list, arguments.positional[i]);
        frame->slots[unit.varargs_slot] = list_value(list);
    } else if (taken < arguments.count) {
        fail(name + " takes not more than " + std::to_string(unit.parameter_count) + " argument(s)");
    }
    Enter enter(*this, frame);
    Unmuted unmuted(*this);
    Escaping escaping(*this, macro->autoescape);
    enter_scope(unit.scope);
    for (uint32_t i = 0; i < unit.parameter_count; ++i) {
        Value& slot = slots_[parameters[3 * i]];
        if (!is_missing(slot)) continue;
        NodeId otherwise = parameters[3 * i + 1];
        if (otherwise != kNone) {
            Value v = eval(otherwise);
            slots_[parameters[3 * i]] = v;
        } else {
            const std::string parameter(p.names[parameters[3 * i + 2]]);
            slot = undefined_hint(arena_.copy("parameter '" + parameter + "' was not provided"));
        }
    }
    run_node(unit.body);
}

Value Renderer::call_method(const Value& self, uint16_t method, const Arguments& arguments) {
    charge(1);
    switch (self.kind) {
        case Value::Kind::string:
            return call_string_method(*this, self, method, arguments);
        case Value::Kind::list:
            return call_list_method(*this, self, method, arguments);
        case Value::Kind::map:
            return call_dict_method(*this, self, method, arguments);
        default:
            return call_number_method(*this, self, method, arguments);
    }
}

Value Renderer::call_function(uint16_t builtin, const Arguments& arguments) {
    charge(1);
    return global_function(builtin)(*this, arguments);
}

Value Renderer::object_attribute(const Object* object, const Value& self, std::string_view name) {
    switch (object->kind) {
        case ObjectKind::name_space: {
            const Value* found =
                dict_find(static_cast<const NamespaceObject*>(object)->values, Value::of(name));
            if (found) return *found;
            break;
        }
        case ObjectKind::loop: {
            Value v = loop_attribute(const_cast<LoopObject*>(static_cast<const LoopObject*>(object)), name);
            if (!is_missing(v)) return v;
            break;
        }
        case ObjectKind::cycler: {
            auto* cycler = const_cast<CyclerObject*>(static_cast<const CyclerObject*>(object));
            if (name == "current") return cycler->items->items[cycler->position];
            if (name == "items") return list_value(cycler->items);
            if (name == "pos") return Value::of(int64_t{cycler->position});
            if (name == "next" || name == "reset") {
                auto* bound = arena_.make<MethodObject>();
                bound->kind = ObjectKind::method;
                bound->method = name == "next" ? kIndex : kClear;
                bound->self = self;
                return object_value(bound);
            }
            break;
        }
        case ObjectKind::macro: {
            const auto* macro = static_cast<const MacroObject*>(object);
            const Program& p = *macro->env->program;
            const Unit& unit = p.units[macro->unit];
            if (name == "name") return unit.name == kNone ? Value::null_() : Value::of(p.names[unit.name]);
            if (name == "arguments") {
                ListObject* names = make_list(arena_, unit.parameter_count, Flavor::tuple);
                for (uint32_t i = 0; i < unit.parameter_count; ++i) {
                    push(arena_, names, Value::of(p.names[p.lists[unit.parameters + 3 * i + 2]]));
                }
                return list_value(names);
            }
            if (name == "catch_kwargs") return Value::of(unit.kwargs_slot != kNone);
            if (name == "catch_varargs") return Value::of(unit.varargs_slot != kNone);
            if (name == "caller") return Value::of(unit.caller_slot != kNone);
            break;
        }
        case ObjectKind::self: {
            const auto* reference = static_cast<const SelfObject*>(object);
            if (BlockChain* chain = find_chain(reference->context, name)) {
                auto* block = arena_.make<BlockObject>();
                block->kind = ObjectKind::block;
                block->chain = chain;
                block->link = chain->first;
                block->env = reference->env;
                return object_value(block);
            }
            break;
        }
        case ObjectKind::block:
        case ObjectKind::super: {
            const auto* block = static_cast<const BlockObject*>(object);
            if (name == "super" && block->link->parent) {
                auto* super = arena_.make<BlockObject>(*block);
                super->kind = ObjectKind::super;
                super->link = block->link->parent;
                return object_value(super);
            }
            break;
        }
        case ObjectKind::module: {
            const auto* module = static_cast<const ModuleObject*>(object);
            const Program& p = *module->env->program;
            for (const Export& x : p.exports) {
                if (x.is_public && p.names[x.name] == name && !is_missing(module->frame->slots[x.slot])) {
                    return module->frame->slots[x.slot];
                }
            }
            break;
        }
        default:
            break;
    }
    return undefined_attribute(self, name);
}

}  // namespace pgprompt
