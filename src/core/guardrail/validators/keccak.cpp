#include "core/guardrail/validators/keccak.h"

#include <cstdint>

namespace pgprompt::guardrail {
namespace {

constexpr uint64_t kRound[24] = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b,
    0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088,
    0x0000000080008009, 0x000000008000000a, 0x000000008000808b, 0x800000000000008b, 0x8000000000008089,
    0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008};

uint64_t rotate(uint64_t x, int n) {
    return n == 0 ? x : x << n | x >> (64 - n);
}

// Lanes are at x + 5 y.
void permute(uint64_t a[25]) {
    for (const uint64_t constant : kRound) {
        uint64_t column[5];
        for (int x = 0; x < 5; ++x) column[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
        for (int x = 0; x < 5; ++x) {
            const uint64_t d = column[(x + 4) % 5] ^ rotate(column[(x + 1) % 5], 1);
            for (int y = 0; y < 5; ++y) a[x + 5 * y] ^= d;
        }
        // Rotation and transposition along one cycle through the lanes; the offsets are triangular numbers.
        int x = 1;
        int y = 0;
        uint64_t current = a[1];
        for (int t = 0; t < 24; ++t) {
            const int next_y = (2 * x + 3 * y) % 5;
            x = y;
            y = next_y;
            const uint64_t saved = a[x + 5 * y];
            a[x + 5 * y] = rotate(current, (t + 1) * (t + 2) / 2 % 64);
            current = saved;
        }
        for (int row = 0; row < 25; row += 5) {
            uint64_t line[5];
            for (int i = 0; i < 5; ++i) line[i] = a[row + i];
            for (int i = 0; i < 5; ++i) a[row + i] = line[i] ^ (~line[(i + 1) % 5] & line[(i + 2) % 5]);
        }
        a[0] ^= constant;
    }
}

}  // namespace

std::array<unsigned char, 32> keccak256(std::string_view bytes) {
    constexpr size_t kRate = 136;
    uint64_t state[25] = {};
    const auto absorb = [&](size_t at, unsigned char byte) {
        state[at / 8] ^= static_cast<uint64_t>(byte) << (8 * (at % 8));
    };
    size_t filled = 0;
    for (const char c : bytes) {
        absorb(filled++, static_cast<unsigned char>(c));
        if (filled == kRate) {
            permute(state);
            filled = 0;
        }
    }
    absorb(filled, 0x01);
    absorb(kRate - 1, 0x80);
    permute(state);
    std::array<unsigned char, 32> digest;
    for (size_t i = 0; i < 32; ++i) digest[i] = static_cast<unsigned char>(state[i / 8] >> (8 * (i % 8)));
    return digest;
}

}  // namespace pgprompt::guardrail
