// template_variables() of handlebars and mustache: which members of the root context a template reads.
//
// A walk along the program with the contexts that its sections make. A context is the root, a path below a
// variable, or unknown (an inline partial that another template uses). A section of a plain name may have a
// context of its own or, its value being true, that around it: then a name counts for both, and as not
// required for the one around.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "core/template/ast.h"

namespace pgprompt {

std::vector<VariableUse> view_variables(const Program& p);

namespace {

constexpr int kMaxDepth = 4000;
constexpr size_t kMaxPath = 1000;

// Where a value comes from.
struct Origin {
    enum class Kind : uint8_t { unknown, root, path };
    Kind kind = Kind::unknown;
    std::string path;  // "customer.orders[]"
};

struct Context {
    Origin origin;
    bool sure = true;           // whether it is there at all; else it is that of the parent
    std::vector<NameId> given;  // names that a partial was given
    const Context* parent = nullptr;
};

class Walker {
 public:
    explicit Walker(const Program& p) : p_(p) {}

    std::vector<VariableUse> run() {
        Context root;
        root.origin.kind = Origin::Kind::root;
        context_ = &root;
        statement(p_.units[0].body);
        std::vector<VariableUse> result;
        for (const std::string& name : order_) {
            const Use& use = uses_[name];
            result.push_back({name, use.required, {use.paths.begin(), use.paths.end()}});
        }
        return result;
    }

 private:
    struct Use {
        bool required = false;
        std::set<std::string> paths;
    };
    using Known = std::set<std::string>;

    Origin member(const Origin& of, std::string_view name) const {
        Origin o;
        if (of.kind == Origin::Kind::unknown) return o;
        o.kind = Origin::Kind::path;
        o.path = of.kind == Origin::Kind::root ? std::string(name) : of.path + "." + std::string(name);
        if (o.path.size() > kMaxPath) return {};
        return o;
    }
    Origin element(Origin of) const {
        if (of.kind == Origin::Kind::root) return {};
        of.path += "[]";
        return of;
    }

    static std::string variable_of(const std::string& path) {
        return path.substr(0, path.find_first_of(".["));
    }

    // A member of the root was read: by the first name, which may have dots and brackets itself.
    void note(const std::string& variable, const std::string& path, bool required) {
        auto [found, added] = uses_.try_emplace(variable);
        if (added) order_.push_back(variable);
        if (required && !known_.count(variable)) found->second.required = true;
        if (path.size() > variable.size()) found->second.paths.insert(path);
    }

    // Reads `names` below a context; the origin of the result.
    Origin read(const Context* context, const uint32_t* names, uint32_t count, bool required) {
        if (!context) return {};
        bool given = count && std::find(context->given.begin(), context->given.end(), names[0]) !=
                                  context->given.end();
        if (given) return {};
        Origin o = context->origin;
        if (o.kind == Origin::Kind::root && count) {
            std::string variable(p_.names[names[0]]);
            for (uint32_t i = 0; i < count; ++i) o = member(o, p_.names[names[i]]);
            note(variable, o.path, required);
            return o;
        }
        if (o.kind == Origin::Kind::unknown && count && context->parent == nullptr) {
            note(std::string(p_.names[names[0]]), "", false);
            return {};
        }
        for (uint32_t i = 0; i < count; ++i) o = member(o, p_.names[names[i]]);
        if (count && o.kind == Origin::Kind::path) note_path(o.path);
        return o;
    }

    void note_path(const std::string& path) {
        std::string variable = variable_of(path);
        auto found = uses_.find(variable);
        if (found != uses_.end() && path.size() > variable.size()) found->second.paths.insert(path);
    }

    Origin walk_path(const Node& n, bool guarded) {
        const uint32_t* names = p_.lists.data() + n.a;
        if (n.c != kNone) {
            Origin o = expression(n.c, false);
            const Node& base = p_.nodes[n.c];
            if (base.op == Op::datum && static_cast<LoopDatum>(base.a) == LoopDatum::root) {
                Context root;
                root.origin.kind = Origin::Kind::root;
                return read(&root, names, n.n, !guarded);
            }
            for (uint32_t i = 0; i < n.n; ++i) o = member(o, p_.names[names[i]]);
            if (o.kind == Origin::Kind::path) note_path(o.path);
            return o;
        }
        const Context* context = context_;
        for (uint32_t up = n.b; up && context; --up) context = context->parent;
        if (!context) return {};
        bool searches = (n.flags & kInParents) && n.n;
        Origin result = read(context, names, n.n, !guarded && (context->sure || !context->parent));
        // Where else it may be.
        bool unsure = !context->sure;
        while ((searches || unsure) && context->parent) {
            context = context->parent;
            read(context, names, n.n, false);
            unsure = unsure && !context->sure;
        }
        return result;
    }

    Origin expression(NodeId id, bool guarded) {
        if (id == kNone) return {};
        if (++depth_ > kMaxDepth) throw Failure(Code::limit_exceeded, "the template is nested too deeply");
        Origin o = walk_expression(p_.nodes[id], guarded);
        --depth_;
        return o;
    }

    Origin walk_expression(const Node& n, bool guarded) {
        switch (n.op) {
            case Op::path:
                return walk_path(n, guarded);
            case Op::local:
            case Op::outer: {
                auto found = parameters_.find(n.b);
                return found == parameters_.end() ? Origin{} : found->second;
            }
            case Op::member: {
                const Node& object = p_.nodes[n.a];
                const Node& key = p_.nodes[n.b];
                Origin o = expression(n.a, guarded);
                expression(n.b, false);
                const Value* name = key.op == Op::constant ? &p_.constants[key.a] : nullptr;
                if (o.kind == Origin::Kind::root || is_root(object)) {
                    if (!name || !name->is(Value::Kind::string)) return {};
                    note(std::string(name->view()), "", !guarded);
                    return {Origin::Kind::path, std::string(name->view())};
                }
                if (o.kind != Origin::Kind::path) return {};
                o = name && name->is(Value::Kind::string) ? member(o, name->view()) : element(o);
                if (o.kind == Origin::Kind::path) note_path(o.path);
                return o;
            }
            case Op::truthy:
                expression(n.c, false);
                return expression(n.a, true);
            case Op::logical_not:
                return expression(n.a, true);
            default:
                return {};
        }
    }

    static bool is_root(const Node& n) {
        return n.op == Op::datum && static_cast<LoopDatum>(n.a) == LoopDatum::root;
    }

    // The variable whose truth a condition tells; nothing for others.
    std::string tested(NodeId id, bool* negated) const {
        const Node* n = &p_.nodes[id];
        while (n->op == Op::logical_not || n->op == Op::truthy) {
            if (n->op == Op::logical_not) *negated = !*negated;
            n = &p_.nodes[n->a];
        }
        if (n->op != Op::path || n->n == 0) return {};
        const Context* context = context_;
        for (uint32_t up = n->b; up && context; --up) context = context->parent;
        bool root =
            n->c != kNone ? is_root(p_.nodes[n->c]) : context && context->origin.kind == Origin::Kind::root;
        return root ? std::string(p_.names[p_.lists[n->a]]) : std::string();
    }

    void statement(NodeId id) {
        if (id == kNone) return;
        if (++depth_ > kMaxDepth) throw Failure(Code::limit_exceeded, "the template is nested too deeply");
        walk_statement(p_.nodes[id]);
        --depth_;
    }

    void walk_statement(const Node& n) {
        switch (n.op) {
            case Op::sequence:
                for (uint32_t i = 0; i < n.n; ++i) statement(p_.lists[n.a + i]);
                return;
            case Op::output:
                expression(n.a, false);
                return;
            case Op::if_:
                return walk_if(n);
            case Op::section:
                return walk_section(p_.sections[n.a]);
            case Op::partial:
                return walk_partial(p_.partials[n.a]);
            case Op::inlines:
                return walk_inlines(n);
            default:
                return;
        }
    }

    void walk_if(const Node& n) {
        Known before = known_;
        uint32_t i = 0;
        for (; i + 1 < n.n; i += 2) {
            NodeId condition = p_.lists[n.a + i];
            expression(condition, true);
            bool negated = false;
            std::string variable = tested(condition, &negated);
            Known at_test = known_;
            if (!variable.empty() && !negated) known_.insert(variable);
            statement(p_.lists[n.a + i + 1]);
            known_ = std::move(at_test);
            if (!variable.empty() && negated) known_.insert(variable);
        }
        if (i < n.n) statement(p_.lists[n.a + i]);
        known_ = std::move(before);
    }

    void walk_section(const Section& s) {
        bool each = s.kind == Section::Kind::each;
        // A loop without `else` wants its list, as in the other formats; the others are tests.
        Origin subject = expression(s.subject, !each || s.otherwise != kNone);
        bool negated = false;
        std::string variable = tested(s.subject, &negated);
        Known before = known_;
        if (!variable.empty()) known_.insert(variable);
        Context inner;
        inner.origin = each ? element(subject) : subject;
        inner.sure = each || s.kind == Section::Kind::with;
        inner.parent = context_;
        auto saved = parameters_;
        if (s.value_target != kNone) parameters_[p_.nodes[s.value_target].b] = inner.origin;
        if (s.key_target != kNone) parameters_[p_.nodes[s.key_target].b] = {};
        context_ = &inner;
        statement(s.body);
        context_ = inner.parent;
        parameters_ = std::move(saved);
        known_ = before;
        statement(s.otherwise);
        known_ = std::move(before);
    }

    void walk_partial(const Partial& p) {
        Context inner;
        inner.parent = nullptr;
        if (p.context != kNone)
            inner.origin = expression(p.context, true);
        else if (context_)
            inner.origin = context_->origin;
        for (uint32_t i = 0; i < p.hash_count; ++i) {
            inner.given.push_back(p_.lists[p.hash + 2 * i]);
            expression(p_.lists[p.hash + 2 * i + 1], true);
        }
        expression(p.name, false);
        size_t mark = inlines_.size();
        note_inlines(p.inlines, p.inline_count);
        const Node* name = p.name == kNone ? nullptr : &p_.nodes[p.name];
        if (name && name->op == Op::constant && p_.constants[name->a].is(Value::Kind::string)) {
            std::string_view text = p_.constants[name->a].view();
            for (size_t i = inlines_.size(); i-- > 0;) {
                if (inlines_[i].name != text) continue;
                inlines_[i].used = true;
                walk_unit(inlines_[i].unit, inner);
                break;
            }
        }
        if (p.unit != kNone) {
            inner.parent = context_;
            inner.given.clear();
            walk_unit(p.unit, inner);
        }
        end_inlines(mark);
    }

    void walk_inlines(const Node& n) {
        size_t mark = inlines_.size();
        note_inlines(n.a, n.n);
        statement(n.b);
        end_inlines(mark);
    }

    void note_inlines(uint32_t list, uint32_t count) {
        for (uint32_t i = 0; i < count; ++i) {
            const Node& name = p_.nodes[p_.lists[list + 2 * i]];
            std::string text;
            if (name.op == Op::constant && p_.constants[name.a].is(Value::Kind::string))
                text = p_.constants[name.a].view();
            inlines_.push_back({std::move(text), p_.lists[list + 2 * i + 1], false});
        }
    }

    // What no partial of this template used may be used by another.
    void end_inlines(size_t mark) {
        for (size_t i = mark; i < inlines_.size(); ++i) {
            if (!inlines_[i].used) walk_unit(inlines_[i].unit, Context{});
        }
        inlines_.resize(mark);
    }

    void walk_unit(uint32_t unit, const Context& context) {
        // Once for every context is enough.
        if (!walked_
                 .insert({unit, std::to_string(static_cast<int>(context.origin.kind)) + context.origin.path})
                 .second)
            return;
        const Context* saved = context_;
        context_ = &context;
        statement(p_.units[unit].body);
        context_ = saved;
    }

    struct Inline {
        std::string name;
        uint32_t unit;
        bool used;
    };

    const Program& p_;
    const Context* context_ = nullptr;
    Known known_;
    int depth_ = 0;
    std::map<NameId, Origin> parameters_;
    std::vector<Inline> inlines_;
    std::set<std::pair<uint32_t, std::string>> walked_;
    std::map<std::string, Use> uses_;
    std::vector<std::string> order_;
};

}  // namespace

std::vector<VariableUse> view_variables(const Program& p) {
    return Walker(p).run();
}

}  // namespace pgprompt
