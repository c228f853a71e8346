// The book as a child would write it: one std::map a side, rules applied literally. The fast book is compared with it
// after every Event. Also builds Event bodies for tests. It must never share code with native/book.
#pragma once

#include <cstdint>
#include <iterator>
#include <map>
#include <vector>

#include "event/event_memory.h"
#include "event_generated.h"

namespace tcx::test {

struct ReferenceBook {
  std::map<std::int64_t, std::int64_t> bids;
  std::map<std::int64_t, std::int64_t> asks;
  std::uint64_t sequence = 0;

  static void edit(std::map<std::int64_t, std::int64_t>& side, const std::vector<event::Level>& levels) {
    for (const event::Level& level : levels) {
      if (level.quantity() == 0) {
        side.erase(level.price());
      } else {
        side[level.price()] = level.quantity();
      }
    }
  }
  void cut(std::uint32_t depth) {
    while (depth != 0 && bids.size() > depth) bids.erase(bids.begin());
    while (depth != 0 && asks.size() > depth) asks.erase(std::prev(asks.end()));
  }
};

// One update, as a body in memory that a Books instance reads.
struct Update {
  bool snapshot = false;
  std::uint32_t instrument = 0;
  std::uint64_t previous = 0;
  std::uint64_t sequence = 0;
  std::vector<event::Level> bids;
  std::vector<event::Level> asks;
};

// Encodes updates into a buffer it owns and points EventMemory at the last one.
class UpdateEncoder {
 public:
  explicit UpdateEncoder(EventMemory& memory) : memory_(memory) {}

  void encode(const Update& update) {
    builder_.Clear();
    builder_.ForceDefaults(true);
    const auto bids = builder_.CreateVectorOfStructs(update.bids);
    const auto asks = builder_.CreateVectorOfStructs(update.asks);
    if (update.snapshot) {
      finish(event::Body::BookSnapshot,
             event::CreateBookSnapshot(builder_, update.instrument, 0, 0, update.sequence, bids, asks).Union());
    } else {
      finish(event::Body::BookDelta,
             event::CreateBookDelta(builder_, update.instrument, 0, 0, update.previous, update.sequence, bids, asks)
                 .Union());
    }
  }
  void encode_trade() {
    builder_.Clear();
    finish(event::Body::Trade, event::CreateTrade(builder_).Union());
  }

 private:
  void finish(event::Body kind, flatbuffers::Offset<void> body) {
    event::FinishEventBuffer(builder_, event::CreateEvent(builder_, kind, body));
    // The builder writes backwards, so its buffer ends aligned but need not begin so: a record's body begins aligned.
    bytes_.assign((builder_.GetSize() + 7) / 8, 0);
    std::copy_n(builder_.GetBufferPointer(), builder_.GetSize(), reinterpret_cast<std::uint8_t*>(bytes_.data()));
    memory_.body = reinterpret_cast<const std::uint8_t*>(bytes_.data());
    memory_.body_size = builder_.GetSize();
  }

  EventMemory& memory_;
  flatbuffers::FlatBufferBuilder builder_;
  std::vector<std::uint64_t> bytes_;
};

}  // namespace tcx::test
