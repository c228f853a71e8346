// Every limit on what a market decoder reads and holds, named once. What is beyond is Oversize, never cut.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tcx::venue {

// Longest frame looked at, as VENUE_FRAME_SIZE_MAX of daemon/event/market-adapter.ts.
inline constexpr std::size_t kFrameSizeMax = std::size_t{8} << 20;
// Zero bytes readable behind a frame. They end every loop over its bytes, and let words be loaded without a bounds check.
inline constexpr std::size_t kPadding = 64;
// Per frame, both sides of all its books together: 5000 levels a side, and room for whoever sends a few more.
inline constexpr std::size_t kLevelCountMax = 16384;
inline constexpr std::size_t kBookCountMax = 64;
inline constexpr std::size_t kTradeCountMax = 2048;
// Objects and arrays inside one another.
inline constexpr std::uint32_t kDepthMax = 32;
// An escaped string that decodes to more is no word that a decoder knows.
inline constexpr std::size_t kUnescapedSizeMax = 256;
inline constexpr std::size_t kSymbolSizeMax = 64;
inline constexpr std::size_t kSymbolCountMax = 4096;
// Exponents beyond this cannot belong to a price.
inline constexpr std::int32_t kExponentMax = 400;

}  // namespace tcx::venue
