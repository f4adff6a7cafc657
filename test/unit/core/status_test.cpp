#include "core/status.h"

#include <gtest/gtest.h>

namespace pgprompt {
namespace {

TEST(Protect, TurnsAFailureIntoItsError) {
    auto result = protect([]() -> int { throw Failure(Code::syntax, "bad", "line 1", "mend it"); });
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, Code::syntax);
    EXPECT_EQ(result.error().detail, "line 1");
    EXPECT_EQ(result.error().hint, "mend it");
}

TEST(Protect, TurnsExhaustionIntoOutOfMemory) {
    auto result = protect([]() -> int { throw std::bad_alloc(); });
    EXPECT_EQ(result.error().code, Code::out_of_memory);
}

TEST(Protect, TurnsAnyOtherExceptionIntoInternal) {
    EXPECT_EQ(protect([]() -> int { throw std::logic_error("why"); }).error().message, "why");
    EXPECT_EQ(protect([]() -> int { throw 7; }).error().code, Code::internal);
}

TEST(Result, TakeThrowsTheErrorOn) {
    auto outer = protect([]() -> int { return Result<int>(Error{Code::cancelled, Limit::none, "stop", {}, {}}).take(); });
    EXPECT_EQ(outer.error().code, Code::cancelled);
    EXPECT_EQ(protect([] { return Result<int>(41).take() + 1; }).value(), 42);
}

}  // namespace
}  // namespace pgprompt
