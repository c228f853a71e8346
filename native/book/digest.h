// The digest of a book's content: a function of its levels and sequence alone, whatever updates led there. Stable over
// releases: recorded StateDigests depend on it. Not cryptographic.
//
//   level  = mix(mix(2 × price + side) + quantity)            side: 0 buy, 1 sell
//   digest = mix(Σ level over both sides + mix(sequence))     all arithmetic modulo 2^64
#pragma once

#include <cstdint>

namespace tcx::book {

// The finalizer of SplitMix64: every input bit changes every output bit with probability one half.
constexpr std::uint64_t mix(std::uint64_t value) noexcept {
  value ^= value >> 30;
  value *= 0xbf58476d1ce4e5b9U;
  value ^= value >> 27;
  value *= 0x94d049bb133111ebU;
  value ^= value >> 31;
  return value;
}

constexpr std::uint64_t level_digest(std::uint64_t side, std::int64_t price, std::int64_t quantity) noexcept {
  return mix(mix(2 * static_cast<std::uint64_t>(price) + side) + static_cast<std::uint64_t>(quantity));
}

constexpr std::uint64_t book_digest(std::uint64_t level_sum, std::uint64_t sequence) noexcept {
  return mix(level_sum + mix(sequence));
}

}  // namespace tcx::book
