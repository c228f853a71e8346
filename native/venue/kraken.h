// Kraken spot WebSocket v2: channels `book`, `trade` and `heartbeat`; whatever else it says is Other. The evidence for
// every field is in daemon/venues/kraken/README.md.
#pragma once

#include <string>
#include <vector>

#include "venue/market_decoder.h"

namespace tcx::venue {

class KrakenDecoder final : public MarketDecoder {
 public:
  explicit KrakenDecoder(const std::vector<std::string>& symbols) : MarketDecoder(symbols) {}

 private:
  enum class Channel : std::uint8_t { None, Book, Trade, Heartbeat, Other };

  void read() noexcept override;
  FrameKind resolve() noexcept override;
  bool may_be_book() const noexcept override { return channel_ == Channel::None || channel_ == Channel::Book; }

  void read_channel() noexcept;
  void read_type() noexcept;
  void read_data() noexcept;
  void read_book() noexcept;
  void read_levels(double* book, view::BookEntry from, view::BookEntry to) noexcept;
  bool read_usual_level(double* level) noexcept;
  void read_level(double* level) noexcept;
  void read_trade() noexcept;
  EventTime read_time() noexcept;

  Channel channel_ = Channel::None;
  // What `data` was read as, and where it begins; 0: there is none.
  Channel data_channel_ = Channel::None;
  std::size_t data_at_ = 0;
  double is_snapshot_ = -1;
};

}  // namespace tcx::venue
