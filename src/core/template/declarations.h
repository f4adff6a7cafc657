// What a stored prompt declares of its variables, and holding a call's variables against it.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "core/status.h"
#include "core/template/template.h"
#include "core/value.h"

namespace pgprompt {

// Variables as given, with the defaults of what was not. A map like any other; it borrows from the given
// variables and from the declarations, which must outlive it, and must itself stay in place while its root is
// in use.
class CompletedVariables final : public Container {
 public:
    CompletedVariables(Value given, std::vector<std::pair<std::string_view, Value>> defaults)
        : given_(given), defaults_(std::move(defaults)) {}
    Value root() const { return Value::of(Value::Kind::map, this, this); }

    uint32_t size(const void* node) const override;
    bool next(const void* node, Cursor* cursor, Value* key, Value* value) const override;
    Value at(const void* node, uint32_t index) const override;
    bool find(const void* node, std::string_view key, Value* value) const override;

 private:
    Value given_;
    std::vector<std::pair<std::string_view, Value>> defaults_;
};

// What a prompt's templates use, worked out when it is asked for.
class UsedNames {
 public:
    explicit UsedNames(bool is_strict) : strict(is_strict) {}
    virtual ~UsedNames() = default;
    virtual const VariableNames& names() const = 0;
    const bool strict;  // names that nothing declares are looked at, too
};

// Parsed declarations; immutable. They own what they need, defaults included.
class Declarations {
 public:
    virtual ~Declarations() = default;
    virtual size_t memory_size() const noexcept = 0;
    // The declared names, in order.
    virtual const std::vector<std::string_view>& names() const noexcept = 0;
    // Holds `given` (a map) against the declarations. One error names all problems: undefined_name if all of
    // them are missing variables, else invalid_parameter. `prompt_name` is for its message; may be empty.
    // Where `used` is strict, a name that the templates use and that is neither given nor declared and a
    // given one that is neither used nor declared are problems, too. `included`, other prompts' declarations,
    // hold for names that are not declared here. What they require may be missing unless `used`, which may be
    // null, has it as required.
    virtual Result<std::unique_ptr<const CompletedVariables>> complete(
        const Value& given, std::string_view prompt_name, const UsedNames* used = nullptr,
        const std::vector<std::shared_ptr<const Declarations>>& included = {}) const noexcept = 0;
    // The same for variables that complete() has let pass and that were masked since: a mask need not be of the
    // declared type.
    virtual std::unique_ptr<const CompletedVariables> complete_masked(
        const Value& masked, const std::vector<std::shared_ptr<const Declarations>>& included) const = 0;
};

// Parses a list of declarations: maps with "name" (required), "type" (string, number, integer, boolean,
// array, object or any; default any), "required" (default true unless there is a default), "default",
// "validation" (an RE2 pattern that a string must contain a match of) and "description"; a plain string
// declares a required variable of any type. Errors: invalid_parameter, invalid_regex.
Result<std::shared_ptr<const Declarations>> parse_declarations(const Value& declarations) noexcept;

}  // namespace pgprompt
