#include "pg/cache.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <functional>
#include <string>

#include "core/lru_cache.h"
#include "pg/boundary.h"
#include "pg/settings.h"

namespace pgprompt::pg {

namespace {

// Texts are borrowed from the compiled template once it is kept, and from the caller while looking it up.
struct Key {
    std::string_view text;
    std::string_view name;
    TemplateFormat format;
    uint8_t flags;

    bool operator==(const Key& other) const {
        return format == other.format && flags == other.flags && name == other.name && text == other.text;
    }
};

struct KeyHash {
    size_t operator()(const Key& key) const {
        return XXH3_64bits_withSeed(key.text.data(), key.text.size(),
                                    static_cast<XXH64_hash_t>(key.format) << 8 | key.flags);
    }
};

// `options` are those that own the name.
Key key_of(std::string_view text, const CompileOptions& options) {
    const int flags = options.trim_blocks | options.lstrip_blocks << 1 | options.keep_trailing_newline << 2 |
                      options.escape_html << 3;
    return {text, options.name, options.format, static_cast<uint8_t>(flags)};
}

using Cache = LruCache<Key, Template, KeyHash>;

// Made at first use: loading the library runs no constructor that allocates.
Cache& cache() {
    static Cache* instance = new Cache;
    return *instance;
}

using DeclarationsCache = LruCache<std::string, Declarations, std::hash<std::string>>;

DeclarationsCache& declarations_cache() {
    static DeclarationsCache* instance = new DeclarationsCache;
    return *instance;
}

size_t cache_limit() {
    return size_t{1024} * static_cast<size_t>(settings.template_cache_bytes);
}

}  // namespace

std::shared_ptr<const Template> compiled_template(std::string_view text, const CompileOptions& options) {
    if (auto found = cache().find(key_of(text, options))) return found;
    CompileOptions bounded = options;
    bounded.max_depth = static_cast<uint32_t>(settings.max_template_depth);
    bounded.max_compiled_bytes = uint64_t{1024} * static_cast<uint64_t>(settings.max_compiled_bytes);
    bounded.poll = cancel_requested;
    auto compiled = compile(text, bounded).take();
    cache().insert(key_of(compiled->text(), compiled->options()), compiled, compiled->memory_size(),
                   cache_limit());
    return compiled;
}

std::shared_ptr<const Declarations> parsed_declarations(std::string_view bytes, const Value& declarations) {
    std::string key(bytes);
    if (auto found = declarations_cache().find(key)) return found;
    auto parsed = parse_declarations(declarations).take();
    const size_t size = parsed->memory_size() + key.size();
    declarations_cache().insert(std::move(key), parsed, size, cache_limit() / 4);
    return parsed;
}

RenderOptions render_limits() {
    RenderOptions options;
    options.max_output_bytes = uint64_t{1024} * static_cast<uint64_t>(settings.max_output_bytes);
    options.max_steps = static_cast<uint64_t>(settings.max_render_steps);
    options.max_depth = static_cast<uint32_t>(settings.max_template_depth);
    options.poll = cancel_requested;
    return options;
}

}  // namespace pgprompt::pg
