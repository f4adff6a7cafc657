// Blocks, and templates that include, import or extend others.
#include <algorithm>

#include "core/template/errors.h"
#include "core/template/renderer.h"
#include "core/template/scopes.h"

namespace pgprompt {

bool Renderer::lookup(Context* context, std::string_view name, Value* v) {
    for (; context; context = context->outer) {
        const Context* exporter = context->exports_of ? context->exports_of : context;
        for (uint32_t i = 0; i < context->local_count; ++i) {
            if (context->locals[i].name == name) {
                *v = context->locals[i].value;
                return true;
            }
        }
        for (uint32_t i = 0; i < exporter->export_count; ++i) {
            if (exporter->exports[i].name == name) {
                *v = exporter->exports[i].value;
                return true;
            }
        }
        if (context->variables && context->variables->is(Value::Kind::map) &&
            context->variables->find(name, v)) {
            return true;
        }
    }
    return false;
}

BlockChain* Renderer::find_chain(Context* context, std::string_view name) {
    for (BlockChain* chain = context->blocks; chain; chain = chain->next)
        if (chain->name == name) return chain;
    return nullptr;
}

// The blocks of a template come behind those of the templates that extend it.
void Renderer::add_blocks(Env* env) {
    Context* context = env->context;
    for (const Block& block : env->program->blocks) {
        std::string_view name = env->program->names[block.name];
        BlockChain* chain = find_chain(context, name);
        auto* link = arena_.make<BlockLink>(env, &block, nullptr);
        if (!chain) {
            context->blocks = arena_.make<BlockChain>(name, link, link, context->blocks);
        } else {
            chain->last->parent = link;
            chain->last = link;
        }
    }
}

// Runs a template's root, and its parents' after it.
void Renderer::run_root(Env* env) {
    struct Restore {
        Renderer& r;
        bool muted;
        Env* parent;
        const IncludeLink* includes;
        int exceptions = std::uncaught_exceptions();
        ~Restore() {
            r.muted_ = muted;
            r.parent_ = parent;
            // After an error the chain is kept for its message.
            if (std::uncaught_exceptions() == exceptions) r.includes_ = includes;
        }
    } restore{*this, muted_, parent_, includes_};
    env->name = found_name_;
    if (!env->name.empty()) includes_ = arena_.make<IncludeLink>(env->name, includes_);
    Deeper deeper(*this);
    add_blocks(env);
    while (env) {
        const Unit& root = env->program->units[0];
        Frame* frame = make_frame(env, nullptr, root.slots, nullptr);
        env->root = frame;
        parent_ = nullptr;
        muted_ = false;
        Enter enter(*this, frame);
        Escaping escaping(*this, escapes(*env->program));
        enter_scope(root.scope);
        run_node(root.body);
        env = parent_;
        if (env) {
            charge(16);
            includes_ = arena_.make<IncludeLink>(env->name, includes_);
        }
    }
}

void Renderer::run_block(const Block& block) {
    Context* context = env_->context;
    std::string_view name = program_->names[block.name];
    BlockChain* chain = find_chain(context, name);
    if (!chain) throw Failure(Code::internal, "a block is not registered");
    if (block.required && !chain->first->parent) {
        fail("the required block '" + std::string(name) + "' is not filled",
             "A template that extends this one has to define it.");
    }
    if (block.scoped) {
        Context* derived = derived_context(block.visible, block.visible_count);
        derived->outer = context;
        derived->blocks = context->blocks;
        derived->exports_of = context->exports_of ? context->exports_of : context;
        context = derived;
    }
    run_block_link(chain, chain->first, context);
}

void Renderer::run_block_link(const BlockChain* chain, const BlockLink* link, Context* context) {
    Deeper deeper(*this);
    auto* call = arena_.make<BlockCall>(chain, link, context);
    Env* env = link->env;
    if (env->context != context) env = make_env(env->program, context);
    const Unit& unit = env->program->units[link->block->unit];
    Frame* frame = make_frame(env, nullptr, unit.slots, call);
    Enter enter(*this, frame);
    Unmuted unmuted(*this);
    Escaping escaping(*this, escapes(*env->program));
    enter_scope(unit.scope);
    run_node(unit.body);
}

// The variables that are visible at an include or a scoped block, as locals of a new context.
Context* Renderer::derived_context(uint32_t visible, uint32_t count) {
    auto* context = arena_.make<Context>();
    auto* locals = arena_.array<NamedValue>(count);
    uint32_t n = 0;
    for (uint32_t i = 0; i < count; ++i) {
        const VisibleName& name = program_->visible[visible + i];
        const Value& v = *outer_slot(name.depth, name.slot);
        if (is_missing(v)) continue;
        locals[n++] = {program_->names[name.name], v};
    }
    context->locals = locals;
    context->local_count = n;
    return context;
}

const Program* Renderer::find_template(std::string_view name, bool* missing) {
    *missing = true;
    if (name.size() > kMostNameBytes) return nullptr;
    const std::shared_ptr<const Template>* found = options_.library ? options_.library->find(name) : nullptr;
    if (!found) throw Failure(Code::template_needed, std::string(name));
    *missing = *found == nullptr;
    found_name_ = arena_.copy(name);
    return *missing ? nullptr : &(*found)->program();
}

// The first template that exists of one name or a list of names; null if none does and that is to be ignored.
const Program* Renderer::select_template(const Value& source, bool ignore_missing, bool is_include) {
    bool missing = false;
    std::string tried;
    auto one = [&](const Value& name) -> const Program* {
        refuse_undefined(name);
        if (!name.is(Value::Kind::string)) {
            fail("a template's name must be a string, not " + std::string(type_name(name)));
        }
        const Program* found = find_template(name.view(), &missing);
        if (tried.size() < kMostNameBytes)
            tried += (tried.empty() ? "'" : ", '") + shown_name(name.view()) + "'";
        return found;
    };
    if (source.is(Value::Kind::string) || !is_include) {
        if (const Program* found = one(source)) return found;
    } else {
        Iterator it = iterate(source);
        refuse_undefined(source);
        Value name;
        while (it.next(&name))
            if (const Program* found = one(name)) return found;
    }
    if (ignore_missing) return nullptr;
    if (tried.empty()) fail("the list of templates is empty");
    fail_missing("there is no template " + tried,
                 source.is(Value::Kind::string) ? source.view() : std::string_view());
}

void Renderer::fail_missing(std::string message, std::string_view name) const {
    const std::string_view reason =
        options_.library && !name.empty() ? options_.library->reason(name) : std::string_view();
    fail(std::move(message), std::string(reason));
}

void Renderer::run_include(const Node& n) {
    const Import& import = program_->imports[n.a];
    Value source = eval(import.source);
    const Program* found = select_template(source, import.ignore_missing, true);
    if (!found) return;
    charge(16);
    Context* context;
    if (import.with_context) {
        context = derived_context(import.visible, import.visible_count);
        context->outer = env_->context;
    } else {
        context = arena_.make<Context>();
    }
    run_program(make_env(found, context));
}

ModuleObject* Renderer::load_module(const Import& import) {
    Value source = eval(import.source);
    const Program* found = select_template(source, false, false);
    charge(16);
    Context* context;
    if (import.with_context) {
        context = derived_context(import.visible, import.visible_count);
        context->outer = env_->context;
    } else {
        context = arena_.make<Context>();
    }
    Env* env = make_env(found, context);
    size_t mark = out_.size();
    run_root(env);
    auto* module = arena_.make<ModuleObject>();
    module->kind = ObjectKind::module;
    module->env = env;
    module->frame = env->root;
    module->text = take_output(mark).view();
    module->name = source.is(Value::Kind::string) ? source.view() : std::string_view();
    return module;
}

void Renderer::run_import(const Node& n) {
    const Import& import = program_->imports[n.a];
    ModuleObject* module = load_module(import);
    assign(import.target, object_value(module));
}

namespace {

bool exports(const ModuleObject* module, std::string_view name) {
    const Program& p = *module->env->program;
    return std::any_of(p.exports.begin(), p.exports.end(), [&](const Export& x) {
        return x.is_public && p.names[x.name] == name && !is_missing(module->frame->slots[x.slot]);
    });
}

}  // namespace

void Renderer::run_from_import(const Node& n) {
    const Import& import = program_->imports[n.a];
    ModuleObject* module = load_module(import);
    for (uint32_t i = 0; i < import.name_count; ++i) {
        std::string_view name = program_->names[lists_[import.names + 2 * i]];
        Value v = object_attribute(module, object_value(module), name);
        if (v.is(Value::Kind::undefined) && !exports(module, name)) {
            v = undefined_hint(arena_.copy("the template '" + std::string(module->name) +
                                           "' does not export the requested name '" + std::string(name) +
                                           "'"));
        }
        assign(lists_[import.names + 2 * i + 1], v);
    }
}

void Renderer::run_extends(const Node& n) {
    if (parent_) fail("a template can extend only one other");
    Value source = eval(n.a);
    const Program* found = select_template(source, false, false);
    Env* env = make_env(found, env_->context);
    env->name = found_name_;
    add_blocks(env);
    // A chain of parents without an end would run in a loop, not recursively.
    if (++extends_ > options_.max_depth) {
        throw Failure(Limit::template_depth,
                      "more than " + std::to_string(options_.max_depth) + " templates extend each other", {},
                      "Does a template extend itself?");
    }
    parent_ = env;
    muted_ = true;
}

}  // namespace pgprompt
