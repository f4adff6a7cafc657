#include <algorithm>

#include "core/same_text.h"
#include "core/template/format.h"
#include "core/template/methods.h"
#include "core/template/numbers.h"
#include "core/template/renderer.h"
#include "core/template/scopes.h"

namespace pgprompt {

using Flavor = ListObject::Flavor;

// ---- Output.

void Renderer::print_other(const Value& v) {
    if (!autoescape_) return write(v);
    if (v.is(Value::Kind::string)) {
        if (v.flags & kSafe)
            out_.append(v.view());
        else
            write_escaped(v.view());
        return;
    }
    size_t mark = out_.size();
    write(v);
    std::string_view s = out_.from(mark);
    if (s.find_first_of("&<>\"'") == std::string_view::npos || as<ModuleObject>(v, ObjectKind::module))
        return;
    std::string_view kept = arena_.copy(s);
    out_.truncate(mark);
    write_escaped(kept);
}

// Writes an expression's text. Sums and joins of strings go to the output piece by piece.
void Renderer::print(NodeId id) {
    const Node& n = nodes_[id];
    if (n.op == Op::attribute) {
        Value computed;
        return print_value(attribute_value(id, &computed));
    }
    switch (n.op) {
        case Op::add:
        case Op::concat:
        case Op::conditional:
        case Op::call:
        case Op::format:
            return print_rare(id);
        default:
            return print_value(eval(id));
    }
}

void Renderer::print_rare(NodeId id) {
    const Node& n = nodes_[id];
    switch (n.op) {
        case Op::add: {
            if (autoescape_) break;
            size_t mark = out_.size();
            Value sum = eval(lists_[n.a]);
            uint32_t i = 1;
            if (sum.is(Value::Kind::string) && !sum.flags) {
                out_.append(sum.view());
                bool plain = true;
                for (; plain && i < n.n; ++i) {
                    Value term = eval(lists_[n.a + i]);
                    current_ = id;
                    plain = term.is(Value::Kind::string) && !term.flags;
                    if (plain)
                        out_.append(term.view());
                    else
                        sum = add(take_output(mark), term);  // markup, or an error
                }
                if (plain) return;
            }
            for (; i < n.n; ++i) {
                Value term = eval(lists_[n.a + i]);
                current_ = id;
                sum = add(sum, term);
            }
            print_value(sum);
            return;
        }
        case Op::concat:
            if (autoescape_) break;
            for (uint32_t i = 0; i < n.n; ++i) {
                Value term = eval(lists_[n.a + i]);
                current_ = id;
                write(term);
            }
            return;
        case Op::conditional:
            if (truth(eval(n.b))) return print(n.a);
            if (n.c != kNone) return print(n.c);
            return;
        case Op::call: {
            bool printed = false;
            Value v = eval_call(n, true, &printed);
            if (!printed) print_value(v);
            return;
        }
        case Op::format:
            if (n.b == kNone && n.n == 0) {
                Value v = eval(n.a);
                current_ = id;
                refuse_undefined(v);
                return print_value(v);
            }
            break;
        default:
            break;
    }
    Value v = eval(id);
    print_value(v);
}

// ---- Evaluation.

Value* Renderer::outer_slot(uint32_t depth, uint32_t slot) {
    Frame* frame = frame_;
    for (; depth; --depth) frame = frame->outer;
    return &frame->slots[slot];
}

Value Renderer::eval(NodeId id) {
    const Node& n = nodes_[id];
    if (--budget_ < 0) out_of_budget();
    switch (n.op) {
        case Op::constant:
            return constants_[n.a];
        case Op::local: {
            const Value& v = slots_[n.a];
            if (v.is(Value::Kind::undefined)) return slot_value(v, n.b);
            return v;
        }
        case Op::outer:
            return slot_value(*outer_slot(n.n, n.a), n.b);
        case Op::global:
            return load_global(n.a);
        case Op::attribute: {
            Value computed;
            return attribute_value(id, &computed);
        }
        case Op::filter:
            return eval_filter(n, nullptr);
        case Op::equal:
        case Op::not_equal:
        case Op::logical_not:
            return Value::of(holds_here(id));
        default:
            return eval_rare(id);
    }
}

const Value& Renderer::attribute_value(NodeId id, Value* computed) {
    const Node& n = nodes_[id];
    Value of;
    const Value& object = operand(n.a, &of);
    current_ = id;
    if (object.is(Value::Kind::map) && methods_[n.b] == kNoMethod) {
        if (const Value* found = member(object, n.b, computed)) return *found;
    } else if (LoopObject* loop = as<LoopObject>(object, ObjectKind::loop)) {
        // Made in place: a copy of what was just written in pieces would wait for its stores.
        ::new (computed) Value(loop_attribute(loop, names_[n.b]));
        if (!is_missing(*computed)) return *computed;
    }
    *computed = attribute(object, names_[n.b], methods_[n.b]);
    return *computed;
}

// Like truth(eval(id)), with `current_` as it is left by that.
bool Renderer::holds(NodeId id) {
    const Op op = nodes_[id].op;
    if (op == Op::equal || op == Op::not_equal || op == Op::logical_not) {
        if (--budget_ < 0) out_of_budget();
        return holds_here(id);
    }
    Value v = eval(id);
    current_ = id;
    return truth(v);
}

bool Renderer::holds_here(NodeId id) {
    const Node& n = nodes_[id];
    if (n.op == Op::logical_not) {
        Value v = eval(n.a);
        current_ = id;
        return !truth(v);
    }
    Value left, right;
    // Only beside a constant may the left value stay where it is: evaluating the right one may change a slot.
    if (nodes_[n.b].op != Op::constant) left = eval(n.a);
    const Value& a = nodes_[n.b].op == Op::constant ? operand(n.a, &left) : left;
    const Value& b = operand(n.b, &right);
    current_ = id;
    const bool same =
        a.is(Value::Kind::string) && b.is(Value::Kind::string) ? same_text(a.view(), b.view()) : equals(a, b);
    return same == (n.op == Op::equal);
}

// In a function of its own, so that the expressions above need but a small frame.
Value Renderer::eval_rare(NodeId id) {
    const Node& n = nodes_[id];
    switch (n.op) {
        case Op::item:
            return eval_item(n);
        case Op::slice:
            return eval_slice(n);
        case Op::call:
            return eval_call(n, false, nullptr);
        case Op::test:
            return eval_test(n);
        case Op::negate:
        case Op::positive: {
            Value v = eval(n.a);
            current_ = id;
            refuse_undefined(v);
            if (!is_number(v)) {
                fail(std::string("bad operand type for unary ") + (n.op == Op::negate ? "-" : "+") + ": '" +
                     type_name(v) + "'");
            }
            if (n.op == Op::negate) return negate(v, arena_);
            return v.is(Value::Kind::boolean) ? Value::of(small_integer(v)) : v;
        }
        case Op::logical_and: {
            Value v = eval(n.a);
            current_ = id;
            return truth(v) ? eval(n.b) : v;
        }
        case Op::logical_or: {
            Value v = eval(n.a);
            current_ = id;
            return truth(v) ? v : eval(n.b);
        }
        case Op::add:
            return eval_add(n);
        case Op::concat:
            return eval_concat(n);
        case Op::subtract:
        case Op::multiply:
        case Op::divide:
        case Op::floor_divide:
        case Op::modulo:
        case Op::power: {
            Value a = eval(n.a);
            Value b = eval(n.b);
            current_ = id;
            if (n.op == Op::subtract && a.is(Value::Kind::integer) && b.is(Value::Kind::integer)) {
                int64_t result;
                if (!__builtin_sub_overflow(a.integer, b.integer, &result)) return Value::of(result);
            }
            return binary(n.op, a, b);
        }
        case Op::less:
        case Op::less_equal:
        case Op::greater:
        case Op::greater_equal: {
            Value a = eval(n.a);
            Value b = eval(n.b);
            current_ = id;
            return Value::of(order(n.op, a, b));
        }
        case Op::contained:
        case Op::not_contained: {
            Value a = eval(n.a);
            Value b = eval(n.b);
            current_ = id;
            return Value::of(contains(b, a) == (n.op == Op::contained));
        }
        case Op::compare_chain:
            return eval_chain(n);
        case Op::conditional: {
            Value condition = eval(n.b);
            current_ = id;
            if (truth(condition)) return eval(n.a);
            if (n.c != kNone) return eval(n.c);
            Value v =
                undefined_hint("the inline if-expression evaluated to false and no else section was defined");
            v.flags = static_cast<uint8_t>(UndefinedSort::conditional);
            return v;
        }
        case Op::format: {
            Value v = eval(n.a);
            current_ = id;
            refuse_undefined(v);
            Value spec = n.b == kNone ? Value::of(std::string_view()) : eval(n.b);
            current_ = id;
            size_t mark = out_.size();
            v = convert_value(*this, v, static_cast<char>(n.n));
            format_value(*this, v, text_of(spec));
            return take_output(mark);
        }
        case Op::list:
        case Op::tuple:
            return eval_list(n);
        case Op::dict:
            return eval_dict(n);
        case Op::path:
            return eval_path(n);
        case Op::datum:
            return eval_datum(n);
        case Op::member:
            return eval_member(n);
        case Op::truthy:
            return eval_truthy(n);
        case Op::self_reference: {
            auto* self = arena_.make<SelfObject>();
            self->kind = ObjectKind::self;
            self->context = env_->context;
            self->env = env_;
            return object_value(self);
        }
        case Op::super_reference: {
            current_ = id;
            const BlockCall* block = frame_->block;
            for (Frame* frame = frame_; !block && frame->outer; frame = frame->outer)
                block = frame->outer->block;
            if (!block) return undefined_name("super");
            if (!block->link->parent) {
                return undefined_hint(
                    arena_.copy("there is no parent block called '" + std::string(block->chain->name) + "'"));
            }
            auto* super = arena_.make<BlockObject>();
            super->kind = ObjectKind::super;
            super->chain = block->chain;
            super->link = block->link->parent;
            super->env = env_;
            return object_value(super);
        }
        default:
            break;
    }
    throw Failure(Code::internal, "a node that is no expression was evaluated");
}

Value Renderer::load_global(uint32_t index) {
    Env* env = env_;
    if (env->version != env->context->version) {
        for (uint32_t i = 0; i < env->program->globals.size(); ++i) env->cache[i] = missing_value();
        env->version = env->context->version;
    }
    Value& cached = env->cache[index];
    if (!is_missing(cached)) return cached;
    const Global& global = env->program->globals[index];
    std::string_view name = env->program->names[global.name];
    Value v;
    if (!lookup(env->context, name, &v)) {
        if (global.builtin) {
            auto* function = arena_.make<FunctionObject>();
            function->kind = ObjectKind::function;
            function->builtin = static_cast<uint16_t>(global.builtin - 1);
            v = object_value(function);
        } else {
            v = undefined_name(name);
        }
    }
    cached = v;
    return v;
}

Value Renderer::eval_add(const Node& n) {
    Value sum = eval(lists_[n.a]);
    auto id = static_cast<NodeId>(&n - nodes_);
    for (uint32_t i = 1; i < n.n; ++i) {
        Value term = eval(lists_[n.a + i]);
        current_ = id;
        if (!sum.is(Value::Kind::string) || !term.is(Value::Kind::string) || (sum.flags | term.flags)) {
            sum = add(sum, term);
            continue;
        }
        if (n.n == 2) {
            size_t length = size_t{sum.length} + term.length;
            out_.check(length);
            char* to = arena_.text(length);
            std::memcpy(to, sum.text, sum.length);
            std::memcpy(to + sum.length, term.text, term.length);
            return Value::of(std::string_view(to, length));
        }
        // A run of strings is joined at once.
        Value* terms = arena_.array<Value>(n.n - i + 1);
        uint32_t count = 0;
        size_t length = size_t{sum.length} + term.length;
        terms[count++] = sum;
        terms[count++] = term;
        Value rest;
        bool odd = false;
        while (++i < n.n) {
            rest = eval(lists_[n.a + i]);
            current_ = id;
            if (!rest.is(Value::Kind::string) || rest.flags) {
                odd = true;
                break;
            }
            length += rest.length;
            out_.check(length);
            terms[count++] = rest;
        }
        out_.check(length);
        char* to = arena_.text(length);
        char* at = to;
        for (uint32_t k = 0; k < count; ++k) {
            if (terms[k].length) std::memcpy(at, terms[k].text, terms[k].length);
            at += terms[k].length;
        }
        sum = Value::of(std::string_view(to, length));
        if (odd) sum = add(sum, rest);
    }
    return sum;
}

Value Renderer::eval_concat(const Node& n) {
    auto id = static_cast<NodeId>(&n - nodes_);
    Value inline_terms[8];
    Value* terms = n.n <= 8 ? inline_terms : arena_.array<Value>(n.n);
    bool safe = autoescape_;
    for (uint32_t i = 0; i < n.n; ++i) terms[i] = eval(lists_[n.a + i]);
    current_ = id;
    size_t mark = out_.size();
    if (safe) {
        safe = std::any_of(terms, terms + n.n,
                           [](const Value& v) { return v.is(Value::Kind::string) && v.flags & kSafe; });
    }
    for (uint32_t i = 0; i < n.n; ++i) {
        if (safe)
            out_.append(escaped(terms[i]).view());
        else
            write(terms[i]);
    }
    return take_output(mark, safe ? kSafe : 0);
}

}  // namespace pgprompt
