// Sections, partials and paths of handlebars and mustache.
#include <algorithm>

#include "core/template/errors.h"
#include "core/template/handlebars_values.h"
#include "core/template/renderer.h"
#include "core/template/scopes.h"

namespace pgprompt {
namespace {

bool has_view(const Program& p) {
    return p.options.format == TemplateFormat::handlebars || p.options.format == TemplateFormat::mustache;
}

bool sees_parents(const Program& p) {
    return p.options.format == TemplateFormat::mustache || p.options.compat;
}

// Puts the view back at the end of a statement.
struct KeepView {
    explicit KeepView(View& view) : view_(view), saved_(view) {}
    ~KeepView() { view_ = saved_; }

 private:
    View& view_;
    const View saved_;
};

}  // namespace

// ---- Templates.

// A root of any format. What a template of another format includes begins with the variables it can see.
void Renderer::run_program(Env* env) {
    if (!has_view(*env->program)) return run_root(env);
    KeepView keep(view_);
    Value variables;
    const Context* context = env->context;
    if (context->variables && !context->outer) {
        variables = *context->variables;
    } else {
        DictObject* all = make_dict(arena_);
        // From the outermost, so that the nearer ones win.
        const Context* last = nullptr;
        while (last != context) {
            const Context* c = context;
            while (c->outer != last) c = c->outer;
            last = c;
            if (c->variables && c->variables->is(Value::Kind::map)) {
                charge(c->variables->size());
                Container::Cursor cursor;
                Value key, v;
                while (c->variables->next(&cursor, &key, &v)) dict_set(arena_, all, key, v);
            }
            for (uint32_t i = 0; i < c->export_count; ++i)
                dict_set(arena_, all, Value::of(c->exports[i].name), c->exports[i].value);
            for (uint32_t i = 0; i < c->local_count; ++i)
                dict_set(arena_, all, Value::of(c->locals[i].name), c->locals[i].value);
        }
        variables = dict_value(all);
    }
    View::Context top{variables, nullptr};
    View::Loop loop{};
    view_ = View{};
    view_.context = &top;
    view_.loop = &loop;
    view_.root = &variables;
    view_.entered = true;
    run_root(env);
}

void Renderer::run_partial_template(const Program* program, const Value& self, NodeId id) {
    charge(16);
    auto* context = arena_.make<Context>();
    KeepView keep(view_);
    const Partial& p = program_->partials[nodes_[id].a];
    std::string_view own = std::string_view(program_->source).substr(p.indent, p.indent_length);
    bool before = program_->options.prevent_indent;
    if (before) {
        out_.append(own);
        own = {};
    }
    std::string_view indent = view_.indent;
    if (!own.empty()) {
        char* to = arena_.text(indent.size() + own.size());
        std::copy(indent.begin(), indent.end(), to);
        std::copy(own.begin(), own.end(), to + indent.size());
        indent = {to, indent.size() + own.size()};
    }
    bool by_line = program->options.format == TemplateFormat::mustache;
    view_.indent = by_line ? indent : std::string_view();
    size_t mark = out_.size();
    if (!has_view(*program)) {
        context->variables = arena_.make<Value>(self);
        run_root(make_env(program, context));
    } else {
        bool parents = sees_parents(*program) && sees_parents(*program_);
        View::Context top{self, parents ? view_.context : nullptr};
        if (!parents || !view_.context || !javascript::same(view_.context->self, self)) view_.context = &top;
        view_.entered = view_.context == &top;
        run_root(make_env(program, context));
    }
    if (!by_line && !indent.empty()) indent_output(mark, indent);
}

// Indents every line written since `mark`, but not the end of the last one.
void Renderer::indent_output(size_t mark, std::string_view indent) {
    std::string text(out_.from(mark));
    charge(text.size() / 64);
    out_.truncate(mark);
    for (size_t at = 0; at < text.size();) {
        size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
        out_.append(indent);
        out_.append(std::string_view(text).substr(at, end - at));
        at = end;
    }
}

// A text of a mustache partial that is indented: each of its lines that is not empty.
void Renderer::write_indented(const Node& n) {
    std::string_view text = std::string_view(program_->source).substr(n.a, n.b);
    bool start = n.flags & kLineStart;
    for (size_t at = 0; at < text.size();) {
        size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
        std::string_view line = text.substr(at, end - at);
        if (start && line != "\n" && line != "\r\n") out_.append(view_.indent);
        out_.append(line);
        start = true;
        at = end;
    }
    if (n.flags & kLineOpen) out_.append(view_.indent);
}

// ---- Output.

void Renderer::run_output(const Node& n) {
    Value v = eval(n.a);
    if (!n.flags) return javascript::write(out_, v);
    auto escape = n.flags & kEscapeMustache ? javascript::escape_mustache : javascript::escape_handlebars;
    if (v.is(Value::Kind::string)) return escape(out_, v.view());
    size_t mark = out_.size();
    javascript::write(out_, v);
    if (!v.is(Value::Kind::list)) return;
    std::string text(out_.from(mark));
    out_.truncate(mark);
    escape(out_, text);
}

// ---- Sections.

void Renderer::run_section_body(const Section& s, const Value& self, const Value& key, bool enters) {
    if (s.scope != kNone) {
        enter_scope(s.scope);
        if (s.value_target != kNone) assign(s.value_target, self);
        if (s.key_target != kNone) assign(s.key_target, key);
    }
    if (s.body == kNone) return;
    const View::Context* saved = view_.context;
    View::Context inner{self, saved};
    view_.entered = enters && !(saved && javascript::same(saved->self, self));
    if (view_.entered) view_.context = &inner;
    run_node(s.body);
    view_.context = saved;
}

void Renderer::run_each(const Section& s, const Value& items) {
    const View::Loop* saved = view_.loop;
    View::Loop loop{};
    if (saved) loop.block = saved->block;
    loop.parent = saved;
    view_.loop = &loop;
    Container::Cursor cursor;
    Value key, item;
    uint32_t count = items.size();
    bool is_list = items.is(Value::Kind::list);
    for (uint32_t i = 0; i < count && items.next(&cursor, &key, &item); ++i) {
        charge(1);
        loop.index = Value::of(int64_t{i});
        if (is_list) key = loop.index;
        loop.key = key;
        loop.first = Value::of(i == 0);
        loop.last = Value::of(i + 1 == count);
        run_section_body(s, item, key, true);
    }
    view_.loop = saved;
}

void Renderer::run_section(const Section& s) {
    Value v = eval(s.subject);
    bool shown;
    switch (s.kind) {
        case Section::Kind::each:
            if (v.is_container() && v.size() > 0) return run_each(s, v);
            shown = false;
            break;
        case Section::Kind::with:
            shown = !javascript::is_empty(v);
            break;
        case Section::Kind::section:
            shown = !javascript::is_nothing(v) && !(v.is(Value::Kind::boolean) && !v.boolean) &&
                    !(v.is(Value::Kind::list) && v.size() == 0);
            break;
        default:
            shown = javascript::truth(v) && !(v.is(Value::Kind::list) && v.size() == 0);
    }
    if (!shown) {
        if (s.otherwise != kNone) run_node(s.otherwise);
        return;
    }
    if (s.kind == Section::Kind::with) return run_section_body(s, v, Value(), true);
    if (v.is(Value::Kind::list)) return run_each(s, v);
    run_section_body(s, v, Value(), !v.is(Value::Kind::boolean));
}

// ---- Partials.

void Renderer::run_closure(const ViewClosure& closure, const Value& self) {
    Deeper deeper(*this);
    charge(16);
    const Unit& unit = closure.frame->env->program->units[closure.unit];
    Frame* frame = make_frame(closure.frame->env, closure.frame, unit.slots, nullptr);
    Enter enter(*this, frame);
    KeepView keep(view_);
    View::Context inner{self, closure.context};
    view_.inlines = closure.inlines;
    view_.context =
        closure.context && javascript::same(closure.context->self, self) ? closure.context : &inner;
    view_.entered = view_.context == &inner;
    enter_scope(unit.scope);
    run_node(unit.body);
}

void Renderer::fill_inlines(InlineSet* set, uint32_t list, const View::Context* context,
                            const InlineSet* visible) {
    for (uint32_t i = 0; i < set->count; ++i) {
        InlinePartial& entry = set->entries[i];
        entry.closure = {lists_[list + 2 * i + 1], frame_, context, visible};
        entry.name = javascript::key_text(eval(lists_[list + 2 * i]), arena_);
    }
}

void Renderer::run_inlines(const Node& n) {
    const InlineSet* saved = view_.inlines;
    InlineSet set{saved, arena_.array<InlinePartial>(n.n), n.n};
    const View::Context* context = view_.context;
    // They were made where the section stands, before it went into a context of its own.
    if ((n.flags & kInSection) && view_.entered && context) context = context->parent;
    fill_inlines(&set, n.a, context, &set);
    view_.inlines = &set;
    run_node(n.b);
    view_.inlines = saved;
}

// What `this` is in a partial.
Value Renderer::partial_context(const Partial& p) {
    Value self;
    if (p.context != kNone)
        self = eval(p.context);
    else if (view_.context && !program_->options.explicit_partial_context)
        self = view_.context->self;
    if (p.hash_count == 0) return self;
    uint32_t size = self.is_container() ? self.size() : 0;
    charge(size);
    DictObject* all = make_dict(arena_, size + p.hash_count);
    Container::Cursor cursor;
    Value key, v;
    if (self.is(Value::Kind::map))
        while (self.next(&cursor, &key, &v)) dict_set(arena_, all, key, v);
    if (self.is(Value::Kind::list)) {
        for (int64_t i = 0; self.next(&cursor, nullptr, &v); ++i)
            dict_set(arena_, all, Value::of(javascript::key_text(Value::of(i), arena_)), v);
    }
    for (uint32_t i = 0; i < p.hash_count; ++i) {
        std::string_view name = program_->names[lists_[p.hash + 2 * i]];
        dict_set(arena_, all, Value::of(name), eval(lists_[p.hash + 2 * i + 1]));
    }
    return dict_value(all);
}

void Renderer::run_partial(NodeId id) {
    const Partial& p = program_->partials[nodes_[id].a];
    Value self = partial_context(p);
    std::string_view name;
    if (!p.is_block) {
        Value given = eval(p.name);
        current_ = id;
        if (javascript::is_nothing(given)) fail("the name of the partial is undefined");
        name = javascript::key_text(given, arena_);
    }
    current_ = id;
    KeepView keep(view_);
    // What the block defines is for the partial, not to be taken for it.
    const InlineSet* before = view_.inlines;
    const PartialBlock* around = view_.loop ? view_.loop->block : nullptr;
    InlineSet set{view_.inlines, nullptr, p.inline_count};
    PartialBlock block{{p.unit, frame_, view_.context, view_.inlines}, around};
    View::Loop loop{};
    if (p.unit != kNone) {
        if (p.inline_count) {
            set.entries = arena_.array<InlinePartial>(p.inline_count);
            // As in handlebars.js, the partial sees them and the block does, but not they each other.
            fill_inlines(&set, p.inlines, view_.context, before);
            view_.inlines = block.closure.inlines = &set;
        }
        if (view_.loop) loop = *view_.loop;
        loop.parent = view_.loop;
        loop.block = &block;
        view_.loop = &loop;
    }
    const ViewClosure* closure = nullptr;
    View::Loop inside{};
    auto enter_block = [&](const PartialBlock& b) {
        closure = &b.closure;
        inside = *view_.loop;
        inside.parent = view_.loop;
        inside.block = b.outer;
        view_.loop = &inside;
    };
    const Program* found = nullptr;
    if (p.is_block) {
        if (around) enter_block(*around);
    } else {
        for (const InlineSet* s = before; s && !closure; s = s->outer) {
            for (uint32_t i = s->count; i-- > 0 && !closure;)
                if (s->entries[i].name == name) closure = &s->entries[i].closure;
        }
        bool missing = false;
        if (!closure) found = find_template(name, &missing);
    }
    if (!closure && !found) {
        if (p.unit != kNone) {
            enter_block(block);
        } else if (program_->options.format == TemplateFormat::mustache) {
            return;
        } else if (p.is_block) {
            fail(
                "there is no partial block to insert",
                "It is what stands in {{#> name}}...{{/name}} where this partial is used; test it with {{#if "
                "@partial-block}}.");
        } else {
            fail_missing("there is no partial \"" + shown_name(name) + "\"", name);
        }
    }
    if (found) return run_partial_template(found, self, id);
    std::string_view own = std::string_view(program_->source).substr(p.indent, p.indent_length);
    if (program_->options.prevent_indent) {
        out_.append(own);
        own = {};
    }
    size_t mark = out_.size();
    run_closure(*closure, self);
    if (!own.empty()) indent_output(mark, own);
}

// ---- Expressions.

void Renderer::fail_member(std::string_view name, const Value& object) {
    std::string of;
    if (object.is(Value::Kind::undefined)) of = " of a value that is undefined";
    if (object.is(Value::Kind::null)) of = " of a value that is null";
    throw Failure(Code::undefined_name, "\"" + std::string(name) + "\" is not defined" + of, {},
                  "Pass it, or test before with {{#if ...}}.");
}

Value Renderer::eval_path(const Node& n) {
    auto id = static_cast<NodeId>(&n - nodes_);
    const uint32_t* names = lists_ + n.a;
    Value v;
    uint32_t i = 0;
    bool strict = options_.undefined == UndefinedMode::strict;
    bool objects = strict || program_->options.assume_objects;
    if (n.c != kNone) {
        v = eval(n.c);
        current_ = id;
    } else {
        current_ = id;
        const View::Context* context = view_.context;
        for (uint32_t up = n.b; up && context; --up) context = context->parent;
        if (context && (n.flags & kInParents) && n.n) {
            std::string_view name = program_->names[names[0]];
            bool found = false;
            for (; context && !found; context = context->parent) {
                charge(1);
                found = javascript::find(context->self, name, &v) &&
                        !((n.flags & kNullInParents) && javascript::is_nothing(v));
            }
            if (!found) {
                if (strict && (n.flags & kRequired)) fail_member(name, Value::of(true));
                v = Value();
            }
            i = 1;
        } else if (context) {
            v = context->self;
        }
    }
    for (; i < n.n; ++i) {
        Value found;
        std::string_view name = program_->names[names[i]];
        if (!javascript::find(v, name, &found)) {
            if ((objects && javascript::is_nothing(v)) || (strict && (n.flags & kRequired) && i + 1 == n.n))
                fail_member(name, v);
            found = Value();
        }
        v = found;
    }
    return v;
}

Value Renderer::eval_datum(const Node& n) {
    current_ = static_cast<NodeId>(&n - nodes_);
    const View::Loop* loop = view_.loop;
    for (uint32_t up = n.b; up && loop; --up) loop = loop->parent;
    Value v;
    if (loop) {
        switch (static_cast<LoopDatum>(n.a)) {
            case LoopDatum::root:
                if (view_.root) v = *view_.root;
                break;
            case LoopDatum::index:
                v = loop->index;
                break;
            case LoopDatum::key:
                v = loop->key;
                break;
            case LoopDatum::first:
                v = loop->first;
                break;
            case LoopDatum::last:
                v = loop->last;
                break;
            case LoopDatum::partial_block:
                if (loop->block) v = Value::of(true);
                break;
            case LoopDatum::other:
                break;
        }
    }
    if (v.is(Value::Kind::undefined) && (n.flags & kRequired) && options_.undefined == UndefinedMode::strict)
        fail_member("@" + std::string(program_->names[n.c]), Value::of(true));
    return v;
}

Value Renderer::eval_member(const Node& n) {
    Value object = eval(n.a);
    Value key = eval(n.b);
    if (!javascript::truth(object)) return object;
    Value found;
    return javascript::find(object, javascript::key_text(key, arena_), &found) ? found : Value();
}

Value Renderer::eval_truthy(const Node& n) {
    Value v = eval(n.a);
    if (n.c != kNone && javascript::truth(eval(n.c))) return Value::of(!javascript::is_empty(v));
    return Value::of(javascript::truth(v) && !javascript::is_empty(v));
}

}  // namespace pgprompt
