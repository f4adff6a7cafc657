#include "core/experiment/assignment.h"

#include <gtest/gtest.h>

namespace pgprompt {
namespace {

TEST(Bucket, SeparatesSaltFromUnit) {
    EXPECT_NE(bucket("ab", "c"), bucket("a", "bc"));
}

}  // namespace
}  // namespace pgprompt
