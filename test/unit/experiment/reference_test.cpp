// Every method against values of other definitions and programs (test/conformance/statistics_values.py and
// .R).
#include <gtest/gtest.h>

#include "../../tools/statistics/check.h"

namespace {

TEST(Reference, EveryRowPasses) {
    int passed = 0;
    for (const auto& [method, tally] :
         reference::check_file(PGPROMPT_TEST_DIR "/conformance/statistics.csv")) {
        EXPECT_EQ(tally.failed, 0) << method;
        EXPECT_EQ(tally.not_offered, 0) << method;
        EXPECT_EQ(tally.fields, "") << method << ": fields that nothing was compared with";
        EXPECT_GE(tally.digits, 12) << method;
        passed += tally.passed;
    }
    EXPECT_GT(passed, 200);
}

}  // namespace
