// Every limit on the shape of an Event, named once.
#pragma once

#include <cstdint>

#include "event/event_memory.h"

namespace tcx {

inline constexpr std::uint32_t kBodySizeMax = 4u << 20;      // bytes of one Event buffer
inline constexpr std::uint32_t kLevelCountMax = 65536;       // levels of one side of a snapshot or delta
inline constexpr std::uint32_t kTextSizeMax = 4096;          // bytes of an ordinary string
inline constexpr std::uint32_t kDocumentSizeMax = 1u << 20;  // bytes of a string of SessionStarted, ConfigurationChanged
inline constexpr std::uint32_t kStrategyCountMax = 1024;     // StrategyIdentity entries
inline constexpr std::uint32_t kScaleMax = 18;               // decimals of a price or quantity
inline constexpr std::uint32_t kTableDepthMax = 4;           // Event → body → entry, and one to spare
inline constexpr std::uint32_t kTableCountMax = kStrategyCountMax + 2;

// Doubles per element in EventMemory::input_entries; daemon/event/event-view.ts has the same numbers.
inline constexpr std::uint32_t kPrintStride = 4;     // price, quantity, aggressor, Event Time
inline constexpr std::uint32_t kBalanceStride = 3;   // currency, total, available
inline constexpr std::uint32_t kPositionStride = 2;  // instrument, quantity
inline constexpr std::uint32_t kUndecidedCountMax = kInputEntryCount;

static_assert(kUndecidedCountMax <= kOutcomeEntryCount);
static_assert(kUndecidedCountMax * sizeof(double) < kBodySizeMax / 2);

}  // namespace tcx
