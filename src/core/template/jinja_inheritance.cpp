// Statements that name other templates, and the blocks that these fill.
#include <algorithm>

#include "core/template/errors.h"
#include "core/template/jinja_parser.h"
#include "core/template/text.h"

namespace pgprompt {

bool JinjaParser::import_context(bool otherwise) {
    if ((is(Word::with) || is(Word::without)) && ahead().word == Word::context) {
        bool with = is(Word::with);
        at_ += 2;
        return with;
    }
    return otherwise;
}

void JinjaParser::note_reference(NodeId source, TemplateReference::Kind kind, bool optional,
                                 bool with_context) {
    const Node n = b_.at(source);
    if (n.op == Op::constant) {
        const Value& value = b_.program().constants[n.a];
        if (value.is(Value::Kind::string)) b_.add_reference(kind, value.view(), optional, with_context);
        return;
    }
    if ((n.op == Op::list || n.op == Op::tuple) && n.n > 0) {
        for (uint32_t i = 0; i < n.n; ++i)
            note_reference(b_.program().lists[n.a + i], kind, true, with_context);
        return;
    }
    b_.program().dynamic_references = true;
}

NodeId JinjaParser::include_statement(uint32_t position) {
    Import import;
    import.source = expression();
    if (is(Word::ignore) && ahead().word == Word::missing) {
        at_ += 2;
        import.ignore_missing = true;
    }
    import.with_context = import_context(true);
    note_reference(import.source, TemplateReference::Kind::include, import.ignore_missing,
                   import.with_context);
    uint32_t index = b_.add_import(import);
    if (import.with_context) b_.note_visible_for_import(index);
    NodeId id = b_.node(Op::include, position, index);
    return id;
}

NodeId JinjaParser::import_statement(uint32_t position) {
    Import import;
    import.source = expression();
    expect(Word::as);
    uint32_t target_at = here();
    size_t token = at_;
    target_name(false);
    import.with_context = import_context(false);
    note_reference(import.source, TemplateReference::Kind::import, false, import.with_context);
    uint32_t index = b_.add_import(import);
    if (import.with_context) b_.note_visible_for_import(index);
    NodeId to = b_.store(target_at, b_.name(text_of(tokens_[token])));
    b_.at(to).flags = kImported;
    b_.program().imports[index].target = to;
    return b_.node(Op::import_, position, index);
}

NodeId JinjaParser::from_statement(uint32_t position) {
    Import import;
    import.source = expression();
    expect(Word::import_);
    struct Imported {
        NameId name;
        NameId alias;
        uint32_t position;
    };
    std::vector<Imported> names;
    bool context_seen = false;
    auto context = [&] {
        if ((is(Word::with) || is(Word::without)) && ahead().word == Word::context) {
            import.with_context = import_context(false);
            context_seen = true;
        }
        return context_seen;
    };
    while (true) {
        if (!names.empty()) expect(Token::comma);
        if (!is(Token::name)) expect(Token::name);
        if (context()) break;
        uint32_t at = here();
        std::string_view name = take_name();
        if (name[0] == '_') fail_at(at, "names that begin with an underscore cannot be imported");
        Imported imported{b_.name(name), kNone, at};
        imported.alias = imported.name;
        if (skip_if(Word::as)) {
            imported.position = here();
            imported.alias = b_.name(take_name());
        }
        names.push_back(imported);
        if (context() || !is(Token::comma)) break;
    }
    note_reference(import.source, TemplateReference::Kind::import, false, import.with_context);
    uint32_t index = b_.add_import(import);
    if (import.with_context) b_.note_visible_for_import(index);
    std::vector<uint32_t> pairs;
    for (const Imported& imported : names) {
        NodeId to = b_.store(imported.position, imported.alias);
        b_.at(to).flags = kImported;
        pairs.push_back(imported.name);
        pairs.push_back(to);
    }
    uint32_t list = b_.list(pairs);
    b_.program().imports[index].names = list;
    b_.program().imports[index].name_count = static_cast<uint32_t>(names.size());
    return b_.node(Op::from_import, position, index);
}

NodeId JinjaParser::block_statement(uint32_t position) {
    uint32_t name_at = here();
    std::string_view name = take_name();
    Block block{b_.name(name), 0};
    block.scoped = skip_if(Word::scoped);
    block.required = skip_if(Word::required);
    if (is(Token::subtract)) fail("a block's name may not have hyphens", "Use an underscore instead.");
    for (std::string_view other : block_names_)
        if (other == name) fail_at(name_at, "the block \"" + std::string(name) + "\" is there twice");
    block_names_.push_back(name);
    bool skip = !captured_ && b_.at_root();
    uint32_t index = b_.add_block(block);
    if (block.scoped) {
        b_.note_visible_for_block(index);
        for (uint32_t loop : around_) b_.program().loops[loop].has_variable = true;
    }
    bool outer = captured_;
    uint32_t outer_loops = loops_;
    size_t outer_block = block_;
    captured_ = true;
    loops_ = 0;
    block_ = around_.size();
    uint32_t unit = b_.open_unit(Unit::Kind::block, block.name);
    size_t first_token = at_;
    NodeId inside = block_body({Word::endblock});
    if (block.required) {
        for (size_t i = first_token; i + 1 < at_; ++i) {
            Token token = tokens_[i].token;
            bool blank = token == Token::data && text::strip_left(text_of(tokens_[i])).empty();
            if (i > first_token && !blank) {
                fail_at(tokens_[i].begin, "a required block can hold only comments and white space");
            }
        }
    }
    ++at_;
    if (is(Token::name) && text_of(now()) == name) ++at_;
    b_.close_unit(unit, inside);
    captured_ = outer;
    loops_ = outer_loops;
    block_ = outer_block;
    b_.program().blocks[index].unit = unit;
    NodeId id = b_.node(Op::block, position, index);
    if (skip) b_.at(id).flags = kSkipIfExtended;
    return id;
}

NodeId JinjaParser::extends_statement(uint32_t position) {
    if (!b_.at_root()) fail_at(position, "\"extends\" must not be inside of a loop, macro or block");
    NodeId source = expression();
    note_reference(source, TemplateReference::Kind::extends, false, true);
    b_.program().has_extends = true;
    if (!b_.in_branch()) extended_ = true;
    return b_.node(Op::extends, position, source);
}

}  // namespace pgprompt
