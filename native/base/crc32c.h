// CRC32C (Castagnoli), the checksum of journal records. `crc32c_extend` works on the raw register, so that a chain of
// pieces costs no inversions: start from kCrcStart, extend, finish with crc32c_finish.
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__SSE4_2__)
#include <nmmintrin.h>
#endif

namespace tcx {

inline constexpr std::uint32_t kCrcStart = 0xFFFFFFFFu;

// Hardware instructions where the target has them, the table otherwise; the results are equal.
std::uint32_t crc32c_extend(std::uint32_t state, const void* bytes, std::size_t size) noexcept;
// The table version, always: the reference of the tests.
std::uint32_t crc32c_extend_portable(std::uint32_t state, const void* bytes, std::size_t size) noexcept;

// The same over the bytes of one number, in register where the target can.
inline std::uint32_t crc32c_extend_word(std::uint32_t state, std::uint64_t word) noexcept {
#if defined(__SSE4_2__)
  return static_cast<std::uint32_t>(_mm_crc32_u64(state, word));
#else
  return crc32c_extend(state, &word, sizeof word);
#endif
}
inline std::uint32_t crc32c_extend_half(std::uint32_t state, std::uint32_t half) noexcept {
#if defined(__SSE4_2__)
  return _mm_crc32_u32(state, half);
#else
  return crc32c_extend(state, &half, sizeof half);
#endif
}

inline constexpr std::uint32_t crc32c_finish(std::uint32_t state) noexcept { return ~state; }
inline std::uint32_t crc32c(const void* bytes, std::size_t size) noexcept {
  return crc32c_finish(crc32c_extend(kCrcStart, bytes, size));
}

}  // namespace tcx
