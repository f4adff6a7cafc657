#include "core/template/builder.h"

#include <cstring>

#include "core/template/builtins.h"
#include "core/template/errors.h"
#include "core/template/methods.h"

namespace pgprompt {
namespace {

constexpr uint8_t kWantsCaller = 1, kWantsVarargs = 2, kWantsKwargs = 4;

uint32_t hash_of(std::string_view text) {
    uint32_t h = 2166136261u;
    for (char c : text) h = (h ^ static_cast<unsigned char>(c)) * 16777619u;
    return h ^ (h >> 15);
}

}  // namespace

Builder::Builder(std::string_view given, std::string source, const CompileOptions& options)
    : program_(std::make_unique<Program>()) {
    Program& p = *program_;
    p.options = options;
    if (given != source) p.given = given;
    p.source = std::move(source);
    size_t guess = p.source.size() / 8 + 16;
    p.nodes.reserve(guess);
    p.positions.reserve(guess);
    p.lists.reserve(guess);
    events_.reserve(guess / 2);
    name_table_.resize(64);
    caller_ = name("caller");
    varargs_ = name("varargs");
    kwargs_ = name("kwargs");
    self_ = name("self");
    super_ = name("super");
    open_unit(Unit::Kind::root, kNone);
}

Builder::~Builder() = default;

NodeId Builder::node(Op op, uint32_t position, uint32_t a, uint32_t b, uint32_t c, uint32_t n) {
    auto id = static_cast<NodeId>(program_->nodes.size());
    program_->nodes.push_back(Node{op, 0, 0, a, b, c, n});
    program_->positions.push_back(position);
    if ((id & 0xfff) == 0xfff) check_size();
    return id;
}

void Builder::check_size() {
    const Program& p = *program_;
    size_t bytes = p.nodes.size() * (sizeof(Node) + 4) + p.lists.size() * 4 + events_.size() * sizeof(Event);
    if (bytes > p.options.max_compiled_bytes) {
        throw Failure(Limit::compiled_bytes, "the compiled template is larger than the limit of " +
                                                 std::to_string(p.options.max_compiled_bytes) + " bytes");
    }
    if (p.options.poll && p.options.poll()) throw Failure(Code::cancelled, "compiling was cancelled");
}

uint32_t Builder::list(const uint32_t* entries, size_t count) {
    auto start = static_cast<uint32_t>(program_->lists.size());
    program_->lists.insert(program_->lists.end(), entries, entries + count);
    return start;
}

NodeId Builder::sequence(uint32_t position, const std::vector<uint32_t>& statements) {
    if (statements.size() == 1) return statements[0];
    uint32_t start = list(statements);
    return node(Op::sequence, position, start, 0, 0, static_cast<uint32_t>(statements.size()));
}

NodeId Builder::text(uint32_t offset, uint32_t length) {
    return node(Op::text, offset, offset, length);
}

NodeId Builder::constant(uint32_t position, const Value& value) {
    program_->constants.push_back(value);
    return node(Op::constant, position, static_cast<uint32_t>(program_->constants.size() - 1));
}

NameId Builder::name(std::string_view text) {
    auto& names = program_->names;
    size_t mask = name_table_.size() - 1;
    size_t at = hash_of(text) & mask;
    while (name_table_[at]) {
        if (names[name_table_[at] - 1] == text) return name_table_[at] - 1;
        at = (at + 1) & mask;
    }
    const std::string& source = program_->source;
    bool in_source = text.data() >= source.data() && text.data() <= source.data() + source.size();
    names.push_back(in_source ? text : keep(text));
    name_table_[at] = static_cast<uint32_t>(names.size());
    if (names.size() * 2 > name_table_.size()) {
        std::vector<uint32_t> larger(name_table_.size() * 2);
        mask = larger.size() - 1;
        for (uint32_t entry : name_table_) {
            if (!entry) continue;
            at = hash_of(names[entry - 1]) & mask;
            while (larger[at]) at = (at + 1) & mask;
            larger[at] = entry;
        }
        name_table_.swap(larger);
    }
    return static_cast<NameId>(names.size() - 1);
}

uint32_t Builder::call_arguments(const CallArguments& arguments) {
    program_->calls.push_back(arguments);
    return static_cast<uint32_t>(program_->calls.size() - 1);
}

NodeId Builder::filter(uint32_t position, NodeId operand, std::string_view text, uint32_t arguments) {
    uint16_t builtin = find_filter(text);
    if (builtin == kUnknown && !in_branch()) pending_.push_back({position, name(text), true});
    program_->filters.push_back({name(text), builtin});
    return node(Op::filter, position, operand, arguments,
                static_cast<uint32_t>(program_->filters.size() - 1));
}

NodeId Builder::test(uint32_t position, NodeId operand, std::string_view text, uint32_t arguments) {
    uint16_t builtin = find_test(text);
    if (builtin == kUnknown && !in_branch()) pending_.push_back({position, name(text), false});
    program_->tests.push_back({name(text), builtin});
    return node(Op::test, position, operand, arguments, static_cast<uint32_t>(program_->tests.size() - 1));
}

void Builder::fail_pending() const {
    const Pending& first = pending_.front();
    std::string_view text = program_->names[first.name];
    fail_syntax(source(), first.position, options().name,
                (first.is_filter ? "there is no filter named \"" : "there is no test named \"") +
                    std::string(text) + "\"",
                first.is_filter ? near_filter(text) : near_test(text), Code::undefined_name);
}

void Builder::add_event(Event::Kind kind, NameId name, uint32_t target) {
    auto id = static_cast<uint32_t>(events_.size());
    events_.push_back({kind, name, target, kNone});
    OpenScope& scope = scopes_[scope_];
    if (scope.last == kNone)
        scope.first = id;
    else
        events_[scope.last].next = id;
    scope.last = id;
}

NodeId Builder::load(uint32_t position, NameId name) {
    NodeId id = node(Op::global, position, kNone, name);
    add_event(Event::Kind::load, name, id);
    if (name <= kwargs_) {
        if (name == caller_) want_special(name, kWantsCaller);
        if (name == varargs_) want_special(name, kWantsVarargs);
        if (name == kwargs_) want_special(name, kWantsKwargs);
    }
    return id;
}

// `caller`, `varargs` and `kwargs` are parameters of every macro around, once its body reads them.
void Builder::want_special(NameId, uint8_t bit) {
    for (uint32_t unit = unit_; unit != kNone; unit = unit_parent_[unit]) {
        Unit::Kind kind = program_->units[unit].kind;
        if (kind == Unit::Kind::macro || kind == Unit::Kind::call_body) unit_wants_[unit] |= bit;
    }
}

NodeId Builder::store(uint32_t position, NameId name) {
    NodeId id = node(Op::target_local, position, kNone, name);
    add_event(branches_ ? Event::Kind::branch_store : Event::Kind::store, name, id);
    return id;
}

void Builder::repeat_reads(size_t first, size_t last) {
    for (size_t i = first; i < last; ++i) {
        const Event& e = events_[i];
        if (e.kind == Event::Kind::load) add_event(Event::Kind::load, e.name, kNone);
    }
}

uint32_t Builder::open_scope() {
    auto id = static_cast<uint32_t>(scopes_.size());
    scopes_.push_back({scope_, unit_});
    scopes_.back().outer_branches = branches_;
    program_->scopes.emplace_back();
    program_->scopes.back().unit = unit_;
    branches_ = 0;
    scope_ = id;
    return id;
}

void Builder::close_scope() {
    branches_ = scopes_[scope_].outer_branches;
    scope_ = scopes_[scope_].parent;
}

uint32_t Builder::open_unit(Unit::Kind kind, NameId name) {
    auto id = static_cast<uint32_t>(program_->units.size());
    Unit unit;
    unit.kind = kind;
    unit.name = name;
    program_->units.push_back(unit);
    // A block sees nothing of its surroundings but through the context.
    unit_parent_.push_back(kind == Unit::Kind::block || kind == Unit::Kind::root ? kNone : unit_);
    program_->units[id].parent = unit_parent_.back();
    unit_wants_.push_back(0);
    uint32_t saved_scope = scope_;
    uint32_t saved_unit = unit_;
    unit_ = id;
    program_->units[id].scope = open_scope();
    program_->units[id].slots = 0;
    if (kind == Unit::Kind::block) scopes_[scope_].parent = kNone;
    unit_return_.push_back({saved_scope, saved_unit});
    return id;
}

void Builder::close_unit(uint32_t unit, NodeId body) {
    program_->units[unit].body = body;
    branches_ = scopes_[scope_].outer_branches;
    scope_ = unit_return_.back().scope;
    unit_ = unit_return_.back().unit;
    unit_return_.pop_back();
}

uint32_t Builder::add_loop(const Loop& loop) {
    program_->loops.push_back(loop);
    return static_cast<uint32_t>(program_->loops.size() - 1);
}

uint32_t Builder::add_import(const Import& import) {
    program_->imports.push_back(import);
    return static_cast<uint32_t>(program_->imports.size() - 1);
}

uint32_t Builder::add_block(const Block& block) {
    program_->blocks.push_back(block);
    return static_cast<uint32_t>(program_->blocks.size() - 1);
}

void Builder::parameter(NameId name, uint32_t list_entry) {
    add_event(Event::Kind::parameter, name, list_entry);
}
void Builder::loop_variable(NameId name, uint32_t loop) {
    add_event(Event::Kind::loop, name, loop);
}
void Builder::note_visible_for_import(uint32_t index) {
    add_event(Event::Kind::import, kNone, index);
}
void Builder::note_visible_for_block(uint32_t index) {
    add_event(Event::Kind::block, kNone, index);
}

void Builder::add_reference(TemplateReference::Kind kind, std::string_view text, bool optional,
                            bool with_context) {
    if (text.size() > kMostNameBytes) return;  // no template has such a name; rendering says so
    for (TemplateReference& known : program_->references) {
        if (known.name == text) {
            known.optional = known.optional && optional;
            known.with_context = known.with_context || with_context;
            return;
        }
    }
    program_->references.push_back({kind, optional, with_context, std::string(text)});
}

uint32_t Builder::add_entry(uint32_t scope, NameId name, bool global) {
    auto id = static_cast<uint32_t>(entries_.size());
    Entry entry{name, scope, kNone, binding_[name]};
    entry.global = global;
    if (!global) entry.slot = program_->units[scopes_[scope].unit].slots++;
    entries_.push_back(entry);
    binding_[name] = id;
    stack_.push_back(id);
    return id;
}

uint32_t Builder::global_index(NameId name) {
    if (globals_[name] == kNone) {
        globals_[name] = static_cast<uint32_t>(program_->globals.size());
        uint16_t builtin = find_global(program_->names[name]);
        program_->globals.push_back({name, static_cast<uint16_t>(builtin == kUnknown ? 0 : builtin + 1)});
    }
    return globals_[name];
}

uint32_t Builder::frames_between(uint32_t from_unit, uint32_t to_unit) const {
    uint32_t depth = 0;
    for (uint32_t unit = from_unit; unit != to_unit; unit = unit_parent_[unit]) ++depth;
    return depth;
}

// First pass over a scope: which names are its own, and how their slots begin.
void Builder::collect_scope(uint32_t scope) {
    Program& p = *program_;
    auto own = [&](NameId name) {
        return binding_[name] != kNone && entries_[binding_[name]].scope == scope ? binding_[name] : kNone;
    };
    auto add_parameter = [&](NameId name) {
        uint32_t entry = own(name);
        if (entry == kNone) entry = add_entry(scope, name, false);
        entries_[entry].assigned = true;
        return entry;
    };
    uint32_t unit_id = scopes_[scope].unit;
    bool is_unit_scope = p.units[unit_id].scope == scope;
    p.scopes[scope].inits = static_cast<uint32_t>(p.inits.size());
    uint32_t first = scopes_[scope].first;
    // The declared parameters come before what the body reads.
    uint32_t event = first;
    for (; event != kNone && events_[event].kind == Event::Kind::parameter; event = events_[event].next) {
        uint32_t entry = add_parameter(events_[event].name);
        p.lists[events_[event].target] = entries_[entry].slot;
    }
    if (is_unit_scope && unit_wants_[unit_id]) {
        Unit& unit = p.units[unit_id];
        auto special = [&](uint8_t bit, NameId name, uint32_t* slot) {
            if (!(unit_wants_[unit_id] & bit)) return;
            if (own(name) != kNone) return;
            *slot = entries_[add_parameter(name)].slot;
        };
        special(kWantsCaller, caller_, &unit.caller_slot);
        special(kWantsVarargs, varargs_, &unit.varargs_slot);
        special(kWantsKwargs, kwargs_, &unit.kwargs_slot);
    }
    for (; event != kNone; event = events_[event].next) {
        const Event& e = events_[event];
        switch (e.kind) {
            case Event::Kind::parameter: {
                uint32_t entry = add_parameter(e.name);
                p.lists[e.target] = entries_[entry].slot;
                break;
            }
            case Event::Kind::loop:
                if (p.loops[e.target].has_variable) entries_[add_parameter(e.name)].loop = e.target;
                break;
            case Event::Kind::load:
                if (binding_[e.name] == kNone) add_entry(scope, e.name, true);
                break;
            case Event::Kind::store:
            case Event::Kind::branch_store: {
                uint32_t entry = own(e.name);
                if (entry != kNone && !entries_[entry].global) {
                    entries_[entry].assigned = true;
                    break;
                }
                uint32_t outer = entry == kNone ? binding_[e.name] : kNone;
                SlotInit init{};
                if (entry != kNone) {
                    entries_[entry].global = false;
                    entries_[entry].slot = p.units[unit_id].slots++;
                    init.kind = SlotInit::Kind::global;
                } else {
                    entry = add_entry(scope, e.name, false);
                    if (outer == kNone) {
                        init.kind =
                            e.kind == Event::Kind::store ? SlotInit::Kind::missing : SlotInit::Kind::global;
                    } else if (entries_[outer].global) {
                        init.kind = SlotInit::Kind::global;
                    } else {
                        init.kind = SlotInit::Kind::outer;
                        init.depth = static_cast<uint16_t>(
                            frames_between(unit_id, scopes_[entries_[outer].scope].unit));
                        init.source = entries_[outer].slot;
                    }
                }
                entries_[entry].assigned = true;
                init.slot = entries_[entry].slot;
                if (init.kind == SlotInit::Kind::global) init.source = global_index(e.name);
                p.inits.push_back(init);
                break;
            }
            default:
                break;
        }
    }
    p.scopes[scope].init_count = static_cast<uint32_t>(p.inits.size()) - p.scopes[scope].inits;
}

// Second pass: what each reading and writing means.
void Builder::bind_scope(uint32_t scope) {
    Program& p = *program_;
    uint32_t unit = scopes_[scope].unit;
    for (uint32_t event = scopes_[scope].first; event != kNone; event = events_[event].next) {
        const Event& e = events_[event];
        if (e.kind == Event::Kind::load) {
            if (e.target == kNone) continue;
            Node& n = p.nodes[e.target];
            Entry& entry = entries_[binding_[e.name]];
            if (entry.global) {
                if (e.name == self_)
                    n.op = Op::self_reference;
                else if (e.name == super_ && p.units[unit].kind != Unit::Kind::root)
                    n.op = Op::super_reference;
                else
                    n.a = global_index(e.name);
                continue;
            }
            if (entry.loop != kNone) p.loops[entry.loop].loop_slot = entry.slot;
            uint32_t depth = frames_between(unit, scopes_[entry.scope].unit);
            n.op = depth ? Op::outer : Op::local;
            n.a = entry.slot;
            n.n = depth;
        } else if (e.kind == Event::Kind::store || e.kind == Event::Kind::branch_store) {
            const Entry& entry = entries_[binding_[e.name]];
            p.nodes[e.target].a = entry.slot;
            if (scope == 0) {
                p.nodes[e.target].n = 1;
                if (exported_[e.name] == kNone) {
                    exported_[e.name] = static_cast<uint32_t>(p.exports.size());
                    p.exports.push_back({e.name, entry.slot, false});
                }
                bool is_public = p.names[e.name][0] != '_' && !(p.nodes[e.target].flags & kImported);
                p.exports[exported_[e.name]].is_public |= is_public;
            }
        } else if (e.kind == Event::Kind::import) {
            note_visible(scope, &p.imports[e.target].visible, &p.imports[e.target].visible_count);
        } else if (e.kind == Event::Kind::block) {
            note_visible(scope, &p.blocks[e.target].visible, &p.blocks[e.target].visible_count);
            // A scoped block may use the loops around it.
            for (uint32_t id : stack_) {
                const Entry& entry = entries_[id];
                if (entry.loop != kNone) p.loops[entry.loop].loop_slot = entry.slot;
            }
        }
    }
}

void Builder::note_visible(uint32_t scope, uint32_t* start, uint32_t* count) {
    Program& p = *program_;
    *start = static_cast<uint32_t>(p.visible.size());
    for (uint32_t id : stack_) {
        const Entry& entry = entries_[id];
        if (entry.global || !entry.assigned || binding_[entry.name] != id) continue;
        p.visible.push_back(
            {entry.name, entry.slot, frames_between(scopes_[scope].unit, scopes_[entry.scope].unit)});
        if (entry.loop != kNone) p.loops[entry.loop].loop_slot = entry.slot;
    }
    *count = static_cast<uint32_t>(p.visible.size()) - *start;
}

// The root and every block see only themselves. Within such a tree, scopes were opened in depth-first order,
// so that those around a scope are done before it.
void Builder::resolve() {
    binding_.assign(program_->names.size(), kNone);
    globals_.assign(program_->names.size(), kNone);
    exported_.assign(program_->names.size(), kNone);
    std::vector<uint32_t> next(scopes_.size(), kNone), last(scopes_.size(), kNone), tree(scopes_.size());
    for (uint32_t scope = 0; scope < scopes_.size(); ++scope) {
        uint32_t top = scopes_[scope].parent == kNone ? scope : tree[scopes_[scope].parent];
        tree[scope] = top;
        if (last[top] != kNone) next[last[top]] = scope;
        last[top] = scope;
    }
    struct Open {
        uint32_t scope;
        size_t mark;
    };
    std::vector<Open> open;
    auto close = [&] {
        while (stack_.size() > open.back().mark) {
            const Entry& entry = entries_[stack_.back()];
            binding_[entry.name] = entry.shadowed;
            stack_.pop_back();
        }
        open.pop_back();
    };
    for (uint32_t top = 0; top < scopes_.size(); ++top) {
        if (tree[top] != top) continue;
        for (uint32_t scope = top; scope != kNone; scope = next[scope]) {
            while (!open.empty() && open.back().scope != scopes_[scope].parent) close();
            open.push_back({scope, stack_.size()});
            collect_scope(scope);
            bind_scope(scope);
        }
        while (!open.empty()) close();
    }
}

std::unique_ptr<const Program> Builder::finish(NodeId body) {
    close_unit(0, body);
    resolve();
    Program& p = *program_;
    p.methods.resize(p.names.size());
    for (size_t i = 0; i < p.names.size(); ++i) p.methods[i] = find_method(p.names[i]);
    check_size();
    auto bytes = [](const auto& v) { return v.capacity() * sizeof(v[0]); };
    p.memory_size = sizeof p + p.given.capacity() + p.source.capacity() + p.strings.heap_bytes() +
                    bytes(p.nodes) + bytes(p.positions) + bytes(p.lists) + bytes(p.constants) +
                    bytes(p.names) + bytes(p.methods) + bytes(p.globals) + bytes(p.calls) + bytes(p.filters) +
                    bytes(p.tests) + bytes(p.inits) + bytes(p.scopes) + bytes(p.units) + bytes(p.loops) +
                    bytes(p.imports) + bytes(p.blocks) + bytes(p.sections) + bytes(p.partials) +
                    bytes(p.visible) + bytes(p.exports);
    return std::move(program_);
}

}  // namespace pgprompt
