// The compiled form of a template, the same for all front ends: flat arrays, nodes referring to each other by
// index.
//
// A Program is cut into units, each run with its own frame of value slots: the root, every macro, call body,
// block and recursive loop. Names are resolved when compiling: to a slot of the running frame, a slot of an
// enclosing unit's frame, or a variable from outside ("global", looked up once per rendering).
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/arena.h"
#include "core/template/template.h"
#include "core/value.h"

namespace pgprompt {

using NodeId = uint32_t;
using NameId = uint32_t;
inline constexpr uint32_t kNone = 0xffffffff;
inline constexpr size_t kMostNameBytes = 1000;  // of a template that is included

// What a node does. a, b, c are node ids unless said otherwise; "list l, n" means n entries of Program::lists
// from l.
enum class Op : uint8_t {
    // Expressions
    constant,         // a: index in constants
    local,            // a: slot, b: name
    outer,            // a: slot, b: name, n: how many frames out
    global,           // a: index in globals, b: name
    self_reference,   // `self`
    super_reference,  // `super` of the running block
    attribute,        // a.b, b: name
    item,             // a[b]; c: the name if b is a constant string, else kNone
    slice,            // a[list b: start, stop, step], kNone where left out
    call,             // a(arguments), b: index in calls
    filter,           // a | c(arguments b), a is kNone for "what a block captured"; c: index in filters
    test,             // a is c(arguments b); c: index in tests
    negate,
    positive,
    logical_not,
    logical_and,
    logical_or,
    add,  // list a, n: the sum from left to right
    subtract,
    multiply,
    divide,
    floor_divide,
    modulo,
    power,
    concat,  // list a, n: texts joined (`~`)
    equal,
    not_equal,
    less,
    less_equal,
    greater,
    greater_equal,
    contained,
    not_contained,
    compare_chain,  // list a, n: expression, then pairs of (Op, expression)
    conditional,    // a if b else c, c may be kNone
    format,         // a by the spec b (kNone: none), n: conversion 'r', 's', 'a' or 0; undefined is an error
    list,           // list a, n
    tuple,          // list a, n
    dict,           // list a, n pairs of key and value

    // Expressions of handlebars and mustache, whose templates have a current context ("view")
    path,    // the names list a, n below: c, or if kNone the context b levels up
    datum,   // a: a LoopDatum, b: how many loops up, c: name
    member,  // a[b] as JavaScript has it
    truthy,  // a as JavaScript's truth, empty lists being false; c: expression, if it is true 0 is, too

    // Statements
    sequence,      // list a, n
    text,          // a: offset, b: length in Program::source
    print,         // a
    if_,           // list a, n: pairs of (condition, sequence), and the last sequence alone if n is odd
    for_,          // a: index in loops
    set,           // a: target, b: expression
    set_block,     // a: target, b: sequence, c: filter or kNone; n: scope
    with,          // b: sequence; a: scope, list c, n: pairs of (target, expression)
    scope,         // a: scope, b: sequence
    macro,         // a: index in units, b: target
    call_block,    // a: call expression, b: index in units of the body
    filter_block,  // a: filter expression, b: sequence, c: scope
    autoescape,    // a: condition, b: sequence, c: scope
    include,       // a: index in imports
    import_,
    from_import,  // a: index in imports
    block,        // a: index in blocks
    extends,      // a: expression
    break_,
    continue_,
    do_,  // a

    // Statements of handlebars and mustache
    output,   // a, as JavaScript's text
    section,  // a: index in sections
    partial,  // a: index in partials
    inlines,  // list a, n pairs of (name, unit): partials that exist while the sequence b runs

    // Targets of assignment
    target_local,      // a: slot, b: name, n: 1 if exported from the root
    target_attribute,  // a: expression giving the namespace, b: name
    target_tuple,      // list a, n
};

struct Node {
    Op op;
    uint8_t flags = 0;
    uint16_t unused = 0;
    uint32_t a = 0, b = 0, c = 0;
    uint32_t n = 0;
};

// Node::flags of print and text: written at the root of a template that extends another, so shown only before
// that.
inline constexpr uint8_t kSkipIfExtended = 1;
// Node::flags of a target: an import assigns it, so that it is not exported again.
inline constexpr uint8_t kImported = 2;

// Node::flags of text in mustache: its lines are indented as the partial is; it begins at the begin of a
// line; a tag goes on with the line that it ends with.
inline constexpr uint8_t kIndentLines = 2, kLineStart = 4, kLineOpen = 8;
// Node::flags of output: HTML is escaped, as handlebars.js does it or as the mustache specification has it.
inline constexpr uint8_t kEscapeHandlebars = 1, kEscapeMustache = 2;
// Node::flags of path and datum: in strict mode it must exist; the first name is looked for in the contexts
// around, too, unless null (compat) or not there (mustache).
inline constexpr uint8_t kRequired = 1, kInParents = 2, kNullInParents = 4;
// Node::flags of inlines: the body of a section, so that the partials see the context from before it.
inline constexpr uint8_t kInSection = 1;

enum class LoopDatum : uint8_t { root, index, key, first, last, partial_block, other };

// Arguments of a call, filter or test, in Program::lists: positional expressions, then pairs of (name,
// expression).
struct CallArguments {
    uint32_t list = 0;
    uint16_t positional = 0;
    uint16_t named = 0;
    NodeId star = kNone;       // *x
    NodeId star_star = kNone;  // **x
};

// How a slot begins when its scope is entered.
struct SlotInit {
    enum class Kind : uint8_t { missing, global, outer };
    uint32_t slot;
    Kind kind;
    uint16_t depth = 0;   // outer: frames out
    uint32_t source = 0;  // outer: slot; global: index in globals
};

struct Scope {
    uint32_t inits = 0, init_count = 0;  // in Program::inits
    uint32_t unit = 0;
};

// A name that can be seen where an include or a scoped block stands.
struct VisibleName {
    NameId name;
    uint32_t slot;
    uint32_t depth;
};

struct Unit {
    enum class Kind : uint8_t { root, block, macro, call_body, loop };
    Kind kind;
    NameId name = kNone;
    NodeId body = kNone;
    uint32_t slots = 0;
    uint32_t scope = 0;
    uint32_t parent = kNone;  // the unit around it
    // Macros and call bodies: list p, n of pairs (slot, default expression or kNone), names in
    // parameter_names.
    uint32_t parameters = 0, parameter_count = 0;
    uint32_t caller_slot = kNone, varargs_slot = kNone, kwargs_slot = kNone;
    bool explicit_caller = false;
};

struct Loop {
    NodeId target = kNone, items = kNone, filter = kNone, body = kNone, otherwise = kNone;
    uint32_t body_scope = 0, filter_scope = 0, else_scope = 0;
    uint32_t loop_slot = kNone;  // kNone: `loop` is not used
    uint32_t unit = kNone;       // recursive: the unit to run
    NodeId filter_target = kNone;
    bool has_variable = false;  // `loop` is this one's in the body; else that of a loop around, if any
};

struct Import {
    NodeId source = kNone;
    NodeId target = kNone;               // import: assigned the module; from: list of targets
    uint32_t names = 0, name_count = 0;  // from: pairs (name, target) in lists
    bool with_context = false, ignore_missing = false;
    uint32_t visible = 0, visible_count = 0;  // in Program::visible
};

struct Block {
    NameId name;
    uint32_t unit;
    bool scoped = false, required = false;
    uint32_t visible = 0, visible_count = 0;
};

struct Section {
    enum class Kind : uint8_t { each, with, section, mustache };
    Kind kind;
    NodeId subject = kNone, body = kNone, otherwise = kNone;
    uint32_t scope = kNone;                           // of the block parameters; kNone: there are none
    NodeId value_target = kNone, key_target = kNone;  // the block parameters
};

struct Partial {
    NodeId name = kNone, context = kNone;
    uint32_t hash = 0, hash_count = 0;       // in lists, pairs (name, expression)
    uint32_t unit = kNone;                   // of the block given with it
    uint32_t inlines = 0, inline_count = 0;  // in that block; in lists, as of Op::inlines
    uint32_t indent = 0, indent_length = 0;  // in source: what stands before it on its line
    bool is_block = false;                   // `@partial-block`
};

struct Global {
    NameId name;
    uint16_t builtin = 0;  // 0: none; else index + 1 in the table of built-in functions
};

struct NamedUse {
    NameId name;
    uint16_t builtin =
        0xffff;  // index in the table of filters or tests; 0xffff: unknown, an error when reached
};

struct Export {
    NameId name;
    uint32_t slot;
    bool is_public;
};

struct Program {
    CompileOptions options;
    std::string given;            // the text as given, if `source` is not the same
    std::string source;           // with newlines unified
    Arena strings{~uint64_t{0}};  // text of constants with escapes

    std::vector<Node> nodes;
    std::vector<uint32_t> positions;  // of each node, an offset in source
    std::vector<uint32_t> lists;
    std::vector<Value> constants;
    std::vector<std::string_view> names;
    std::vector<uint16_t> methods;  // by name: Python's method of that name, or 0
    std::vector<Global> globals;
    std::vector<CallArguments> calls;
    std::vector<NamedUse> filters, tests;
    std::vector<SlotInit> inits;
    std::vector<Scope> scopes;
    std::vector<Unit> units;  // 0: the root
    std::vector<Loop> loops;
    std::vector<Import> imports;
    std::vector<Block> blocks;
    std::vector<Section> sections;
    std::vector<Partial> partials;
    std::vector<VisibleName> visible;
    std::vector<Export> exports;  // what the root assigns
    std::vector<TemplateReference> references;
    bool dynamic_references = false;
    bool has_extends = false;
    size_t memory_size = 0;

    // Bytes of the latest rendering: how large the next one's buffer begins.
    mutable std::atomic<uint32_t> last_size{0};
};

}  // namespace pgprompt
