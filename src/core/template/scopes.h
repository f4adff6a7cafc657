// What the renderer's own files share: evaluated arguments and guards that restore where it was.
#pragma once

#include "core/template/builtins.h"
#include "core/template/renderer.h"

namespace pgprompt {

// The arguments of a call node. Few ones live on the C stack.
struct Renderer::Evaluated : Arguments {
    Evaluated(Renderer& r, const CallArguments& call) {
        if (call.positional == 0 && call.named == 0 && call.star == kNone && call.star_star == kNone) return;
        fill(r, call);
    }

 private:
    void fill(Renderer& r, const CallArguments& call);
    static constexpr uint32_t kInline = 3;
    Value values_[kInline];
};

class Renderer::Enter {
 public:
    Enter(Renderer& r, Frame* frame) : r_(r), saved_(r.frame_), saved_current_(r.current_) { r.enter(frame); }
    ~Enter() {
        // After an error the place where it happened is kept for its message.
        if (saved_ && std::uncaught_exceptions() == exceptions_) {
            r_.enter(saved_);
            r_.current_ = saved_current_;
        }
    }
    Enter(const Enter&) = delete;
    Enter& operator=(const Enter&) = delete;

 private:
    Renderer& r_;
    Frame* saved_;
    NodeId saved_current_;
    int exceptions_ = std::uncaught_exceptions();
};

class Renderer::Deeper {
 public:
    explicit Deeper(Renderer& r) : r_(r) {
        if (++r.depth_ > r.options_.max_depth) {
            const bool by_includes = r.includes_ && r.includes_->outer;
            throw Failure(Limit::template_depth,
                          std::string(by_includes ? "templates include each other" : "calls are nested") +
                              " more than " + std::to_string(r.options_.max_depth) + " levels deep",
                          {}, "Does a macro call itself, or a template include itself, without an end?");
        }
        r.check_stack();
    }
    ~Deeper() { --r_.depth_; }

 private:
    Renderer& r_;
};

class Renderer::Escaping {
 public:
    Escaping(Renderer& r, bool on) : r_(r), saved_(r.autoescape_) { r.autoescape_ = on; }
    ~Escaping() { r_.autoescape_ = saved_; }

 private:
    Renderer& r_;
    bool saved_;
};

class Renderer::Unmuted {
 public:
    explicit Unmuted(Renderer& r) : r_(r), saved_(r.muted_) { r.muted_ = false; }
    ~Unmuted() { r_.muted_ = saved_; }

 private:
    Renderer& r_;
    bool saved_;
};

}  // namespace pgprompt
