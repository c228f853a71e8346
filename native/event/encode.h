// Encodes the Events that tcx itself makes on the hot path: the outcomes and ControlTime. The layout of each kind is
// fixed here, not left to a builder, so that the bytes are the same on every machine, compiler and library version: a
// replay compares them. Any FlatBuffers reader reads them. Never allocates.
#pragma once

#include <cstdint>

#include "base/status.h"
#include "event/event_memory.h"

namespace tcx {

// Bytes of an IntentDispatched body: all have the same length.
inline constexpr std::uint32_t kDispatchBodySize = 96;

// Bytes encode_event will write for the Event in `slots`, or 0 when its Kind is none that tcx encodes or its Count is
// out of range.
std::uint32_t encoded_size(const double* slots) noexcept;

// Encodes the Event in `slots` (and `entries`, for StateDigest) at `body`, 8-aligned, with room for encoded_size bytes.
// BadValue when a slot is no integer of its field's range; `body` is then unspecified.
Status encode_event(const double* slots, const double* entries, std::uint8_t* body) noexcept;

}  // namespace tcx
