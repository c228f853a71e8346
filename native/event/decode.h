// Verifies an `Event` buffer and decodes it into EventMemory::input: the only door through which foreign bytes enter.
// Structure first (FlatBuffers verifier, tight limits), then meaning (safe integers, enum ranges, vector and string
// limits). Never allocates; never reads outside [body, body + size).
#pragma once

#include <cstdint>
#include <string_view>

#include "base/status.h"
#include "event/event_memory.h"
#include "event_generated.h"

namespace tcx {

// Decodes `body`, which must be 8-aligned and stay valid as long as `memory.body` is used. On success writes Kind,
// BodySize and the kind's own slots; Class, Source, Position, Time and Cause belong to the caller. On failure the kind's
// own slots are unspecified and memory.body is unchanged.
Status decode_event(const std::uint8_t* body, std::uint32_t size, EventMemory& memory) noexcept;

// The class a record of this kind has in the stream.
event::RecordClass class_of(event::Body kind) noexcept;

// 64-bit FNV-1a of a Venue's identifier; never 0, which means absent.
std::uint64_t hash_identifier(std::string_view text) noexcept;

}  // namespace tcx
