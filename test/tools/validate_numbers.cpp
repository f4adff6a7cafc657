// The validators by name, for a comparison with others': lines "entity value" in, the same and 1 or 0 out.
#include <cstdio>
#include <iostream>
#include <string>

#include "../support/validators.h"

int main() {
    const auto& validators = pgprompt::guardrail::validators();
    std::string name, value;
    while (std::cin >> name >> value) {
        const auto found = validators.find(name);
        if (found == validators.end()) {
            std::fprintf(stderr, "no validator \"%s\"\n", name.c_str());
            return 2;
        }
        std::printf("%s %s %d\n", name.c_str(), value.c_str(), found->second(value) ? 1 : 0);
    }
}
