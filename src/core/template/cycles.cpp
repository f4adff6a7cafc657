// Templates that include each other without an end, found before anything is rendered: only what runs
// whatever the variables are is followed. Recursion behind a condition or a loop may end and is left to the
// limit of depth.
#include <algorithm>

#include "core/template/errors.h"
#include "core/template/renderer.h"

namespace pgprompt {
namespace {

class CycleFinder {
 public:
    CycleFinder(const Program& main, const TemplateLibrary& library, uint32_t max_depth)
        : main_(main), library_(library), max_depth_(max_depth) {}

    void run() { enter(main_.options.name, main_, false); }

 private:
    void enter(const std::string& name, const Program& p, bool is_extended) {
        path_.push_back(name);
        statement(p, p.units[0].body, is_extended || p.has_extends);
        path_.pop_back();
        done_.push_back(name);
    }

    // `is_extended`: blocks may be defined anew elsewhere.
    void statement(const Program& p, NodeId id, bool is_extended) {
        if (id == kNone) return;
        const Node& n = p.nodes[id];
        switch (n.op) {
            case Op::sequence:
                for (uint32_t i = 0; i < n.n; ++i) statement(p, p.lists[n.a + i], is_extended);
                return;
            case Op::with:
            case Op::scope:
            case Op::autoescape:
            case Op::filter_block:
                statement(p, n.b, is_extended);
                return;
            case Op::inlines: {
                const size_t before = inlines_.size();
                for (uint32_t i = 0; i < n.n; ++i) {
                    const Node& name = p.nodes[p.lists[n.a + 2 * i]];
                    if (name.op == Op::constant && p.constants[name.a].is(Value::Kind::string))
                        inlines_.push_back(p.constants[name.a].view());
                }
                statement(p, n.b, is_extended);
                inlines_.resize(before);
                return;
            }
            case Op::block:
                if (!is_extended) statement(p, p.units[p.blocks[n.a].unit].body, is_extended);
                return;
            case Op::include:
            case Op::import_:
            case Op::from_import:
                follow(p, id, p.imports[n.a].source, false);
                return;
            case Op::extends:
                follow(p, id, n.a, true);
                return;
            case Op::partial: {
                const Partial& partial = p.partials[n.a];
                if (!partial.is_block) follow(p, id, partial.name, false);
                return;
            }
            default:
                return;
        }
    }

    void follow(const Program& p, NodeId at, NodeId source, bool extends) {
        if (source == kNone || p.nodes[source].op != Op::constant) return;
        const Value& value = p.constants[p.nodes[source].a];
        if (!value.is(Value::Kind::string)) return;
        const std::string name(value.view());
        if (std::find(inlines_.begin(), inlines_.end(), name) != inlines_.end()) return;
        const std::shared_ptr<const Template>* found = library_.find(name);
        if (!found || !*found) return;
        const Program& next = (*found)->program();
        auto seen = std::find(path_.begin(), path_.end(), name);
        // The template that is rendered may be another version than the one that its name stands for.
        if (seen == path_.begin() && next.source != main_.source)
            seen = std::find(path_.begin() + 1, path_.end(), name);
        const bool is_cycle = seen != path_.end();
        if (!is_cycle && path_.size() <= max_depth_) {
            if (std::find(done_.begin(), done_.end(), name) == done_.end()) enter(name, next, extends);
            return;
        }
        std::string chain;
        if (!is_cycle) {
            seen = path_.end() - static_cast<std::ptrdiff_t>(std::min<size_t>(5, path_.size()));
            chain = "... -> ";
        }
        for (auto link = seen; link != path_.end(); ++link) chain += *link + " -> ";
        throw Failure(
            is_cycle ? Limit::none : Limit::template_depth,
            (is_cycle ? "templates include each other without an end: "
                      : "more than " + std::to_string(max_depth_) + " templates include each other: ") +
                chain + name,
            describe_position(p.source, p.positions[at], path_.back()),
            is_cycle ? "Take one of them out, or put it behind a condition." : "");
    }

    const Program& main_;
    const TemplateLibrary& library_;
    const uint32_t max_depth_;
    std::vector<std::string> path_, done_;
    std::vector<std::string_view> inlines_;
};

}  // namespace

void refuse_cycles(const Program& main, const TemplateLibrary& library, uint32_t max_depth) {
    CycleFinder(main, library, max_depth).run();
}

}  // namespace pgprompt
