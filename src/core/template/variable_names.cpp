// Which variables a template uses together with all that it includes.
#include <map>
#include <numeric>
#include <set>

#include "core/template/ast.h"

namespace pgprompt {

std::vector<VariableUse> view_variables(const Program& p);        // handlebars_variables.cpp
std::vector<VariableUse> expression_variables(const Program& p);  // variables.cpp

namespace {

constexpr size_t kMissing = SIZE_MAX;

bool has_views(const Program& p) {
    const TemplateFormat format = p.options.format;
    return format == TemplateFormat::handlebars || format == TemplateFormat::mustache;
}

std::vector<VariableUse> uses_of(const Program& p) {
    return has_views(p) ? view_variables(p) : expression_variables(p);
}

// Names that a template gives to variables by itself: an include sees them.
void add_assigned(const Program& p, std::set<std::string>* names) {
    for (const Node& n : p.nodes)
        if (n.op == Op::target_local) names->emplace(p.names[n.b]);
    for (const Unit& unit : p.units) {
        for (uint32_t i = 0; i < unit.parameter_count; ++i)
            names->emplace(p.names[p.lists[unit.parameters + 3 * i + 2]]);
    }
}

VariableNames names_of(const std::vector<const Program*>& given, const TemplateLibrary* library) {
    constexpr size_t kMostTemplates = 1000;
    struct Reached {
        const Program* program;
        bool has_view;        // rendered in the context of a section or partial
        bool sees_variables;  // else it was imported, or included without context
    };
    VariableNames result;
    std::vector<Reached> reached;
    for (const Program* p : given) reached.push_back({p, false, true});
    std::vector<size_t> open(given.size());
    std::iota(open.begin(), open.end(), 0);
    std::map<std::string_view, size_t> known;
    std::set<std::string> assigned;
    for (size_t k = 0; k < open.size() && reached.size() < kMostTemplates; ++k) {
        const Reached from = reached[open[k]];
        const Program& p = *from.program;
        result.is_open |= p.dynamic_references;
        add_assigned(p, &assigned);
        for (const TemplateReference& reference : p.references) {
            const bool sees_variables = from.sees_variables && reference.with_context;
            const auto [at, first] = known.emplace(reference.name, reached.size());
            if (!first) {
                if (at->second == kMissing || reached[at->second].sees_variables || !sees_variables) continue;
                reached[at->second].sees_variables = true;
                open.push_back(at->second);
                continue;
            }
            const std::shared_ptr<const Template>* found = library ? library->find(reference.name) : nullptr;
            if (!found) throw Failure(Code::template_needed, reference.name);
            if (!*found) {
                at->second = kMissing;
                continue;
            }
            open.push_back(reached.size());
            reached.push_back({&(*found)->program(), from.has_view || has_views(p), sees_variables});
        }
    }
    std::map<std::string, bool> required;
    std::vector<std::string> order;
    for (size_t i = 0; i < reached.size(); ++i) {
        if (!reached[i].sees_variables) continue;
        for (const VariableUse& use : uses_of(*reached[i].program)) {
            // By a template before, or by the context that a partial is rendered in.
            const bool set_elsewhere = reached[i].has_view || (i >= given.size() && assigned.count(use.name));
            const auto [entry, first] = required.emplace(use.name, false);
            if (first) order.push_back(use.name);
            entry->second |= use.required && !set_elsewhere;
        }
    }
    for (std::string& name : order)
        (required[name] ? result.required : result.guarded).push_back(std::move(name));
    return result;
}

}  // namespace

void check_variable_names(const Program& main, const Value& variables, const TemplateLibrary* library) {
    const VariableNames names = names_of({&main}, library);
    std::vector<std::string> missing, surplus;
    const bool is_map = variables.is(Value::Kind::map);
    Value v;
    for (const std::string& name : names.required)
        if (!is_map || !variables.find(name, &v)) missing.push_back(name);
    if (!names.is_open && is_map) {
        std::set<std::string_view> used(names.required.begin(), names.required.end());
        used.insert(names.guarded.begin(), names.guarded.end());
        Container::Cursor cursor;
        Value key;
        while (variables.next(&cursor, &key, &v))
            if (!used.count(key.view())) surplus.push_back(std::string(key.view()));
    }
    if (missing.empty() && surplus.empty()) return;
    auto joined = [](const std::vector<std::string>& names) {
        std::string result;
        for (size_t i = 0; i < names.size() && i < 100; ++i) result += (i ? ", " : "") + names[i];
        return result;
    };
    std::string message = "the variables do not fit the template: ";
    if (!missing.empty()) message += "missing: " + joined(missing);
    if (!surplus.empty()) message += (missing.empty() ? "not used: " : "; not used: ") + joined(surplus);
    throw Failure(Code::invalid_parameter, message, "The names were checked because rendering is strict.");
}

Result<VariableNames> variable_names(const std::vector<const Template*>& templates,
                                     const TemplateLibrary* library) noexcept {
    return protect([&] {
        std::vector<const Program*> programs;
        for (const Template* t : templates) programs.push_back(&t->program());
        return names_of(programs, library);
    });
}

Result<std::vector<VariableUse>> template_variables(const Template& t) noexcept {
    return protect([&] { return uses_of(t.program()); });
}

}  // namespace pgprompt
