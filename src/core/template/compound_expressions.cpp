// Expressions of several parts: chains of comparisons, subscripts, lists and dicts, filters and tests.
#include "core/template/builtins.h"
#include "core/template/methods.h"
#include "core/template/numbers.h"
#include "core/template/renderer.h"
#include "core/template/scopes.h"

namespace pgprompt {

using Flavor = ListObject::Flavor;

Value Renderer::eval_chain(const Node& n) {
    auto id = static_cast<NodeId>(&n - nodes_);
    Value left = eval(lists_[n.a]);
    for (uint32_t i = 1; i < n.n; i += 2) {
        auto op = static_cast<Op>(lists_[n.a + i]);
        Value right = eval(lists_[n.a + i + 1]);
        current_ = id;
        bool holds;
        switch (op) {
            case Op::equal:
                holds = equals(left, right);
                break;
            case Op::not_equal:
                holds = !equals(left, right);
                break;
            case Op::contained:
                holds = contains(right, left);
                break;
            case Op::not_contained:
                holds = !contains(right, left);
                break;
            default:
                holds = order(op, left, right);
        }
        if (!holds) return Value::of(false);
        left = right;
    }
    return Value::of(true);
}

Value Renderer::eval_item(const Node& n) {
    Value object = eval(n.a);
    auto id = static_cast<NodeId>(&n - nodes_);
    if (n.c != kNone && object.is(Value::Kind::map)) {
        Value found;
        if (object.find(program_->names[n.c], &found)) return found;
        current_ = id;
        return attribute(object, program_->names[n.c], program_->methods[n.c]);
    }
    Value key = eval(n.b);
    current_ = id;
    if (key.is(Value::Kind::undefined)) {
        if (options_.undefined == UndefinedMode::strict && object.is(Value::Kind::map)) fail_undefined(key);
        if (object.is(Value::Kind::undefined)) return item(object, key);
        return undefined_element(object, key);
    }
    return item(object, key);
}

Value Renderer::eval_slice(const Node& n) {
    auto id = static_cast<NodeId>(&n - nodes_);
    Value object = eval(n.a);
    Value parts[3];
    for (uint32_t i = 0; i < 3; ++i) {
        NodeId part = lists_[n.b + i];
        parts[i] = part == kNone ? Value::null_() : eval(part);
    }
    current_ = id;
    return slice(object, parts[0], parts[1], parts[2]);
}

Value Renderer::eval_list(const Node& n) {
    ListObject* list = make_list(arena_, n.n, n.op == Op::tuple ? Flavor::tuple : Flavor::list);
    for (uint32_t i = 0; i < n.n; ++i) {
        Value v = eval(lists_[n.a + i]);
        list->items[list->size++] = v;
    }
    return list_value(list);
}

Value Renderer::eval_dict(const Node& n) {
    auto id = static_cast<NodeId>(&n - nodes_);
    DictObject* dict = make_dict(arena_, n.n / 2);
    for (uint32_t i = 0; i < n.n; i += 2) {
        Value key = eval(lists_[n.a + i]);
        Value v = eval(lists_[n.a + i + 1]);
        current_ = id;
        refuse_strict(key);
        if (!is_hashable(key)) fail("unhashable type: '" + std::string(type_name(key)) + "'");
        dict_set(arena_, dict, key, v);
    }
    return dict_value(dict);
}

// ---- Filters and tests as nodes.

namespace {

[[noreturn]] void fail_unknown(const char* kind, std::string_view name, std::string hint) {
    throw Failure(Code::undefined_name,
                  "there is no " + std::string(kind) + " named \"" + std::string(name) + "\"", {},
                  std::move(hint));
}

}  // namespace

Value Renderer::eval_filter(const Node& n, const Value* captured) {
    Value subject = captured && n.a == kNone                   ? *captured
                    : captured && nodes_[n.a].op == Op::filter ? eval_filter(nodes_[n.a], captured)
                                                               : eval(n.a);
    auto id = static_cast<NodeId>(&n - nodes_);
    const NamedUse& use = program_->filters[n.c];
    Evaluated arguments(*this, program_->calls[n.b]);
    current_ = id;
    if (use.builtin == kUnknown) {
        fail_unknown("filter", program_->names[use.name], near_filter(program_->names[use.name]));
    }
    return filter_function(use.builtin)(*this, subject, arguments);
}

Value Renderer::eval_test(const Node& n) {
    Value subject = eval(n.a);
    auto id = static_cast<NodeId>(&n - nodes_);
    const NamedUse& use = program_->tests[n.c];
    Evaluated arguments(*this, program_->calls[n.b]);
    current_ = id;
    if (use.builtin == kUnknown) {
        fail_unknown("test", program_->names[use.name], near_test(program_->names[use.name]));
    }
    return Value::of(test_function(use.builtin)(*this, subject, arguments));
}

Value Renderer::call_filter(std::string_view name, const Value& subject, const Arguments& arguments) {
    uint16_t index = find_filter(name);
    if (index == kUnknown) fail_unknown("filter", name, near_filter(name));
    charge(1);
    return filter_function(index)(*this, subject, arguments);
}

bool Renderer::call_test(std::string_view name, const Value& subject, const Arguments& arguments) {
    uint16_t index = find_test(name);
    if (index == kUnknown) fail_unknown("test", name, near_test(name));
    charge(1);
    return test_function(index)(*this, subject, arguments);
}

}  // namespace pgprompt
