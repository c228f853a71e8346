// Makes a whole record out of an Event view: the one way in which live writing and replay derive the same bytes.
#pragma once

#include <cstdint>

#include "event/encode.h"
#include "journal/format.h"

namespace tcx::journal {

// Bytes of the record that `slots` encodes to; 0 when its kind is not one that tcx encodes.
inline std::uint64_t derived_size(const double* slots) noexcept {
  const std::uint32_t body_size = encoded_size(slots);
  return body_size == 0 ? 0 : record_size(body_size);
}

// Encodes the outcome in `slots` behind `chain` at `bytes`, which has room for derived_size, commit word zero, and
// advances the chain. BadValue and TimeBackwards leave the chain as it was.
Status derive_outcome(const double* slots, const double* entries, std::uint8_t* bytes, Chain& chain) noexcept;

// The same for a ControlTime input.
Status derive_control_time(const double* slots, std::uint8_t* bytes, Chain& chain) noexcept;

// Reads Source and Time of a record about to follow `chain`.
Status stamp_of(const double* slots, const Chain& chain, Record* record) noexcept;

}  // namespace tcx::journal
