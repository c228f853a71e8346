// Decodes arbitrary bytes as an Event. What is accepted is read to the last byte that a consumer may look at.
#include <cstring>
#include <memory>
#include <vector>

#include "base/integers.h"
#include "event/decode.h"
#include "event/limits.h"
#include "event_generated.h"

namespace {

volatile double sink;

void read_levels(const flatbuffers::Vector<const tcx::event::Level*>* levels) {
  if (levels == nullptr) return;
  for (const tcx::event::Level* level : *levels) sink = static_cast<double>(level->price() + level->quantity());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const auto memory = std::make_unique<tcx::EventMemory>();
  if (size > tcx::kBodySizeMax) return 0;
  // A buffer of exactly this size, so that the sanitizer sees a read behind the end.
  const std::vector<std::uint8_t> copy(bytes, bytes + size);
  if (tcx::decode_event(copy.data(), static_cast<std::uint32_t>(size), *memory) != tcx::Status::Ok) return 0;
  const auto* event = tcx::event::GetEvent(memory->body);
  if (const auto* snapshot = event->body_as_BookSnapshot()) {
    read_levels(snapshot->bids());
    read_levels(snapshot->asks());
  }
  if (const auto* delta = event->body_as_BookDelta()) {
    read_levels(delta->bids());
    read_levels(delta->asks());
  }
  memory->body = nullptr;
  return 0;
}
