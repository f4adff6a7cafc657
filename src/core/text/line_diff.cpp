#include "core/text/line_diff.h"

#include <algorithm>

namespace pgprompt {

namespace {

constexpr int kMostChanges = 5000;
constexpr size_t kContext = 3;

using Lines = std::vector<std::string_view>;

Lines lines_of(std::string_view text) {
    Lines lines;
    while (!text.empty()) {
        const size_t end = text.find('\n');
        lines.push_back(text.substr(0, end));
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 1);
    }
    return lines;
}

// Myers' greedy walk: for each number of changes d the furthest point reached on each diagonal, kept for the
// way back.
class Walk {
 public:
    Walk(const Lines& a, const Lines& b, Poll poll) : a_(a), b_(b), poll_(poll) {}

    // The script from (0, 0) to the end of both texts.
    std::vector<DiffLine> script() {
        const int n = static_cast<int>(a_.size());
        const int m = static_cast<int>(b_.size());
        const int most = std::min(n + m, kMostChanges);
        std::vector<int> furthest(2 * most + 3, 0);
        const int middle = most + 1;
        for (int d = 0; d <= most; d++) {
            if (poll_ != nullptr && poll_()) throw Failure(Code::cancelled, "comparison cancelled");
            for (int k = -d; k <= d; k += 2) {
                const bool down = k == -d || (k != d && furthest[middle + k - 1] < furthest[middle + k + 1]);
                int x = down ? furthest[middle + k + 1] : furthest[middle + k - 1] + 1;
                while (x < n && x - k < m && a_[x] == b_[x - k]) x++;
                furthest[middle + k] = x;
                if (x >= n && x - k >= m) {
                    return way_back(d, k);
                }
            }
            trace_.emplace_back(furthest.begin() + middle - d, furthest.begin() + middle + d + 1);
        }
        return replaced();
    }

 private:
    std::vector<DiffLine> way_back(int d, int k) const {
        std::vector<DiffLine> reversed;
        int x = static_cast<int>(a_.size());
        int y = static_cast<int>(b_.size());
        for (; d > 0; d--) {
            const std::vector<int>& before = trace_[d - 1];  // diagonals -(d-1) .. d-1
            auto at = [&](int diagonal) {
                return diagonal < 1 - d || diagonal > d - 1 ? -1 : before[diagonal + d - 1];
            };
            const bool down = k == -d || (k != d && at(k - 1) < at(k + 1));
            const int previous_k = down ? k + 1 : k - 1;
            const int previous_x = at(previous_k);
            const int previous_y = previous_x - previous_k;
            while (x > previous_x + (down ? 0 : 1) && y > previous_y + (down ? 1 : 0)) {
                reversed.push_back({' ', a_[--x]});
                --y;
            }
            if (down) {
                reversed.push_back({'+', b_[--y]});
            } else {
                reversed.push_back({'-', a_[--x]});
            }
            k = previous_k;
        }
        while (x > 0) reversed.push_back({' ', a_[--x]});
        std::reverse(reversed.begin(), reversed.end());
        return reversed;
    }

    std::vector<DiffLine> replaced() const {
        std::vector<DiffLine> all;
        for (auto line : a_) all.push_back({'-', line});
        for (auto line : b_) all.push_back({'+', line});
        return all;
    }

    const Lines& a_;
    const Lines& b_;
    Poll poll_;
    std::vector<std::vector<int>> trace_;
};

// Within a run of changes, what was removed comes first.
void removed_first(std::vector<DiffLine>* script) {
    auto changed = [](const DiffLine& line) { return line.change != ' '; };
    for (auto run = script->begin(); run != script->end();) {
        run = std::find_if(run, script->end(), changed);
        auto end = std::find_if_not(run, script->end(), changed);
        std::stable_partition(run, end, [](const DiffLine& line) { return line.change == '-'; });
        run = end;
    }
}

std::vector<DiffLine> script_of(std::string_view a, std::string_view b, Poll poll) {
    const Lines from = lines_of(a);
    const Lines to = lines_of(b);
    auto script = Walk(from, to, poll).script();
    removed_first(&script);
    return script;
}

std::string range_text(size_t first, size_t count) {
    // An empty range names the line before it.
    const std::string start = std::to_string(count == 0 ? first : first + 1);
    return count == 1 ? start : start + "," + std::to_string(count);
}

}  // namespace

Result<std::vector<DiffLine>> line_diff(std::string_view a, std::string_view b, Poll poll) noexcept {
    return protect([&] { return script_of(a, b, poll); });
}

Result<std::string> unified_diff(std::string_view a, std::string_view b, std::string_view label_a,
                                 std::string_view label_b, Poll poll) noexcept {
    return protect([&]() -> std::string {
        const auto script = script_of(a, b, poll);
        const auto is_change = [](const DiffLine& line) { return line.change != ' '; };
        std::string out;
        size_t line_a = 0;  // lines of each text before script[at]
        size_t line_b = 0;
        for (size_t at = 0; at < script.size();) {
            const auto next = std::find_if(script.begin() + at, script.end(), is_change);
            if (next == script.end()) break;
            if (out.empty()) {
                out.append("--- ").append(label_a).append("\n+++ ").append(label_b).append("\n");
            }
            // A hunk runs from three lines before its first change to three after its last; changes less than
            // seven equal lines apart share it.
            const size_t first_change = static_cast<size_t>(next - script.begin());
            const size_t begin = std::max(at, first_change - std::min(first_change, kContext));
            size_t last_change = first_change;
            for (size_t i = first_change; i < script.size() && i <= last_change + 2 * kContext + 1; i++) {
                if (is_change(script[i])) last_change = i;
            }
            const size_t end = std::min(script.size(), last_change + kContext + 1);
            line_a += begin - at;
            line_b += begin - at;
            std::string body;
            size_t count_a = 0;
            size_t count_b = 0;
            for (size_t i = begin; i < end; i++) {
                count_a += script[i].change != '+';
                count_b += script[i].change != '-';
                body.append(1, script[i].change).append(script[i].line).append("\n");
            }
            out.append("@@ -")
                .append(range_text(line_a, count_a))
                .append(" +")
                .append(range_text(line_b, count_b));
            out.append(" @@\n").append(body);
            line_a += count_a;
            line_b += count_b;
            at = end;
        }
        return out;
    });
}

}  // namespace pgprompt
