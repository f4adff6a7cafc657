#include "core/text/name.h"

#include <gtest/gtest.h>

#include <string>

namespace pgprompt {
namespace {

NameFault fault(std::string_view name) {
    return fault_in_name(name).fault;
}

TEST(Name, OfAnyScriptIsOne) {
    for (const char* name :
         {"customer-support", "a b", "größe", "straße", "así", "价格", "приветствие", "שלום", "مرحبا", "नमस्ते",
          "สวัสดี", "한국어", "e\u0301", "100 %", "\u0601\u0661", "👍🏽", "🇩🇪", "i̇"})
        EXPECT_EQ(fault(name), NameFault::none) << name;
}

// RFC 5892, appendix A: the joiners are valid where the script needs them.
TEST(Name, KeepsJoinersThatShow) {
    for (const char* name : {"می\u200Cخواهم", "نامه\u200Cای", "ب\u064E\u200C\u064Eت", "क्\u200Dष", "क्\u200Cष",
                             "ශ්\u200Dරී", "ന്\u200D"})
        EXPECT_EQ(fault(name), NameFault::none) << name;
    for (const char* name :
         {"a\u200Cb", "a\u200Db", "\u200C", "د\u200Cت", "می\u200C", "\u200Cخ", "م\u200Dخ", "कष\u200D"})
        EXPECT_EQ(fault(name), NameFault::invisible) << name;
}

TEST(Name, KeepsEmojiWhole) {
    for (const char* name : {"👨\u200D👩\u200D👧", "🏳\uFE0F\u200D🌈", "👩🏽\u200D💻", "❤\uFE0F",
                             "1\uFE0F\u20E3", "👁\uFE0F\u200D🗨\uFE0F"})
        EXPECT_EQ(fault(name), NameFault::none) << name;
    for (const char* name : {"👨\u200D", "\u200D👨", "👨\u200Da", "a\uFE0F", "1\uFE0F", "❤\uFE0F\uFE0F",
                             "❤\uFE0E", "\uFE0F", "🏴\U000E0067\U000E0062\U000E007F"})
        EXPECT_EQ(fault(name), NameFault::invisible) << name;
}

TEST(Name, HasNothingThatDoesNotShow) {
    for (const char* character :
         {"\u00AD", "\u034F",     "\u061C",     "\u115F",     "\u1160",     "\u17B4",
          "\u180B", "\u180E",     "\u200B",     "\u200E",     "\u202E",     "\u2060",
          "\u2066", "\u2800",     "\u3164",     "\uFE00",     "\uFEFF",     "\uFFA0",
          "\uFFF9", "\U0001D173", "\U0001D17A", "\U000E0001", "\U000E0041", "\U000E0100"}) {
        EXPECT_EQ(fault("a" + std::string(character) + "b"), NameFault::invisible) << character;
    }
    for (const char* character : {"\u00A0", "\u1680", "\u2003", "\u202F", "\u205F", "\u3000"})
        EXPECT_EQ(fault("a" + std::string(character) + "b"), NameFault::white_space) << character;
    for (const char* name : {" a", "a ", "a  b", " "}) EXPECT_EQ(fault(name), NameFault::white_space) << name;
    for (const char* name : {"a\tb", "a\nb", "\x7F", "a\u0085", "a\u2028b", "\uFFFE"})
        EXPECT_EQ(fault(name), NameFault::control) << name;
    for (const char* name : {"\xFF", "a\xC3", "\xED\xA0\x80"})
        EXPECT_EQ(fault(name), NameFault::not_utf8) << name;
}

TEST(Name, TellsWhere) {
    const FaultInName found = fault_in_name("größe\u200B\u200B");
    EXPECT_EQ(found.code_point, 0x200Bu);
    EXPECT_EQ(found.place, 6u);
    EXPECT_EQ(found.at, 7u);
    EXPECT_EQ(found.size, 3u);
}

}  // namespace
}  // namespace pgprompt
