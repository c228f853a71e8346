// The memory one Core, its journal and its books share with TypeScript: the decoded input Event, the outcome about to be
// encoded, and the bytes the input was decoded from. Indices are tcx::view::Slot (schemas/view.fbs).
// Owned by the binding; everything here is plain data, single-threaded.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tcx {

inline constexpr std::size_t kSlotCount = 64;
inline constexpr std::size_t kInputEntryCount = 65536;    // doubles: prints, balances, positions, `undecided`
inline constexpr std::size_t kOutcomeEntryCount = 65536;  // doubles: `undecided` of the next StateDigest

struct EventMemory {
  double input[kSlotCount];
  double input_entries[kInputEntryCount];
  double outcome[kSlotCount];
  double outcome_entries[kOutcomeEntryCount];
  // Session epoch (Unix ns): Event Times in `input` are relative to it.
  std::int64_t epoch;
  // The verified `Event` buffer `input` was decoded from. Valid until the next decode; points into the journal's mapping
  // or into a buffer owned by whoever decoded. Null before the first Event and once that memory is gone.
  const std::uint8_t* body;
  std::uint32_t body_size;
};

}  // namespace tcx
