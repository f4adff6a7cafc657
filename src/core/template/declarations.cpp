#include "core/template/declarations.h"

#include <re2/re2.h>

#include <algorithm>
#include <optional>
#include <string>

#include "core/json.h"
#include "core/json_writer.h"

namespace pgprompt {

namespace {

enum class Type : uint8_t { any, string, number, integer, boolean, array, object };

constexpr std::pair<std::string_view, Type> kTypes[] = {
    {"any", Type::any},         {"string", Type::string},   {"number", Type::number},
    {"integer", Type::integer}, {"boolean", Type::boolean}, {"array", Type::array},
    {"object", Type::object}};

constexpr int64_t kPatternMemory = 1 << 20;
constexpr char kExample[] = "[{\"name\": \"query\", \"type\": \"string\"}]";

struct Declaration {
    std::string name;
    Type type = Type::any;
    bool required = true;
    bool is_described = false;
    std::shared_ptr<const JsonDocument> fallback;
    std::unique_ptr<RE2> validation;

    // It tells no more than the template itself: that there is such a variable, as create_prompt() declares
    // it.
    bool is_bare() const {
        return type == Type::any && fallback == nullptr && validation == nullptr && !is_described;
    }
};

bool is_number(const Value& value) {
    return value.is(Value::Kind::integer) || value.is(Value::Kind::real) || value.is(Value::Kind::digits);
}

bool has_type(const Value& value, Type type) {
    switch (type) {
        case Type::any:
            return true;
        case Type::string:
            return value.is(Value::Kind::string);
        case Type::number:
            return is_number(value);
        case Type::integer:
            return is_number(value) && !value.is(Value::Kind::real);
        case Type::boolean:
            return value.is(Value::Kind::boolean);
        case Type::array:
            return value.is(Value::Kind::list);
        case Type::object:
            return value.is(Value::Kind::map);
    }
    return false;
}

// With its article, for messages.
std::string a_type(std::string_view name) {
    return (name == "array" || name == "integer" || name == "object" ? "an " : "a ") + std::string(name);
}

std::string a_type(Type type) {
    for (const auto& [name, known] : kTypes) {
        if (known == type) return a_type(name);
    }
    return "a value";
}

std::string a_type(const Value& value) {
    if (is_number(value)) return "a number";
    switch (value.kind) {
        case Value::Kind::null:
            return "null";
        case Value::Kind::boolean:
            return "a boolean";
        case Value::Kind::string:
            return "a string";
        case Value::Kind::list:
            return "an array";
        default:
            return "an object";
    }
}

std::string quoted(std::string_view name) {
    return "\"" + std::string(name) + "\"";
}

[[noreturn]] void refuse(std::string message, std::string hint = {}) {
    throw Failure(Code::invalid_parameter, std::move(message), {}, std::move(hint));
}

std::string_view text_of(const Value& value, std::string_view key, std::string_view name) {
    if (!value.is(Value::Kind::string)) {
        refuse(quoted(key) + " in the declaration of variable " + quoted(name) + " is no string");
    }
    return value.view();
}

Type type_named(std::string_view word, std::string_view variable) {
    for (const auto& [name, type] : kTypes) {
        if (name == word) return type;
    }
    refuse("type " + quoted(word) + " of variable " + quoted(variable) + " is unknown",
           "It is string, number, integer, boolean, array, object or any.");
}

std::unique_ptr<RE2> validation_of(std::string_view pattern, std::string_view variable) {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(kPatternMemory);
    auto compiled = std::make_unique<RE2>(std::string(pattern), options);
    if (!compiled->ok()) {
        throw Failure(Code::invalid_regex,
                      "validation of variable " + quoted(variable) + " is no regular expression",
                      compiled->error() + ": " + std::string(pattern),
                      "Patterns are RE2's: no lookaround, no back-references.");
    }
    return compiled;
}

void read_member(std::string_view key, const Value& member, Declaration* into,
                 std::optional<bool>* required) {
    if (key == "name") return;
    if (key == "description") {
        into->is_described = true;
    } else if (key == "type") {
        into->type = type_named(text_of(member, key, into->name), into->name);
    } else if (key == "required") {
        if (!member.is(Value::Kind::boolean)) {
            refuse("\"required\" in the declaration of variable " + quoted(into->name) +
                   " is neither true nor false");
        }
        *required = member.boolean;
    } else if (key == "default") {
        into->fallback = parse_json(json_text(member)).take();
    } else if (key == "validation") {
        if (!member.is(Value::Kind::null))
            into->validation = validation_of(text_of(member, key, into->name), into->name);
    } else {
        refuse("key " + quoted(key) + " in the declaration of variable " + quoted(into->name) + " is unknown",
               "Keys are name, type, required, default, validation and description.");
    }
}

bool matches(const Declaration& declared, const Value& value) {
    return declared.validation == nullptr || !value.is(Value::Kind::string) ||
           RE2::PartialMatch({value.text, value.length}, *declared.validation);
}

Declaration parse_one(const Value& value) {
    Declaration result;
    Value name = value;
    if (value.is(Value::Kind::map)) {
        if (!value.find("name", &name)) refuse("a declaration of a variable has no \"name\"", kExample);
    }
    if (!name.is(Value::Kind::string)) {
        refuse("a declaration of a variable is neither an object with a \"name\" nor a name", kExample);
    }
    result.name = name.view();
    if (result.name.empty()) refuse("the name of a declared variable is empty");
    if (!value.is(Value::Kind::map)) return result;

    std::optional<bool> required;
    Container::Cursor cursor;
    Value key, member;
    while (value.next(&cursor, &key, &member)) read_member(key.view(), member, &result, &required);
    result.required = required.value_or(result.fallback == nullptr);
    if (result.fallback != nullptr) {
        const Value fallback = result.fallback->root();
        if (!fallback.is(Value::Kind::null) && !has_type(fallback, result.type)) {
            refuse("the default of variable " + quoted(result.name) + " is " + a_type(fallback) + ", not " +
                   a_type(result.type));
        }
        if (!matches(result, fallback)) {
            refuse("the default of variable " + quoted(result.name) + " does not match its validation " +
                   quoted(result.validation->pattern()));
        }
    }
    return result;
}

class ParsedDeclarations final : public Declarations {
 public:
    explicit ParsedDeclarations(const Value& declarations) {
        if (!declarations.is(Value::Kind::list))
            refuse("the declarations of the variables are no array", kExample);
        Container::Cursor cursor;
        Value item;
        while (declarations.next(&cursor, nullptr, &item)) {
            Declaration declared = parse_one(item);
            for (const Declaration& other : declared_) {
                if (other.name == declared.name)
                    refuse("variable " + quoted(declared.name) + " is declared twice");
            }
            declared_.push_back(std::move(declared));
        }
        for (const Declaration& declared : declared_) names_.push_back(declared.name);
    }

    size_t memory_size() const noexcept override {
        size_t bytes =
            sizeof(*this) + declared_.capacity() * (sizeof(Declaration) + sizeof(std::string_view));
        for (const Declaration& declared : declared_) {
            bytes += declared.name.capacity();
            if (declared.fallback != nullptr) bytes += declared.fallback->memory_size();
            if (declared.validation != nullptr) bytes += kPatternMemory / 16;
        }
        return bytes;
    }

    const std::vector<std::string_view>& names() const noexcept override { return names_; }

    Result<std::unique_ptr<const CompletedVariables>> complete(
        const Value& given, std::string_view prompt_name, const UsedNames* used,
        const std::vector<std::shared_ptr<const Declarations>>& included) const noexcept override {
        return protect([&]() -> std::unique_ptr<const CompletedVariables> {
            if (!given.is(Value::Kind::map)) {
                refuse("variables is no JSON object", "Give the variables by name: '{\"name\": \"value\"}'.");
            }
            std::vector<std::pair<std::string_view, Value>> defaults;
            std::vector<std::string> missing, wrong;
            const std::vector<const Declaration*> others = undeclared_of(included);
            for (const Declaration& declared : declared_) {
                if (declared.is_bare() && named(others, declared.name) != others.end()) continue;
                if (!hold(declared, given, &defaults, &wrong)) missing.push_back(missing_text(declared));
            }
            for (const Declaration* declared : others) {
                const bool holds = hold(*declared, given, &defaults, &wrong);
                const Declaration* own = own_declaration(declared->name);
                Value value;
                if (own != nullptr && own->required) {
                    if (declared->fallback == nullptr && !given.find(declared->name, &value))
                        missing.push_back(missing_text(*own));
                    continue;
                }
                if (holds || used == nullptr) continue;
                // The including template may set it by itself, or ask for it on a condition.
                if (in(used->names().required, declared->name)) missing.push_back(missing_text(*declared));
            }
            if (used != nullptr && used->strict)
                add_strict_problems(given, used->names(), defaults, &missing, &wrong);
            if (!missing.empty() || !wrong.empty()) raise_problems(std::move(missing), wrong, prompt_name);
            return std::make_unique<CompletedVariables>(given, std::move(defaults));
        });
    }
    std::unique_ptr<const CompletedVariables> complete_masked(
        const Value& masked,
        const std::vector<std::shared_ptr<const Declarations>>& included) const override {
        Defaults defaults;
        Value value;
        const auto take_default = [&](const Declaration& declared) {
            if (declared.fallback != nullptr && !masked.find(declared.name, &value))
                defaults.emplace_back(declared.name, declared.fallback->root());
        };
        for (const Declaration& declared : declared_) take_default(declared);
        for (const Declaration* declared : undeclared_of(included)) take_default(*declared);
        return std::make_unique<CompletedVariables>(masked, std::move(defaults));
    }

 private:
    const Declaration* own_declaration(std::string_view name) const {
        const auto found = std::find(names_.begin(), names_.end(), name);
        return found == names_.end() ? nullptr : &declared_[static_cast<size_t>(found - names_.begin())];
    }
    bool is_declared(std::string_view name) const { return own_declaration(name) != nullptr; }
    static std::vector<const Declaration*>::const_iterator named(
        const std::vector<const Declaration*>& declarations, std::string_view name) {
        return std::find_if(declarations.begin(), declarations.end(),
                            [&](const Declaration* d) { return d->name == name; });
    }

    using Defaults = std::vector<std::pair<std::string_view, Value>>;

    static bool has(const Defaults& defaults, std::string_view name) {
        return std::any_of(defaults.begin(), defaults.end(), [&](const auto& d) { return d.first == name; });
    }
    static bool in(const std::vector<std::string>& names, std::string_view name) {
        return std::find(names.begin(), names.end(), name) != names.end();
    }
    static std::string missing_text(const Declaration& declared) {
        return "required variable " + quoted(declared.name) + " is missing";
    }

    // Holds what is given against one declaration, and takes its default; false if it is required and
    // missing.
    static bool hold(const Declaration& declared, const Value& given, Defaults* defaults,
                     std::vector<std::string>* wrong) {
        Value value;
        if (given.find(declared.name, &value)) {
            if (value.is(Value::Kind::null) && !declared.required) return true;
            if (std::string problem = problem_of(declared, value); !problem.empty())
                wrong->push_back(problem);
        } else if (declared.fallback != nullptr) {
            defaults->emplace_back(declared.name, declared.fallback->root());
        } else {
            return !declared.required;
        }
        return true;
    }

    // What others declare and this prompt does not, or merely names; of several declarations the first that
    // has a default, else the first that tells anything.
    std::vector<const Declaration*> undeclared_of(
        const std::vector<std::shared_ptr<const Declarations>>& included) const {
        std::vector<const Declaration*> result;
        for (const auto& others : included) {
            for (const Declaration& other : static_cast<const ParsedDeclarations&>(*others).declared_) {
                const Declaration* own = own_declaration(other.name);
                if (own != nullptr && (!own->is_bare() || other.is_bare())) continue;
                const size_t known = static_cast<size_t>(named(result, other.name) - result.begin());
                if (known == result.size()) {
                    result.push_back(&other);
                } else if ((result[known]->is_bare() && !other.is_bare()) ||
                           (result[known]->fallback == nullptr && other.fallback != nullptr)) {
                    result[known] = &other;
                }
            }
        }
        return result;
    }

    void add_strict_problems(const Value& given, const VariableNames& used, const Defaults& defaults,
                             std::vector<std::string>* missing, std::vector<std::string>* wrong) const {
        Value value;
        for (const std::string& name : used.required) {
            if (!given.find(name, &value) && !is_declared(name) && !has(defaults, name))
                missing->push_back("variable " + quoted(name) + " is missing");
        }
        if (used.is_open) return;
        Container::Cursor cursor;
        Value key;
        while (given.next(&cursor, &key, &value)) {
            const std::string_view name = key.view();
            if (!is_declared(name) && !in(used.required, name) && !in(used.guarded, name))
                wrong->push_back("variable " + quoted(name) + " is not used");
        }
    }

    static std::string problem_of(const Declaration& declared, const Value& value) {
        const std::string variable = "variable " + quoted(declared.name);
        if (!has_type(value, declared.type)) {
            return variable + " is " + a_type(value) + ", not " + a_type(declared.type);
        }
        if (!matches(declared, value)) {
            return variable + " does not match its validation " + quoted(declared.validation->pattern());
        }
        return {};
    }

    [[noreturn]] static void raise_problems(std::vector<std::string> problems,
                                            const std::vector<std::string>& wrong,
                                            std::string_view prompt_name) {
        const Code code = wrong.empty() ? Code::undefined_name : Code::invalid_parameter;
        problems.insert(problems.end(), wrong.begin(), wrong.end());
        const std::string of_prompt = prompt_name.empty() ? "" : " of prompt " + quoted(prompt_name);
        const char* hint = "Column variables of the version tells what it takes.";
        if (problems.size() == 1) {
            throw Failure(code, problems[0] + (of_prompt.empty() ? "" : " in a call" + of_prompt), {}, hint);
        }
        std::string detail;
        for (const std::string& problem : problems) detail += (detail.empty() ? "" : "\n") + problem;
        throw Failure(code, std::to_string(problems.size()) + " variables" + of_prompt + " do not hold",
                      detail, hint);
    }

    std::vector<Declaration> declared_;
    std::vector<std::string_view> names_;
};

}  // namespace

uint32_t CompletedVariables::size(const void*) const {
    return given_.size() + static_cast<uint32_t>(defaults_.size());
}

bool CompletedVariables::next(const void*, Cursor* cursor, Value* key, Value* value) const {
    // Until the given ones end, the cursor is theirs; then it counts the defaults, marked so.
    constexpr uint32_t kDefaults = uint32_t{1} << 31;
    if ((cursor->index & kDefaults) == 0) {
        if (given_.next(cursor, key, value)) return true;
        cursor->index = kDefaults;
    }
    const uint32_t index = cursor->index & ~kDefaults;
    if (index >= defaults_.size()) return false;
    if (key != nullptr) *key = Value::of(defaults_[index].first);
    *value = defaults_[index].second;
    cursor->index++;
    return true;
}

Value CompletedVariables::at(const void*, uint32_t index) const {
    return index < given_.size() ? given_.at(index) : defaults_[index - given_.size()].second;
}

bool CompletedVariables::find(const void*, std::string_view key, Value* value) const {
    if (given_.find(key, value)) return true;
    for (const auto& [name, fallback] : defaults_) {
        if (name == key) {
            *value = fallback;
            return true;
        }
    }
    return false;
}

Result<std::shared_ptr<const Declarations>> parse_declarations(const Value& declarations) noexcept {
    return protect([&]() -> std::shared_ptr<const Declarations> {
        return std::make_shared<ParsedDeclarations>(declarations);
    });
}

}  // namespace pgprompt
