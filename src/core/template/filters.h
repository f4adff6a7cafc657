// The filters by family; all have the shape of FilterFunction. The table is in builtins.cpp.
#pragma once

#include "core/template/renderer.h"

namespace pgprompt {

// Arguments put into the places of their names.
template <uint32_t N>
class Parameters {
 public:
    Parameters(Renderer& r, const Arguments& arguments, const char* what, const std::string_view (&names)[N])
        : r_(r) {
        r.bind(arguments, what, names, N, values_);
    }
    bool has(uint32_t i) const { return !is_missing(values_[i]); }
    const Value& operator[](uint32_t i) const { return values_[i]; }
    Value get(uint32_t i, const Value& otherwise) const { return has(i) ? values_[i] : otherwise; }
    bool none(uint32_t i) const { return !has(i) || values_[i].is(Value::Kind::null); }
    bool flag(uint32_t i, bool otherwise) const { return has(i) ? r_.truth(values_[i]) : otherwise; }
    int64_t integer(uint32_t i, int64_t otherwise, const char* what) const {
        return has(i) ? r_.integer_argument(values_[i], what) : otherwise;
    }
    const Value& required(uint32_t i, const char* what) const {
        if (!has(i)) r_.fail(std::string(what) + " is missing");
        return values_[i];
    }

 private:
    Renderer& r_;
    Value values_[N];
};

inline void no_arguments(Renderer& r, const Arguments& arguments, const char* what) {
    if (arguments.count || arguments.named_count) r.fail(std::string(what) + " takes no arguments");
}

// soft_str(): strings stay as they are, others become text.
inline Value soft_text(Renderer& r, const Value& v) {
    if (v.is(Value::Kind::string)) return v;
    return Value::of(r.text_of(v));
}

// The parts of an attribute argument ("a.b.0", a number, None) read from an item.
class AttributeGetter {
 public:
    AttributeGetter(Renderer& r, const Value& attribute) : r_(r), attribute_(attribute) {}
    Value operator()(const Value& item) const {
        if (attribute_.is(Value::Kind::null) || is_missing(attribute_)) return item;
        if (attribute_.is(Value::Kind::string)) return r_.path(item, attribute_.view());
        return r_.item(item, attribute_);
    }

 private:
    Renderer& r_;
    Value attribute_;
};

// Lower case for comparing, of strings only.
Value fold_case(Renderer& r, const Value& v);
// Sorts by keys, stably; Python's errors for what cannot be ordered. With `equal_first`, keys that are equal
// need not be ordered, as elements of lists need not.
void sort_by_keys(Renderer& r, Value* items, Value* keys, uint32_t count, bool reverse,
                  bool equal_first = false);

#define PGPROMPT_FILTER(name) Value filter_##name(Renderer& r, const Value& v, const Arguments& arguments)

// filters_text.cpp
PGPROMPT_FILTER(upper);
PGPROMPT_FILTER(lower);
PGPROMPT_FILTER(title);
PGPROMPT_FILTER(capitalize);
PGPROMPT_FILTER(trim);
PGPROMPT_FILTER(replace);
PGPROMPT_FILTER(center);
PGPROMPT_FILTER(indent);
PGPROMPT_FILTER(truncate);
PGPROMPT_FILTER(wordwrap);
PGPROMPT_FILTER(wordcount);
PGPROMPT_FILTER(string);
PGPROMPT_FILTER(format);
// filters_markup.cpp
PGPROMPT_FILTER(escape);
PGPROMPT_FILTER(forceescape);
PGPROMPT_FILTER(safe);
PGPROMPT_FILTER(striptags);
PGPROMPT_FILTER(urlencode);
PGPROMPT_FILTER(urlize);
PGPROMPT_FILTER(xmlattr);
// filters_sequence.cpp
PGPROMPT_FILTER(length);
PGPROMPT_FILTER(first);
PGPROMPT_FILTER(last);
PGPROMPT_FILTER(random);
PGPROMPT_FILTER(join);
PGPROMPT_FILTER(list);
PGPROMPT_FILTER(reverse);
PGPROMPT_FILTER(batch);
PGPROMPT_FILTER(slice);
PGPROMPT_FILTER(items);
PGPROMPT_FILTER(map);
PGPROMPT_FILTER(select);
PGPROMPT_FILTER(reject);
PGPROMPT_FILTER(selectattr);
PGPROMPT_FILTER(rejectattr);
PGPROMPT_FILTER(attr);
PGPROMPT_FILTER(default);
// filters_order.cpp
PGPROMPT_FILTER(sort);
PGPROMPT_FILTER(dictsort);
PGPROMPT_FILTER(unique);
PGPROMPT_FILTER(groupby);
PGPROMPT_FILTER(min);
PGPROMPT_FILTER(max);
PGPROMPT_FILTER(sum);
// filters_number.cpp
PGPROMPT_FILTER(abs);
PGPROMPT_FILTER(int);
PGPROMPT_FILTER(float);
PGPROMPT_FILTER(round);
PGPROMPT_FILTER(filesizeformat);
// tojson.cpp, pprint.cpp
PGPROMPT_FILTER(tojson);
PGPROMPT_FILTER(pprint);

#undef PGPROMPT_FILTER

}  // namespace pgprompt
