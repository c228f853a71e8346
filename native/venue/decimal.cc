// Numbers that are not the usual short digits: with an exponent, or with so many digits that most must be zeros.
#include "venue/decimal.h"

#include "venue/limits.h"

namespace tcx::venue {
namespace {

// The digits of [first, to) as a number; past kSafeMax it only stays there.
std::uint64_t bounded_mantissa(const std::uint8_t* first, const std::uint8_t* to) noexcept {
  std::uint64_t mantissa = 0;
  for (const std::uint8_t* at = first; at < to; at++) {
    if (*at == '.') continue;
    mantissa = mantissa * 10 + static_cast<std::uint64_t>(*at - '0');
    if (mantissa > static_cast<std::uint64_t>(kSafeMax)) return static_cast<std::uint64_t>(kSafeMax) + 1;
  }
  return mantissa;
}

// Reads `e-7`. Null: not an exponent. A size beyond kExponentMax makes the number inexact.
const std::uint8_t* read_exponent(const std::uint8_t* at, Decimal* number) noexcept {
  at += 1;
  const bool negative = *at == '-';
  if (negative || *at == '+') at += 1;
  const std::uint8_t* const first = at;
  std::int32_t exponent = 0;
  for (; *at >= '0' && *at <= '9'; at++) {
    if (exponent <= kExponentMax) exponent = exponent * 10 + (*at - '0');
  }
  if (at == first) return nullptr;
  if (exponent > kExponentMax) number->exact = false;
  number->decimals += negative ? exponent : -exponent;
  return at;
}

}  // namespace

const std::uint8_t* read_rare_number(const std::uint8_t* first, const std::uint8_t* at, Decimal* number) noexcept {
  std::uint64_t mantissa = bounded_mantissa(first, at);
  if (mantissa > static_cast<std::uint64_t>(kSafeMax)) {
    const std::uint8_t* end = at;
    for (; number->decimals > 0 && end[-1] == '0'; end--) number->decimals -= 1;
    mantissa = bounded_mantissa(first, end);
  }
  number->mantissa = static_cast<std::int64_t>(mantissa);
  number->exact = mantissa <= static_cast<std::uint64_t>(kSafeMax);
  return (*at | 0x20) == 'e' ? read_exponent(at, number) : at;
}

}  // namespace tcx::venue
