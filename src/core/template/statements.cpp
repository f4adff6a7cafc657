#include <algorithm>

#include "core/template/numbers.h"
#include "core/template/renderer.h"
#include "core/template/scopes.h"

namespace pgprompt {

using Flavor = ListObject::Flavor;

inline void Renderer::write_text(const Node& n) {
    out_.append_short(std::string_view(source_ + n.a, n.b));
}

// Most of what a sequence holds is done here, without a call; all of it is charged at once.
Renderer::Flow Renderer::run_sequence(const Node& n) {
    if ((budget_ -= n.n) < 0) out_of_budget();
    const uint32_t* end = lists_ + n.a + n.n;
    for (const uint32_t* id = lists_ + n.a; id != end; ++id) {
        const Node& child = nodes_[*id];
        const bool shown = !muted_ || !(child.flags & kSkipIfExtended);
        if (child.op == Op::text && shown && !(child.flags & kIndentLines)) {
            write_text(child);
        } else if (child.op == Op::print && shown) {
            current_ = *id;
            print(child.a);
        } else {
            Flow flow = child.op == Op::if_ ? run_if(child) : run_charged(*id);
            if (flow != Flow::normal) return flow;
        }
    }
    return Flow::normal;
}

Renderer::Flow Renderer::run_node(NodeId id) {
    if (--budget_ < 0) out_of_budget();
    const Node& n = nodes_[id];
    return n.op == Op::sequence ? run_sequence(n) : run_charged(id);
}

Renderer::Flow Renderer::run_charged(NodeId id) {
    const Node& n = nodes_[id];
    switch (n.op) {
        case Op::sequence:
            return run_sequence(n);
        case Op::text:
            if (n.flags) {
                if ((n.flags & kSkipIfExtended) && muted_) return Flow::normal;
                if ((n.flags & kIndentLines) && !view_.indent.empty()) {
                    write_indented(n);
                    return Flow::normal;
                }
            }
            write_text(n);
            return Flow::normal;
        case Op::print:
            if (n.flags && muted_) return Flow::normal;
            current_ = id;
            print(n.a);
            return Flow::normal;
        case Op::if_:
            return run_if(n);
        case Op::for_:
            current_ = id;
            run_for(n);
            return Flow::normal;
        case Op::set: {
            Value v = eval(n.b);
            current_ = id;
            assign(n.a, v);
            return Flow::normal;
        }
        case Op::scope:
            enter_scope(n.a);
            return run_node(n.b);
        default:
            return run_rare(id);
    }
}

// In a function of its own, so that the statements above need but a small frame.
Renderer::Flow Renderer::run_rare(NodeId id) {
    const Node& n = nodes_[id];
    switch (n.op) {
        case Op::set_block: {
            Flow flow;
            Value v;
            {
                Unmuted unmuted(*this);
                v = capture(n.b, n.n, &flow);
            }
            if (flow != Flow::normal) return flow;
            current_ = id;
            if (n.c != kNone) v = eval_filter(nodes_[n.c], &v);
            if (autoescape_ && n.c != kNone) v = text_value(text_of(v), kSafe);
            current_ = id;
            assign(n.a, v);
            return Flow::normal;
        }
        case Op::with: {
            Value inline_values[4];
            uint32_t count = n.n / 2;
            Value* values = count <= 4 ? inline_values : arena_.array<Value>(count);
            for (uint32_t i = 0; i < count; ++i) values[i] = eval(lists_[n.c + 2 * i + 1]);
            current_ = id;
            enter_scope(n.a);
            for (uint32_t i = 0; i < count; ++i) assign(lists_[n.c + 2 * i], values[i]);
            return run_node(n.b);
        }
        case Op::macro: {
            auto* macro = arena_.make<MacroObject>();
            macro->kind = ObjectKind::macro;
            macro->env = env_;
            macro->outer = frame_;
            macro->unit = n.a;
            macro->autoescape = autoescape_;
            assign(n.b, object_value(macro));
            return Flow::normal;
        }
        case Op::call_block: {
            auto* caller = arena_.make<MacroObject>();
            caller->kind = ObjectKind::macro;
            caller->env = env_;
            caller->outer = frame_;
            caller->unit = n.b;
            caller->autoescape = autoescape_;
            const Node& call_node = nodes_[n.a];
            current_ = n.a;
            Value callee = eval(call_node.a);
            Evaluated given(*this, program_->calls[call_node.b]);
            for (uint32_t i = 0; i < given.named_count; ++i) {
                if (given.named[i].name == "caller") fail("a call block gives \"caller\" itself");
            }
            auto* named = arena_.array<NamedValue>(given.named_count + 1);
            std::copy(given.named, given.named + given.named_count, named);
            named[given.named_count] = {"caller", object_value(caller)};
            Arguments arguments = given;
            arguments.named = named;
            arguments.named_count = given.named_count + 1;
            current_ = n.a;
            Unmuted unmuted(*this);
            bool printed = false;
            Value v = call_object(callee, arguments, true, &printed);
            if (!printed) print_value(v);
            return Flow::normal;
        }
        case Op::filter_block: {
            Flow flow;
            Value v = capture(n.b, n.c, &flow);
            if (flow != Flow::normal) return flow;
            current_ = id;
            write(eval_filter(nodes_[n.a], &v));  // as it is: what it was made of is escaped already
            return Flow::normal;
        }
        case Op::autoescape:
            return run_autoescape(n);
        case Op::include:
            current_ = id;
            run_include(n);
            return Flow::normal;
        case Op::import_:
            current_ = id;
            run_import(n);
            return Flow::normal;
        case Op::from_import:
            current_ = id;
            run_from_import(n);
            return Flow::normal;
        case Op::block:
            if (n.flags && muted_) return Flow::normal;
            current_ = id;
            run_block(program_->blocks[n.a]);
            return Flow::normal;
        case Op::extends:
            current_ = id;
            run_extends(n);
            return Flow::normal;
        case Op::break_:
            return Flow::break_;
        case Op::continue_:
            return Flow::continue_;
        case Op::do_:
            eval(n.a);
            return Flow::normal;
        case Op::output:
            current_ = id;
            run_output(n);
            return Flow::normal;
        case Op::section:
            current_ = id;
            run_section(program_->sections[n.a]);
            return Flow::normal;
        case Op::partial:
            current_ = id;
            run_partial(id);
            return Flow::normal;
        case Op::inlines:
            current_ = id;
            run_inlines(n);
            return Flow::normal;
        default:
            break;
    }
    throw Failure(Code::internal, "a node that is no statement was run");
}

Renderer::Flow Renderer::run_if(const Node& n) {
    uint32_t i = 0;
    for (; i + 1 < n.n; i += 2) {
        NodeId condition = lists_[n.a + i];
        if (holds(condition)) return run_node(lists_[n.a + i + 1]);
    }
    if (i < n.n) return run_node(lists_[n.a + i]);
    return Flow::normal;
}

Renderer::Flow Renderer::run_autoescape(const Node& n) {
    Value v = eval(n.a);
    enter_scope(n.c);
    Escaping escaping(*this, truth(v));
    return run_node(n.b);
}

void Renderer::enter_scope(uint32_t scope) {
    const Scope& s = program_->scopes[scope];
    for (uint32_t i = 0; i < s.init_count; ++i) {
        const SlotInit& init = program_->inits[s.inits + i];
        switch (init.kind) {
            case SlotInit::Kind::missing:
                slots_[init.slot] = missing_value();
                break;
            case SlotInit::Kind::outer:
                slots_[init.slot] = *outer_slot(init.depth, init.source);
                break;
            case SlotInit::Kind::global: {
                Value v = load_global(init.source);
                // A plain undefined name stays missing, so that it is named as one when read.
                if (v.is(Value::Kind::undefined) && v.flags == 0) v = missing_value();
                slots_[init.slot] = v;
                break;
            }
        }
    }
}

void Renderer::assign(NodeId target, const Value& v) {
    const Node& n = nodes_[target];
    switch (n.op) {
        case Op::target_local:
            slots_[n.a] = v;
            if (n.n && (program_->has_extends || !program_->blocks.empty()))
                export_name(program_->names[n.b], v);
            return;
        case Op::target_attribute: {
            Value object = eval(n.a);
            current_ = target;
            auto* space = as<NamespaceObject>(object, ObjectKind::name_space);
            if (!space) {
                fail("cannot assign attribute on non-namespace object",
                     "Make one before: {% set ns = namespace(" + std::string(program_->names[n.b]) +
                         "=...) %}.");
            }
            dict_set(arena_, space->values, Value::of(program_->names[n.b]), v);
            return;
        }
        default:
            break;
    }
    // Unpacking.
    if (const ListObject* list = as_list(v); list && list->size == n.n && list->flavor <= Flavor::tuple) {
        for (uint32_t i = 0; i < n.n; ++i) assign(lists_[n.a + i], list->items[i]);
        return;
    }
    current_ = target;
    if (!v.is_container() && !v.is(Value::Kind::string) && !v.is(Value::Kind::undefined)) {
        fail("cannot unpack non-iterable " + std::string(type_name(v)) + " object");
    }
    Iterator it = iterate(v);
    Value item;
    for (uint32_t i = 0; i < n.n; ++i) {
        if (!it.next(&item)) {
            fail("not enough values to unpack (expected " + std::to_string(n.n) + ", got " +
                 std::to_string(i) + ")");
        }
        assign(lists_[n.a + i], item);
    }
    if (it.next(&item)) {
        fail("too many values to unpack (expected " + std::to_string(n.n) + ")",
             v.is(Value::Kind::string) && n.n == 2
                 ? "Key and value of a dict: {% for key, value in dict.items() %}."
                 : "");
    }
}

void Renderer::export_name(std::string_view name, const Value& v) {
    Context* context = env_->context;
    for (uint32_t i = 0; i < context->export_count; ++i) {
        if (context->exports[i].name == name) {
            context->exports[i].value = v;
            ++context->version;
            return;
        }
    }
    if (context->export_count == context->export_capacity) {
        uint32_t larger = context->export_capacity ? context->export_capacity * 2 : 8;
        auto* exports = arena_.array<NamedValue>(larger);
        std::copy(context->exports, context->exports + context->export_count, exports);
        context->exports = exports;
        context->export_capacity = larger;
    }
    context->exports[context->export_count++] = {name, v};
    ++context->version;
}

// Runs `body` and returns what it wrote.
Value Renderer::capture(NodeId body, uint32_t scope, Flow* flow) {
    size_t mark = out_.size();
    enter_scope(scope);
    *flow = run_node(body);
    return take_output(mark, autoescape_ ? kSafe : 0);
}

// ---- Loops.

void Renderer::run_for(const Node& n) {
    const Loop& loop = program_->loops[n.a];
    Value items = eval(loop.items);
    current_ = static_cast<NodeId>(&n - nodes_);
    if (loop.unit != kNone) return run_recursive(loop, items, 0, frame_);
    if (loop.loop_slot == kNone && loop.filter == kNone) return run_simple_loop(loop, items);
    run_loop(loop, items, 0, frame_, nullptr);
}

void Renderer::run_simple_loop(const Loop& loop, const Value& items) {
    Iterator it = iterate(items);
    bool simple_target = nodes_[loop.target].op == Op::target_local;
    uint32_t slot = nodes_[loop.target].a;
    bool inits = program_->scopes[loop.body_scope].init_count > 1 || !simple_target;
    // Jinja2 runs `else` if no pass reached the end of the body, so also after break and continue.
    bool completed = false;
    Value item;
    while (it.next(&item)) {
        if (--budget_ < 0) out_of_budget();
        if (inits) enter_scope(loop.body_scope);
        if (simple_target)
            slots_[slot] = item;
        else
            assign(loop.target, item);
        Flow flow = run_node(loop.body);
        if (flow == Flow::break_) break;
        completed |= flow == Flow::normal;
    }
    if (!completed && loop.otherwise != kNone) {
        enter_scope(loop.else_scope);
        run_node(loop.otherwise);
    }
}

void Renderer::run_loop(const Loop& loop, const Value& items, uint32_t depth0, Frame* filter_frame,
                        Frame* outer) {
    auto* state = arena_.make<LoopObject>();
    state->kind = ObjectKind::loop;
    state->items = iterate(items);
    state->iterated = items;
    state->loop = &loop;
    state->env = env_;
    state->filter_frame = filter_frame;
    state->outer = outer;
    state->index0 = -1;
    state->length = -1;
    state->depth0 = depth0;
    if (loop.filter == kNone && !(items.is(Value::Kind::list) && flavor_of(items) >= Flavor::generator)) {
        if (items.is_container()) state->length = items.size();
        if (items.is(Value::Kind::undefined)) state->length = 0;
    }
    state->previous = state->current = missing_value();
    bool simple_target = nodes_[loop.target].op == Op::target_local;
    uint32_t slot = nodes_[loop.target].a;
    // A simple target's slot need not begin as anything: it is assigned at once.
    bool inits = program_->scopes[loop.body_scope].init_count > 1 || !simple_target;
    bool completed = false;
    Value item;
    while (loop_next(state, &item)) {
        if (--budget_ < 0) out_of_budget();
        if (inits) enter_scope(loop.body_scope);
        if (loop.loop_slot != kNone) slots_[loop.loop_slot] = object_value(state);
        if (simple_target) {
            slots_[slot] = item;
        } else {
            assign(loop.target, item);
        }
        Flow flow = run_node(loop.body);
        if (flow == Flow::break_) break;
        completed |= flow == Flow::normal;
    }
    if (!completed && loop.otherwise != kNone) {
        enter_scope(loop.else_scope);
        run_node(loop.otherwise);
    }
}

void Renderer::run_recursive(const Loop& loop, const Value& items, uint32_t depth0, Frame* outer) {
    Deeper deeper(*this);
    const Unit& unit = outer->env->program->units[loop.unit];
    Frame* frame = make_frame(outer->env, outer, unit.slots, outer->block);
    Enter enter(*this, frame);
    enter_scope(unit.scope);
    run_loop(loop, items, depth0, outer, outer);
}

// The next item that passes the filter.
bool Renderer::loop_fetch(LoopObject* state, Value* item) {
    const Loop& loop = *state->loop;
    while (state->items.next(item)) {
        if (loop.filter == kNone || state->filtered) return true;
        charge(1);
        Enter enter(*this, state->filter_frame);
        enter_scope(loop.filter_scope);
        assign(loop.filter_target, *item);
        Value v = eval(loop.filter);
        if (truth(v)) return true;
    }
    return false;
}

bool Renderer::loop_peek(LoopObject* state) {
    if (!state->peeked && !state->finished) {
        if (loop_fetch(state, &state->following))
            state->peeked = true;
        else
            state->finished = true;
    }
    return state->peeked;
}

bool Renderer::loop_next(LoopObject* state, Value* item) {
    if (state->peeked) {
        *item = state->following;
        state->peeked = false;
    } else if (state->finished || !loop_fetch(state, item)) {
        state->finished = true;
        return false;
    }
    ++state->index0;
    state->previous = state->current;
    state->current = *item;
    return true;
}

// Of what is generated or filtered the rest is fetched first.
int64_t Renderer::loop_length(LoopObject* state) {
    if (state->length >= 0) return state->length;
    if (state->iterated.is(Value::Kind::string) && state->loop->filter == kNone) {
        return state->length = length_of(state->iterated);
    }
    ListObject* rest = make_list(arena_, 8);
    Value item;
    while (loop_fetch(state, &item)) push(arena_, rest, item);
    state->length = state->index0 + 1 + (state->peeked ? 1 : 0) + rest->size;
    state->items = iterate(list_value(rest));
    state->filtered = true;
    return state->length;
}

Value Renderer::loop_attribute(LoopObject* state, std::string_view name) {
    int64_t index0 = state->index0;
    switch (name.size()) {
        case 4:
            if (name == "last") {
                if (state->length >= 0) return Value::of(index0 + 1 >= state->length);
                return Value::of(!loop_peek(state));
            }
            break;
        case 5:
            if (name == "index") return Value::of(index0 + 1);
            if (name == "first") return Value::of(index0 == 0);
            if (name == "depth") return Value::of(int64_t{state->depth0} + 1);
            break;
        case 6:
            if (name == "index0") return Value::of(index0);
            if (name == "length") return Value::of(loop_length(state));
            if (name == "depth0") return Value::of(int64_t{state->depth0});
            break;
        case 8:
            if (name == "revindex") return Value::of(loop_length(state) - index0);
            if (name == "previtem") {
                if (index0 == 0) return undefined_hint("there is no previous item");
                return state->previous;
            }
            if (name == "nextitem") {
                if (!loop_peek(state)) return undefined_hint("there is no next item");
                return state->following;
            }
            break;
        case 9:
            if (name == "revindex0") return Value::of(loop_length(state) - index0 - 1);
            break;
        default:
            break;
    }
    return missing_value();
}

Value Renderer::loop_method(LoopObject* state, std::string_view name, const Arguments& arguments) {
    if (name == "cycle") {
        if (arguments.count == 0) fail("no items for cycling given");
        return arguments.positional[static_cast<uint64_t>(state->index0) % arguments.count];
    }
    if (name == "changed") {
        ListObject* now = make_list(arena_, arguments.count, Flavor::tuple);
        for (uint32_t i = 0; i < arguments.count; ++i) push(arena_, now, arguments.positional[i]);
        bool same = state->last_changed && equals(list_value(state->last_changed), list_value(now));
        state->last_changed = now;
        return Value::of(!same);
    }
    return missing_value();
}

}  // namespace pgprompt
