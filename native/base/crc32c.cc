// CRC32C in three forms, chosen at compile time: x86 (SSE4.2, three interleaved streams joined by a carry-less multiply
// for long bodies), ARMv8 with the CRC extension, and slicing by eight. The bit order is reflected throughout.
#include "base/crc32c.h"

#include <array>
#include <cstring>

#if defined(__SSE4_2__) && defined(__PCLMUL__)
#include <wmmintrin.h>
#elif defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#endif

namespace tcx {
namespace {

constexpr std::uint32_t kPolynomial = 0x82F63B78u;  // reflected

using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

consteval Tables make_tables() {
  Tables tables{};
  for (std::uint32_t byte = 0; byte < 256; byte++) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
    tables[0][byte] = crc;
  }
  for (std::size_t slice = 1; slice < 8; slice++) {
    for (std::size_t byte = 0; byte < 256; byte++) {
      const std::uint32_t before = tables[slice - 1][byte];
      tables[slice][byte] = (before >> 8) ^ tables[0][before & 0xFF];
    }
  }
  return tables;
}

constexpr Tables kTables = make_tables();

inline std::uint64_t load64(const std::uint8_t* bytes) noexcept {
  std::uint64_t value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

}  // namespace

std::uint32_t crc32c_extend_portable(std::uint32_t state, const void* bytes, std::size_t size) noexcept {
  const auto* at = static_cast<const std::uint8_t*>(bytes);
  for (; size >= 8; size -= 8, at += 8) {
    const std::uint64_t word = load64(at) ^ state;
    state = kTables[7][word & 0xFF] ^ kTables[6][(word >> 8) & 0xFF] ^ kTables[5][(word >> 16) & 0xFF] ^
            kTables[4][(word >> 24) & 0xFF] ^ kTables[3][(word >> 32) & 0xFF] ^ kTables[2][(word >> 40) & 0xFF] ^
            kTables[1][(word >> 48) & 0xFF] ^ kTables[0][word >> 56];
  }
  for (; size > 0; size--, at++) state = (state >> 8) ^ kTables[0][(state ^ *at) & 0xFF];
  return state;
}

#if defined(__SSE4_2__) && defined(__PCLMUL__)

namespace {

// Bytes per stream: long enough that the two multiplies vanish, short enough that a 2 KiB book update profits.
constexpr std::size_t kStreamSize = 512;

// x^power modulo the polynomial, reflected.
constexpr std::uint32_t power_of_x(std::size_t power) {
  std::uint32_t value = 0x80000000u;  // x^0
  for (std::size_t i = 0; i < power; i++) value = (value >> 1) ^ ((value & 1) != 0 ? kPolynomial : 0);
  return value;
}

// The register after `Size` more zero bytes: multiply by x^(8*Size). The 33 accounts for the reflected product being one
// bit short and for the 32 bits by which the CRC instruction itself advances what it reduces.
template <std::size_t Size>
inline std::uint32_t skip(std::uint32_t state) noexcept {
  constexpr std::uint32_t factor = power_of_x(8 * Size - 33);
  const __m128i product = _mm_clmulepi64_si128(_mm_cvtsi32_si128(static_cast<int>(state)),
                                               _mm_cvtsi32_si128(static_cast<int>(factor)), 0);
  return static_cast<std::uint32_t>(_mm_crc32_u64(0, static_cast<std::uint64_t>(_mm_cvtsi128_si64(product))));
}

}  // namespace

std::uint32_t crc32c_extend(std::uint32_t state, const void* bytes, std::size_t size) noexcept {
  const auto* at = static_cast<const std::uint8_t*>(bytes);
  while (size >= 3 * kStreamSize) {
    std::uint64_t first = state;
    std::uint64_t second = 0;
    std::uint64_t third = 0;
    for (std::size_t i = 0; i < kStreamSize; i += 8) {
      first = _mm_crc32_u64(first, load64(at + i));
      second = _mm_crc32_u64(second, load64(at + kStreamSize + i));
      third = _mm_crc32_u64(third, load64(at + 2 * kStreamSize + i));
    }
    state = skip<2 * kStreamSize>(static_cast<std::uint32_t>(first)) ^
            skip<kStreamSize>(static_cast<std::uint32_t>(second)) ^ static_cast<std::uint32_t>(third);
    at += 3 * kStreamSize;
    size -= 3 * kStreamSize;
  }
  std::uint64_t crc = state;
  for (; size >= 8; size -= 8, at += 8) crc = _mm_crc32_u64(crc, load64(at));
  state = static_cast<std::uint32_t>(crc);
  for (; size > 0; size--, at++) state = _mm_crc32_u8(state, *at);
  return state;
}

#elif defined(__ARM_FEATURE_CRC32)

std::uint32_t crc32c_extend(std::uint32_t state, const void* bytes, std::size_t size) noexcept {
  const auto* at = static_cast<const std::uint8_t*>(bytes);
  for (; size >= 8; size -= 8, at += 8) state = __crc32cd(state, load64(at));
  for (; size > 0; size--, at++) state = __crc32cb(state, *at);
  return state;
}

#else

std::uint32_t crc32c_extend(std::uint32_t state, const void* bytes, std::size_t size) noexcept {
  return crc32c_extend_portable(state, bytes, size);
}

#endif

}  // namespace tcx
