#include "core/template/renderer.h"

#include <algorithm>
#include <cstring>

#include "core/template/errors.h"
#include "core/template/scopes.h"

namespace pgprompt {
namespace {

constexpr uint64_t kStepsBetweenPolls = 4096;
// What rendering may use of the C stack; the server's own check allows two megabytes by default.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define PGPROMPT_WIDE_FRAMES
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(PGPROMPT_WIDE_FRAMES)
constexpr ptrdiff_t kMaxStack = 4 << 20;  // the sanitizer's frames are several times as wide
#else
constexpr ptrdiff_t kMaxStack = 900 << 10;
#endif

}  // namespace

Renderer::Renderer(const Template& t, const Value& variables, const RenderOptions& options)
    : main_(t.program()),
      variables_(variables),
      options_(options),
      arena_(first_arena_, sizeof first_arena_, options.max_memory_bytes),
      out_(t.program().last_size.load(std::memory_order_relaxed), options.max_output_bytes) {
    char here;
    stack_base_ = &here;
    autoescape_ = escapes(main_);
}

std::string Renderer::run() {
    auto* context = arena_.make<Context>();
    context->variables = &variables_;
    Env* env = make_env(&main_, context);
    try {
        if (options_.library && !main_.references.empty())
            refuse_cycles(main_, *options_.library, options_.max_depth);
        if (options_.check_names) check_variable_names(main_, variables_, options_.library);
        run_program(env);
    } catch (Failure& failure) {
        Error& error = failure.error();
        if (error.detail.empty() && error.code != Code::template_needed && error.code != Code::cancelled &&
            program_) {
            error.detail = position_text();
        }
        throw;
    }
    main_.last_size.store(static_cast<uint32_t>(std::min<size_t>(out_.size(), UINT32_MAX)),
                          std::memory_order_relaxed);
    return out_.take();
}

std::string Renderer::position_text() const {
    std::string_view name = program_->options.name;
    if (name.empty()) name = env_->name;
    // A template without nodes has no positions.
    const uint32_t at = current_ < program_->positions.size() ? program_->positions[current_] : 0;
    std::string text = describe_position(program_->source, at, name);
    if (!includes_) return text;
    // The latest templates of the chain, outermost first.
    constexpr int kShown = 8;
    std::string chain;
    int shown = 0;
    const IncludeLink* link = includes_;
    for (; link && shown < kShown; link = link->outer, ++shown) {
        chain = std::string(link->name) + (chain.empty() ? "" : " -> ") + chain;
    }
    return text + "\nBy way of " + (link ? "... -> " : "") + chain + ".";
}

void Renderer::fail(std::string message, std::string hint) const {
    throw Failure(Code::template_error, std::move(message), {}, std::move(hint));
}

std::string_view Renderer::string_argument(const Value& v, const char* what) const {
    if (v.is(Value::Kind::string)) return v.view();
    if (v.is(Value::Kind::undefined)) const_cast<Renderer*>(this)->fail_undefined(v);
    fail(std::string(what) + " must be a string, not " + type_name(v));
}

int64_t Renderer::integer_argument(const Value& v, const char* what) const {
    if (v.is(Value::Kind::integer)) return v.integer;
    if (v.is(Value::Kind::boolean)) return v.boolean;
    if (v.is(Value::Kind::digits)) return v.view()[0] == '-' ? INT64_MIN : INT64_MAX;
    if (v.is(Value::Kind::undefined)) const_cast<Renderer*>(this)->fail_undefined(v);
    fail(std::string(what) + " must be an integer, not " + type_name(v));
}

// Called when the steps handed out are used up: asks whether to stop, and hands out more.
void Renderer::out_of_budget() {
    spent_ += share_ + (budget_ < 0 ? static_cast<uint64_t>(-budget_) : 0);
    if (spent_ > options_.max_steps) {
        throw Failure(
            Limit::render_steps,
            "rendering takes more than the limit of " + std::to_string(options_.max_steps) + " steps", {},
            "Loop over less.");
    }
    if (options_.poll && options_.poll()) throw Failure(Code::cancelled, "rendering was cancelled");
    share_ = std::min(kStepsBetweenPolls, options_.max_steps - spent_ + 1);
    budget_ = static_cast<int64_t>(share_);
}

void Renderer::check_stack() const {
    char here;
    ptrdiff_t used = stack_base_ - &here;
    if (used > kMaxStack || used < -kMaxStack) {
        throw Failure(Code::limit_exceeded, "values or calls are nested too deeply");
    }
}

Env* Renderer::make_env(const Program* program, Context* context) {
    auto* env = arena_.make<Env>();
    env->program = program;
    env->context = context;
    size_t count = program->globals.size();
    env->cache = arena_.array<Value>(count);
    for (size_t i = 0; i < count; ++i) env->cache[i] = missing_value();
    env->version = context->version;
    env->known = arena_.array<KnownPlace>(program->names.size());
    std::memset(static_cast<void*>(env->known), 0, program->names.size() * sizeof(KnownPlace));
    return env;
}

Frame* Renderer::make_frame(Env* env, Frame* outer, uint32_t slots, const BlockCall* block) {
    auto* frame = static_cast<Frame*>(arena_.allocate(sizeof(Frame) + slots * sizeof(Value)));
    frame->env = env;
    frame->outer = outer;
    frame->block = block;
    frame->slots = reinterpret_cast<Value*>(frame + 1);
    for (uint32_t i = 0; i < slots; ++i) frame->slots[i] = missing_value();
    return frame;
}

Result<std::string> render(const Template& t, const Value& variables, const RenderOptions& options) noexcept {
    return protect([&] { return Renderer(t, variables, options).run(); });
}

}  // namespace pgprompt
