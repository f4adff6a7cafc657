#include "pg/served_prompt.h"

#include "pg/boundary.h"
#include "pg/cache.h"
#include "pg/jsonb_view.h"
#include "pg/settings.h"

extern "C" {
#include <access/xact.h>
#include <miscadmin.h>
#include <utils/timestamp.h>
}

#include <string>
#include <vector>

namespace pgprompt::pg {

namespace {

// now(), in the session's time zone: what strftime_now tells.
struct Now {
    int64_t unix_microseconds;
    int32_t utc_offset_seconds;
    const char* time_zone;
};

Now transaction_start() {
    constexpr int64 kEpochShift = int64{POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE} * USECS_PER_DAY;
    const TimestampTz now = GetCurrentTransactionStartTimestamp();
    int seconds_west = 0;
    struct pg_tm parts;
    fsec_t fraction = 0;
    const char* zone = nullptr;
    const bool known = timestamp2tm(now, &seconds_west, &parts, &fraction, &zone, nullptr) == 0;
    return {now + kEpochShift, known ? -seconds_west : 0, known && zone != nullptr ? zone : "UTC"};
}

// A request and what has been found out for it so far.
struct Serving {
    const PromptRequest* request;
    Now now;
    ExternalLedger external;
    IncludedPrompt* includes;
};

CompileOptions options_for(const text* format, std::string_view name) {
    CompileOptions options;
    options.format = template_format(view_of(format)).value_or(TemplateFormat::jinja2);
    options.name = name;
    return options;
}

StoredText keep(const Stored& stored) {
    return {stored.what, stored.what == Stored::What::text ? make_text(stored.text) : nullptr};
}

// The included templates that are loaded; false if one that a constant names is not: `needed` is then its
// name.
bool fill_library(const IncludedPrompt* includes, const std::vector<MessageTemplate>& roots,
                  TemplateLibrary* library, const text** needed) {
    std::vector<std::shared_ptr<const Template>> known;
    for (const MessageTemplate& root : roots)
        known.insert(known.end(), root.contents.begin(), root.contents.end());
    for (const IncludedPrompt* included = includes; included != nullptr; included = included->next) {
        std::string name(view_of(included->reference));
        if (included->template_text == nullptr) {
            library->add_missing(std::move(name), std::string(view_of(included->reason)));
            continue;
        }
        auto compiled =
            compiled_template(view_of(included->template_text), options_for(included->format, name));
        known.push_back(compiled);
        library->add(std::move(name), std::move(compiled));
    }
    for (const auto& compiled : known) {
        for (const TemplateReference& reference : compiled->references()) {
            if (library->find(reference.name) != nullptr) continue;
            *needed = make_text(reference.name);
            return false;
        }
    }
    return true;
}

std::vector<MessageTemplate> message_templates(const ResolvedPrompt& prompt, const JsonbView& view) {
    const CompileOptions options = options_for(prompt.format, view_of(prompt.name));
    std::vector<MessageTemplate> messages;
    if (prompt.messages == nullptr) {
        messages.push_back({{}, {compiled_template(view_of(prompt.template_text), options)}});
        return messages;
    }
    for (ChatItem& item : parse_chat(view.root(prompt.messages)).take()) {
        MessageTemplate message;
        if (item.variable.empty()) {
            visit_message_texts(item.message, false, {}, [&](const std::string&, std::string_view text) {
                message.contents.push_back(compiled_template(text, options));
            });
        }
        message.item = std::move(item);
        messages.push_back(std::move(message));
    }
    return messages;
}

// `needed` becomes the name of an include that has to be loaded first; then, and where a function has to be
// asked first, the answer is not set.
void serve_known(Serving* serving, ServedPrompt* out, const text** needed) {
    const JsonbView view;
    const PromptRequest& given = *serving->request;
    const ResolvedPrompt& prompt = given.prompt;
    Request request;
    request.prompt_name = view_of(prompt.name);
    request.is_chat = prompt.messages != nullptr;
    request.messages = message_templates(prompt, view);
    TemplateLibrary library;
    if (!fill_library(serving->includes, request.messages, &library, needed)) return;
    request.declarations = parsed_declarations(
        {VARDATA_ANY(prompt.variables), VARSIZE_ANY_EXHDR(prompt.variables)}, view.root(prompt.variables));
    for (const IncludedPrompt* included = serving->includes; included != nullptr; included = included->next) {
        if (included->variables == nullptr) continue;
        request.included.push_back(
            parsed_declarations({VARDATA_ANY(included->variables), VARSIZE_ANY_EXHDR(included->variables)},
                                view.root(included->variables)));
    }
    request.variables = view.root(given.variables);
    if (given.conversation_context != nullptr)
        request.conversation_context = view.root(given.conversation_context);
    if (given.metadata != nullptr) request.metadata = view.root(given.metadata);
    auto rules = rules_for(given.rules, prompt.name, prompt.category);
    LedgerAnswers answers(&serving->external, *rules.set);
    request.check = check_options(&answers);
    request.is_recorded = given.is_recorded;
    request.rules = std::move(rules.set);
    request.applicable = std::move(rules.applicable);
    const Clock clock{serving->now.unix_microseconds, serving->now.utc_offset_seconds,
                      serving->now.time_zone};
    request.render = render_limits();
    request.render.now = &clock;
    request.render.library = &library;
    if (prompt.strict) {
        request.render.undefined = UndefinedMode::strict;
        request.strict = true;
    }

    auto outcome = serve(request);
    if (!outcome.ok() && outcome.error().code == Code::template_needed) {
        *needed = make_text(outcome.error().message);
        return;
    }
    const Outcome served = outcome.take();
    if (answers.pending()) return;
    out->blocked = served.blocked;
    out->rendered = make_text(served.rendered);
    out->violations = make_text(served.violations);
    out->evaluated = make_text(served.evaluated);
    out->violated.items = static_cast<const text**>(allocate(sizeof(text*) * (served.violated.size() + 1)));
    for (const std::string& rule : served.violated)
        out->violated.items[out->violated.count++] = make_text(rule);
    out->stored_prompt = keep(served.prompt);
    out->stored_variables = keep(served.variables);
    out->stored_context = keep(served.conversation_context);
    out->stored_metadata = keep(served.metadata);
}

}  // namespace

ServedPrompt served_prompt(const PromptRequest& request) {
    MemoryContext context = CurrentMemoryContext;
    Serving serving{&request, transaction_start(), {}, nullptr};
    serving.external.may_write = request.is_recorded;
    for (;;) {
        ServedPrompt served{};
        const text* needed = nullptr;
        enter_core([&] { serve_known(&serving, &served, &needed); });
        if (ask_external(&serving.external)) continue;
        if (needed == nullptr) return served;
        CHECK_FOR_INTERRUPTS();
        IncludedPrompt* included = resolve_include(request.tenant, needed, context);
        included->next = serving.includes;
        serving.includes = included;
    }
}

}  // namespace pgprompt::pg
