// Runs a Program: one object a rendering.
//
//   render.cpp       entry, limits, where an error happened
//   statements.cpp   statements, loops          expressions.cpp  expressions
//   calls.cpp        macros, functions, methods inheritance.cpp  blocks, includes, imports
//   arithmetic.cpp   operators on any values
//   values.cpp       text, truth, iteration, undefined     items.cpp       attributes, elements, slices
//   handlebars_render.cpp   sections, partials and paths of handlebars and mustache
#pragma once

#include <string>
#include <string_view>

#include "core/json_tree.h"
#include "core/template/ast.h"
#include "core/template/objects.h"
#include "core/template/operators.h"
#include "core/template/output.h"

namespace pgprompt {

struct Context;
struct Env;

// The slots of one run of a unit. Macros keep the frame they were made in.
struct Frame {
    Env* env;
    Frame* outer;
    const struct BlockCall* block;  // the block that runs, for super()
    Value* slots;
};

// Where a name was found last, in a map of which shape.
struct KnownPlace {
    const JsonShape* shape;
    uint32_t index;
};

// A program in a context, with what was looked up so far.
struct Env {
    const Program* program;
    Context* context;
    Value* cache;       // by index in Program::globals; missing: not looked up yet
    uint32_t version;   // of the context, that the cache is from
    KnownPlace* known;  // by index in Program::names
    Frame* root = nullptr;
    std::string_view name;  // as the template was asked for; empty for the one that was called
};

// The templates that run inside each other, innermost first.
struct IncludeLink {
    std::string_view name;
    const IncludeLink* outer;
};

struct NamedValue {
    std::string_view name;
    Value value;
};

// One definition of a block, and the one it overrides.
struct BlockLink {
    Env* env;
    const Block* block;
    BlockLink* parent;
};
struct BlockChain {
    std::string_view name;
    BlockLink* first;
    BlockLink* last;
    BlockChain* next;
};
struct BlockCall {
    const BlockChain* chain;
    const BlockLink* link;
    Context* context;
};

// Where globals are looked up: what roots assigned, what an include hands on, the variables.
struct Context {
    const Value* variables = nullptr;
    Context* outer = nullptr;
    const NamedValue* locals = nullptr;
    uint32_t local_count = 0;
    uint32_t version = 0;
    NamedValue* exports = nullptr;
    uint32_t export_count = 0, export_capacity = 0;
    BlockChain* blocks = nullptr;
    Context* exports_of = nullptr;  // a scoped block's context shares those of the one it is derived from
};

struct MacroObject : Object {
    Env* env;
    Frame* outer;
    uint32_t unit;
    bool autoescape;  // where it was made: what its body escapes
};
struct ModuleObject : Object {
    Env* env;
    Frame* frame;
    std::string_view text;
    std::string_view name;
};
struct BlockObject : Object {
    const BlockChain* chain;
    const BlockLink* link;
    Env* env;
};
struct SelfObject : Object {
    Context* context;
    Env* env;
};

// Walks what Python can iterate: lists, the keys of maps, the characters of strings. Consumes generators.
struct Iterator {
    enum class Kind : uint8_t { empty, values, generator, container, keys, text };
    Kind kind = Kind::empty;
    Value source;
    Container::Cursor cursor;
    size_t at = 0;
    const ListObject* list = nullptr;

    bool next(Value* item);
};

struct LoopObject : Object {
    Iterator items;
    Value iterated;
    const Loop* loop;
    Env* env;
    Frame* filter_frame;  // where the filter is evaluated
    Frame* outer;         // of a recursive loop: what its unit's frames are in
    int64_t index0;
    int64_t length;  // -1: not known yet
    uint32_t depth0;
    bool peeked, finished, filtered;
    Value previous, current, following;
    ListObject* last_changed;
};

// The arguments of a call, evaluated.
struct Arguments {
    const Value* positional = nullptr;
    uint32_t count = 0;
    const NamedValue* named = nullptr;
    uint32_t named_count = 0;
};

// What a template of handlebars or mustache sees where it is. All of it lives on the C stack: nothing
// outlives the statement that made it.
struct View {
    struct Context {
        Value self;  // `this`
        const Context* parent;
    };
    struct Loop {
        Value index, key, first, last;
        const struct PartialBlock* block;
        const Loop* parent;
    };
    const Context* context = nullptr;
    const Loop* loop = nullptr;  // @index, @key and the like
    const Value* root = nullptr;
    const struct InlineSet* inlines = nullptr;
    std::string_view indent;  // mustache: what partials around are indented by
    bool entered = false;     // the section just entered has a context of its own
};
// A part of a template to be run later, in the view that it was written in.
struct ViewClosure {
    uint32_t unit;
    Frame* frame;
    const View::Context* context;
    const struct InlineSet* inlines;
};
struct InlinePartial {
    std::string_view name;
    ViewClosure closure;
};
struct InlineSet {
    const InlineSet* outer;
    InlinePartial* entries;
    uint32_t count;
};
struct PartialBlock {
    ViewClosure closure;
    const PartialBlock* outer;  // `@partial-block` inside of it
};

class Renderer {
 public:
    Renderer(const Template& t, const Value& variables, const RenderOptions& options);
    std::string run();

    // ---- Services for filters, tests, methods and functions.
    Arena& arena() { return arena_; }
    Output& out() { return out_; }
    const RenderOptions& options() const { return options_; }
    bool autoescape() const { return autoescape_; }

    [[noreturn]] void fail(std::string message, std::string hint = {}) const;
    [[noreturn]] void fail_type(std::string message) const { fail(std::move(message)); }
    // Work of `n` steps.
    void charge(uint64_t n) {
        budget_ -= static_cast<int64_t>(n < (uint64_t{1} << 40) ? n : uint64_t{1} << 40);
        if (budget_ < 0) out_of_budget();
    }

    // Limit_exceeded if recursion has come too deep. What recurses on values calls it at every level.
    void check_stack() const;

    // Text. write() is str() onto the output, without escaping.
    void write(const Value& v);
    void write_repr(const Value& v);
    void write_escaped(std::string_view text);
    std::string_view text_of(const Value& v);                    // str(), without a copy for strings
    Value text_value(std::string_view text, uint8_t flags = 0);  // copied
    Value take_output(size_t mark, uint8_t flags = 0);           // what was written since, as a value
    Value escaped(const Value& v);                               // markup; what is safe stays as it is
    // What has `__html__` in Python: markup, and chainable undefined, which is the empty text.
    bool is_html(const Value& v) const {
        return (v.is(Value::Kind::string) && v.flags & kSafe) ||
               (v.is(Value::Kind::undefined) && options_.undefined == UndefinedMode::chainable);
    }

    // Meaning.
    bool truth(const Value& v);
    int64_t length_of(const Value& v);  // fails for what has no length
    Iterator iterate(const Value& v);   // fails for what cannot be iterated
    ListObject* list_of(const Value& v, ListObject::Flavor flavor = ListObject::Flavor::list);
    Value attribute(const Value& object, std::string_view name);  // object.name
    Value attribute(const Value& object, std::string_view name, uint16_t method);
    bool chains(const Value& undefined) const;
    Value item(const Value& object, const Value& key);         // object[key]
    Value path(const Value& object, std::string_view dotted);  // "a.b.0", as filters take it
    bool contains(const Value& container, const Value& element);
    Value add(const Value& a, const Value& b);
    Value binary(Op op, const Value& a, const Value& b);
    bool order(Op op, const Value& a, const Value& b);
    Order compare_or_fail(const Value& a, const Value& b, const char* sign);
    bool equals(const Value& a, const Value& b);
    Value slice(const Value& object, const Value& start, const Value& stop, const Value& step);
    Value undefined_name(std::string_view name);
    Value undefined_attribute(const Value& object, std::string_view name);
    Value undefined_element(const Value& object, const Value& key);
    Value undefined_hint(std::string_view message);
    [[noreturn]] void fail_undefined(const Value& v);
    std::string name_hint(std::string_view name) const;  // the way out where a variable is undefined
    void refuse_undefined(const Value& v) {
        if (v.is(Value::Kind::undefined)) fail_undefined(v);
    }
    bool is_strict(const Value& v) const {
        return v.is(Value::Kind::undefined) && options_.undefined == UndefinedMode::strict &&
               v.flags != static_cast<uint8_t>(UndefinedSort::conditional);
    }
    void refuse_strict(const Value& v) {
        if (is_strict(v)) fail_undefined(v);
    }
    static const char* type_name(const Value& v);
    bool callable(const Value& v) const;

    // Calls.
    Value call(const Value& callee, const Arguments& arguments);
    Value call_method(const Value& self, uint16_t method, const Arguments& arguments);
    Value call_filter(std::string_view name, const Value& subject, const Arguments& arguments);
    bool call_test(std::string_view name, const Value& subject, const Arguments& arguments);
    // Puts arguments into the places of `names`; those not given stay missing.
    void bind(const Arguments& arguments, const char* what, const std::string_view* names, uint32_t count,
              Value* places) const;
    // Arguments of functions.
    int64_t integer_argument(const Value& v, const char* what) const;
    bool boolean_argument(const Value& v) { return truth(v); }
    std::string_view string_argument(const Value& v, const char* what) const;

 private:
    enum class Flow : uint8_t { normal, break_, continue_ };
    static constexpr size_t kFirstArena = 4096;

    class Enter;       // runs another frame, perhaps of another program
    class Deeper;      // one more level of calls
    class Escaping;    // autoescape for a while
    class Unmuted;     // output counts again
    struct Evaluated;  // arguments of a call node

    // Where we are.
    void enter(Frame* frame) {
        frame_ = frame;
        slots_ = frame->slots;
        env_ = frame->env;
        if (program_ != env_->program) current_ = 0;  // nodes are numbered by program
        program_ = env_->program;
        nodes_ = program_->nodes.data();
        lists_ = program_->lists.data();
        source_ = program_->source.data();
        names_ = program_->names.data();
        methods_ = program_->methods.data();
        constants_ = program_->constants.data();
        known_ = env_->known;
    }
    Env* make_env(const Program* program, Context* context);
    Frame* make_frame(Env* env, Frame* outer, uint32_t slots, const BlockCall* block);
    void out_of_budget();
    std::string position_text() const;

    // Statements.
    Flow run_node(NodeId id);
    Flow run_charged(NodeId id);  // the same, its step being counted already
    Flow run_rare(NodeId id);
    void write_text(const Node& n);
    Flow run_sequence(const Node& n);
    Flow run_if(const Node& n);
    void run_for(const Node& n);
    Flow run_loop_body(const Loop& loop, LoopObject* state);
    void run_loop(const Loop& loop, const Value& items, uint32_t depth0, Frame* filter_frame, Frame* outer);
    void run_simple_loop(const Loop& loop, const Value& items);
    void run_recursive(const Loop& loop, const Value& items, uint32_t depth0, Frame* outer);
    bool loop_next(LoopObject* loop, Value* item);
    bool loop_fetch(LoopObject* loop, Value* item);
    bool loop_peek(LoopObject* loop);
    int64_t loop_length(LoopObject* loop);
    Value loop_attribute(LoopObject* loop, std::string_view name);
    Value loop_method(LoopObject* loop, std::string_view name, const Arguments& arguments);
    void enter_scope(uint32_t scope);
    void assign(NodeId target, const Value& v);
    void export_name(std::string_view name, const Value& v);
    Value capture(NodeId body, uint32_t scope, Flow* flow);
    Flow run_autoescape(const Node& n);

    // Handlebars and mustache.
    void run_program(Env* env);  // a root of any format
    void run_section(const Section& s);
    void run_section_body(const Section& s, const Value& self, const Value& key, bool enters);
    void run_each(const Section& s, const Value& items);
    void run_partial(NodeId id);
    void run_partial_template(const Program* program, const Value& self, NodeId id);
    void run_closure(const ViewClosure& closure, const Value& self);
    void run_inlines(const Node& n);
    void fill_inlines(InlineSet* set, uint32_t list, const View::Context* context, const InlineSet* visible);
    Value partial_context(const Partial& p);
    void run_output(const Node& n);
    void write_indented(const Node& n);
    void indent_output(size_t mark, std::string_view indent);
    Value eval_path(const Node& n);
    Value eval_datum(const Node& n);
    Value eval_member(const Node& n);
    Value eval_truthy(const Node& n);
    [[noreturn]] void fail_member(std::string_view name, const Value& object);

    // Expressions.
    void print(NodeId id);
    void print_rare(NodeId id);
    void print_value(const Value& v) {
        if (v.is(Value::Kind::string) && !autoescape_) {
            out_.append_short(v.view());
        } else {
            print_other(v);
        }
    }
    void print_other(const Value& v);
    Value eval(NodeId id);
    Value eval_rare(NodeId id);
    bool holds(NodeId id);  // an expression's truth
    bool holds_here(NodeId id);
    // The value of a node: in place if it is a slot, a constant or a member of the variables, else computed.
    const Value& operand(NodeId id, Value* computed) {
        const Node& n = nodes_[id];
        if (n.op == Op::local && !slots_[n.a].is(Value::Kind::undefined)) return slots_[n.a];
        if (n.op == Op::constant) return constants_[n.a];
        if (n.op == Op::attribute) {
            if (--budget_ < 0) out_of_budget();
            return attribute_value(id, computed);
        }
        *computed = eval(id);
        return *computed;
    }
    const Value& attribute_value(NodeId id, Value* computed);
    // The value under a name in a map, or null.
    const Value* member(const Value& map, NameId name, Value* computed) {
        if (map.container != json_maps_) {
            return map.container->find(map.node, names_[name], computed) ? computed : nullptr;
        }
        const JsonMap& node = *static_cast<const JsonMap*>(map.node);
        KnownPlace& known = known_[name];
        if (known.shape != node.shape) {
            uint32_t index;
            if (!find_key(*node.shape, names_[name], &index)) return nullptr;
            known = {node.shape, index};
        }
        return node.values() + known.index;
    }
    Value eval_call(const Node& n, bool to_output, bool* printed);
    Value eval_filter(const Node& n, const Value* subject);
    Value eval_test(const Node& n);
    Value eval_add(const Node& n);
    Value eval_concat(const Node& n);
    Value eval_chain(const Node& n);
    Value eval_item(const Node& n);
    Value eval_slice(const Node& n);
    Value eval_dict(const Node& n);
    Value eval_list(const Node& n);
    Value load_global(uint32_t index);
    Value* outer_slot(uint32_t depth, uint32_t slot);
    Value slot_value(const Value& v, NameId name) {
        return is_missing(v) ? undefined_name(program_->names[name]) : v;
    }

    // Calls.
    void call_macro(const MacroObject* macro, const Arguments& arguments);
    Value call_function(uint16_t builtin, const Arguments& arguments);
    Value call_object(const Value& callee, const Arguments& arguments, bool to_output, bool* printed);
    Value object_attribute(const Object* object, const Value& self, std::string_view name);

    // Inheritance.
    bool lookup(Context* context, std::string_view name, Value* v);
    static bool escapes(const Program& p) {
        return p.options.escape_html && p.options.format == TemplateFormat::jinja2;
    }
    void add_blocks(Env* env);
    BlockChain* find_chain(Context* context, std::string_view name);
    void run_root(Env* env);
    void run_block(const Block& block);
    void run_block_link(const BlockChain* chain, const BlockLink* link, Context* context);
    void run_include(const Node& n);
    void run_import(const Node& n);
    void run_from_import(const Node& n);
    void run_extends(const Node& n);
    const Program* find_template(std::string_view name, bool* missing);
    [[noreturn]] void fail_missing(std::string message, std::string_view name) const;
    const Program* select_template(const Value& source, bool ignore_missing, bool is_include);
    Context* derived_context(uint32_t visible, uint32_t count);
    ModuleObject* load_module(const Import& import);

    friend struct Iterator;

    alignas(8) char first_arena_[kFirstArena];
    const Program& main_;
    const Value variables_;
    const RenderOptions& options_;
    Arena arena_;
    Output out_;

    Frame* frame_ = nullptr;
    Value* slots_ = nullptr;
    Env* env_ = nullptr;
    const Program* program_ = nullptr;
    const Node* nodes_ = nullptr;
    const uint32_t* lists_ = nullptr;
    const char* source_ = nullptr;
    const std::string_view* names_ = nullptr;
    const uint16_t* methods_ = nullptr;
    const Value* constants_ = nullptr;
    KnownPlace* known_ = nullptr;
    const Container* const json_maps_ = json_map_reader();
    NodeId current_ = 0;

    int64_t budget_ = 0;  // steps until the next poll
    uint64_t spent_ = 0;  // steps handed out in budgets
    uint64_t share_ = 0;  // size of the latest budget
    uint32_t depth_ = 0;
    std::string_view found_name_;  // of the template found last
    const IncludeLink* includes_ = nullptr;
    uint32_t extends_ = 0;  // parents named so far
    bool autoescape_ = false;
    bool muted_ = false;  // a parent template was named: the root's own text is not shown
    View view_;
    Env* parent_ = nullptr;  // the parent template that the running root extends
    const char* stack_base_ = nullptr;
};

// In variables.cpp: one error for all required variables that are missing and all given ones that nothing
// uses.
void check_variable_names(const Program& main, const Value& variables, const TemplateLibrary* library);

// In cycles.cpp: limit_exceeded if templates include each other whatever the variables are.
void refuse_cycles(const Program& main, const TemplateLibrary& library, uint32_t max_depth);

// Tables of built-in things, in builtins.cpp.
using FilterFunction = Value (*)(Renderer& r, const Value& subject, const Arguments& arguments);
using TestFunction = bool (*)(Renderer& r, const Value& subject, const Arguments& arguments);
using GlobalFunction = Value (*)(Renderer& r, const Arguments& arguments);
FilterFunction filter_function(uint16_t index) noexcept;
TestFunction test_function(uint16_t index) noexcept;
GlobalFunction global_function(uint16_t index) noexcept;

}  // namespace pgprompt
