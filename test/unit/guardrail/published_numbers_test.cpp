// Every validator against test/conformance/published_numbers.tsv: numbers that standards, issuers and
// registers print as examples or as wrong, each with its source.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "../../support/validators.h"

namespace pgprompt::guardrail {
namespace {

struct Published {
    std::string entity;
    std::string number;
    std::string judgement;
    std::string source;
};

std::vector<Published> published() {
    std::ifstream file(PGPROMPT_TEST_DIR "/conformance/published_numbers.tsv");
    std::vector<Published> rows;
    std::string line;
    std::getline(file, line);
    EXPECT_EQ(line, "entity\tnumber\tjudgement\tsource");
    while (std::getline(file, line)) {
        std::istringstream fields(line);
        Published row;
        std::getline(fields, row.entity, '\t');
        std::getline(fields, row.number, '\t');
        std::getline(fields, row.judgement, '\t');
        std::getline(fields, row.source, '\t');
        rows.push_back(row);
    }
    return rows;
}

// The functions that the headers declare, without is_ and check_.
std::vector<std::string> declared() {
    std::vector<std::string> names;
    for (const char* header : {"checksums.h", "crypto_address.h"}) {
        std::ifstream file(std::string(PGPROMPT_TEST_DIR "/../src/core/guardrail/validators/") + header);
        static const std::regex declaration("^(?:bool|int|EthereumCheck) (?:is_|check_)?(\\w+)\\(.*");
        std::string line;
        std::smatch match;
        while (std::getline(file, line)) {
            if (std::regex_match(line, match, declaration)) names.push_back(match[1]);
        }
    }
    return names;
}

TEST(PublishedNumbers, AreJudgedAsTheirSourceDoes) {
    for (const Published& row : published()) {
        const auto found = validators().find(row.entity);
        ASSERT_NE(found, validators().end()) << row.entity;
        ASSERT_TRUE(row.judgement == "valid" || row.judgement == "invalid") << row.number;
        EXPECT_FALSE(row.source.empty()) << row.number;
        EXPECT_EQ(found->second(row.number), row.judgement == "valid")
            << row.entity << " " << row.number << " (" << row.source << ")";
    }
}

TEST(PublishedNumbers, CoverEveryValidator) {
    std::map<std::string, int> valid;
    std::map<std::string, int> invalid;
    for (const Published& row : published()) ++(row.judgement == "valid" ? valid : invalid)[row.entity];
    const std::vector<std::string> names = declared();
    EXPECT_EQ(names.size(), validators().size());
    for (const std::string& name : names) {
        EXPECT_EQ(validators().count(name), 1u) << name;
        EXPECT_GE(valid[name], 1) << name;
        EXPECT_GE(invalid[name], 2) << name;
    }
}

}  // namespace
}  // namespace pgprompt::guardrail
