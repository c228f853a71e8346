// A JSON number as an integer and a count of decimals, exactly as it was written: no float on the way. Reads from padded
// memory (limits.h), so a number at the very end of a frame needs no bounds check.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>

#include "base/integers.h"

namespace tcx::venue {

static_assert(std::endian::native == std::endian::little, "words of eight digits are read least significant byte first");

// Value: mantissa * 10^-decimals, as written; zeros at the end of a fraction are given up where the value would not fit a
// safe integer with them (99999997.00000000). Not exact: no number, or one with more digits than a safe integer has.
struct Decimal {
  std::int64_t mantissa = 0;
  std::int32_t decimals = 0;
  bool exact = false;
};

inline std::uint64_t load_word(const std::uint8_t* at) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// Whether all eight bytes are digits: its high half is 3, and still is when 6 is added.
inline bool is_eight_digits(std::uint64_t word) noexcept {
  constexpr std::uint64_t kHighHalves = 0xF0F0F0F0F0F0F0F0u;
  return ((word & kHighHalves) | (((word + 0x0606060606060606u) & kHighHalves) >> 4)) == 0x3333333333333333u;
}

// The value of eight digits: pairs, then fours, then all of them.
inline std::uint64_t eight_digits(std::uint64_t word) noexcept {
  word -= 0x3030303030303030u;
  word = word * 10 + (word >> 8);
  constexpr std::uint64_t kFirstOfFour = 0x000000FF000000FFu;
  return ((word & kFirstOfFour) * 0x000F424000000064u + ((word >> 16) & kFirstOfFour) * 0x0000271000000001u) >> 32;
}

// The rest of a number that has an exponent or more digits than a safe integer: `first` is its first digit, `at` what
// follows its last one. Returns where it ends, or null.
const std::uint8_t* read_rare_number(const std::uint8_t* first, const std::uint8_t* at, Decimal* number) noexcept;

// Steps over digits, adding them to `mantissa`, which is meaningless once there are more than 18.
inline const std::uint8_t* read_digits(const std::uint8_t* at, std::uint64_t* mantissa) noexcept {
  std::uint64_t value = *mantissa;
  for (;;) {
    const auto digit = static_cast<std::uint8_t>(*at - '0');
    if (digit > 9) break;
    value = value * 10 + digit;
    at += 1;
  }
  *mantissa = value;
  return at;
}

// Steps over eight digits when there are so many.
inline const std::uint8_t* read_eight(const std::uint8_t* at, std::uint64_t* mantissa) noexcept {
  const std::uint64_t word = load_word(at);
  if (!is_eight_digits(word)) return at;
  *mantissa = *mantissa * 100000000 + eight_digits(word);
  return at + 8;
}

// Which part of a number is worth looking at eight digits at a time: prices have long fractions, ids and times are long.
enum class Usual : std::uint8_t { Price, Id };

// Reads a number in JSON's grammar. Returns where it ends; null when none begins at `at`.
template <Usual kUsual = Usual::Price>
inline const std::uint8_t* read_number(const std::uint8_t* at, Decimal* number) noexcept {
  const bool negative = *at == '-';
  if (negative) at += 1;
  const std::uint8_t* const first = at;
  std::uint64_t mantissa = 0;
  if constexpr (kUsual == Usual::Id) at = read_eight(at, &mantissa);
  at = read_digits(at, &mantissa);
  std::ptrdiff_t digits = at - first;
  if (digits == 0 || (digits > 1 && *first == '0')) return nullptr;
  std::ptrdiff_t decimals = 0;
  if (*at == '.') {
    const std::uint8_t* const fraction = at + 1;
    at = read_digits(read_eight(fraction, &mantissa), &mantissa);
    decimals = at - fraction;
    if (decimals == 0) return nullptr;
    digits += decimals;
  }
  number->mantissa = static_cast<std::int64_t>(mantissa);
  number->decimals = static_cast<std::int32_t>(decimals);
  number->exact = mantissa <= static_cast<std::uint64_t>(kSafeMax);
  if (!number->exact || digits > 18 || (*at | 0x20) == 'e') [[unlikely]] at = read_rare_number(first, at, number);
  if (negative) number->mantissa = -number->mantissa;
  return at;
}

inline constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// As the views hold it.
inline double mantissa_of(const Decimal& number) noexcept {
  return number.exact ? static_cast<double>(number.mantissa) : kNone;
}
inline double decimals_of(const Decimal& number) noexcept {
  return number.exact ? static_cast<double>(number.decimals) : 0;
}
// A number written without a point; anything else is none.
inline double integer_of(const Decimal& number) noexcept {
  return number.exact && number.decimals == 0 ? static_cast<double>(number.mantissa) : kNone;
}

}  // namespace tcx::venue
