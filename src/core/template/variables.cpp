// Of jinja2 and f-string, for template_variables(): which names a template reads from outside, and whether it
// does without them.
//
// A walk along the program. `known` holds the names that are certain to be there at a point: assigned before,
// or tested by the conditions around. A path is what is read below a variable; loop variables and assigned
// names stand for the paths they were made of.
#include <algorithm>
#include <map>
#include <set>

#include "core/template/ast.h"
#include "core/template/builtins.h"

namespace pgprompt {

namespace {

constexpr int kMaxDepth = 4000;

class Walker {
 public:
    explicit Walker(const Program& p) : p_(p), known_(p.names.size()) {
        for (const Scope& scope : p.scopes) {
            for (uint32_t i = 0; i < scope.init_count; ++i) {
                const SlotInit& init = p.inits[scope.inits + i];
                inits_[{scope.unit, init.slot}] = &init;
            }
        }
    }

    std::vector<VariableUse> run() {
        enter_unit(0);
        std::vector<VariableUse> result;
        for (NameId name : order_) {
            VariableUse use{std::string(p_.names[name]), uses_[name].required, {}};
            use.paths.assign(uses_[name].paths.begin(), uses_[name].paths.end());
            result.push_back(std::move(use));
        }
        return result;
    }

 private:
    struct Use {
        bool required = false;
        std::set<std::string> paths;
    };
    // Where an expression's value comes from: a variable and the path below it.
    struct Origin {
        NameId name = kNone;
        std::string path;
    };
    using Slot = std::pair<uint32_t, uint32_t>;  // unit, slot
    using Known = std::vector<bool>;

    std::string_view name_text(NameId name) const { return p_.names[name]; }

    // The slot that a local or outer node means.
    Slot slot_of(const Node& n) const {
        uint32_t unit = unit_;
        for (uint32_t depth = n.op == Op::outer ? n.n : 0; depth; --depth) unit = p_.units[unit].parent;
        return {unit, n.a};
    }

    // Whether a slot begins as the variable of its name.
    bool is_external(Slot slot) const {
        for (int guard = 0; guard < 1000; ++guard) {
            auto found = inits_.find(slot);
            if (found == inits_.end()) return false;
            const SlotInit& init = *found->second;
            if (init.kind != SlotInit::Kind::outer) return init.kind == SlotInit::Kind::global;
            uint32_t unit = slot.first;
            for (uint32_t depth = init.depth; depth; --depth) unit = p_.units[unit].parent;
            slot = {unit, init.source};
        }
        return false;
    }

    // The variable that a node reads, or kNone.
    NameId external_name(const Node& n) const {
        switch (n.op) {
            case Op::global: {
                bool builtin = find_global(name_text(n.b)) != kUnknown;
                return builtin ? kNone : n.b;
            }
            case Op::local:
            case Op::outer: {
                Slot slot = slot_of(n);
                return is_external(slot) && !origins_.count(slot) ? n.b : kNone;
            }
            default:
                return kNone;
        }
    }

    Origin origin_of(NodeId id) const {
        const Node& n = p_.nodes[id];
        switch (n.op) {
            case Op::local:
            case Op::outer: {
                auto found = origins_.find(slot_of(n));
                if (found != origins_.end()) return found->second;
                [[fallthrough]];
            }
            case Op::global: {
                NameId name = external_name(n);
                return name == kNone ? Origin{} : Origin{name, std::string(name_text(name))};
            }
            case Op::attribute: {
                Origin o = origin_of(n.a);
                if (o.name != kNone) o.path += "." + std::string(name_text(n.b));
                return o;
            }
            case Op::item: {
                Origin o = origin_of(n.a);
                if (o.name == kNone) return o;
                if (n.c != kNone)
                    o.path += "." + std::string(name_text(n.c));
                else
                    o.path += "[]";
                return o;
            }
            case Op::slice:
                return origin_of(n.a);
            case Op::filter: {
                static constexpr std::string_view kSame[] = {"default",    "d",         "list",   "reverse",
                                                             "sort",       "unique",    "select", "reject",
                                                             "selectattr", "rejectattr"};
                std::string_view filter = name_text(p_.filters[n.c].name);
                if (n.a == kNone || std::find(std::begin(kSame), std::end(kSame), filter) == std::end(kSame))
                    return {};
                return origin_of(n.a);
            }
            default:
                return {};
        }
    }

    void use(NameId name, bool guarded) {
        auto [found, added] = uses_.try_emplace(name);
        if (added) order_.push_back(name);
        if (!guarded && !known_[name]) found->second.required = true;
    }

    void note_path(NodeId id) {
        Origin o = origin_of(id);
        if (o.name != kNone && o.path.size() > name_text(o.name).size() && o.path.size() < 1000) {
            auto [found, added] = uses_.try_emplace(o.name);
            if (added) order_.push_back(o.name);
            found->second.paths.insert(o.path);
        }
    }

    // An expression; `guarded`: its own value may be undefined without harm.
    void expression(NodeId id, bool guarded = false) {
        if (id == kNone) return;
        if (++depth_ > kMaxDepth) throw Failure(Code::limit_exceeded, "the template is nested too deeply");
        walk_expression(id, guarded);
        --depth_;
    }

    void walk_expression(NodeId id, bool guarded) {
        const Node& n = p_.nodes[id];
        switch (n.op) {
            case Op::global:
            case Op::local:
            case Op::outer: {
                NameId name = external_name(n);
                if (name != kNone) use(name, guarded);
                note_path(id);
                return;
            }
            case Op::attribute:
                expression(n.a);
                note_path(id);
                return;
            case Op::item:
                expression(n.a);
                expression(n.b);
                note_path(id);
                return;
            case Op::slice:
                expression(n.a);
                for (uint32_t i = 0; i < 3; ++i) expression(p_.lists[n.b + i]);
                return;
            case Op::call:
                if (p_.nodes[n.a].op == Op::attribute)
                    expression(p_.nodes[n.a].a);
                else
                    expression(n.a);
                call_arguments(n.b);
                return;
            case Op::filter: {
                std::string_view filter = name_text(p_.filters[n.c].name);
                expression(n.a, filter == "default" || filter == "d");
                call_arguments(n.b);
                return;
            }
            case Op::test: {
                std::string_view test = name_text(p_.tests[n.c].name);
                expression(n.a, test == "defined" || test == "undefined");
                call_arguments(n.b);
                return;
            }
            case Op::logical_not:
                expression(n.a, true);
                return;
            case Op::logical_and:
            case Op::logical_or: {
                expression(n.a, true);
                Known saved = known_;
                assume(n.a, n.op == Op::logical_and);
                expression(n.b, guarded);
                known_ = std::move(saved);
                return;
            }
            case Op::conditional: {
                expression(n.b, true);
                Known saved = known_;
                assume(n.b, true);
                expression(n.a, guarded);
                known_ = saved;
                assume(n.b, false);
                expression(n.c, guarded);
                known_ = std::move(saved);
                return;
            }
            case Op::add:
            case Op::concat:
            case Op::list:
            case Op::tuple:
            case Op::dict:
                for (uint32_t i = 0; i < n.n; ++i) expression(p_.lists[n.a + i]);
                return;
            case Op::compare_chain:
                expression(p_.lists[n.a]);
                for (uint32_t i = 2; i < n.n; i += 2) expression(p_.lists[n.a + i]);
                return;
            case Op::negate:
            case Op::positive:
                expression(n.a);
                return;
            case Op::format:
            case Op::subtract:
            case Op::multiply:
            case Op::divide:
            case Op::floor_divide:
            case Op::modulo:
            case Op::power:
            case Op::equal:
            case Op::not_equal:
            case Op::less:
            case Op::less_equal:
            case Op::greater:
            case Op::greater_equal:
            case Op::contained:
            case Op::not_contained:
                expression(n.a);
                expression(n.b);
                return;
            default:
                return;
        }
    }

    void call_arguments(uint32_t call) {
        const CallArguments& c = p_.calls[call];
        for (uint32_t i = 0; i < c.positional; ++i) expression(p_.lists[c.list + i]);
        for (uint32_t i = 0; i < c.named; ++i) expression(p_.lists[c.list + c.positional + 2 * i + 1]);
        expression(c.star);
        expression(c.star_star);
    }

    // What is known once a condition held, or did not.
    void assume(NodeId id, bool holds) {
        const Node& n = p_.nodes[id];
        switch (n.op) {
            case Op::global:
            case Op::local:
            case Op::outer:
                if (holds) known_[n.b] = true;
                return;
            case Op::attribute:
            case Op::item:
                if (holds) assume(n.a, true);
                return;
            case Op::logical_not:
                assume(n.a, !holds);
                return;
            case Op::logical_and:
                if (!holds) return;
                assume(n.a, true);
                assume(n.b, true);
                return;
            case Op::logical_or:
                if (holds) return;
                assume(n.a, false);
                assume(n.b, false);
                return;
            case Op::equal:
                if (holds) assume(n.a, true);
                return;
            case Op::test: {
                std::string_view test = name_text(p_.tests[n.c].name);
                bool about_undefined = test == "undefined";
                static constexpr std::string_view kTrueOfUndefined[] = {"callable", "iterable", "sequence",
                                                                        "ne", "in"};
                bool tells = std::find(std::begin(kTrueOfUndefined), std::end(kTrueOfUndefined), test) ==
                             std::end(kTrueOfUndefined);
                if (about_undefined ? !holds : holds && tells) assume(n.a, true);
                return;
            }
            default:
                return;
        }
    }

    // Names assigned are known from here on; what they stand for is remembered.
    void assign(NodeId target, const Origin& origin) {
        if (target == kNone) return;
        const Node& n = p_.nodes[target];
        if (n.op == Op::target_local) {
            known_[n.b] = true;
            Slot slot{unit_, n.a};
            if (origin.name != kNone)
                origins_[slot] = origin;
            else if (is_external(slot))
                origins_.erase(slot);
            return;
        }
        if (n.op == Op::target_attribute) {
            expression(n.a);
            return;
        }
        for (uint32_t i = 0; i < n.n; ++i) assign(p_.lists[n.a + i], {});
    }

    void enter_unit(uint32_t unit) {
        uint32_t saved = unit_;
        unit_ = unit;
        const Unit& u = p_.units[unit];
        for (uint32_t i = 0; i < u.parameter_count; ++i) {
            expression(p_.lists[u.parameters + 3 * i + 1]);
        }
        if (u.body != kNone) statement(u.body);
        unit_ = saved;
    }

    void statement(NodeId id) {
        if (id == kNone) return;
        if (++depth_ > kMaxDepth) throw Failure(Code::limit_exceeded, "the template is nested too deeply");
        walk_statement(id);
        --depth_;
    }

    void walk_statement(NodeId id) {
        const Node& n = p_.nodes[id];
        switch (n.op) {
            case Op::sequence:
                for (uint32_t i = 0; i < n.n; ++i) statement(p_.lists[n.a + i]);
                return;
            case Op::print:
            case Op::do_:
            case Op::extends:
                expression(n.a);
                return;
            case Op::if_: {
                Known before = known_;
                Known after(known_.size(), true);
                auto merge = [&] {
                    for (size_t i = 0; i < after.size(); ++i) after[i] = after[i] && known_[i];
                };
                uint32_t i = 0;
                for (; i + 1 < n.n; i += 2) {
                    NodeId condition = p_.lists[n.a + i];
                    expression(condition, true);
                    Known at_test = known_;
                    assume(condition, true);
                    statement(p_.lists[n.a + i + 1]);
                    merge();
                    known_ = std::move(at_test);
                    assume(condition, false);
                }
                if (i < n.n) statement(p_.lists[n.a + i]);
                merge();
                known_ = std::move(after);
                return;
            }
            case Op::for_: {
                const Loop& loop = p_.loops[n.a];
                expression(loop.items);
                Origin items = origin_of(loop.items);
                if (items.name != kNone) items.path += "[]";
                Known before = known_;
                assign(loop.filter_target, items);
                expression(loop.filter, true);
                uint32_t saved = unit_;
                if (loop.unit != kNone) unit_ = loop.unit;
                assign(loop.target, items);
                if (items.name != kNone) note_loop(items);
                statement(loop.body);
                known_ = before;
                statement(loop.otherwise);
                known_ = std::move(before);
                unit_ = saved;
                return;
            }
            case Op::set: {
                expression(n.b);
                assign(n.a, origin_of(n.b));
                return;
            }
            case Op::set_block:
                scoped(n.b);
                if (n.c != kNone) expression(n.c);
                assign(n.a, {});
                return;
            case Op::with: {
                Known before = known_;
                for (uint32_t i = 1; i < n.n; i += 2) expression(p_.lists[n.c + i]);
                for (uint32_t i = 0; i < n.n; i += 2)
                    assign(p_.lists[n.c + i], origin_of(p_.lists[n.c + i + 1]));
                statement(n.b);
                known_ = std::move(before);
                return;
            }
            case Op::scope:
                scoped(n.b);
                return;
            case Op::autoescape:
                expression(n.a, true);
                scoped(n.b);
                return;
            case Op::filter_block:
                expression(n.a);
                scoped(n.b);
                return;
            case Op::macro: {
                assign(n.b, {});
                Known before = known_;
                enter_unit(n.a);
                known_ = std::move(before);
                return;
            }
            case Op::call_block: {
                expression(n.a);
                Known before = known_;
                enter_unit(n.b);
                known_ = std::move(before);
                return;
            }
            case Op::block: {
                Known before = known_;
                for (const Export& x : p_.exports) known_[x.name] = true;
                enter_unit(p_.blocks[n.a].unit);
                known_ = std::move(before);
                return;
            }
            case Op::include:
                expression(p_.imports[n.a].source);
                return;
            case Op::import_:
                expression(p_.imports[n.a].source);
                assign(p_.imports[n.a].target, {});
                return;
            case Op::from_import: {
                const Import& import = p_.imports[n.a];
                expression(import.source);
                for (uint32_t i = 0; i < import.name_count; ++i)
                    assign(p_.lists[import.names + 2 * i + 1], {});
                return;
            }
            default:
                return;
        }
    }

    void note_loop(const Origin& o) {
        if (o.path.size() < 1000) uses_[o.name].paths.insert(o.path);
    }

    void scoped(NodeId body) {
        Known before = known_;
        statement(body);
        known_ = std::move(before);
    }

    const Program& p_;
    Known known_;
    uint32_t unit_ = 0;
    int depth_ = 0;
    std::map<Slot, const SlotInit*> inits_;
    std::map<Slot, Origin> origins_;
    std::map<NameId, Use> uses_;
    std::vector<NameId> order_;
};

}  // namespace

std::vector<VariableUse> expression_variables(const Program& p) {
    return Walker(p).run();
}

}  // namespace pgprompt
