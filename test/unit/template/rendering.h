// What the template tests share: rendering of a text with variables given as JSON.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "core/json.h"
#include "core/template/template.h"

namespace pgprompt::testing {

inline std::shared_ptr<const Template> compiled(std::string_view text, const CompileOptions& options = {}) {
    auto result = compile(text, options);
    EXPECT_TRUE(result.ok()) << result.error().message << "\n" << result.error().detail;
    return result.ok() ? *result : nullptr;
}

inline Result<std::string> try_render(std::string_view text, std::string_view json = "{}",
                                      const RenderOptions& options = {}, const CompileOptions& how = {}) {
    auto result = compile(text, how);
    if (!result.ok()) return result.error();
    auto document = parse_json(json);
    EXPECT_TRUE(document.ok()) << json;
    return render(**result, (*document)->root(), options);
}

inline std::string rendered(std::string_view text, std::string_view json = "{}",
                            const RenderOptions& options = {}, const CompileOptions& how = {}) {
    auto result = try_render(text, json, options, how);
    if (!result.ok()) return "error: " + result.error().message;
    return *result;
}

inline Error render_error(std::string_view text, std::string_view json = "{}",
                          const RenderOptions& options = {}, const CompileOptions& how = {}) {
    auto result = try_render(text, json, options, how);
    if (!result.ok()) return result.error();
    ADD_FAILURE() << "no error, but: " << result->substr(0, 200);
    return {};
}

}  // namespace pgprompt::testing
