#include "core/text/name.h"

#include <unicode/uchar.h>

#include "core/guardrail/utf8.h"

namespace pgprompt {

namespace {

constexpr UChar32 kNonJoiner = 0x200C;
constexpr UChar32 kJoiner = 0x200D;
constexpr UChar32 kEmojiSelector = 0xFE0F;
constexpr UChar32 kKeycap = 0x20E3;
constexpr UChar32 kBlankBraille = 0x2800;
constexpr int kVirama = 9;  // canonical combining class

// A name as it is looked at from one of its characters; 0 stands beyond its ends.
class Characters {
 public:
    explicit Characters(std::string_view name) noexcept : name_(name) {}
    bool is_over() const noexcept { return at_ >= name_.size(); }
    UChar32 next() noexcept {
        before_ = at_;
        place_++;
        return static_cast<UChar32>(guardrail::next_code_point(name_, &at_));
    }
    UChar32 left(size_t* from) const noexcept {
        if (*from == 0) return 0;
        *from = guardrail::previous_start(name_, *from);
        size_t at = *from;
        return static_cast<UChar32>(guardrail::next_code_point(name_, &at));
    }
    UChar32 right(size_t* from) const noexcept {
        return *from >= name_.size() ? 0 : static_cast<UChar32>(guardrail::next_code_point(name_, from));
    }
    size_t begin() const noexcept { return before_; }
    size_t end() const noexcept { return at_; }
    size_t place() const noexcept { return place_; }

 private:
    std::string_view name_;
    size_t at_ = 0;
    size_t before_ = 0;  // the character that next() gave
    size_t place_ = 0;
};

int joining_type(UChar32 c) {
    return u_getIntPropertyValue(c, UCHAR_JOINING_TYPE);
}

bool stands_behind_virama(const Characters& name) {
    size_t at = name.begin();
    const UChar32 left = name.left(&at);
    return left != 0 && u_getCombiningClass(left) == kVirama;
}

// Between letters of which the left joins to its left or both ways, the right to its right or both ways,
// whatever transparent marks stand on them.
bool parts_letters(const Characters& name) {
    size_t at = name.begin();
    UChar32 left;
    do left = name.left(&at);
    while (left != 0 && joining_type(left) == U_JT_TRANSPARENT);
    if (left == 0 || (joining_type(left) != U_JT_LEFT_JOINING && joining_type(left) != U_JT_DUAL_JOINING))
        return false;
    at = name.end();
    UChar32 right;
    do right = name.right(&at);
    while (right != 0 && joining_type(right) == U_JT_TRANSPARENT);
    return right != 0 &&
           (joining_type(right) == U_JT_RIGHT_JOINING || joining_type(right) == U_JT_DUAL_JOINING);
}

bool is_picture(UChar32 c) {
    return c != 0 && u_hasBinaryProperty(c, UCHAR_EXTENDED_PICTOGRAPHIC);
}

bool joins_emoji(const Characters& name) {
    size_t at = name.begin();
    UChar32 left = name.left(&at);
    while (left == kEmojiSelector || (left != 0 && u_hasBinaryProperty(left, UCHAR_EMOJI_MODIFIER)))
        left = name.left(&at);
    at = name.end();
    return is_picture(left) && is_picture(name.right(&at));
}

// Behind an emoji, or a digit and before the keycap around it.
bool selects_emoji(const Characters& name) {
    size_t at = name.begin();
    const UChar32 left = name.left(&at);
    if (left == 0 || !u_hasBinaryProperty(left, UCHAR_EMOJI)) return false;
    at = name.end();
    return left >= 0x80 || name.right(&at) == kKeycap;
}

bool is_invisible(UChar32 c) {
    if (c == kBlankBraille || u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT)) return true;
    // Signs that stand around numbers are formats that show.
    return u_charType(c) == U_FORMAT_CHAR && !u_hasBinaryProperty(c, UCHAR_PREPENDED_CONCATENATION_MARK);
}

bool is_allowed_to_join(UChar32 c, const Characters& name) {
    switch (c) {
        case kNonJoiner:
            return stands_behind_virama(name) || parts_letters(name);
        case kJoiner:
            return stands_behind_virama(name) || joins_emoji(name);
        case kEmojiSelector:
            return selects_emoji(name);
        default:
            return false;
    }
}

bool is_control(UChar32 c) {
    const int8_t type = u_charType(c);
    return type == U_CONTROL_CHAR || type == U_LINE_SEPARATOR || type == U_PARAGRAPH_SEPARATOR ||
           u_hasBinaryProperty(c, UCHAR_NONCHARACTER_CODE_POINT);
}

// A space stands alone, between two other characters.
bool is_single_space(const Characters& name) {
    size_t left = name.begin();
    size_t right = name.end();
    const UChar32 before = name.left(&left);
    const UChar32 after = name.right(&right);
    return before != 0 && before != ' ' && after != 0;
}

NameFault fault_of(UChar32 c, const Characters& name) {
    if (c == ' ') return is_single_space(name) ? NameFault::none : NameFault::white_space;
    if (c > ' ' && c < 0x7F) return NameFault::none;
    if (is_control(c)) return NameFault::control;
    if (u_hasBinaryProperty(c, UCHAR_WHITE_SPACE)) return NameFault::white_space;
    if (is_invisible(c) && !is_allowed_to_join(c, name)) return NameFault::invisible;
    return NameFault::none;
}

}  // namespace

FaultInName fault_in_name(std::string_view name) noexcept {
    if (!guardrail::is_utf8(name)) return {NameFault::not_utf8, 0, 0, 0, 0};
    Characters characters(name);
    while (!characters.is_over()) {
        const UChar32 c = characters.next();
        const NameFault fault = fault_of(c, characters);
        if (fault == NameFault::none) continue;
        return {fault, static_cast<uint32_t>(c), characters.begin(), characters.end() - characters.begin(),
                characters.place()};
    }
    return {NameFault::none, 0, 0, 0, 0};
}

}  // namespace pgprompt
