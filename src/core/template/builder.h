// Builds a Program: what a front end calls while it parses.
//
// A front end lowers its language to the AST in one pass over the text:
//  - node() appends a node and returns its id; list() stores a list of ids; constants and names go through
//  constant()
//    and name(); sequence() makes one statement of many; finish() with the root's sequence ends the work.
//  - Variables: load(name) and store(name) make nodes that read and assign a name. Which slot they mean is
//  decided in
//    finish(), when all assignments of a scope are known: a name that its scope or one around it assigns is a
//    slot, any other is a global, looked up among the variables given to render().
//  - open_scope()/close_scope() bracket what has variables of its own (loop bodies, `with`, blocks that
//  capture);
//    open_unit()/close_unit() what runs later or again (macros, blocks, recursive loops). Expressions that
//    belong to the surroundings, such as what a loop iterates, must be built outside of the brackets.
//  - open_branch()/close_branch() bracket statements that may not run.
// A hidden variable, which no text can name, has a name that is no identifier of the language, such as
// "@this". Errors in the text are thrown by fail() of errors.h.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/template/ast.h"

namespace pgprompt {

class Builder {
 public:
    // `given`: the text as the user wrote it; `source`: the same with newlines unified. Positions are offsets
    // in it.
    Builder(std::string_view given, std::string source, const CompileOptions& options);
    ~Builder();

    const std::string& source() const { return program_->source; }
    const CompileOptions& options() const { return program_->options; }
    Program& program() { return *program_; }
    Node& at(NodeId id) { return program_->nodes[id]; }
    uint32_t position(NodeId id) const { return program_->positions[id]; }
    std::string_view name_text(NameId id) const { return program_->names[id]; }

    NodeId node(Op op, uint32_t position, uint32_t a = 0, uint32_t b = 0, uint32_t c = 0, uint32_t n = 0);
    uint32_t list(const uint32_t* entries, size_t count);
    uint32_t list(const std::vector<uint32_t>& entries) { return list(entries.data(), entries.size()); }
    NodeId sequence(uint32_t position, const std::vector<uint32_t>& statements);
    NodeId text(uint32_t offset, uint32_t length);  // source[offset, offset + length), as it is
    NodeId constant(uint32_t position,
                    const Value& value);  // the text of a value must live: source, or keep()
    std::string_view keep(std::string_view text) { return program_->strings.copy(text); }
    NameId name(std::string_view text);  // the text is kept if it is not part of the source
    uint32_t call_arguments(const CallArguments& arguments);
    // Filters and tests by name. One that does not exist is an error now, or once reached if within a branch.
    NodeId filter(uint32_t position, NodeId operand, std::string_view name, uint32_t arguments);
    NodeId test(uint32_t position, NodeId operand, std::string_view name, uint32_t arguments);

    NodeId load(uint32_t position, NameId name);
    NodeId store(uint32_t position, NameId name);
    // What has been read from mark `first` to mark `last` counts as read in the current scope, too.
    size_t read_mark() const { return events_.size(); }
    void repeat_reads(size_t first, size_t last);
    uint32_t open_scope();
    void close_scope();
    uint32_t open_unit(Unit::Kind kind, NameId name);
    void close_unit(uint32_t unit, NodeId body);
    void open_branch() { ++branches_; }
    void close_branch() { --branches_; }
    bool in_branch() const { return branches_ > 0; }
    // Brackets expressions that stand within a branch, but belong to a scope of their own which opens behind
    // them.
    uint32_t leave_branches() { return std::exchange(branches_, 0); }
    void enter_branches(uint32_t left) { branches_ = left; }
    bool at_root() const { return scope_ == 0; }
    // Unknown filters and tests outside of branches are kept until check_pending(), since the `if` that makes
    // an expression conditional may come behind it: then forget_pending() with the mark from before the
    // expression.
    size_t pending_mark() const { return pending_.size(); }
    void forget_pending(size_t mark) { pending_.resize(mark); }
    void check_pending() const {
        if (!pending_.empty()) fail_pending();
    }

    // Behind a macro's signature: only its body makes `caller`, `varargs` and `kwargs` parameters, defaults
    // do not.
    void forget_specials(uint32_t unit) { unit_wants_[unit] = 0; }
    // Whether the body of a macro or call block, as built so far, reads `caller`.
    bool reads_caller(uint32_t unit) const { return unit_wants_[unit] & 1; }
    uint32_t add_loop(const Loop& loop);
    uint32_t add_import(const Import& import);
    uint32_t add_block(const Block& block);
    // Declares a name that the renderer fills in, in the current scope.
    void parameter(NameId name, uint32_t list_entry);  // lists[list_entry] gets the slot
    void loop_variable(NameId name, uint32_t loop);    // loops[loop].loop_slot gets the slot, if it is used
    // The names that are visible here are noted for imports[index] or blocks[index].
    void note_visible_for_import(uint32_t index);
    void note_visible_for_block(uint32_t index);
    void add_reference(TemplateReference::Kind kind, std::string_view name, bool optional,
                       bool with_context = true);

    std::unique_ptr<const Program> finish(NodeId body);

 private:
    struct Event {
        enum class Kind : uint8_t { load, store, branch_store, parameter, loop, import, block };
        Kind kind;
        NameId name;
        uint32_t target;  // of a load that is repeated: kNone
        uint32_t next;
    };
    struct OpenScope {
        uint32_t parent;
        uint32_t unit;
        uint32_t first = kNone, last = kNone;
        uint32_t outer_branches = 0;
    };
    struct Entry {
        NameId name;
        uint32_t scope;
        uint32_t slot;
        uint32_t shadowed;  // the entry that this one hides
        uint32_t loop = kNone;
        bool global = false;
        bool assigned = false;
    };

    struct UnitReturn {
        uint32_t scope;
        uint32_t unit;
    };

    void add_event(Event::Kind kind, NameId name, uint32_t target);
    [[noreturn]] void fail_pending() const;
    void want_special(NameId name, uint8_t bit);
    void resolve();
    void collect_scope(uint32_t scope);
    void bind_scope(uint32_t scope);
    void note_visible(uint32_t scope, uint32_t* start, uint32_t* count);
    uint32_t add_entry(uint32_t scope, NameId name, bool global);
    uint32_t global_index(NameId name);
    uint32_t frames_between(uint32_t from_unit, uint32_t to_unit) const;
    void check_size();

    std::unique_ptr<Program> program_;
    std::vector<uint32_t> name_table_;  // open addressing, name ids + 1
    std::vector<OpenScope> scopes_;
    std::vector<Event> events_;
    std::vector<Entry> entries_;
    std::vector<uint32_t> stack_;     // entries now visible, innermost last
    std::vector<uint32_t> binding_;   // by name: its entry
    std::vector<uint32_t> globals_;   // by name: its index in globals
    std::vector<uint32_t> exported_;  // by name: its index in exports
    std::vector<uint32_t> unit_parent_;
    std::vector<uint8_t> unit_wants_;  // macros: bits of caller, varargs, kwargs
    std::vector<UnitReturn> unit_return_;
    uint32_t scope_ = kNone;
    uint32_t unit_ = kNone;
    uint32_t branches_ = 0;
    struct Pending {
        uint32_t position;
        NameId name;
        bool is_filter;
    };
    std::vector<Pending> pending_;
    NameId caller_, varargs_, kwargs_, self_, super_;
};

}  // namespace pgprompt
