// Small exact conversions between the doubles TypeScript shares and the integers C++ computes with.
#pragma once

#include <cstddef>
#include <cstdint>

#include "view_generated.h"

namespace tcx {

using view::Slot;

// The largest integer a double holds exactly together with all smaller ones.
inline constexpr std::int64_t kSafeMax = (std::int64_t{1} << 53) - 1;

inline constexpr bool is_safe(std::int64_t value) noexcept { return value >= -kSafeMax && value <= kSafeMax; }
inline constexpr bool is_safe(std::uint64_t value) noexcept { return value <= static_cast<std::uint64_t>(kSafeMax); }

inline constexpr std::size_t slot(Slot name) noexcept { return static_cast<std::size_t>(name); }

// True when `value` is an integer within [low, high]; NaN is not. The result is written only then.
inline constexpr bool to_integer(double value, std::int64_t low, std::int64_t high, std::int64_t* result) noexcept {
  if (!(value >= static_cast<double>(low) && value <= static_cast<double>(high))) return false;
  const auto integer = static_cast<std::int64_t>(value);
  if (static_cast<double>(integer) != value) return false;
  *result = integer;
  return true;
}

inline constexpr std::uint64_t align8(std::uint64_t size) noexcept { return (size + 7) & ~std::uint64_t{7}; }

}  // namespace tcx
