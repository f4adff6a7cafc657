// A JSON value, borrowed from whoever owns the document: jsonb in the server's memory (src/pg/jsonb_view), a parsed
// JSON text (core/json.h), or an engine's own arena. Reading never copies and never converts a whole document.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pgprompt {

struct Value;

// How to read the lists and maps of one document. A Value of kind list or map carries the pointer to its container's
// reader and an opaque node that only this reader understands. Readers do not throw but for memory.
class Container {
  public:
    // A place in a sequential walk; start with {}. What it holds is the reader's own business.
    struct Cursor {
        uint32_t index = 0;
        uint32_t offset = 0;
    };

    virtual ~Container() = default;
    // The number of elements of a list, or of pairs of a map.
    virtual uint32_t size(const void* node) const = 0;
    // The next element, or false at the end. For a map `key` gets the key; a list leaves it alone. `key` may be null.
    virtual bool next(const void* node, Cursor* cursor, Value* key, Value* value) const = 0;
    // Element `index` of a list; index < size(node).
    virtual Value at(const void* node, uint32_t index) const = 0;
    // The value under `key` of a map; false if there is none.
    virtual bool find(const void* node, std::string_view key, Value* value) const = 0;
};

struct Value {
    enum class Kind : uint8_t {
        undefined,  // no such variable; never inside a document
        null,
        boolean,
        integer,  // fits int64_t
        real,     // a number with a fraction or an exponent
        digits,   // an integer beyond int64_t, as its decimal text
        string,   // UTF-8, not NUL-terminated
        list,
        map,
        engine,   // a value that exists only inside one engine (macro, loop, namespace, ...)
    };

    Kind kind = Kind::undefined;
    uint8_t flags = 0;    // an engine's own marks, such as "safe" for markup
    uint32_t length = 0;  // bytes of a string or of digits
    union {
        bool boolean;
        int64_t integer = 0;
        double real;
        const char* text;  // string, digits
        const void* node;  // list, map, engine
    };
    const Container* container = nullptr;  // list, map

    static Value undefined_() { return {}; }
    static Value null_() { return of_kind(Kind::null); }
    static Value of(bool b) {
        Value v = of_kind(Kind::boolean);
        v.boolean = b;
        return v;
    }
    static Value of(int64_t i) {
        Value v = of_kind(Kind::integer);
        v.integer = i;
        return v;
    }
    static Value of(double d) {
        Value v = of_kind(Kind::real);
        v.real = d;
        return v;
    }
    static Value of(std::string_view s) {
        Value v = of_kind(Kind::string);
        v.text = s.data();
        v.length = static_cast<uint32_t>(s.size());
        return v;
    }
    static Value of_digits(std::string_view s) {
        Value v = of(s);
        v.kind = Kind::digits;
        return v;
    }
    static Value of(Kind list_or_map, const Container* container, const void* node) {
        Value v = of_kind(list_or_map);
        v.container = container;
        v.node = node;
        return v;
    }

    bool is(Kind k) const noexcept { return kind == k; }
    bool is_container() const noexcept { return kind == Kind::list || kind == Kind::map; }
    std::string_view view() const noexcept { return {text, length}; }  // string, digits
    uint32_t size() const { return container->size(node); }            // list, map
    Value at(uint32_t index) const { return container->at(node, index); }
    bool find(std::string_view key, Value* out) const { return container->find(node, key, out); }
    bool next(Container::Cursor* cursor, Value* key, Value* out) const {
        return container->next(node, cursor, key, out);
    }

  private:
    static Value of_kind(Kind k) {
        Value v;
        v.kind = k;
        return v;
    }
};

}  // namespace pgprompt
